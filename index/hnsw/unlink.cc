#include <algorithm>

#include "index/hnsw/graph.h"

namespace vecino::index::hnsw {

// Closes the gaps that doomed neighbours leave in one list: candidates are the live neighbours and the live neighbours of the
// doomed ones; the usual selection picks among them. No search, no reverse links.
void Graph::repair_list(NodeId id, int level, SearchContext& context) {
  const int limit = capacity(level);
  auto& candidates = context.layers_[0];
  auto& around = context.layers_[1];
  copy_links(id, level, around);
  bool damaged = std::any_of(around.begin(), around.end(), [&](NodeId link) { return doomed(link & ~kShadowed); });
  if (!damaged) return;
  candidates.clear();
  std::vector<NodeId> second;
  for (NodeId link : around) {
    NodeId neighbour = link & ~kShadowed;
    if (!doomed(neighbour)) {
      candidates.push_back(neighbour);
      continue;
    }
    if (level_of(neighbour) < level) continue;
    copy_links(neighbour, level, second);
    for (NodeId further : second) {
      NodeId other = further & ~kShadowed;
      if (other != id && !doomed(other)) candidates.push_back(other);
    }
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  std::vector<float> distances(candidates.size());
  vectors_.prepare_node(id, context.other);
  vectors_.estimate(context.other, candidates.data(), candidates.size(), distances.data());
  context.pool.clear();
  for (size_t i = 0; i < candidates.size(); ++i) context.pool.push_back({distances[i], candidates[i]});
  std::sort(context.pool.begin(), context.pool.end());
  context.selected_.resize(std::max<size_t>(context.selected_.size(), 1));

  ListLock lock(info(id).lock);
  // Links that insertions added since the list was copied stay candidates.
  Link* list = links(id, level);
  for (int i = 0; i < limit; ++i) {
    NodeId link = list[i].load(std::memory_order_relaxed);
    if (link == kEndOfList) break;
    NodeId neighbour = link & ~kShadowed;
    if (doomed(neighbour) || std::binary_search(candidates.begin(), candidates.end(), neighbour)) continue;
    Candidate late{0, neighbour};
    vectors_.estimate(context.other, &neighbour, 1, &late.distance);
    context.pool.insert(std::upper_bound(context.pool.begin(), context.pool.end(), late), late);
  }
  select(context.pool, limit, id, context.selected_[0]);
  write_links(id, level, context.selected_[0]);
}

void Graph::unlink_range(NodeId begin, NodeId end, SearchContext& context) {
  for (NodeId id = begin; id < end; ++id) {
    if (doomed(id)) continue;
    for (int level = level_of(id); level >= 0; --level) repair_list(id, level, context);
  }
}

void Graph::replace_entry_if_doomed() {
  std::lock_guard lock(entry_mutex_);
  uint64_t entry = entry_.load(std::memory_order_relaxed);
  if (entry == kNoEntry || !doomed(static_cast<NodeId>(entry))) return;
  uint64_t best = kNoEntry;
  size_t count = size();
  for (NodeId id = 0; id < count; ++id) {
    if (doomed(id)) continue;
    if (best == kNoEntry || level_of(id) > static_cast<int>(best >> 32)) best = static_cast<uint64_t>(level_of(id)) << 32 | id;
  }
  entry_.store(best, std::memory_order_release);
}

}  // namespace vecino::index::hnsw

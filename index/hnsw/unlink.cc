#include <algorithm>

#include "index/hnsw/graph.h"

namespace vecino::index::hnsw {

// How much of a list is gone. Where it is more than a quarter, what is left of the neighbourhood says little about what is near.
Graph::Damage Graph::damage_of(NodeId id, int level) const {
  int count = 0, lost = 0;
  for (const Link* list = links(id, level); count < capacity(level); ++count) {
    const NodeId link = list[count].load(std::memory_order_acquire);
    if (link == kEndOfList) break;
    if (doomed(link & ~kShadowed)) ++lost;
  }
  return lost == 0 ? Damage::kNone : lost * 4 <= count ? Damage::kLight : Damage::kHeavy;
}

// Looks for the node's neighbours as an insertion does, and links back.
void Graph::relink(NodeId id, SearchContext& context) {
  const int level = level_of(id);
  for (int l = level; l > top_level(); --l) repair_list(id, l, context);  // nothing to be found up there
  choose_neighbours(id, level, context);
  for (int l = context.layers_of_selection_ - 1; l >= 0; --l) {
    rewrite_list(id, l, context);
    for (const auto& neighbour : context.selected_[static_cast<size_t>(l)]) {
      (void)link_back(neighbour.id & ~kShadowed, l, id, neighbour.distance, context);
    }
  }
}

// Chooses again among what was chosen and what the list has, which insertions may have added meanwhile.
void Graph::rewrite_list(NodeId id, int level, SearchContext& context) {
  auto& chosen = context.selected_[static_cast<size_t>(level)];
  context.pool.clear();
  for (const auto& s : chosen) context.pool.push_back({s.distance, s.id & ~kShadowed});
  std::vector<NodeId> before;
  ListLock lock(info(id).lock);
  copy_links(id, level, before);
  for (NodeId link : before) {
    Candidate late{0, link & ~kShadowed};
    auto is_late = [&](const Candidate& c) { return c.id == late.id; };
    if (doomed(late.id) || std::any_of(context.pool.begin(), context.pool.end(), is_late)) continue;
    vectors_.estimate(context.query, &late.id, 1, &late.distance);
    context.pool.push_back(late);
  }
  std::sort(context.pool.begin(), context.pool.end());
  select(context.pool, capacity(level), id, chosen);
  if (level == 0) account_for_change(id, context.pool, chosen);
  write_links(id, level, chosen);
}

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
  auto& chosen = context.selected_[0];
  select(context.pool, limit, id, chosen);
  if (level == 0) account_for_change(id, context.pool, chosen);
  write_links(id, level, chosen);
}

// Counts what a list of layer 0 gains and loses. A neighbour that needs the link stays, in the place of a newcomer.
void Graph::account_for_change(NodeId id, std::span<const Candidate> distances,
                               std::vector<SearchContext::Selection>& chosen) {
  std::vector<NodeId> before;
  copy_links(id, 0, before);
  for (NodeId& link : before) link &= ~kShadowed;
  auto is_in = [](NodeId node, const std::vector<SearchContext::Selection>& list) {
    return std::any_of(list.begin(), list.end(), [&](auto& s) { return (s.id & ~kShadowed) == node; });
  };
  std::vector<SearchContext::Selection> kept;
  for (NodeId node : before) {
    if (is_in(node, chosen) || release_link(node)) continue;
    auto at = std::find_if(distances.begin(), distances.end(), [&](auto& c) { return c.id == node; });
    kept.push_back({node | kShadowed, at != distances.end() ? at->distance : 0});
  }
  auto is_new = [&](const SearchContext::Selection& s) {
    return std::find(before.begin(), before.end(), s.id & ~kShadowed) == before.end();
  };
  const size_t limit = static_cast<size_t>(capacity(0));
  while (!kept.empty() && chosen.size() + kept.size() > limit) {
    auto victim = std::find_if(chosen.rbegin(), chosen.rend(), is_new);
    if (victim == chosen.rend()) break;
    chosen.erase(std::next(victim).base());
  }
  kept.resize(std::min(kept.size(), limit - chosen.size()));
  chosen.insert(chosen.end(), kept.begin(), kept.end());
  for (const auto& s : chosen) {
    if (is_new(s)) count_link(s.id & ~kShadowed);
  }
}

// Links of a doomed node stop to count: those it leads to may need others.
void Graph::retire(NodeId id) {
  uint8_t expected = kDoomed;
  if (!info(id).state.compare_exchange_strong(expected, kRetired, std::memory_order_acq_rel)) return;
  NodeId target;
  for (uint32_t i = 0; (target = link_at(id, i)) != kNoNode; ++i) (void)uncount_link(target, 0);
}

void Graph::unlink_range(NodeId begin, NodeId end, SearchContext& context, size_t& relinked) {
  for (NodeId id = begin; id < end; ++id) {
    if (doomed(id)) {
      retire(id);
      continue;
    }
    bool heavy = false;
    for (int level = level_of(id); level >= 0 && !heavy; --level) heavy = damage_of(id, level) == Damage::kHeavy;
    if (heavy) {
      relink(id, context);
      ++relinked;
    }
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

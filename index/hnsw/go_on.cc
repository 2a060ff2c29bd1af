// A search that goes on: for more nodes than it began with (iterative scans), or past those that its snapshot does not see. As in
// pgvector the nodes set aside are where it goes on from; here the pool is one over all rounds, and only what is wanted counts, so that
// `ef` wanted nodes are as good as `ef` nodes of a graph that has no others.
#include <algorithm>

#include "index/hnsw/graph.h"

namespace vecino::index::hnsw {
namespace {

bool farther(const Candidate& a, const Candidate& b) { return b < a; }

void push(std::vector<Candidate>& heap, Candidate candidate) {
  heap.push_back(candidate);
  std::push_heap(heap.begin(), heap.end(), farther);
}

Candidate pop(std::vector<Candidate>& heap) {
  std::pop_heap(heap.begin(), heap.end(), farther);
  const Candidate nearest = heap.back();
  heap.pop_back();
  return nearest;
}

void insert_sorted(std::vector<Candidate>& pool, Candidate candidate) {
  pool.insert(std::upper_bound(pool.begin(), pool.end(), candidate), candidate);
}

}  // namespace

void Graph::begin_going_on(SearchContext& context, const Wanted& wanted) const {
  context.frontier.clear();
  context.beyond.clear();
  for (const Candidate& candidate : context.discarded) {
    const Candidate plain{candidate.distance, candidate.id & ~kExpanded};
    if (candidate.id == plain.id) context.frontier.push_back(plain);
    context.beyond.push_back(plain);
  }
  context.discarded.clear();
  std::make_heap(context.frontier.begin(), context.frontier.end(), farther);
  std::make_heap(context.beyond.begin(), context.beyond.end(), farther);
  std::erase_if(context.pool, [&](const Candidate& candidate) { return !wanted(candidate.id); });
}

void Graph::fill_pool(size_t ef, SearchContext& context, const Wanted& wanted) {
  while (context.pool.size() < ef && !context.beyond.empty()) {
    const Candidate nearest = pop(context.beyond);
    if (wanted(nearest.id)) insert_sorted(context.pool, nearest);
  }
}

Result<bool> Graph::go_on(size_t ef, size_t most_distances, SearchContext& context, const Wanted& wanted,
                          const CancelState* cancel) const {
  return go_on_layer(ef, most_distances, 0, context, wanted, cancel);
}

Result<bool> Graph::go_on_layer(size_t ef, size_t most_distances, int level, SearchContext& context, const Wanted& wanted,
                                const CancelState* cancel) const {
  constexpr uint64_t kHopsBetweenChecks = 256;
  auto& pool = context.pool;
  fill_pool(ef, context, wanted);
  const int list_capacity = capacity(level);
  context.near_.resize(std::max(context.near_.size(), static_cast<size_t>(list_capacity)));
  float* distances = context.near_.data();
  while (!context.frontier.empty()) {
    if (pool.size() >= ef && !(context.frontier.front().distance < pool.back().distance)) return true;
    if (context.distances > most_distances) return false;
    if (cancel != nullptr && ++context.hops % kHopsBetweenChecks == 0) RETURN_IF_ERROR(cancel->check());
    const Candidate nearest = pop(context.frontier);
    const size_t count = collect_unvisited(links(nearest.id, level), list_capacity, context);
    if (count == 0) continue;
    vectors_.estimate(context.query, context.ids_.data(), count, distances);
    context.distances += count;
    for (size_t i = 0; i < count; ++i) {
      const Candidate candidate{distances[i], context.ids_[i]};
      push(context.frontier, candidate);
      const bool full = pool.size() >= ef;
      if (full && !(candidate.distance < pool.back().distance)) {
        push(context.beyond, candidate);
      } else if (wanted(candidate.id)) {
        if (full) {
          push(context.beyond, pool.back());
          pool.pop_back();
        }
        insert_sorted(pool, candidate);
      }
    }
  }
  return pool.size() >= ef;
}

Status Graph::see_the_rest(SearchContext& context, const Wanted& wanted, const CancelState* cancel) const {
  constexpr NodeId kTogether = 256;
  const NodeId count = static_cast<NodeId>(size());
  NodeId ids[kTogether];
  float distances[kTogether];
  for (NodeId id = 0; id < count;) {
    if (cancel != nullptr) RETURN_IF_ERROR(cancel->check());
    size_t n = 0;
    for (NodeId looked_at = 0; id < count && n < kTogether && looked_at < 16 * kTogether; ++id, ++looked_at) {
      if (live(id) && context.visit(id) && wanted(id)) ids[n++] = id;
    }
    vectors_.estimate(context.query, ids, n, distances);
    context.distances += n;
    for (size_t i = 0; i < n; ++i) push(context.beyond, {distances[i], ids[i]});
  }
  context.frontier.clear();
  return Status::ok();
}

// For insertions: the nearest nodes on a layer that are not doomed.
void Graph::search_live(std::span<const Candidate> entries, size_t ef, int level, SearchContext& context) const {
  if (doomed_.load(std::memory_order_relaxed) == 0) return search_layer<false>(entries, ef, level, context);
  // Where all around are doomed it is not worth while to look for the few that are not.
  constexpr size_t kMostPasses = 16;
  auto is_live = [this](NodeId id) { return live(id); };
  context.pool.clear();
  context.beyond.clear();
  context.frontier.assign(entries.begin(), entries.end());
  std::make_heap(context.frontier.begin(), context.frontier.end(), farther);
  for (const Candidate& entry : entries) {
    if (live(entry.id)) insert_sorted(context.pool, entry);
  }
  if (context.pool.size() > ef) context.pool.resize(ef);
  (void)go_on_layer(ef, kMostPasses * ef * static_cast<size_t>(options_.m), level, context, is_live, nullptr);
}

}  // namespace vecino::index::hnsw

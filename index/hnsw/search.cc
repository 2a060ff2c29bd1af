#include <algorithm>

#include "index/hnsw/graph.h"

namespace vecino::index::hnsw {

// Unvisited neighbours into context.ids_, the first ones on their way into the cache.
size_t Graph::collect_unvisited(const Link* list, int capacity, SearchContext& context) const {
  context.ids_.resize(static_cast<size_t>(capacity));
  NodeId* ids = context.ids_.data();
  size_t count = 0;
  for (int i = 0; i < capacity; ++i) {
    NodeId link = list[i].load(std::memory_order_acquire);
    if (link == kEndOfList) break;
    NodeId id = link & ~kShadowed;
    if (!context.visit(id)) continue;
    if (count < 8) vectors_.prefetch(id);
    ids[count++] = id;
  }
  return count;
}

Candidate Graph::entry_candidate(NodeId entry, SearchContext& context) const {
  Candidate result{0, entry};
  vectors_.estimate(context.query, &entry, 1, &result.distance);
  ++context.distances;
  return result;
}

// Greedy walk on layers from_level .. to_level + 1.
Candidate Graph::descend(Candidate best, int from_level, int to_level, SearchContext& context) const {
  for (int level = from_level; level > to_level; --level) {
    for (bool improved = true; improved;) {
      improved = false;
      const Link* list = links(best.id, level);
      context.ids_.resize(static_cast<size_t>(options_.m));
      size_t count = 0;
      for (int i = 0; i < options_.m; ++i) {
        NodeId link = list[i].load(std::memory_order_acquire);
        if (link == kEndOfList) break;
        context.ids_[count++] = link & ~kShadowed;
        vectors_.prefetch(link & ~kShadowed);
      }
      context.near_.resize(std::max<size_t>(context.near_.size(), count));
      vectors_.estimate(context.query, context.ids_.data(), count, context.near_.data());
      context.distances += count;
      for (size_t i = 0; i < count; ++i) {
        if (context.near_[i] >= best.distance) continue;
        best = {context.near_[i], context.ids_[i]};
        improved = true;
      }
    }
  }
  return best;
}

// Puts a candidate into the pool at its place; `cursor` is the first entry that may be unexpanded.
template <bool kKeep>
void Graph::offer(Candidate candidate, size_t ef, SearchContext& context, size_t& cursor) const {
  auto& pool = context.pool;
  if (pool.size() >= ef) {
    if (!(candidate.distance < pool.back().distance)) {
      if constexpr (kKeep) context.discarded.push_back(candidate);
      return;
    }
    if constexpr (kKeep) context.discarded.push_back(pool.back());
    pool.pop_back();
  }
  auto place = std::upper_bound(pool.begin(), pool.end(), candidate);
  size_t position = static_cast<size_t>(place - pool.begin());
  pool.insert(place, candidate);
  cursor = std::min(cursor, position);
}

// Best-first search on one layer: expand the nearest unexpanded entry of the pool until there is none.
template <bool kKeep>
void Graph::search_layer(std::span<const Candidate> entries, size_t ef, int level, SearchContext& context) const {
  auto& pool = context.pool;
  pool.clear();
  pool.reserve(ef + 1);
  size_t cursor = 0;
  for (const Candidate& entry : entries) offer<kKeep>(entry, ef, context, cursor);
  cursor = 0;
  const int list_capacity = capacity(level);
  context.near_.resize(std::max(context.near_.size(), static_cast<size_t>(list_capacity)));
  float* distances = context.near_.data();
  while (true) {
    while (cursor < pool.size() && (pool[cursor].id & kExpanded) != 0) ++cursor;
    if (cursor >= pool.size()) break;
    NodeId node = pool[cursor].id;
    pool[cursor].id |= kExpanded;
    // The next best one will most likely be expanded next.
    if (cursor + 1 < pool.size() && (pool[cursor + 1].id & kExpanded) == 0) {
      const char* next = reinterpret_cast<const char*>(links(pool[cursor + 1].id, level));
      __builtin_prefetch(next);
      __builtin_prefetch(next + 64);
    }
    size_t count = collect_unvisited(links(node, level), list_capacity, context);
    ++context.hops;
    if (count == 0) continue;
    vectors_.estimate(context.query, context.ids_.data(), count, distances);
    context.distances += count;
    float worst = pool.size() < ef ? INFINITY : pool.back().distance;
    for (size_t i = 0; i < count; ++i) {
      if constexpr (!kKeep) {
        if (!(distances[i] < worst)) continue;
      }
      offer<kKeep>({distances[i], context.ids_[i]}, ef, context, cursor);
      if (pool.size() >= ef) worst = pool.back().distance;
    }
  }
  for (Candidate& candidate : pool) candidate.id &= ~kExpanded;
}
template void Graph::search_layer<false>(std::span<const Candidate>, size_t, int, SearchContext&) const;

void Graph::search(const float* raw_query, size_t ef, SearchContext& context, bool keep_discarded) const {
  context.begin(size());
  context.pool.clear();
  uint64_t entry = entry_.load(std::memory_order_acquire);
  if (entry == kNoEntry) return;
  vectors_.prepare(raw_query, context.query);
  Candidate best = entry_candidate(static_cast<NodeId>(entry), context);
  best = descend(best, static_cast<int>(entry >> 32), 0, context);
  context.visit(best.id);
  std::span<const Candidate> entries(&best, 1);
  if (keep_discarded) {
    search_layer<true>(entries, ef, 0, context);
  } else {
    search_layer<false>(entries, ef, 0, context);
  }
}

}  // namespace vecino::index::hnsw

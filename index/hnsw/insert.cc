#include <algorithm>
#include <cstring>

#include "index/hnsw/graph.h"

namespace vecino::index::hnsw {
namespace {

constexpr size_t kMostLinks = 256;  // 2 * the largest m, rounded up

}  // namespace

void Graph::raise_entry(NodeId id, int level) {
  if (level <= top_level()) return;
  std::lock_guard lock(entry_mutex_);
  if (level > top_level()) entry_.store(static_cast<uint64_t>(level) << 32 | id, std::memory_order_release);
}

// The nearest candidates that are not shadowed by a nearer selected one (algorithm 4 of the paper), then shadowed ones until
// the list is full: pgvector's choice, which finds more at the same ef. REQUIRES: candidates ascending.
void Graph::select(std::span<const Candidate> candidates, int capacity, NodeId self,
                   std::vector<SearchContext::Selection>& out) const {
  out.clear();
  size_t limit = static_cast<size_t>(capacity);
  bool all_fit = candidates.size() <= limit;
  thread_local std::vector<Candidate> shadowed;
  shadowed.clear();
  for (const Candidate& candidate : candidates) {
    if (out.size() >= limit) break;
    if (candidate.id == self || doomed(candidate.id)) continue;
    bool is_shadowed = false;
    for (size_t i = 0; i < out.size() && !is_shadowed; ++i) {
      if (out[i].id & kShadowed) continue;
      is_shadowed = vectors_.estimate_pair(candidate.id, out[i].id) < candidate.distance;
    }
    if (!is_shadowed) {
      out.push_back({candidate.id, candidate.distance});
    } else if (all_fit) {
      out.push_back({candidate.id | kShadowed, candidate.distance});
    } else {
      shadowed.push_back(candidate);
    }
  }
  for (size_t i = 0; i < shadowed.size() && out.size() < limit; ++i) {
    out.push_back({shadowed[i].id | kShadowed, shadowed[i].distance});
  }
}

// REQUIRES: nobody else writes the list (a new node, or its lock is held).
void Graph::write_links(NodeId id, int level, std::span<const SearchContext::Selection> selection) {
  Link* list = links(id, level);
  for (size_t i = 0; i < selection.size(); ++i) list[i].store(selection[i].id, std::memory_order_release);
  if (static_cast<int>(selection.size()) < capacity(level)) {
    list[selection.size()].store(kEndOfList, std::memory_order_release);
  }
}

// Adds `id` to a neighbour's list. In a full list the farthest shadowed link gives way, else the farthest one. Which links are
// shadowed is remembered in the list, so only the newcomer has to be compared, with the links that are not: 2m distances from
// the owner and those few from the newcomer, instead of all pairs.
bool Graph::link_back(NodeId neighbour, int level, NodeId id, float distance, SearchContext& context) {
  const int limit = capacity(level);
  ListLock lock(info(neighbour).lock);
  Link* list = links(neighbour, level);
  auto& ids = context.ids_;
  ids.resize(static_cast<size_t>(limit));
  int count = 0;
  NodeId stored[kMostLinks];
  for (; count < limit; ++count) {
    NodeId link = list[count].load(std::memory_order_relaxed);
    if (link == kEndOfList) break;
    if ((link & ~kShadowed) == id) return true;
    stored[count] = link;
    ids[count] = link & ~kShadowed;
  }
  if (count < limit) {
    if (count + 1 < limit) list[count + 1].store(kEndOfList, std::memory_order_release);
    list[count].store(id, std::memory_order_release);
    if (level == 0) count_link(id);
    return true;
  }
  size_t n = static_cast<size_t>(limit);
  context.near_.resize(std::max(context.near_.size(), n));
  float* to_owner = context.near_.data();
  float to_new[kMostLinks];  // of links that are not shadowed
  NodeId clear[kMostLinks];
  int clear_at[kMostLinks];
  size_t clear_count = 0;
  for (int i = 0; i < limit; ++i) {
    if ((stored[i] & kShadowed) != 0) continue;
    clear[clear_count] = ids[i];
    clear_at[clear_count++] = i;
  }
  for (size_t i = 0; i < std::min<size_t>(n, 4); ++i) vectors_.prefetch(ids[i]);
  vectors_.prepare_node(neighbour, context.other);
  vectors_.estimate(context.other, ids.data(), n, to_owner);
  {
    float distances[kMostLinks];
    vectors_.estimate(context.query, clear, clear_count, distances);
    for (size_t i = 0; i < clear_count; ++i) to_new[clear_at[i]] = distances[i];
  }

  // What will go shadows nobody, and gives way first.
  bool goes[kMostLinks] = {};
  if (doomed_.load(std::memory_order_relaxed) > 0) {
    for (size_t i = 0; i < n; ++i) goes[i] = doomed(ids[i]);
  }
  bool new_shadowed = false;
  for (size_t i = 0; i < n && !new_shadowed; ++i) {
    new_shadowed = (stored[i] & kShadowed) == 0 && !goes[i] && to_owner[i] < distance && to_new[i] < distance;
  }
  for (size_t i = 0; i < n; ++i) {
    if (goes[i]) to_owner[i] = INFINITY, stored[i] |= kShadowed;
  }
  for (int i = 0; i < limit && !new_shadowed; ++i) {
    if ((stored[i] & kShadowed) == 0 && to_owner[i] > distance && to_new[i] < to_owner[i]) {
      stored[i] |= kShadowed;
      list[i].store(stored[i], std::memory_order_release);
    }
  }
  int place = choose_victim({stored, n}, to_owner, distance, new_shadowed, level);
  if (place < 0) return false;
  list[place].store(new_shadowed ? id | kShadowed : id, std::memory_order_release);
  if (level == 0) count_link(id);
  return true;
}

// The place in a full list that a newcomer takes: of the farthest shadowed link, else of the farthest, unless it is farther (and,
// before that, shadowed) itself: -1. In layer 0 the last few links to a node are left alone.
int Graph::choose_victim(std::span<const NodeId> stored, const float* to_owner, float distance, bool new_shadowed, int level) {
  using Rank = std::pair<bool, float>;
  bool refused[kMostLinks] = {};
  while (true) {
    int best = -1;
    Rank best_rank{new_shadowed, distance};
    for (size_t i = 0; i < stored.size(); ++i) {
      Rank rank{(stored[i] & kShadowed) != 0, to_owner[i]};
      if (rank <= best_rank || refused[i]) continue;
      best = static_cast<int>(i);
      best_rank = rank;
    }
    if (best < 0 || level > 0 || release_link(stored[static_cast<size_t>(best)] & ~kShadowed)) return best;
    refused[best] = true;
  }
}

// A live node among the nearest found that has the same vector. Equal vectors have equal codes, so their estimates to anything
// are equal too and they stand close together at the front.
NodeId Graph::find_duplicate(NodeId id, SearchContext& context) const {
  for (size_t i = 0; i < std::min<size_t>(context.pool.size(), 4); ++i) {
    NodeId candidate = context.pool[i].id;
    if (candidate != id && !doomed(candidate) && vectors_.same_values(candidate, id)) return candidate;
  }
  return kNoNode;
}

// False: another node was first.
bool Graph::become_entry_of_empty(NodeId id, int level) {
  std::lock_guard lock(entry_mutex_);
  if (!empty()) return false;
  entry_.store(static_cast<uint64_t>(level) << 32 | id, std::memory_order_release);
  return true;
}

// Into context.selected_, for the layers that there are; context.pool has the nearest of layer 0. REQUIRES: !empty()
void Graph::choose_neighbours(NodeId id, int level, SearchContext& context) {
  vectors_.prepare_values(id, context.query);
  context.begin(size());
  context.selected_.resize(std::max<size_t>(context.selected_.size(), static_cast<size_t>(level) + 1));
  uint64_t entry = entry_.load(std::memory_order_acquire);
  const int top = static_cast<int>(entry >> 32);
  Candidate best = entry_candidate(static_cast<NodeId>(entry), context);
  best = descend(best, top, level, context);
  context.entry_.assign(1, best);
  context.layers_of_selection_ = std::min(level, top) + 1;
  for (int l = context.layers_of_selection_ - 1; l >= 0; --l) {
    context.begin(size());
    context.visit(id);
    for (const Candidate& c : context.entry_) context.visit(c.id);
    search_live(context.entry_, static_cast<size_t>(options_.ef_construction), l, context);
    if (l == 0 && !context.pool.empty()) vectors_.judge_codes(context.query, context.pool.front().distance, context.pool.back().distance);
    select(context.pool, capacity(l), id, context.selected_[static_cast<size_t>(l)]);
    if (l > 0) context.entry_.assign(context.pool.begin(), context.pool.end());
  }
}

// Makes choose_neighbours()' choice the node's links, and links back.
void Graph::link(NodeId id, int level, SearchContext& context) {
  // The lists of the new node are complete before anyone can reach it.
  for (int l = context.layers_of_selection_ - 1; l >= 0; --l) write_links(id, l, context.selected_[static_cast<size_t>(l)]);
  for (const auto& neighbour : context.selected_[0]) count_link(neighbour.id & ~kShadowed);
  enliven(id);
  bool linked = false;
  for (int l = context.layers_of_selection_ - 1; l >= 0; --l) {
    linked = false;
    for (const auto& neighbour : context.selected_[static_cast<size_t>(l)]) {
      linked |= link_back(neighbour.id & ~kShadowed, l, id, neighbour.distance, context);
    }
  }
  // Every neighbour has nearer ones: one takes it all the same, or no search would find it.
  for (size_t i = 0; keeps_reachable_ && !linked && i < context.selected_[0].size(); ++i) {
    linked = adopt(context.selected_[0][i].id & ~kShadowed, id, context);
  }
  raise_entry(id, level);
}

// The slot is given back when there is no memory for the vector.
Status Graph::fill(NodeId id, const float* raw) {
  Status status = vectors_.put(id, raw);
  const NodeId unused[] = {id};
  if (!status.is_ok()) recycle(unused);
  return status;
}

Result<Graph::Inserted> Graph::insert(const float* raw, SearchContext& context,
                                      const std::function<Status(NodeId)>& announce) {
  const int level = draw_level();
  ASSIGN_OR_RETURN(NodeId id, allocate(level));
  RETURN_IF_ERROR(fill(id, raw));
  if (empty()) {
    RETURN_IF_ERROR(announce(id));
    enliven(id);
    if (!become_entry_of_empty(id, level)) link_later(id, context);
    return Inserted{id, false};
  }
  choose_neighbours(id, level, context);
  if (NodeId twin = find_duplicate(id, context); twin != kNoNode) {
    NodeId unused[] = {id};
    recycle(unused);
    return Inserted{twin, true};
  }
  RETURN_IF_ERROR(announce(id));
  link(id, level, context);
  return Inserted{id, false};
}

Result<NodeId> Graph::insert_unlinked(const float* raw, const std::function<Status(NodeId)>& announce) {
  ASSIGN_OR_RETURN(NodeId id, allocate(draw_level()));
  RETURN_IF_ERROR(fill(id, raw));
  RETURN_IF_ERROR(announce(id));
  enliven(id);
  return id;
}

void Graph::link_later(NodeId id, SearchContext& context) {
  const int level = level_of(id);
  if (become_entry_of_empty(id, level)) return;
  choose_neighbours(id, level, context);
  link(id, level, context);
}

}  // namespace vecino::index::hnsw

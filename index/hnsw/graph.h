#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "index/vector/chunked_arena.h"
#include "index/vector/vector_store.h"
#include "storage/util/cancel.h"

namespace vecino::index::hnsw {

inline constexpr int kMaxLevel = 30;
inline constexpr NodeId kEndOfList = 0xffffffff;
// In stored links: the neighbour is shadowed by a nearer one (the heuristic's "pruned"), kept only to fill the list.
inline constexpr NodeId kShadowed = 0x80000000;

// In candidates while a search runs, and in what it discarded: the node's neighbours were looked at.
inline constexpr NodeId kExpanded = 0x80000000;

struct Candidate {
  float distance;
  NodeId id;
  friend bool operator<(const Candidate& a, const Candidate& b) { return a.distance < b.distance; }
};

// Is a search for this node? The others are only passed on the way.
using Wanted = std::function<bool(NodeId)>;

struct GraphOptions {
  Metric metric = Metric::kL2;
  int dimensions = 0;
  int m = 16, ef_construction = 64;
  std::vector<float> mean;
  uint64_t seed = 42;
};

// Scratch of one search or insertion; reused, so that a query allocates nothing. Not thread-safe.
class SearchContext {
 public:
  PreparedQuery query, other;
  std::vector<Candidate> pool;       // ascending; the answer of a search
  std::vector<Candidate> discarded;  // what search() computed and did not keep
  // Of a search that goes on: heaps, the nearest first, of what was not yet expanded, and of what was not yet in the pool.
  std::vector<Candidate> frontier, beyond;
  uint64_t distances = 0, hops = 0;  // since begin()

 private:
  friend class Graph;
  void begin(size_t nodes);
  bool visit(NodeId id) {
    // A node that came in since begin(): the only links to what is behind it may be its own.
    if (id >= visited_.size()) visited_.resize(id + size_t{id} / 8 + 1024, 0);
    if (visited_[id] == epoch_) return false;
    visited_[id] = epoch_;
    return true;
  }
  std::vector<uint8_t> visited_;
  uint8_t epoch_ = 0;
  std::vector<NodeId> ids_, layers_[2];
  std::vector<float> near_;
  struct Selection {
    NodeId id;  // with kShadowed
    float distance;
  };
  std::vector<std::vector<Selection>> selected_;  // by layer
  int layers_of_selection_ = 0;
  std::vector<Candidate> entry_;
};

// The navigable small world graph of Malkov and Yashunin (arXiv:1603.09320) in memory, with pgvector's parameters: layer 0
// keeps 2m links, the others m, and lists are filled with shadowed candidates.
//
// Threads: searches take no locks. Insertions run in parallel; each list is written under its node's spin lock, one link at a
// time, so that a reader sees old or new links, all of them valid nodes. A node is linked only after its slot is complete
// (release store of the link, acquire load by readers). Slots are reused only when no search can still know the node
// (recycle() requires it).
class Graph {
 public:
  explicit Graph(GraphOptions options);

  struct Inserted {
    NodeId id;
    bool existing;  // a live node with the very same vector was found instead
  };
  // `announce` is called with a new node before
  // anyone can reach it.
  Result<Inserted> insert(const float* raw, SearchContext& context, const std::function<Status(NodeId)>& announce);
  // A node that no search finds before link_later().
  Result<NodeId> insert_unlinked(const float* raw, const std::function<Status(NodeId)>& announce);
  void link_later(NodeId id, SearchContext& context);

  // Nearest `ef` nodes, by estimate, into context.pool. `keep_discarded`: for begin_going_on().
  void search(const float* raw_query, size_t ef, SearchContext& context, bool keep_discarded) const;
  // After a search() that kept what it discarded: from now on the search is for `wanted` nodes only. Those in the pool stay there.
  void begin_going_on(SearchContext& context, const Wanted& wanted) const;
  // Goes on until the pool has `ef` nodes and nothing nearer is within sight (true), or everything was seen, or more than
  // `most_distances` were computed since begin() (false).
  Result<bool> go_on(size_t ef, size_t most_distances, SearchContext& context, const Wanted& wanted, const CancelState* cancel) const;
  // What a search has not seen, compared one by one, joins what waits beyond the pool: links change while a search goes along them, so
  // that nothing promises that it comes to everything.
  Status see_the_rest(SearchContext& context, const Wanted& wanted, const CancelState* cancel) const;
  // The nearest that wait beyond it into the pool, until it has `ef`.
  static void fill_pool(size_t ef, SearchContext& context, const Wanted& wanted);

  size_t size() const { return next_.load(std::memory_order_acquire); }  // slots ever used
  bool empty() const { return entry_.load(std::memory_order_acquire) == kNoEntry; }
  int top_level() const;
  const VectorStore& vectors() const { return vectors_; }
  const GraphOptions& options() const { return options_; }
  size_t memory_bytes() const;
  size_t bytes_of(size_t nodes) const;  // but upper layers

  // Removal. doom() makes insertions leave the node alone; unlink() takes all doomed nodes out of every list and closes the
  // gaps (one pass over the links, then a local re-selection for the lists that lost one). REQUIRES for unlink: insertions that
  // began before doom() are over. Afterwards, when no search that began before is left, recycle() gives the slots back.
  void doom(NodeId id);
  bool live(NodeId id) const { return !doomed(id); }
  bool doomed(NodeId id) const { return info(id).state.load(std::memory_order_acquire) != kLive; }
  // Nodes [begin, end); several threads may share the work. Adds to `relinked` those whose neighbours were looked for anew.
  void unlink_range(NodeId begin, NodeId end, SearchContext& context, size_t& relinked);
  void replace_entry_if_doomed();
  void recycle(std::span<const NodeId> nodes);

  // Sees to it that in layer 0 every node can be come to from every other, as far as that takes away no link that a
  // node needs. One at a time; beside searches and insertions.
  void connect(SearchContext& context, const std::function<bool()>& stop);

  // Persistence: the links of a node in the image's form, and back.
  int level_of(NodeId id) const { return info(id).level; }
  void copy_links(NodeId id, int level, std::vector<NodeId>& out) const;
  Status restore_begin(size_t slots);
  Status restore_node(NodeId id, int level, const float* raw);
  void restore_links(NodeId id, int level, std::span<const NodeId> links);
  void restore_end(NodeId entry, int top_level);
  NodeId entry_node() const;

 private:
  static constexpr uint64_t kNoEntry = ~uint64_t{0};
  // kNew: its slot is being filled and it is in no list; nobody but the insertion looks at it.
  // kRetired: doomed, and its links no longer count.
  static constexpr uint8_t kLive = 0, kDoomed = 1, kFree = 2, kNew = 3, kRetired = 4;
  struct NodeInfo {
    uint32_t upper;  // slot of layer 1 in upper_; layer l is l - 1 slots further
    uint8_t level;
    std::atomic<uint8_t> lock;
    std::atomic<uint8_t> state;
    std::atomic<uint8_t> in_degree;  // links to it in layer 0; kMany stays
  };
  static constexpr uint8_t kMany = 255;
  class ListLock {
   public:
    explicit ListLock(std::atomic<uint8_t>& flag);
    ~ListLock() { flag_.store(0, std::memory_order_release); }

   private:
    std::atomic<uint8_t>& flag_;
  };

  using Link = std::atomic<NodeId>;
  NodeInfo& info(NodeId id) const { return *reinterpret_cast<NodeInfo*>(infos_.at(id)); }
  Link* links(NodeId id, int level) const {
    if (level == 0) return reinterpret_cast<Link*>(links_.at(id));
    return reinterpret_cast<Link*>(upper_.at(info(id).upper + static_cast<uint32_t>(level) - 1));
  }
  // The counts of links to a node. The last few are only taken with the nodes that have them: release_link() refuses.
  void count_link(NodeId to);
  bool uncount_link(NodeId to, uint8_t fewest);  // False, and nothing done, when there are no more than `fewest`
  bool release_link(NodeId to);
  int capacity(int level) const { return level == 0 ? 2 * options_.m : options_.m; }
  int draw_level();
  Status fill(NodeId id, const float* raw);
  Result<NodeId> allocate(int level);

  size_t collect_unvisited(const Link* list, int capacity, SearchContext& context) const;
  Candidate descend(Candidate from, int from_level, int to_level, SearchContext& context) const;
  Candidate entry_candidate(NodeId entry, SearchContext& context) const;
  template <bool kKeep>
  void search_layer(std::span<const Candidate> entries, size_t ef, int level, SearchContext& context) const;
  Result<bool> go_on_layer(size_t ef, size_t most_distances, int level, SearchContext& context, const Wanted& wanted,
                           const CancelState* cancel) const;
  void search_live(std::span<const Candidate> entries, size_t ef, int level, SearchContext& context) const;
  template <bool kKeep>
  void offer(Candidate candidate, size_t ef, SearchContext& context, size_t& cursor) const;

  bool become_entry_of_empty(NodeId id, int level);
  void choose_neighbours(NodeId id, int level, SearchContext& context);
  void link(NodeId id, int level, SearchContext& context);
  NodeId find_duplicate(NodeId id, SearchContext& context) const;
  void select(std::span<const Candidate> candidates, int capacity, NodeId self,
              std::vector<SearchContext::Selection>& out) const;
  void write_links(NodeId id, int level, std::span<const SearchContext::Selection> selection);
  // False = the newcomer got no place.
  bool link_back(NodeId neighbour, int level, NodeId id, float distance, SearchContext& context);
  int choose_victim(std::span<const NodeId> stored, const float* to_owner, float distance, bool new_shadowed, int level);
  struct Connection;
  Connection connection(size_t count, const std::function<bool()>& stop) const;
  void connect_component(size_t component, const Connection& now, SearchContext& context);
  bool adopt(NodeId owner, NodeId id, SearchContext& context);
  NodeId link_at(NodeId id, uint32_t i) const;
  enum class Damage { kNone, kLight, kHeavy };
  Damage damage_of(NodeId id, int level) const;
  void repair_list(NodeId id, int level, SearchContext& context);
  void relink(NodeId id, SearchContext& context);
  void rewrite_list(NodeId id, int level, SearchContext& context);
  void account_for_change(NodeId id, std::span<const Candidate> distances, std::vector<SearchContext::Selection>& chosen);
  void retire(NodeId id);
  void raise_entry(NodeId id, int level);
  // A new node that can be found from now on, unless its row went meanwhile.
  void enliven(NodeId id) {
    uint8_t expected = kNew;
    (void)info(id).state.compare_exchange_strong(expected, kLive, std::memory_order_acq_rel);
  }

  const GraphOptions options_;
  const double level_factor_;
  // Not under the inner product, where nearest to most nodes are the few that point far out: answers are found along their links,
  // and places in their lists must not go to whoever would not be found otherwise. Scans that go on compare those in the end.
  const bool keeps_reachable_;
  // Links to a node that nobody takes away: one would do, but neighbours whose only links are each other's are lost together.
  const uint8_t fewest_links_;
  VectorStore vectors_;
  ChunkedArena infos_, links_, upper_;
  std::atomic<uint64_t> entry_{kNoEntry};  // top level << 32 | node
  std::atomic<uint32_t> next_{0};
  std::mutex allocation_mutex_;
  std::vector<NodeId> free_;          // guarded by allocation_mutex_
  std::atomic<uint32_t> next_upper_{0};  // written under allocation_mutex_
  std::vector<std::pair<uint32_t, uint8_t>> free_upper_;  // guarded by allocation_mutex_
  uint32_t allocated_ = 0;            // guarded by allocation_mutex_
  std::atomic<uint64_t> random_;
  std::atomic<size_t> doomed_{0};  // nodes that are, and not yet free
  std::mutex entry_mutex_;
};

}  // namespace vecino::index::hnsw

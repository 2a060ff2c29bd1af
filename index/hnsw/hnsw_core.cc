#include "index/hnsw/hnsw_core.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

#include "index/vector/in_parallel.h"
#include "index/vector/search_totals.h"

namespace vecino::index::hnsw {
namespace {

constexpr size_t kConnectedAtOnce = 100'000;  // nodes: some tenths of a second
constexpr size_t kConnectShare = 8;  // of the nodes may be new before connect() looks again: new ones may push others out

}  // namespace

ContextPool::Lease ContextPool::take() {
  std::unique_ptr<SearchContext> context;
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      context = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (context == nullptr) context = std::make_unique<SearchContext>();
  return Lease(*this, std::move(context));
}

void ContextPool::give_back(std::unique_ptr<SearchContext> context) {
  std::lock_guard lock(mutex_);
  if (free_.size() < kKept) free_.push_back(std::move(context));
}

// pgvector's scan: the first ef_search nodes, then, as the mode says, further ones. Only nodes count that the scan's view has a row
// of. Every further round looks for twice what it gives out, and what was not given out waits in one exact order for the next round:
// what that one finds is seldom nearer.
class HnswScan final : public CoreScan {
 public:
  HnswScan(const HnswCore& core, const ScanSpec& spec, const float* raw_query, NodeFilter visible)
      : core_(core), pass_(core.scans_.enter()), context_(core.contexts_.take()), visible_(std::move(visible)),
        iterative_(spec.iterative), ef_(static_cast<size_t>(std::max(1, spec.ef_search))),
        max_tuples_(static_cast<uint64_t>(std::max<int64_t>(0, spec.max_scan_tuples))), memory_limit_(spec.memory_limit),
        cancel_(spec.cancel) {
    status_ = search(raw_query);
    if (core.graph_.empty()) core.vectors().prepare(raw_query, context_->query);
    order_.start<Candidate>(core.vectors(), context_->query, context_->pool);
  }
  ~HnswScan() override { search_totals.add(context_->distances, context_->hops); }

  Result<bool> next(NodeHit& hit) override {
    RETURN_IF_ERROR(status_);
    while (true) {
      if (order_.left() <= kept_back_ && !ended_) {
        if (cancel_ != nullptr) RETURN_IF_ERROR(cancel_->check());
        RETURN_IF_ERROR(continue_search());
        continue;
      }
      ExactOrder::Entry entry;
      if (!order_.next(entry)) return false;
      if (iterative_ == IterativeScan::kStrict) {
        if (entry.distance < previous_) continue;
        previous_ = entry.distance;
      }
      hit = {entry.distance, entry.id};
      return true;
    }
  }
  const PreparedQuery& query() const override { return context_->query; }
  uint64_t buffers() const override { return 1 + context_->distances + context_->hops; }

 private:
  Status search(const float* raw_query) {
    const bool iterates = iterative_ != IterativeScan::kOff;
    ended_ = !iterates;
    bool keep = iterates || core_.entries().ended_count() > 0;
    core_.graph_.search(raw_query, ef_, *context_, keep);
    auto& pool = context_->pool;
    const bool all_visible = std::all_of(pool.begin(), pool.end(), [&](const Candidate& c) { return visible_(c.id); });
    if (all_visible && (pool.size() >= ef_ || !core_.may_have_more_than(pool.size())) && !iterates) return Status::ok();
    if (!keep) core_.graph_.search(raw_query, ef_, *context_, true);
    core_.graph_.begin_going_on(*context_, visible_);
    return pool.size() >= ef_ ? Status::ok() : go_on(ef_);
  }

  // Sees to it that the pool has `wanted` nodes, as far as there are so many.
  Status go_on(size_t wanted) {
    const bool may_see_all = iterative_ == IterativeScan::kOff || core_.graph_.size() <= max_tuples_;
    const size_t most_distances = may_see_all ? core_.worth_following() : max_tuples_;
    ASSIGN_OR_RETURN(bool found, core_.graph_.go_on(wanted, most_distances, *context_, visible_, cancel_));
    if (found) return Status::ok();
    // All links followed, or so many that comparing the rest is cheaper than finding it.
    if (may_see_all) RETURN_IF_ERROR(core_.graph_.see_the_rest(*context_, visible_, cancel_));
    Graph::fill_pool(wanted, *context_, visible_);
    return Status::ok();
  }

  Status continue_search() {
    context_->pool.clear();
    size_t wanted = 2 * ef_ - std::min(2 * ef_, order_.left());
    if (context_->distances >= max_tuples_ || context_->beyond.size() * sizeof(Candidate) > memory_limit_) {
      // No further search; what was seen on the way is still given.
      wanted = SIZE_MAX;
      Graph::fill_pool(wanted, *context_, visible_);
    } else {
      RETURN_IF_ERROR(go_on(wanted));
    }
    ended_ = context_->pool.size() < wanted;
    kept_back_ = ended_ ? 0 : ef_;
    order_.add<Candidate>(core_.vectors(), context_->query, context_->pool);
    return Status::ok();
  }

  const HnswCore& core_;
  EpochGate::Pass pass_;
  ContextPool::Lease context_;
  const NodeFilter visible_;
  ExactOrder order_;
  IterativeScan iterative_;
  size_t ef_;
  uint64_t max_tuples_;
  size_t memory_limit_;
  const CancelState* cancel_;
  Status status_;
  bool ended_ = false;     // the search does not go on
  size_t kept_back_ = 0;   // nodes that wait until the search was taken further
  float previous_ = -INFINITY;
};

// All nodes, compared one by one: correct before there are links.
class CompareAll final : public CoreScan {
 public:
  CompareAll(const VectorStore& vectors, const Graph& graph, EpochGate::Pass pass, const float* raw_query)
      : pass_(std::move(pass)) {
    vectors.prepare(raw_query, query_);
    constexpr NodeId kTogether = 256;
    const NodeId count = static_cast<NodeId>(graph.size());
    std::vector<ExactOrder::Entry> all;
    all.reserve(count);
    NodeId ids[kTogether];
    float estimates[kTogether];
    for (NodeId id = 0; id < count;) {
      size_t n = 0;
      for (; id < count && n < kTogether; ++id) {
        if (graph.live(id)) ids[n++] = id;
      }
      vectors.estimate(query_, ids, n, estimates);
      for (size_t i = 0; i < n; ++i) all.push_back({estimates[i], ids[i]});
    }
    compared_ = all.size();
    order_.start_unsorted(vectors, query_, all);
  }
  ~CompareAll() override { search_totals.add(compared_, 0); }
  Result<bool> next(NodeHit& hit) override {
    ExactOrder::Entry entry;
    if (!order_.next(entry)) return false;
    hit = {entry.distance, entry.id};
    return true;
  }
  const PreparedQuery& query() const override { return query_; }
  uint64_t buffers() const override { return compared_; }

 private:
  EpochGate::Pass pass_;
  PreparedQuery query_;
  ExactOrder order_;
  uint64_t compared_ = 0;
};

// Comparing all costs about this much where an iterative scan, which mostly goes on for long, would see nearly everything anyway.
bool HnswCore::is_small(const ScanSpec& spec) const {
  constexpr size_t kComparedPerNode = 25;
  const size_t nodes = graph_.size();
  return spec.iterative != IterativeScan::kOff && nodes <= kComparedPerNode * static_cast<size_t>(std::max(1, spec.ef_search)) &&
         static_cast<int64_t>(nodes) <= spec.max_scan_tuples;
}

std::unique_ptr<CoreScan> HnswCore::scan(const ScanSpec& spec, const float* raw_query, NodeFilter visible) const {
  if (is_small(spec) || !complete_.load(std::memory_order_acquire)) {
    return std::make_unique<CompareAll>(vectors(), graph_, scans_.enter(), raw_query);
  }
  return std::make_unique<HnswScan>(*this, spec, raw_query, std::move(visible));
}

Status HnswCore::add(const float* raw, RowId row, SequenceNumber begin) {
  if (!complete_.load(std::memory_order_acquire)) {
    std::shared_lock lock(completing_);
    if (!complete_.load(std::memory_order_relaxed)) return add_unlinked(raw, row, begin);
  }
  EpochGate::Pass insertion = insertions_.enter(), scan = scans_.enter();
  ContextPool::Lease context = contexts_.take();
  while (true) {
    ASSIGN_OR_RETURN(Graph::Inserted inserted, graph_.insert(raw, *context, [&](NodeId node) {
      return entries_.add_first(node, row, begin);
    }));
    if (!inserted.existing) {
      added_.fetch_add(1, std::memory_order_relaxed);
      return Status::ok();
    }
    ASSIGN_OR_RETURN(bool joined,
                     entries_.add_further(inserted.id, row, begin, [&](NodeId node) { return graph_.doomed(node); }));
    if (joined) return Status::ok();
  }
}

size_t HnswCore::hash_of(const float* raw) const {
  const size_t bytes = static_cast<size_t>(graph_.options().dimensions) * sizeof(float);
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(raw), bytes});
}

// Equal vectors share a node here, too: many nodes in one place would fill each other's lists, and no link would lead out.
Status HnswCore::add_unlinked(const float* raw, RowId row, SequenceNumber begin) {
  const size_t hash = hash_of(raw);
  NodeId twin = kNoNode;
  {
    std::lock_guard lock(unlinked_mutex_);
    if (auto found = unlinked_of_.find(hash); found != unlinked_of_.end()) twin = found->second;
  }
  if (twin != kNoNode && vectors().same_values(twin, raw)) {
    ASSIGN_OR_RETURN(bool joined, entries_.add_further(twin, row, begin, [&](NodeId node) { return graph_.doomed(node); }));
    if (joined) return Status::ok();
  }
  ASSIGN_OR_RETURN(NodeId id, graph_.insert_unlinked(raw, [&](NodeId node) { return entries_.add_first(node, row, begin); }));
  std::lock_guard lock(unlinked_mutex_);
  unlinked_.push_back(id);
  unlinked_of_[hash] = id;
  return Status::ok();
}

// Nodes that came in during the load; the last few while additions wait.
Status HnswCore::link_the_rest(const StopToken& stop) {
  constexpr size_t kFew = 64;
  EpochGate::Pass scan = scans_.enter();
  bool changed = lost_links_.load() > 0;
  for (size_t linked = kFew + 1; linked > kFew;) {
    ASSIGN_OR_RETURN(linked, link_waiting(stop));
    changed |= linked > 0;
  }
  // What the image promised holds no longer. For a large graph that takes seconds: the first vacuum does it, beside searches.
  if (changed && graph_.size() <= kConnectedAtOnce) {
    graph_.connect(*contexts_.take(), stop);
  } else if (changed) {
    added_ = kWantsVacuum;
  }
  std::unique_lock lock(completing_);
  RETURN_IF_ERROR(link_waiting(stop).status());
  unlinked_of_ = {};
  complete_.store(true, std::memory_order_release);
  return Status::ok();
}

// By all cores: until it is done scans compare all.
Result<size_t> HnswCore::link_waiting(const StopToken& stop) {
  constexpr size_t kTogether = 16;
  std::vector<NodeId> waiting;
  {
    std::lock_guard lock(unlinked_mutex_);
    waiting.swap(unlinked_);
  }
  auto link_some = [&](size_t part) -> Status {
    ContextPool::Lease context = contexts_.take();
    for (size_t i = part * kTogether; i < std::min(waiting.size(), (part + 1) * kTogether); ++i) {
      if (stop()) return stopped();
      graph_.link_later(waiting[i], *context);
    }
    return Status::ok();
  };
  RETURN_IF_ERROR(in_parallel((waiting.size() + kTogether - 1) / kTogether, link_some, kBackground));
  return waiting.size();
}

void HnswCore::describe(IndexStatistics& out) const {
  out.entry_level = std::max(0, graph_.top_level());
  out.m = graph_.options().m;
}

uint64_t HnswCore::memory_bytes() const { return graph_.memory_bytes() + entries_.memory_bytes(graph_.size()); }

void HnswCore::recycle_if_drained() {
  if (!has_ticket_ || !scans_.drained(ticket_)) return;
  has_ticket_ = false;
  entries_.forget(retired_);
  entries_.reuse_unchained();
  graph_.recycle(retired_);
  retired_.clear();
}

void HnswCore::connect(const StopToken& stop) {
  added_ = 0;
  EpochGate::Pass scan = scans_.enter();
  graph_.connect(*contexts_.take(), stop);
}

bool HnswCore::wants_vacuum() const {
  return added_.load(std::memory_order_relaxed) > std::max<size_t>(1000, graph_.size() / kConnectShare);
}

Status HnswCore::vacuum(const Snapshots& snapshots, const StopToken& stop) {
  if (!complete_) return Status::ok();  // the load failed half-way
  recycle_if_drained();
  std::vector<NodeId> dead = std::move(orphans_);
  orphans_.clear();
  entries_.collect_dead(snapshots, [&](NodeId node) { graph_.doom(node); }, dead);
  if (!dead.empty()) {
    // Insertions that may have chosen a doomed neighbour must have made their links before the pass looks for them.
    uint64_t ticket = insertions_.turn();
    while (!insertions_.drained(ticket)) std::this_thread::sleep_for(std::chrono::microseconds(200));
    graph_.replace_entry_if_doomed();
    auto context = std::make_unique<SearchContext>();
    constexpr NodeId kStep = 64;
    size_t relinked = 0;
    NodeId count = static_cast<NodeId>(graph_.size());
    for (NodeId begin = 0; begin < count; begin += kStep) {
      // Stopping half-way leaves doomed nodes in the lists, which the next start finds without rows.
      if (stop()) return Status::ok();
      graph_.unlink_range(begin, std::min(count, begin + kStep), *context, relinked);
    }
    retired_.insert(retired_.end(), dead.begin(), dead.end());
  }
  if (!dead.empty() || wants_vacuum()) connect(stop);
  ticket_ = scans_.turn();
  has_ticket_ = true;
  recycle_if_drained();
  return Status::ok();
}

}  // namespace vecino::index::hnsw

#include "index/hnsw/hnsw_core.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

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

// pgvector's scan: the first ef_search nodes, then, as the mode says, further rounds from the candidates set aside.
class HnswScan final : public CoreScan {
 public:
  HnswScan(const HnswCore& core, const ScanSpec& spec, const float* raw_query)
      : core_(core), pass_(core.scans_.enter()), context_(core.contexts_.take()), iterative_(spec.iterative),
        ef_(static_cast<size_t>(std::max(1, spec.ef_search))), max_tuples_(spec.max_scan_tuples),
        memory_limit_(spec.memory_limit), cancel_(spec.cancel) {
    // Hits that no snapshot sees any more are made up for, which takes the candidates set aside.
    keep_ = iterative_ != IterativeScan::kOff || core.entries().ended_count() > 0;
    core.graph_.search(raw_query, ef_, *context_, keep_);
    if (core.graph_.empty()) core.vectors().prepare(raw_query, context_->query);
    order_.start<Candidate>(core.vectors(), context_->query, context_->pool);
  }
  ~HnswScan() override { search_totals.add(context_->distances, context_->hops); }

  Result<bool> next(NodeHit& hit) override {
    while (true) {
      ExactOrder::Entry entry;
      if (!order_.next(entry)) {
        if (cancel_ != nullptr) RETURN_IF_ERROR(cancel_->check());
        if (!continue_search()) return false;
        continue;
      }
      // Without iteration, too: what makes up for dead hits may be nearer than what was given out.
      if (iterative_ != IterativeScan::kRelaxed) {
        if (entry.distance < previous_) continue;
        previous_ = entry.distance;
      }
      hit = {entry.distance, entry.id};
      return true;
    }
  }
  void skipped() override { ++skipped_; }
  const PreparedQuery& query() const override { return context_->query; }
  uint64_t buffers() const override { return 1 + context_->distances + context_->hops; }

 private:
  bool continue_search() {
    if (!keep_ || context_->discarded.empty()) return false;
    size_t more = ef_;
    if (iterative_ == IterativeScan::kOff) {
      if (skipped_ == 0) return false;
      more = std::min(skipped_, ef_);
      skipped_ = 0;
    } else if (static_cast<int64_t>(context_->distances) >= max_tuples_ ||
               context_->discarded.size() * sizeof(Candidate) > memory_limit_) {
      // No further search; what was seen on the way is still given.
      std::sort(context_->discarded.begin(), context_->discarded.end());
      context_->pool.swap(context_->discarded);
      context_->discarded.clear();
      order_.start<Candidate>(core_.vectors(), context_->query, context_->pool);
      return true;
    }
    if (!core_.graph_.resume(more, *context_)) return false;
    order_.start<Candidate>(core_.vectors(), context_->query, context_->pool);
    return true;
  }

  const HnswCore& core_;
  EpochGate::Pass pass_;
  ContextPool::Lease context_;
  ExactOrder order_;
  IterativeScan iterative_;
  size_t ef_;
  int64_t max_tuples_;
  size_t memory_limit_;
  const CancelState* cancel_;
  bool keep_;
  size_t skipped_ = 0;
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

std::unique_ptr<CoreScan> HnswCore::scan(const ScanSpec& spec, const float* raw_query) const {
  if (!complete_.load(std::memory_order_acquire)) {
    return std::make_unique<CompareAll>(vectors(), graph_, scans_.enter(), raw_query);
  }
  return std::make_unique<HnswScan>(*this, spec, raw_query);
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
void HnswCore::link_the_rest(const std::function<bool()>& stop) {
  constexpr size_t kFew = 64;
  ContextPool::Lease context = contexts_.take();
  EpochGate::Pass scan = scans_.enter();
  auto link_waiting = [&] {
    std::vector<NodeId> waiting;
    {
      std::lock_guard lock(unlinked_mutex_);
      waiting.swap(unlinked_);
    }
    for (NodeId id : waiting) graph_.link_later(id, *context);
    return waiting.size();
  };
  bool changed = lost_links_.load() > 0;
  for (size_t linked = kFew + 1; linked > kFew;) {
    linked = link_waiting();
    changed |= linked > 0;
  }
  // What the image promised holds no longer. For a large graph that takes seconds: the first vacuum does it, beside searches.
  if (changed && graph_.size() <= kConnectedAtOnce) {
    graph_.connect(*context, stop);
  } else if (changed) {
    added_ = kWantsVacuum;
  }
  std::unique_lock lock(completing_);
  (void)link_waiting();
  unlinked_of_ = {};
  complete_.store(true, std::memory_order_release);
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

void HnswCore::connect(const std::function<bool()>& stop) {
  added_ = 0;
  EpochGate::Pass scan = scans_.enter();
  graph_.connect(*contexts_.take(), stop);
}

bool HnswCore::wants_vacuum() const {
  return added_.load(std::memory_order_relaxed) > std::max<size_t>(1000, graph_.size() / kConnectShare);
}

Status HnswCore::vacuum(SequenceNumber oldest, const std::function<bool()>& stop) {
  if (!complete_) return Status::ok();  // the load failed half-way
  recycle_if_drained();
  std::vector<NodeId> dead = std::move(orphans_);
  orphans_.clear();
  entries_.collect_dead(oldest, [&](NodeId node) { graph_.doom(node); }, dead);
  if (!dead.empty()) {
    // Insertions that may have chosen a doomed neighbour must have made their links before the pass looks for them.
    uint64_t ticket = insertions_.turn();
    while (!insertions_.drained(ticket)) std::this_thread::sleep_for(std::chrono::microseconds(200));
    graph_.replace_entry_if_doomed();
    auto context = std::make_unique<SearchContext>();
    constexpr NodeId kStep = 4096;
    NodeId count = static_cast<NodeId>(graph_.size());
    for (NodeId begin = 0; begin < count; begin += kStep) {
      // Stopping half-way leaves doomed nodes in the lists, which the next start finds without rows.
      if (stop()) return Status::ok();
      graph_.unlink_range(begin, std::min(count, begin + kStep), *context);
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

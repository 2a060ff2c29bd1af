#include <algorithm>
#include <cassert>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/index_bounds.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/scan_columns.h"
#include "sqlfront/statistics/relation_counts.h"

namespace vecino::sql {
namespace {

// Rows by index: pulls hits, fetches their rows under the statement's snapshot, drops those that are gone or whose current
// values do not satisfy the conditions any more, and pulls on.
class IndexScanOp final : public Operator {
 public:
  IndexScanOp(const IndexScanNode& node, RunState& run)
      : Operator(node, run), scan_node_(node), bounds_(node), columns_(*node.relation, node.fetch),
        recheck_(node.recheck), tail_(node, run, counters_) {
    index_ = run.context.catalogs->open_index(*node.index, *node.relation);
    if (run.context.counter != nullptr) counts_ = &run.context.counter->of(node.index->oid);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!started_) start();
    while (!tail_.pending()) {
      if (!fetch(size_.next(max, tail_.has_filter()))) return false;
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    started_ = false;
    tail_.discard();
    size_.restart();
  }

 private:
  void start() {
    started_ = true;
    scan_open_ = false;
    bounds_arena_.reset();
    bounds_.start(run_, bounds_arena_);
  }
  // Hits of the current range and of the next ones. 0 = end.
  size_t next_hits(size_t max) {
    size_t wanted = bounds_.is_single_entry() ? 1 : max, count = 0;
    if (hits_.size() < wanted) hits_.resize(wanted);
    while (count < wanted) {
      if (!scan_open_ && !open_next()) break;
      uint64_t before = counters_ != nullptr ? scan_->buffers() : 0;
      size_t more = value_or_throw(scan_->next({hits_.data() + count, wanted - count}));
      if (counters_ != nullptr) counters_->buffers_hit += scan_->buffers() - before;
      count += more;
      scan_open_ = more > 0;
    }
    return count;
  }
  // False = there is no further range.
  bool open_next() {
    constexpr size_t kRangesBetweenChecks = 256;
    if (!bounds_.next(spec_)) return false;
    if (++ranges_ % kRangesBetweenChecks == 0) run_.check_cancel();
    if (counts_ != nullptr) ++counts_->scans;
    if (scan_ == nullptr) {
      scan_ = index_->begin_scan(*run_.context.txn, spec_);
    } else {
      throw_if_error(scan_->rescan(spec_));
    }
    scan_open_ = true;
    return true;
  }
  bool fetch(size_t max) {
    run_.check_cancel();
    size_t count = next_hits(max);
    if (count == 0) return false;
    ids_.clear();
    for (size_t i = 0; i < count; ++i) ids_.push_back(hits_[i].row);
    raw_.reset(columns_.width(), count);
    columns_.targets(raw_, targets_);
    if (found_capacity_ < count) {
      found_ = std::make_unique<bool[]>(count);
      found_capacity_ = count;
    }
    throw_if_error(run_.context.tables->fetch(*run_.context.txn, scan_node_.relation->layout, {ids_.data(), count},
                                              columns_.stored(), storage::ReadMode::kSnapshot, found_.get(),
                                              targets_.data(), raw_.arena));
    if (counters_ != nullptr) counters_->buffers_hit += count;
    const size_t entries = count;
    count = compact(count);
    if (counts_ != nullptr) counts_->rows_read += entries, counts_->rows_fetched += count;
    raw_.rows = count;
    if (count == 0) return true;
    columns_.finish(raw_, ids_.data(), count);
    count = apply_recheck(count);
    if (count > 0) tail_.feed(pointers_.of(raw_), count, raw_.arena);
    return true;
  }
  // Drops rows that are not visible.
  size_t compact(size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!found_[i]) continue;
      if (kept != i) {
        ids_[kept] = ids_[i];
        for (Datum* column : targets_) column[kept] = column[i];
      }
      ++kept;
    }
    return kept;
  }
  // Entries within exact bounds are not looked at again: a long ANY list would be searched for each row.
  size_t apply_recheck(size_t count) {
    if (recheck_.empty()) return count;
    if (bounds_.is_exact()) {
      assert(all_pass(count) && "bounds that let rows through");
      return count;
    }
    Frame frame;
    frame.run = &run_;
    frame.arena = &raw_.arena;
    frame.input = pointers_.of(raw_);
    frame.rows = count;
    if (count == 1) return recheck_.passes(frame) ? 1 : 0;
    auto* selected = reinterpret_cast<uint32_t*>(raw_.arena.allocate(count * sizeof(uint32_t), alignof(uint32_t)));
    size_t kept = recheck_.select(frame, selected);
    if (counters_ != nullptr) counters_->recheck_removed += static_cast<double>(count - kept);
    if (kept == count) return count;
    for (size_t c = 0; c < raw_.column_count(); ++c) {
      Datum* column = raw_.column(c);
      for (size_t i = 0; i < kept; ++i) column[i] = column[selected[i]];
    }
    return kept;
  }

#ifndef NDEBUG
  bool all_pass(size_t count) {
    constexpr size_t kMost = 4;
    Frame frame;
    frame.run = &run_;
    frame.arena = &raw_.arena;
    frame.input = pointers_.of(raw_);
    frame.rows = std::min(count, kMost);
    auto* selected = reinterpret_cast<uint32_t*>(raw_.arena.allocate(kMost * sizeof(uint32_t), alignof(uint32_t)));
    return recheck_.select(frame, selected) == frame.rows;
  }
#endif

  const IndexScanNode& scan_node_;
  std::shared_ptr<index::Index> index_;
  IndexBounds bounds_;
  ScanColumns columns_;
  Filter recheck_;
  FilterProject tail_;
  Arena bounds_arena_;
  index::ScanSpec spec_;
  size_t ranges_ = 0;
  std::unique_ptr<index::IndexScan> scan_;
  bool started_ = false, scan_open_ = false;
  std::vector<index::Hit> hits_;
  std::vector<storage::RowId> ids_;
  std::unique_ptr<bool[]> found_;
  size_t found_capacity_ = 0;
  Batch raw_;
  ColumnPointers pointers_;
  std::vector<Datum*> targets_;
  FetchSize size_;
  RelationCounts* counts_ = nullptr;
};

}  // namespace

OperatorPtr make_index_scan(const PlanNode& node, RunState& run) {
  if (static_cast<const IndexScanNode&>(node).order_by_query) return make_vector_index_scan(node, run);
  return std::make_unique<IndexScanOp>(static_cast<const IndexScanNode&>(node), run);
}

}  // namespace vecino::sql

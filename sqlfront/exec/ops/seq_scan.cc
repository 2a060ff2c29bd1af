#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/scan_columns.h"
#include "sqlfront/exec/tuple_store.h"
#include "sqlfront/statistics/relation_counts.h"

namespace vecino::sql {
namespace {

class SeqScan final : public Operator {
 public:
  SeqScan(const SeqScanNode& node, RunState& run, RowRange range)
      : Operator(node, run), scan_node_(node), range_(range), columns_(*node.relation, node.fetch), tail_(node, run, counters_) {
    if (run.context.counter != nullptr) counts_ = &run.context.counter->of(node.relation->oid);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (scan_ == nullptr) open();
    while (!tail_.pending()) {
      size_t rows = fetch(size_.next(max, tail_.has_filter()));
      if (rows == 0) return false;
      tail_.feed(pointers_.of(raw_), rows, raw_.arena);
      if (!tail_.pending()) run_.check_cancel();
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    scan_.reset();
    tail_.discard();
    size_.restart();
  }

 private:
  void open() {
    storage::ScanOptions options;
    options.columns = columns_.stored();
    options.begin = range_.begin;
    options.end = range_.end;
    scan_ = run_.context.tables->scan(*run_.context.txn, scan_node_.relation->layout, options);
    if (counts_ != nullptr) ++counts_->scans;
  }
  size_t fetch(size_t max) {
    raw_.reset(columns_.width(), max);
    columns_.targets(raw_, targets_);
    ids_.resize(max);
    size_t rows = value_or_throw(scan_->next(max, ids_.data(), targets_.data(), raw_.arena));
    raw_.rows = rows;
    if (counts_ != nullptr) counts_->rows_read += rows;
    if (counters_ != nullptr) count_buffers(rows);
    if (rows > 0) columns_.finish(raw_, ids_.data(), rows);
    return rows;
  }
  // EXPLAIN (ANALYZE, BUFFERS): what was read, in blocks of 8 kB as PostgreSQL counts, the last one counted when begun.
  void count_buffers(size_t rows) {
    constexpr uint64_t kBlock = 8192, kRowOverhead = 24, kNumber = 8;
    const uint64_t before = (bytes_ + kBlock - 1) / kBlock;
    bytes_ += rows * kRowOverhead;
    const auto& stored = columns_.stored();
    for (size_t i = 0; i < stored.size(); ++i) {
      if (!is_by_bytes(scan_node_.relation->columns[static_cast<size_t>(stored[i])].type.id)) {
        bytes_ += rows * kNumber;
        continue;
      }
      for (size_t r = 0; r < rows; ++r) bytes_ += targets_[i][r].is_null ? 0 : targets_[i][r].len;
    }
    counters_->buffers_hit += (bytes_ + kBlock - 1) / kBlock - before;
  }

  const SeqScanNode& scan_node_;
  const RowRange range_;
  ScanColumns columns_;
  FilterProject tail_;
  std::unique_ptr<storage::TableScan> scan_;
  Batch raw_;
  ColumnPointers pointers_;
  std::vector<Datum*> targets_;
  std::vector<storage::RowId> ids_;
  FetchSize size_;
  uint64_t bytes_ = 0;
  RelationCounts* counts_ = nullptr;
};

}  // namespace

OperatorPtr make_seq_scan(const PlanNode& node, RunState& run) {
  return make_partial_seq_scan(static_cast<const SeqScanNode&>(node), run, {});
}

OperatorPtr make_partial_seq_scan(const SeqScanNode& node, RunState& run, RowRange range) {
  return std::make_unique<SeqScan>(node, run, range);
}

}  // namespace vecino::sql

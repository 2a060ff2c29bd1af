#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/scan_columns.h"

namespace vecino::sql {
namespace {

class SeqScan final : public Operator {
 public:
  SeqScan(const SeqScanNode& node, RunState& run)
      : Operator(node, run), scan_node_(node), columns_(*node.relation, node.fetch), tail_(node, run, counters_) {}

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
    scan_ = run_.context.tables->scan(*run_.context.txn, scan_node_.relation->layout, options);
  }
  size_t fetch(size_t max) {
    raw_.reset(columns_.width(), max);
    columns_.targets(raw_, targets_);
    ids_.resize(max);
    size_t rows = value_or_throw(scan_->next(max, ids_.data(), targets_.data(), raw_.arena));
    raw_.rows = rows;
    if (rows > 0) columns_.finish(raw_, ids_.data(), rows);
    return rows;
  }

  const SeqScanNode& scan_node_;
  ScanColumns columns_;
  FilterProject tail_;
  std::unique_ptr<storage::TableScan> scan_;
  Batch raw_;
  ColumnPointers pointers_;
  std::vector<Datum*> targets_;
  std::vector<storage::RowId> ids_;
  FetchSize size_;
};

}  // namespace

OperatorPtr make_seq_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<SeqScan>(static_cast<const SeqScanNode&>(node), run);
}

}  // namespace vecino::sql

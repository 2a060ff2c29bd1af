#include <algorithm>

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/scan_columns.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

// WHERE ctid = ... / ctid = ANY (...): rows by identity.
class TidScan final : public Operator {
 public:
  TidScan(const TidScanNode& node, RunState& run)
      : Operator(node, run), scan_node_(node), tid_(compile(node.tid)), columns_(*node.relation, node.fetch),
        tail_(node, run, counters_) {
    is_list_ = type_info(node.tid->type.id).element_id != kInvalidOid;
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!started_) start();
    while (!tail_.pending()) {
      if (position_ >= ids_.size()) return false;
      fetch(std::min(ids_.size() - position_, kBatchRows));
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    started_ = false;
    tail_.discard();
  }

 private:
  void start() {
    started_ = true;
    position_ = 0;
    ids_.clear();
    arena_.reset();
    Datum value = evaluate_one(*tid_, run_, arena_);
    if (value.is_null) return;
    if (!is_list_) {
      ids_.push_back(static_cast<storage::RowId>(value.i64));
      return;
    }
    ArrayView list(value);
    for (size_t e = 0; e < list.size(); ++e) {
      if (!list.is_null(e)) ids_.push_back(static_cast<storage::RowId>(list[e].i64));
    }
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  }
  void fetch(size_t count) {
    raw_.reset(columns_.width(), count);
    columns_.targets(raw_, targets_);
    auto found = std::make_unique<bool[]>(count);
    storage::RowId* ids = ids_.data() + position_;
    position_ += count;
    throw_if_error(run_.context.tables->fetch(*run_.context.txn, scan_node_.relation->layout, {ids, count},
                                              columns_.stored(), storage::ReadMode::kSnapshot, found.get(),
                                              targets_.data(), raw_.arena));
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!found[i]) continue;
      ids[kept] = ids[i];
      for (Datum* column : targets_) column[kept] = column[i];
      ++kept;
    }
    raw_.rows = kept;
    if (kept == 0) return;
    columns_.finish(raw_, ids, kept);
    tail_.feed(pointers_.of(raw_), kept, raw_.arena);
  }
  const TidScanNode& scan_node_;
  EvaluatorPtr tid_;
  ScanColumns columns_;
  FilterProject tail_;
  bool started_ = false, is_list_ = false;
  Arena arena_;
  std::vector<storage::RowId> ids_;
  size_t position_ = 0;
  Batch raw_;
  ColumnPointers pointers_;
  std::vector<Datum*> targets_;
};

}  // namespace

OperatorPtr make_tid_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<TidScan>(static_cast<const TidScanNode&>(node), run);
}

}  // namespace vecino::sql

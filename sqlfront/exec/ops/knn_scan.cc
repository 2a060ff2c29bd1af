#include <algorithm>

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/knn/knn_search.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/scan_columns.h"
#include "sqlfront/statistics/relation_counts.h"

namespace vecino::sql {
namespace {

// Exact ORDER BY distance LIMIT k: finds the k rows first (knn/), then fetches what the query wants of them.
class KnnScan final : public Operator {
 public:
  KnnScan(const KnnScanNode& node, RunState& run)
      : Operator(node, run), scan_node_(node), columns_(*node.relation, node.fetch), projection_(node.targets),
        limit_(node.limit ? compile(node.limit) : nullptr) {}

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!searched_) search();
    for (;;) {
      size_t count = std::min(max, winners_.size() - position_);
      if (count == 0) return false;
      emit(out, count);
      if (out.rows > 0) return true;
    }
  }
  void do_rescan() override { searched_ = false; }

 private:
  void search() {
    searched_ = true;
    position_ = 0;
    Arena arena;
    size_t k = SIZE_MAX;
    if (limit_ != nullptr) {
      Datum limit = evaluate_one(*limit_, run_, arena);
      if (!limit.is_null) k = limit.i64 < 0 ? 0 : static_cast<size_t>(limit.i64);
    }
    if (run_.context.counter != nullptr) ++run_.context.counter->of(scan_node_.relation->oid).scans;
    winners_ = knn_search(scan_node_, run_, k, counters_);
  }
  void emit(Batch& out, size_t count) {
    run_.check_cancel();
    raw_.reset(columns_.width(), count);
    columns_.targets(raw_, targets_);
    ids_.resize(count);
    for (size_t i = 0; i < count; ++i) ids_[i] = winners_[position_ + i].row;
    position_ += count;
    auto found = std::make_unique<bool[]>(count);
    throw_if_error(run_.context.tables->fetch(*run_.context.txn, scan_node_.relation->layout, ids_, columns_.stored(),
                                              storage::ReadMode::kSnapshot, found.get(), targets_.data(), raw_.arena));
    if (counters_ != nullptr) counters_->buffers_hit += count;
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!found[i]) continue;  // cannot happen: the search saw the same snapshot
      if (kept != i) {
        ids_[kept] = ids_[i];
        for (Datum* column : targets_) column[kept] = column[i];
      }
      ++kept;
    }
    raw_.rows = kept;
    out.reset(width(), kept);
    out.rows = kept;
    if (kept == 0) return;
    columns_.finish(raw_, ids_.data(), kept);
    Frame frame;
    frame.run = &run_;
    frame.arena = &out.arena;
    frame.input = pointers_.of(raw_);
    frame.rows = kept;
    if (!projection_.empty()) {
      projection_.project(frame, out);
    } else {
      for (size_t c = 0; c < width(); ++c) std::copy(frame.input[c], frame.input[c] + kept, out.column(c));
    }
  }

  const KnnScanNode& scan_node_;
  ScanColumns columns_;
  Projection projection_;
  EvaluatorPtr limit_;
  bool searched_ = false;
  std::vector<Neighbour> winners_;
  size_t position_ = 0;
  std::vector<storage::RowId> ids_;
  std::vector<Datum*> targets_;
  Batch raw_;
  ColumnPointers pointers_;
};

}  // namespace

OperatorPtr make_knn_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<KnnScan>(static_cast<const KnnScanNode&>(node), run);
}

}  // namespace vecino::sql

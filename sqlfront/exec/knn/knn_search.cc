#include "sqlfront/exec/knn/knn_search.h"

#include <set>

#include "sqlfront/exec/expr/evaluator.h"
#include "sqlfront/exec/filter_project.h"
#include "sqlfront/exec/scan_columns.h"

namespace vecino::sql {
namespace {

void collect_inputs(const ExprPtr& expr, std::set<int>& out) {
  if (const auto* input = try_as<InputExpr>(expr)) {
    out.insert(input->index);
    return;
  }
  if (expr->kind == ExprKind::kParam) return;
  for_each_child(*expr, [&](const ExprPtr& child) {
    if (child) collect_inputs(child, out);
  });
}

// The general way: reads the columns that the filter and the distance need, a batch at a time.
class TableSearch {
 public:
  TableSearch(const KnnScanNode& node, RunState& run, NodeInstrumentation* counters)
      : node_(node), run_(run), counters_(counters), filter_(node.filter), distance_(compile(node.distance)),
        is_float_(type_info(node.distance->type.id).kind == PhysicalKind::kFloat) {
    std::set<int> used;
    collect_inputs(node.distance, used);
    if (node.filter) collect_inputs(node.filter, used);
    std::vector<AttrNumber> fetch;
    for (int index : used) {
      positions_.push_back(index);
      fetch.push_back(node.fetch[index]);
    }
    columns_ = std::make_unique<ScanColumns>(*node.relation, fetch);
    inputs_.assign(node.fetch.size(), nullptr);
  }

  void run(storage::RowId begin, storage::RowId end, TopK& best) {
    storage::ScanOptions options;
    options.columns = columns_->stored();
    options.begin = begin;
    options.end = end;
    auto scan = run_.context.tables->scan(*run_.context.txn, node_.relation->layout, options);
    ids_.resize(kBatchRows);
    for (;;) {
      run_.check_cancel();
      raw_.reset(columns_->width(), kBatchRows);
      columns_->targets(raw_, targets_);
      size_t rows = value_or_throw(scan->next(kBatchRows, ids_.data(), targets_.data(), raw_.arena));
      if (rows == 0) return;
      columns_->finish(raw_, ids_.data(), rows);
      for (size_t i = 0; i < positions_.size(); ++i) inputs_[positions_[i]] = raw_.column(i);
      offer_batch(rows, best);
    }
  }

 private:
  void offer_batch(size_t rows, TopK& best) {
    Frame frame;
    frame.run = &run_;
    frame.arena = &raw_.arena;
    frame.input = inputs_.data();
    frame.rows = rows;
    const uint32_t* selected = nullptr;
    if (!filter_.empty()) {
      auto* passed = reinterpret_cast<uint32_t*>(raw_.arena.allocate(rows * sizeof(uint32_t), alignof(uint32_t)));
      size_t kept = filter_.select(frame, passed);
      if (counters_ != nullptr) counters_->filtered += static_cast<double>(rows - kept);
      if (kept == 0) return;
      frame = frame.narrowed(passed, kept);
      selected = passed;
    }
    Column distance = distance_->evaluate(frame);
    for (size_t i = 0; i < frame.rows; ++i) {
      const Datum& value = distance[i];
      double number = value.is_null ? 0 : (is_float_ ? value.f64 : static_cast<double>(value.i64));
      best.offer({number, value.is_null, ids_[selected != nullptr ? selected[i] : i]});
    }
  }

  const KnnScanNode& node_;
  RunState& run_;
  NodeInstrumentation* counters_;
  Filter filter_;
  EvaluatorPtr distance_;
  bool is_float_;
  std::unique_ptr<ScanColumns> columns_;
  std::vector<int> positions_;
  std::vector<const Datum*> inputs_;
  std::vector<Datum*> targets_;
  std::vector<storage::RowId> ids_;
  Batch raw_;
};

}  // namespace

std::vector<Neighbour> knn_search(const KnnScanNode& node, RunState& run, size_t k, NodeInstrumentation* counters) {
  TopK best(k, NeighbourOrder{node.descending});
  if (k == 0) return {};
  TableSearch search(node, run, counters);
  search.run(0, storage::kInvalidRowId, best);
  return best.take_sorted();
}

}  // namespace vecino::sql

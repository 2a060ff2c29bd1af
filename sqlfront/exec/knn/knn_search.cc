#include "sqlfront/exec/knn/knn_search.h"

#include <set>

#include "sqlfront/exec/expr/evaluator.h"
#include "sqlfront/exec/filter_project.h"
#include "sqlfront/exec/knn/cached_search.h"
#include "sqlfront/exec/scan_columns.h"
#include "sqlfront/statistics/relation_counts.h"

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

  // Offers every row to `best`.
  void run(TopK& best) {
    scan_batches([&](size_t rows) { offer_batch(rows, best); });
  }
  // Ids of the rows that pass the filter, ascending.
  void collect(std::vector<storage::RowId>& out) {
    scan_batches([&](size_t rows) {
      const uint32_t* selected;
      Frame frame = filtered(rows, selected);
      for (size_t i = 0; i < frame.rows; ++i) out.push_back(ids_[selected != nullptr ? selected[i] : i]);
    });
  }

 private:
  template <typename Use>
  void scan_batches(const Use& use) {
    storage::ScanOptions options;
    options.columns = columns_->stored();
    auto scan = run_.context.tables->scan(*run_.context.txn, node_.relation->layout, options);
    ids_.resize(kBatchRows);
    for (;;) {
      run_.check_cancel();
      raw_.reset(columns_->width(), kBatchRows);
      columns_->targets(raw_, targets_);
      size_t rows = value_or_throw(scan->next(kBatchRows, ids_.data(), targets_.data(), raw_.arena));
      if (rows == 0) return;
      if (run_.context.counter != nullptr) run_.context.counter->of(node_.relation->oid).rows_read += rows;
      columns_->finish(raw_, ids_.data(), rows);
      for (size_t i = 0; i < positions_.size(); ++i) inputs_[positions_[i]] = raw_.column(i);
      use(rows);
    }
  }
  // The rows of the batch that pass; frame.rows may be 0.
  Frame filtered(size_t rows, const uint32_t*& selected) {
    selected = nullptr;
    Frame frame;
    frame.run = &run_;
    frame.arena = &raw_.arena;
    frame.input = inputs_.data();
    frame.rows = rows;
    if (!filter_.empty()) {
      auto* passed = reinterpret_cast<uint32_t*>(raw_.arena.allocate(rows * sizeof(uint32_t), alignof(uint32_t)));
      size_t kept = filter_.select(frame, passed);
      if (counters_ != nullptr) counters_->filtered += static_cast<double>(rows - kept);
      frame = frame.narrowed(passed, kept);
      selected = passed;
    }
    return frame;
  }
  void offer_batch(size_t rows, TopK& best) {
    const uint32_t* selected;
    Frame frame = filtered(rows, selected);
    if (frame.rows == 0) return;
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

bool filter_needs_vectors(const KnnScanNode& node) {
  std::set<int> used;
  collect_inputs(node.filter, used);
  for (int index : used) {
    AttrNumber attno = node.fetch[index];
    if (attno == 0 || (attno > 0 && node.relation->layout.columns[attno - 1].large)) return true;
  }
  return false;
}

// Ids of the rows that satisfy the filter, ascending; reads narrow columns only.
std::vector<storage::RowId> passing_rows(const KnnScanNode& node, RunState& run, NodeInstrumentation* counters) {
  KnnScanNode filter_only;
  filter_only.relation = node.relation;
  filter_only.fetch = node.fetch;
  filter_only.filter = node.filter;
  filter_only.distance = make_const({type_id::kFloat8, -1}, Datum::from_float(0));
  TableSearch search(filter_only, run, counters);
  std::vector<storage::RowId> rows;
  search.collect(rows);
  return rows;
}

// Beyond this many rows a sort of everything is no worse than heaps per thread.
constexpr size_t kMaxCachedK = 100'000;

}  // namespace

std::vector<Neighbour> knn_search(const KnnScanNode& node, RunState& run, size_t k, NodeInstrumentation* counters) {
  TopK best(k, NeighbourOrder{node.descending});
  if (k == 0) return {};
  if (k <= kMaxCachedK && is_cacheable_search(node, run)) {
    if (!node.filter) {
      if (cached_search(node, run, nullptr, best)) return best.take_sorted();
    } else if (!filter_needs_vectors(node)) {
      std::vector<storage::RowId> passing = passing_rows(node, run, counters);
      if (cached_search(node, run, &passing, best)) return best.take_sorted();
      if (counters != nullptr) counters->filtered = 0;
    }
  }
  TableSearch search(node, run, counters);
  search.run(best);
  return best.take_sorted();
}

}  // namespace vecino::sql

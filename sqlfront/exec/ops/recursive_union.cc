#include <unordered_set>

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/row_set.h"
#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {
namespace {

// WITH RECURSIVE (manual 7.8.2): the non-recursive term's rows are the first work table; the recursive term runs over the
// work table until it yields nothing new.
class RecursiveUnion final : public Operator {
 public:
  RecursiveUnion(const RecursiveUnionNode& node, RunState& run)
      : Operator(node, run), plan_id_(node.plan_id), distinct_(node.distinct),
        work_(std::make_unique<SpillingStore>(node.output_types, run)),
        next_(std::make_unique<SpillingStore>(node.output_types, run)) {
    if (distinct_) {
      std::vector<TypeId> types;
      for (const TypeRef& type : node.output_types) types.push_back(type.id);
      seen_ = std::make_unique<RowSet>(types);
      seen_rows_ = std::make_unique<TupleStore>(node.output_types, run.memory);
    }
    run.work_tables[plan_id_] = work_.get();
    start_.op = make_child(0);
    step_.op = make_child(1);
  }
  ~RecursiveUnion() override { run_.work_tables.erase(plan_id_); }

 protected:
  bool do_next(Batch& out, size_t max) override {
    for (;;) {
      run_.check_cancel();
      Input& source = recursing_ ? step_ : start_;
      if (source.next(max)) {
        if (take(source, out)) return true;
        continue;
      }
      if (next_->size() == 0) return false;
      std::swap(work_, next_);
      next_->clear();
      run_.work_tables[plan_id_] = work_.get();
      run_.set_slot(work_table_slot(*run_.plan, plan_id_), Datum::null());
      if (step_started_) step_.op->rescan();
      recursing_ = step_started_ = true;
    }
  }
  void do_rescan() override {
    recursing_ = false;
    work_->clear();
    next_->clear();
    if (distinct_) {
      seen_->clear();
      seen_rows_->clear();
    }
    start_.op->rescan();
  }

 private:
  // Keeps the (new) rows of the batch for the next round and passes them on; false when none was new.
  bool take(Input& source, Batch& out) {
    size_t width = next_->width(), rows = source.batch.rows;
    out.reset(width, rows);
    row_.resize(width);
    for (size_t r = 0; r < rows; ++r) {
      for (size_t c = 0; c < width; ++c) row_[c] = source.columns[c][r];
      if (distinct_) {
        if (seen_->contains(row_.data())) continue;
        seen_->insert(seen_rows_->append_row(row_.data()));
      }
      next_->append(row_.data());
      for (size_t c = 0; c < width; ++c) out.column(c)[out.rows] = source.columns[c][r];
      ++out.rows;
    }
    return out.rows > 0;
  }
  int plan_id_;
  bool distinct_, recursing_ = false, step_started_ = false;
  std::unique_ptr<SpillingStore> work_, next_;
  std::unique_ptr<TupleStore> seen_rows_;
  std::vector<Datum> row_;
  std::unique_ptr<RowSet> seen_;
  Input start_, step_;
};

}  // namespace

OperatorPtr make_recursive_union(const PlanNode& node, RunState& run) {
  return std::make_unique<RecursiveUnion>(static_cast<const RecursiveUnionNode&>(node), run);
}

}  // namespace vecino::sql

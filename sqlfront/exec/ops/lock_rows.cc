#include "sqlfront/exec/input.h"
#include "sqlfront/exec/modify/row_lock.h"
#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

// SELECT ... FOR UPDATE / SHARE (manual 13.3.2). A row that changed since the statement's snapshot cannot be re-checked
// here (the node sees only the query's columns): the statement runs again under a fresh snapshot, see StatementRestart.
class LockRows final : public Operator {
 public:
  LockRows(const LockRowsNode& node, RunState& run)
      : Operator(node, run), lock_node_(node), tail_(node, run, counters_) {
    input_.op = make_child(0);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    while (!tail_.pending()) {
      if (!input_.next(max)) return false;
      lock_batch();
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    tail_.discard();
    input_.op->rescan();
  }

 private:
  void lock_batch() {
    size_t width = input_.batch.column_count(), rows = input_.batch.rows;
    locked_.reset(width, rows);
    for (size_t r = 0; r < rows; ++r) {
      if (!lock_row(r)) continue;
      for (size_t c = 0; c < width; ++c) locked_.column(c)[locked_.rows] = input_.columns[c][r];
      ++locked_.rows;
    }
    if (locked_.rows > 0) tail_.feed(pointers_.of(locked_), locked_.rows, locked_.arena);
  }
  // False: the row is not part of the result (skipped, or deleted meanwhile).
  bool lock_row(size_t r) {
    for (const auto& mark : lock_node_.marks) {
      const Datum& id = input_.columns[mark.row_id_column][r];
      if (id.is_null) continue;  // null-extended side of an outer join
      auto strength = row_lock_strength(mark.strength);
      auto outcome = run_.context.tables->lock_row(*run_.context.txn, mark.relation->layout,
                                                   static_cast<storage::RowId>(id.i64), strength, mark.wait);
      if (!outcome.is_ok() && mark.wait == storage::LockWait::kNoWait &&
          outcome.status().info().code == sqlstate::kLockNotAvailable) {
        throw SqlError(sqlstate::kLockNotAvailable,
                       "could not obtain lock on row in relation \"" + mark.relation->name + "\"");
      }
      switch (value_or_throw(std::move(outcome))) {
        case storage::RowLockResult::kLocked:
        case storage::RowLockResult::kSelfUpdated: break;
        case storage::RowLockResult::kUpdated: throw StatementRestart();
        case storage::RowLockResult::kDeleted:
        case storage::RowLockResult::kSkipped: return false;
      }
    }
    return true;
  }
  const LockRowsNode& lock_node_;
  FilterProject tail_;
  Input input_;
  Batch locked_;
  ColumnPointers pointers_;
};

}  // namespace

OperatorPtr make_lock_rows(const PlanNode& node, RunState& run) {
  return std::make_unique<LockRows>(static_cast<const LockRowsNode&>(node), run);
}

}  // namespace vecino::sql

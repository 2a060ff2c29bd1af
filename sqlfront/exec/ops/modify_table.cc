#include <unordered_set>

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/modify/row_lock.h"
#include "sqlfront/exec/modify/row_writer.h"
#include "sqlfront/exec/ops/ops.h"
#include "storage/api/row_version.h"

namespace vecino::sql {
namespace {

using storage::RowId;
using storage::RowLockResult;

// INSERT, UPDATE, DELETE (manual chapter 6). All work is done in the first call; RETURNING rows are kept and handed out
// afterwards, as PostgreSQL's portals do.
class ModifyTable final : public Operator {
 public:
  ModifyTable(const ModifyTableNode& node, RunState& run)
      : Operator(node, run), modify_(node), layout_(node.relation->layout),
        writer_(node.relation, node.indexes, node.checks, node.foreign_keys, run), width_(node.relation->columns.size()),
        returning_(node.returning) {
    input_.op = make_child(0);
    if (!returning_.empty()) returned_ = std::make_unique<TupleStore>(node.output_types, run.memory);
    if (node.recheck) recheck_ = Filter(*node.recheck);
    reassign_ = compile_all(node.reassign);
    for (const auto& [attno, expr] : node.conflict_set) conflict_set_.emplace_back(attno, compile(expr));
    conflict_where_ = Filter(node.conflict_where);
    old_row_.resize(width_);
    new_row_.resize(width_);
    for (size_t c = 0; c < width_; ++c) {
      if (!node.relation->columns[c].dropped) live_columns_.push_back(c);
    }
    find_key_columns();
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!done_) {
      done_ = true;
      run_all();
    }
    if (returned_ == nullptr) {
      out.reset(0, 0);
      return false;
    }
    size_t count = std::min(max, returned_->size() - position_);
    if (count == 0) return false;
    out.reset(returned_->width(), count);
    returned_->read(position_, count, out);
    out.rows = count;
    position_ += count;
    return true;
  }
  void do_rescan() override { position_ = 0; }  // a modification runs once

 private:
  // Columns of the unique keys that a foreign key could refer to, as far as they are assigned: only a row whose key changes
  // is locked FOR UPDATE (manual 13.3.2).
  void find_key_columns() {
    auto is_key = [&](AttrNumber attno) {
      return std::any_of(modify_.indexes.begin(), modify_.indexes.end(), [&](const IndexMaintenance& maintenance) {
        const IndexDesc& index = *maintenance.index->index;
        return index.unique && index.predicate.empty() &&
               std::all_of(index.columns.begin(), index.columns.end(), [](const auto& column) { return column.attr > 0; }) &&
               std::any_of(index.columns.begin(), index.columns.end(), [&](const auto& column) { return column.attr == attno; });
      });
    };
    const auto& columns = modify_.relation->columns;
    for (size_t c = 0; c < columns.size(); ++c) generated_key_ |= columns[c].generated && is_key(static_cast<AttrNumber>(c + 1));
    for (AttrNumber attno : modify_.assigned) {
      if (is_key(attno)) assigned_keys_.push_back(static_cast<size_t>(attno) - 1);
    }
    for (const auto& [attno, value] : modify_.conflict_set) {
      // PostgreSQL locks before it knows the value.
      if (is_key(attno) || generated_key_) conflict_strength_ = storage::RowLockStrength::kForUpdate;
    }
  }
  bool changes_key(const Datum* new_row) const {
    return std::any_of(assigned_keys_.begin(), assigned_keys_.end(), [&](size_t c) {
      return !same_value(modify_.relation->columns[c], old_row_[c], new_row[c]);
    });
  }
  void run_all() {
    uint64_t affected = 0;
    while (input_.next(kBatchRows)) {
      run_.check_cancel();
      for (size_t r = 0; r < input_.batch.rows; ++r) {
        if ((r & 127) == 127) run_.check_cancel();
        affected += modify_row(r);
      }
      arena_.reset();
    }
    if (run_.plan->root.get() == &node_) run_.rows_affected = affected;
  }
  bool modify_row(size_t r) {
    switch (modify_.command) {
      case Command::kInsert: return insert_row(r);
      case Command::kUpdate: return update_row(r);
      case Command::kDelete: return delete_row(r);
      case Command::kSelect: break;
    }
    return false;
  }

  // --- INSERT ---
  bool insert_row(size_t r) {
    load_insert_row(r);
    writer_.complete(new_row_.data(), arena_);
    if (modify_.on_conflict == OnConflictAction::kNone) {
      writer_.insert(new_row_.data(), arena_, nullptr);
      return_row(new_row_.data(), r);
      return true;
    }
    for (;;) {
      RowId id;
      auto conflict = writer_.insert(new_row_.data(), arena_, &modify_.arbiters, &id);
      if (!conflict) {
        touched_.insert(id);
        return_row(new_row_.data(), r);
        return true;
      }
      if (modify_.on_conflict == OnConflictAction::kNothing) {
        require_visible(conflict->row);
        return false;
      }
      switch (update_conflicting(conflict->row, r)) {
        case Outcome::kDone: return true;
        case Outcome::kSkipped: return false;
        case Outcome::kRetry: break;  // the row in the way is gone meanwhile
      }
      run_.check_cancel();
    }
  }
  void load_insert_row(size_t r) {
    size_t given = input_.batch.column_count();
    if (given >= width_) {
      for (size_t c = 0; c < width_; ++c) new_row_[c] = input_.columns[c][r];
    } else {  // dropped columns are not part of the child's output
      std::fill(new_row_.begin(), new_row_.end(), Datum::null());
      for (size_t i = 0; i < live_columns_.size(); ++i) new_row_[live_columns_[i]] = input_.columns[i][r];
    }
    for (size_t c = 0; c < width_; ++c) {
      if (modify_.relation->columns[c].dropped) new_row_[c] = Datum::null();
    }
  }
  // With one snapshot for the transaction, a row that it does not see must not decide what it does.
  void require_visible(RowId id) {
    storage::Transaction& txn = *run_.context.txn;
    if (txn.isolation() != storage::IsolationLevel::kRepeatableRead) return;
    if (value_or_throw(storage::snapshot_is_current(txn, layout_, id))) return;
    throw SqlError(sqlstate::kSerializationFailure, "could not serialize access due to concurrent update");
  }
  enum class Outcome : uint8_t { kDone, kSkipped, kRetry };
  Outcome update_conflicting(RowId id, size_t r) {
    if (touched_.count(id) != 0) throw affected_twice();
    switch (lock(id, conflict_strength_)) {
      case RowLockResult::kDeleted: return Outcome::kRetry;
      case RowLockResult::kSelfUpdated: throw affected_twice();
      default: break;
    }
    if (!fetch_latest(id)) return Outcome::kRetry;
    // Expressions see the existing row, then the row proposed for insertion.
    std::vector<const Datum*> input;
    for (size_t c = 0; c < width_; ++c) input.push_back(&old_row_[c]);
    for (size_t c = 0; c < width_; ++c) input.push_back(&new_row_[c]);
    Frame frame = frame_over(input.data());
    if (!conflict_where_.passes(frame)) return Outcome::kSkipped;
    std::vector<Datum> updated = old_row_;
    for (auto& [attno, value] : conflict_set_) updated[attno - 1] = value->evaluate(frame)[0];
    writer_.complete(updated.data(), arena_);
    writer_.update(id, old_row_.data(), updated.data(), arena_);
    touched_.insert(id);
    return_row(updated.data(), r);
    return Outcome::kDone;
  }
  static SqlError affected_twice() {
    return std::move(SqlError(sqlstate::kCardinalityViolation,
                              "ON CONFLICT DO UPDATE command cannot affect row a second time"))
        .hint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.");
  }

  // --- UPDATE and DELETE ---
  RowLockResult lock(RowId id, storage::RowLockStrength strength) {
    return value_or_throw(
        run_.context.tables->lock_row(*run_.context.txn, layout_, id, strength, storage::LockWait::kBlock));
  }
  Frame frame_over(const Datum* const* input) {
    Frame frame;
    frame.run = &run_;
    frame.arena = &arena_;
    frame.input = input;
    frame.rows = 1;
    return frame;
  }
  // The newest committed version (or our own) into old_row_.
  bool fetch_latest(RowId id) {
    std::vector<int> stored(live_columns_.begin(), live_columns_.end());
    std::vector<Datum*> targets;
    std::fill(old_row_.begin(), old_row_.end(), Datum::null());
    for (size_t c : live_columns_) targets.push_back(&old_row_[c]);
    bool found = false;
    throw_if_error(run_.context.tables->fetch(*run_.context.txn, layout_, {&id, 1}, stored,
                                              storage::ReadMode::kLatest, &found, targets.data(), arena_));
    return found;
  }
  // Locks row `id` of the child's row r; true = go on, with old_row_ loaded. `newer`: old_row_ is not the version that
  // the child computed the new values from.
  bool lock_for_change(RowId id, size_t r, storage::RowLockStrength strength, bool& newer) {
    newer = false;
    switch (lock(id, strength)) {
      case RowLockResult::kLocked: break;
      case RowLockResult::kDeleted:
      case RowLockResult::kSkipped:
      case RowLockResult::kSelfUpdated:  // a join found the row twice: the first change counts
        return false;
      case RowLockResult::kUpdated:
        if (!modify_.recheck) throw StatementRestart();
        if (!fetch_latest(id)) return false;
        newer = true;
        return passes_recheck();
    }
    for (size_t c = 0; c < width_; ++c) old_row_[c] = input_.columns[1 + c][r];
    return true;
  }
  bool passes_recheck() {
    if (recheck_.empty()) return true;
    return recheck_.passes(frame_over(old_pointers()));
  }
  const Datum* const* old_pointers() {
    pointers_.resize(width_);
    for (size_t c = 0; c < width_; ++c) pointers_[c] = &old_row_[c];
    return pointers_.data();
  }
  // Of the row as the child saw it.
  storage::RowLockStrength update_strength(size_t r) {
    if (generated_key_) return storage::RowLockStrength::kForUpdate;  // what it will be is not known yet
    for (size_t a = 0; a < modify_.assigned.size() && !assigned_keys_.empty(); ++a) {
      const auto c = static_cast<size_t>(modify_.assigned[a]) - 1;
      if (std::find(assigned_keys_.begin(), assigned_keys_.end(), c) == assigned_keys_.end()) continue;
      const Datum &before = input_.columns[1 + c][r], &after = input_.columns[1 + width_ + a][r];
      if (!same_value(modify_.relation->columns[c], before, after)) return storage::RowLockStrength::kForUpdate;
    }
    return storage::RowLockStrength::kForNoKeyUpdate;
  }
  bool update_row(size_t r) {
    auto id = static_cast<RowId>(input_.columns[0][r].i64);
    bool newer;
    const storage::RowLockStrength strength = update_strength(r);
    if (!lock_for_change(id, r, strength, newer)) return false;
    new_row_ = old_row_;
    Frame frame = frame_over(old_pointers());
    for (size_t a = 0; a < modify_.assigned.size(); ++a) {
      Datum& target = new_row_[modify_.assigned[a] - 1];
      target = newer ? reassign_[a]->evaluate(frame)[0] : input_.columns[1 + width_ + a][r];
    }
    // Nobody can have changed the row since it was locked; those who share its key are waited for.
    if (newer && strength != storage::RowLockStrength::kForUpdate && changes_key(new_row_.data())) {
      (void)lock(id, storage::RowLockStrength::kForUpdate);
    }
    static const std::vector<AttrNumber> kAllRead;
    writer_.complete_update(id, newer ? kAllRead : modify_.unread, new_row_.data(), arena_);
    writer_.update(id, old_row_.data(), new_row_.data(), arena_);
    return_row(new_row_.data(), r);
    return true;
  }
  bool delete_row(size_t r) {
    auto id = static_cast<RowId>(input_.columns[0][r].i64);
    bool newer;
    if (!lock_for_change(id, r, storage::RowLockStrength::kForUpdate, newer)) return false;
    writer_.erase(id, old_row_.data(), arena_);
    return_row(old_row_.data(), r);
    return true;
  }

  // RETURNING sees the row in attnum order, then the child's further columns.
  void return_row(const Datum* row, size_t r) {
    if (returned_ == nullptr) return;
    size_t fixed = modify_.command == Command::kInsert ? width_
                   : modify_.command == Command::kUpdate ? 1 + width_ + modify_.assigned.size()
                                                         : 1 + width_;
    returning_input_.clear();
    for (size_t c = 0; c < width_; ++c) returning_input_.push_back(row + c);
    for (size_t c = fixed; c < input_.batch.column_count(); ++c) returning_input_.push_back(input_.columns[c] + r);
    Frame frame = frame_over(returning_input_.data());
    returning_batch_.reset(returned_->width(), 1);
    returning_.project(frame, returning_batch_);
    returning_batch_.rows = 1;
    returned_->append_batch(returning_batch_);
  }

  const ModifyTableNode& modify_;
  const storage::TableLayout& layout_;
  RowWriter writer_;
  size_t width_;
  Input input_;
  Projection returning_;
  std::unique_ptr<TupleStore> returned_;
  Filter recheck_{nullptr}, conflict_where_{nullptr};
  std::vector<EvaluatorPtr> reassign_;
  std::vector<std::pair<AttrNumber, EvaluatorPtr>> conflict_set_;
  std::vector<size_t> live_columns_;
  std::vector<size_t> assigned_keys_;
  bool generated_key_ = false;
  storage::RowLockStrength conflict_strength_ = storage::RowLockStrength::kForNoKeyUpdate;
  std::vector<Datum> old_row_, new_row_;
  std::vector<const Datum*> pointers_, returning_input_;
  Batch returning_batch_;
  std::unordered_set<RowId> touched_;  // rows inserted or updated by ON CONFLICT DO UPDATE
  Arena arena_;
  bool done_ = false;
  size_t position_ = 0;
};

}  // namespace

OperatorPtr make_modify_table(const PlanNode& node, RunState& run) {
  return std::make_unique<ModifyTable>(static_cast<const ModifyTableNode&>(node), run);
}

}  // namespace vecino::sql

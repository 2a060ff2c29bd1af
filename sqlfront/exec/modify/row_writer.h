#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sqlfront/exec/expr/evaluator.h"
#include "sqlfront/exec/modify/foreign_key_events.h"

namespace vecino::sql {

// Writes rows of one table with all that belongs to them: generated columns, NOT NULL, CHECK, index entries; what foreign
// keys ask for is left to the session's ForeignKeyEvents. A row is one
// datum per table column in attnum order (dropped columns: NULL). Not thread-safe; one per execution.
class RowWriter {
 public:
  RowWriter(RelationPtr table, const std::vector<IndexMaintenance>& indexes,
            const std::vector<ModifyTableNode::Check>& checks, const ForeignKeyLinks& foreign_keys, RunState& run);
  ~RowWriter();

  const RelationDesc& table() const { return *table_; }
  size_t width() const { return table_->columns.size(); }

  // Computes generated columns into `row` (bytes in `arena`), then checks the row. Throws 23502, 23514. An updated row's
  // `unread` columns are null in `row` and stay as they are.
  void complete(Datum* row, Arena& arena);
  void complete_update(storage::RowId id, const std::vector<AttrNumber>& unread, Datum* row, Arena& arena);
  struct Conflict {
    storage::RowId row;
    size_t index;  // position in the list of indexes
  };
  // Inserts a completed row. Unique violation: throws 23505, except through an arbiter (list of index oids; null = none,
  // empty list = every index): then nothing is inserted and the row in the way returned. Arbiters come before other indexes.
  std::optional<Conflict> insert(const Datum* row, Arena& arena, const std::vector<Oid>* arbiters,
                                 storage::RowId* id = nullptr);
  // Replaces a locked row by a completed one.
  void update(storage::RowId id, const Datum* old_row, const Datum* new_row, Arena& arena);
  // Deletes a locked row.
  void erase(storage::RowId id, const Datum* old_row, Arena& arena);

 private:
  struct IndexState;
  struct GeneratedColumn {
    size_t column;
    EvaluatorPtr value;
  };
  index::Index& open(IndexState& state);
  // Key of a row; false when the predicate of a partial index leaves the row out.
  bool make_key(IndexState& state, const Datum* row, Arena& arena, std::vector<Datum>& key);
  static bool is_arbiter(const IndexState& state, const std::vector<Oid>* arbiters);
  std::optional<Conflict> find_conflict(const Datum* row, Arena& arena, const std::vector<Oid>& arbiters);
  void undo_insert(size_t count, storage::RowId id, const Datum* row, Arena& arena);
  void expect_columns(const Datum* row) const;
  const Datum* const* pointers(const Datum* row);
  Frame row_frame(const Datum* row, Arena& arena);

  RelationPtr table_;
  RunState& run_;
  std::vector<std::unique_ptr<IndexState>> indexes_;
  size_t unique_indexes_ = 0;
  struct CheckState {
    std::string name;
    EvaluatorPtr expr;
  };
  std::vector<CheckState> checks_;
  ForeignKeyRecorder foreign_keys_;
  std::vector<GeneratedColumn> generated_;
  std::vector<size_t> not_null_;
  std::vector<const Datum*> pointers_;
  std::vector<Datum> key_, old_key_;
  std::unique_ptr<bool[]> changed_;
};

// Expressions of stored generated columns, bound over the table's columns; null for other columns.
std::vector<ExprPtr> generated_expressions(const RelationDesc& table, RunState& run);

}  // namespace vecino::sql

#include "sqlfront/exec/modify/row_writer.h"

#include <algorithm>

#include "index/api/unique_probe.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/exec/modify/constraint_errors.h"
#include "sqlfront/exec/tuple_store.h"
#include "sqlfront/statistics/relation_counts.h"
#include "sqlfront/types/typed_datum.h"

namespace vecino::sql {

// One index, opened when first needed: an UPDATE that touches no indexed column never opens any.
struct RowWriter::IndexState {
  RelationPtr relation;
  std::shared_ptr<index::Index> index;
  std::vector<int> columns;             // table column of each key column, -1 = expression
  std::vector<EvaluatorPtr> expressions;  // where columns[k] < 0
  Filter predicate{nullptr};
  std::vector<AttrNumber> columns_used;
};

RowWriter::RowWriter(RelationPtr table, const std::vector<IndexMaintenance>& indexes,
                     const std::vector<ModifyTableNode::Check>& checks, const ForeignKeyLinks& foreign_keys, RunState& run)
    : table_(std::move(table)), run_(run), foreign_keys_(foreign_keys, run.context.foreign_keys) {
  for (const IndexMaintenance& maintenance : indexes) {
    auto state = std::make_unique<IndexState>();
    state->relation = maintenance.index;
    for (const ExprPtr& key : maintenance.key_exprs) {
      const auto* input = try_as<InputExpr>(key);
      state->columns.push_back(input != nullptr ? input->index : -1);
      state->expressions.push_back(input != nullptr ? nullptr : compile(key));
    }
    state->predicate = Filter(maintenance.predicate);
    state->columns_used = maintenance.columns_used;
    if (maintenance.index->index->unique) ++unique_indexes_;
    indexes_.push_back(std::move(state));
  }
  for (const auto& check : checks) checks_.push_back({check.name, compile(check.expr)});
  bool has_generated = false;
  for (size_t c = 0; c < table_->columns.size(); ++c) {
    const ColumnDesc& column = table_->columns[c];
    if (column.not_null && !column.dropped) not_null_.push_back(c);
    has_generated |= column.generated == 's' && !column.dropped;
  }
  if (has_generated) {
    std::vector<ExprPtr> expressions = generated_expressions(*table_, run);
    for (size_t c = 0; c < expressions.size(); ++c) {
      if (expressions[c]) generated_.push_back({c, compile(expressions[c])});
    }
  }
  pointers_.resize(width());
  changed_ = std::make_unique<bool[]>(width());
}

RowWriter::~RowWriter() = default;

// Builds with assertions: what goes to disk is what the table says.
void RowWriter::expect_columns(const Datum* row) const {
  for (size_t c = 0; c < width(); ++c) {
    if (!table_->columns[c].dropped) expect_type(row + c, 1, table_->columns[c].type.id, "column of a row to be written");
  }
}

const Datum* const* RowWriter::pointers(const Datum* row) {
  for (size_t c = 0; c < pointers_.size(); ++c) pointers_[c] = row + c;
  return pointers_.data();
}

Frame RowWriter::row_frame(const Datum* row, Arena& arena) {
  Frame frame;
  frame.run = &run_;
  frame.arena = &arena;
  frame.input = pointers(row);
  frame.rows = 1;
  return frame;
}

void RowWriter::complete(Datum* row, Arena& arena) {
  for (GeneratedColumn& generated : generated_) {
    Frame frame = row_frame(row, arena);
    row[generated.column] = generated.value->evaluate(frame)[0];
  }
  for (size_t column : not_null_) {
    if (row[column].is_null) throw not_null_violation(run_, *table_, column, row);
  }
  for (CheckState& check : checks_) {
    Frame frame = row_frame(row, arena);
    Datum verdict = check.expr->evaluate(frame)[0];
    if (!verdict.is_null && !verdict.boolean()) throw check_violation(run_, *table_, check.name, row);
  }
}

void RowWriter::complete_update(storage::RowId id, const std::vector<AttrNumber>& unread, Datum* row, Arena& arena) {
  if (unread.empty()) return complete(row, arena);
  // A stored value satisfies NOT NULL.
  auto is_unread = [&](size_t column) {
    return std::find(unread.begin(), unread.end(), static_cast<AttrNumber>(column + 1)) != unread.end();
  };
  bool violated = std::any_of(not_null_.begin(), not_null_.end(),
                              [&](size_t column) { return row[column].is_null && !is_unread(column); });
  for (CheckState& check : checks_) {
    Frame frame = row_frame(row, arena);
    Datum verdict = check.expr->evaluate(frame)[0];
    violated |= !verdict.is_null && !verdict.boolean();
  }
  if (!violated) return;
  // The error shows the whole row.
  std::vector<int> columns;
  std::vector<Datum*> targets;
  for (AttrNumber attno : unread) {
    columns.push_back(attno - 1);
    targets.push_back(&row[attno - 1]);
  }
  bool found = false;
  throw_if_error(run_.context.tables->fetch(*run_.context.txn, table_->layout, {&id, 1}, columns,
                                            storage::ReadMode::kLatest, &found, targets.data(), arena));
  complete(row, arena);
}

index::Index& RowWriter::open(IndexState& state) {
  if (state.index == nullptr) state.index = run_.context.catalogs->open_index(*state.relation, *table_);
  return *state.index;
}

bool RowWriter::make_key(IndexState& state, const Datum* row, Arena& arena, std::vector<Datum>& key) {
  key.resize(state.columns.size());
  bool has_expressions = !state.predicate.empty();
  for (size_t k = 0; k < key.size(); ++k) {
    if (state.columns[k] >= 0) {
      key[k] = row[state.columns[k]];
    } else {
      has_expressions = true;
    }
  }
  if (!has_expressions) return true;
  Frame frame = row_frame(row, arena);
  if (!state.predicate.empty() && !state.predicate.passes(frame)) return false;
  for (size_t k = 0; k < key.size(); ++k) {
    if (state.columns[k] < 0) key[k] = state.expressions[k]->evaluate(frame)[0];
  }
  return true;
}

bool RowWriter::is_arbiter(const IndexState& state, const std::vector<Oid>* arbiters) {
  if (arbiters == nullptr || !state.relation->index->unique) return false;
  return arbiters->empty() || std::find(arbiters->begin(), arbiters->end(), state.relation->oid) != arbiters->end();
}

// Looks at all arbiters before anything is written, so that a conflict leaves no lock on the keys of other indexes.
std::optional<RowWriter::Conflict> RowWriter::find_conflict(const Datum* row, Arena& arena,
                                                            const std::vector<Oid>& arbiters) {
  for (size_t i = 0; i < indexes_.size(); ++i) {
    IndexState& state = *indexes_[i];
    if (!is_arbiter(state, &arbiters) || !make_key(state, row, arena, key_)) continue;
    auto* probe = dynamic_cast<index::UniqueProbe*>(&open(state));
    if (probe == nullptr) continue;
    auto row_in_the_way = value_or_throw(probe->find_conflict(*run_.context.txn, key_));
    if (row_in_the_way) return Conflict{*row_in_the_way, i};
  }
  return std::nullopt;
}

std::optional<RowWriter::Conflict> RowWriter::insert(const Datum* row, Arena& arena, const std::vector<Oid>* arbiters,
                                                     storage::RowId* id_out) {
  if constexpr (kTypedDatums) expect_columns(row);
  storage::Transaction& txn = *run_.context.txn;
  if (arbiters != nullptr && unique_indexes_ > 1) {
    if (auto conflict = find_conflict(row, arena, *arbiters)) return conflict;
  }
  storage::RowId id = value_or_throw(run_.context.tables->insert(txn, table_->layout, {row, width()}));
  if (id_out != nullptr) *id_out = id;
  for (size_t i = 0; i < indexes_.size(); ++i) {
    IndexState& state = *indexes_[i];
    if (!make_key(state, row, arena, key_)) continue;
    auto check = state.relation->index->unique ? index::UniqueCheck::kImmediate : index::UniqueCheck::kNone;
    auto outcome = value_or_throw(open(state).insert(txn, key_, id, check));
    if (!outcome.conflict) continue;
    if (!is_arbiter(state, arbiters)) throw unique_violation(run_, *table_, *state.relation, key_);
    undo_insert(i, id, row, arena);
    return Conflict{*outcome.conflict, i};
  }
  if (run_.context.counter != nullptr) ++run_.context.counter->of(table_->oid).inserted;
  foreign_keys_.inserted(id, row);
  return std::nullopt;
}

// Takes back a row inserted a moment ago with its entries in the first `count` indexes. Not a savepoint: what erases the entries
// again is written at commit, so the locks on their keys must stay.
void RowWriter::undo_insert(size_t count, storage::RowId id, const Datum* row, Arena& arena) {
  storage::Transaction& txn = *run_.context.txn;
  for (size_t i = 0; i < count; ++i) {
    IndexState& state = *indexes_[i];
    if (make_key(state, row, arena, key_)) throw_if_error(open(state).erase(txn, key_, id));
  }
  throw_if_error(run_.context.tables->erase(txn, table_->layout, id));
}

void RowWriter::update(storage::RowId id, const Datum* old_row, const Datum* new_row, Arena& arena) {
  if constexpr (kTypedDatums) expect_columns(new_row);
  storage::Transaction& txn = *run_.context.txn;
  for (size_t c = 0; c < width(); ++c) {
    changed_[c] = !table_->columns[c].dropped && !same_value(table_->columns[c], old_row[c], new_row[c]);
  }
  throw_if_error(run_.context.tables->update(txn, table_->layout, id, {new_row, width()}, {changed_.get(), width()}));
  for (auto& state : indexes_) {
    bool touched = std::any_of(state->columns_used.begin(), state->columns_used.end(),
                               [&](AttrNumber attno) { return attno <= 0 || changed_[attno - 1]; });
    if (!touched) continue;
    index::Index& index = open(*state);
    if (make_key(*state, old_row, arena, old_key_)) throw_if_error(index.erase(txn, old_key_, id));
    if (!make_key(*state, new_row, arena, key_)) continue;
    auto check = state->relation->index->unique ? index::UniqueCheck::kImmediate : index::UniqueCheck::kNone;
    auto outcome = value_or_throw(index.insert(txn, key_, id, check));
    if (outcome.conflict) throw unique_violation(run_, *table_, *state->relation, key_);
  }
  if (run_.context.counter != nullptr) ++run_.context.counter->of(table_->oid).updated;
  foreign_keys_.updated(id, old_row, new_row);
}

void RowWriter::erase(storage::RowId id, const Datum* old_row, Arena& arena) {
  storage::Transaction& txn = *run_.context.txn;
  throw_if_error(run_.context.tables->erase(txn, table_->layout, id));
  for (auto& state : indexes_) {
    if (make_key(*state, old_row, arena, key_)) throw_if_error(open(*state).erase(txn, key_, id));
  }
  if (run_.context.counter != nullptr) ++run_.context.counter->of(table_->oid).deleted;
  foreign_keys_.erased(old_row);
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

void limit_clauses(ParseState& state, const ast::SelectStmt& select) {
  Query& query = *state.query;
  query.offset = transform_limit(state, select.offset.get(), Clause::kOffset, "OFFSET", select.with_ties);
  query.limit = transform_limit(state, select.limit.get(), Clause::kLimit, "LIMIT", select.with_ties);
  query.with_ties = select.with_ties;
  // LIMIT ALL
  if (auto* constant = try_as<ConstExpr>(query.limit); constant != nullptr && constant->value.is_null) {
    query.limit = nullptr;
  }
}

void refuse_into(const ParseState& state, const ast::SelectStmt& select) {
  if (select.into == nullptr || state.parent == nullptr) return;
  throw SqlError(sqlstate::kSyntaxError, "SELECT ... INTO is not allowed here", select.into->relation->location);
}

}  // namespace

std::shared_ptr<Query> transform_select(ParseState& state, const ast::SelectStmt& select) {
  check_recursion();
  Query& query = *state.query;
  refuse_into(state, select);
  transform_with(state, select.with.get());
  for (const auto& window : select.windows) state.window_defs.push_back(window.get());
  transform_from(state, select.from);
  std::vector<TargetEntry> targets = transform_targets(state, select.targets, Clause::kSelectTarget);
  mark_origins(state, targets);
  query.where = transform_where(state, select.where.get(), Clause::kWhere, "WHERE");
  query.having = transform_where(state, select.having.get(), Clause::kHaving, "HAVING");
  query.order_by = transform_order_by(state, select.order_by, targets, Clause::kOrderBy, false);
  transform_group_by(state, select, targets);
  if (select.distinct && select.distinct_on.empty()) {
    query.distinct = transform_distinct(state, targets, query.order_by, -1);
  } else if (select.distinct) {
    query.distinct = transform_distinct_on(state, select.distinct_on, targets, query.order_by);
    query.distinct_on = true;
  }
  limit_clauses(state, select);
  transform_windows(state, targets);
  if (state.resolve_unknowns) resolve_unknown_targets(state, targets);
  query.targets = std::move(targets);
  transform_locking(state, select.locking);
  if (query.has_aggregates || !query.group_by.empty() || !query.grouping_sets.empty() || query.having) {
    check_grouping(state);
  }
  return state.query;
}

std::shared_ptr<Query> transform_values(ParseState& state, const ast::SelectStmt& select) {
  Query& query = *state.query;
  refuse_into(state, select);
  transform_with(state, select.with.get());
  std::vector<std::vector<ExprPtr>> rows;
  for (const auto& row : select.values) {
    rows.push_back(transform_expressions(state, row, Clause::kValues, false));
    if (rows.back().size() != rows[0].size()) {
      throw SqlError(sqlstate::kSyntaxError, "VALUES lists must all be the same length",
                     rows.back().empty() ? -1 : location_of(rows.back()[0]));
    }
  }
  RangeTableEntry rte;
  rte.kind = RteKind::kValues;
  rte.alias = "*VALUES*";
  size_t columns = rows.empty() ? 0 : rows[0].size();
  for (size_t c = 0; c < columns; ++c) {
    std::vector<ExprPtr> column;
    for (const auto& row : rows) column.push_back(row[c]);
    TypeId type = common_type_of(state, column, "VALUES");
    for (ExprPtr& value : column) value = coerce_to_common(state, value, type, "VALUES");
    for (size_t r = 0; r < rows.size(); ++r) rows[r][c] = column[r];
    rte.column_names.push_back("column" + std::to_string(c + 1));
    rte.column_types.push_back({type, common_typmod(column, type)});
  }
  for (const auto& row : rows) {
    for (const ExprPtr& value : row) rte.lateral = rte.lateral || contains_var(value);
  }
  rte.values = std::move(rows);
  query.range_table.push_back(std::move(rte));
  int index = static_cast<int>(query.range_table.size()) - 1;
  state.names.push_back(item_for(state, index));
  auto leaf = std::make_unique<FromItem>();
  leaf->rte = index;
  query.from.push_back(std::move(leaf));
  std::vector<TargetEntry> targets;
  for (const NamespaceColumn& column : state.names.back().columns) {
    TargetEntry target;
    target.expr = make_var(index, column.attno, column.type, 0, -1);
    target.name = column.name;
    targets.push_back(std::move(target));
  }
  query.order_by = transform_order_by(state, select.order_by, targets, Clause::kOrderBy, false);
  limit_clauses(state, select);
  if (!select.locking.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "FOR UPDATE cannot be applied to VALUES");
  }
  query.targets = std::move(targets);
  return state.query;
}

namespace {

std::shared_ptr<Query> bind_statement(ParseState& state, const ast::Node& statement) {
  switch (statement.kind) {
    case ast::NodeKind::kSelectStmt: {
      const auto& select = ast::as<ast::SelectStmt>(statement);
      if (!select.values.empty()) return transform_values(state, select);
      if (select.op != ast::SetOp::kNone) return transform_set_operation(state, select);
      return transform_select(state, select);
    }
    case ast::NodeKind::kInsertStmt: return transform_insert(state, ast::as<ast::InsertStmt>(statement));
    case ast::NodeKind::kUpdateStmt: return transform_update(state, ast::as<ast::UpdateStmt>(statement));
    case ast::NodeKind::kDeleteStmt: return transform_delete(state, ast::as<ast::DeleteStmt>(statement));
    case ast::NodeKind::kMergeStmt: throw SqlError(sqlstate::kFeatureNotSupported, "MERGE is not supported");
    default: throw SqlError(sqlstate::kInternalError, "statement cannot be analyzed as a query", statement.location);
  }
}

}  // namespace

std::shared_ptr<Query> transform_statement(ParseState& state, const ast::Node& statement) {
  std::shared_ptr<Query> query = bind_statement(state, statement);
  constexpr size_t kMaxTargets = 1664;  // helpers of ORDER BY and GROUP BY count too
  if (query->targets.size() > kMaxTargets) {
    throw SqlError(sqlstate::kTooManyColumns, "target lists can have at most 1664 entries");
  }
  return query;
}

std::shared_ptr<Query> transform_subquery(ParseState& parent, const ast::Node& statement, bool resolve_unknowns,
                                          CommonTableExpr* cte) {
  check_recursion();
  ParseState state(parent.shared, &parent);
  state.resolve_unknowns = resolve_unknowns;
  state.parent_cte = cte;
  return transform_statement(state, statement);
}

namespace {

constexpr const char* kStrengthNames[] = {"FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"};

struct Locking {
  LockStrength strength;
  storage::LockWait wait;
  const char* name;
};

void check_lockable(const Query& query, const char* name) {
  const char* with = nullptr;
  if (query.set_operation) with = "UNION/INTERSECT/EXCEPT";
  else if (!query.distinct.empty()) with = "DISTINCT clause";
  else if (!query.group_by.empty() || !query.grouping_sets.empty()) with = "GROUP BY clause";
  else if (query.having) with = "HAVING clause";
  else if (query.has_aggregates) with = "aggregate functions";
  else if (query.has_windows) with = "window functions";
  else if (query.has_target_srfs) with = "set-returning functions in the target list";
  if (with == nullptr) return;
  throw SqlError(sqlstate::kFeatureNotSupported, std::string(name) + " is not allowed with " + with);
}

void add_mark(Query& query, int rte, const Locking& locking);

// A lock on a sub-select locks the tables in it.
void lock_all(Query& query, const Locking& locking) {
  check_stack_depth();
  check_lockable(query, locking.name);
  for (size_t i = 0; i < query.range_table.size(); ++i) add_mark(query, static_cast<int>(i), locking);
}

void add_mark(Query& query, int rte, const Locking& locking) {
  RangeTableEntry& entry = query.range_table[rte];
  if (entry.kind == RteKind::kSubquery) {
    // Bound within this very statement, so nobody else holds it yet.
    entry.locked = true;
    if (entry.subquery == nullptr) return;  // a view that is not expanded
    lock_all(const_cast<Query&>(*entry.subquery), locking);
    return;
  }
  if (entry.kind != RteKind::kRelation || entry.relation->system != nullptr) return;
  for (RowMark& mark : query.row_marks) {
    if (mark.rte != rte) continue;
    mark.strength = std::max(mark.strength, locking.strength);
    mark.wait = std::max(mark.wait, locking.wait);
    return;
  }
  query.row_marks.push_back({rte, locking.strength, locking.wait});
}

void lock_named(ParseState& state, const ast::RangeVar& name, const Locking& locking) {
  if (!name.schema.empty() || !name.catalog.empty()) {
    throw SqlError(sqlstate::kSyntaxError, std::string(locking.name) + " must specify unqualified relation names",
                   name.location);
  }
  Query& query = *state.query;
  for (const NamespaceItem& item : state.names) {
    if (!item.relation_visible || item.alias != name.name) continue;
    const char* what = nullptr;
    switch (query.range_table[item.rte].kind) {
      case RteKind::kJoin: what = "a join"; break;
      case RteKind::kFunction: what = "a function"; break;
      case RteKind::kValues: what = "VALUES"; break;
      case RteKind::kCte: what = "a WITH query"; break;
      default: break;
    }
    if (what != nullptr) {
      throw SqlError(sqlstate::kFeatureNotSupported, std::string(locking.name) + " cannot be applied to " + what,
                     name.location);
    }
    add_mark(query, item.rte, locking);
    return;
  }
  throw SqlError(sqlstate::kUndefinedTable,
                 "relation \"" + name.name + "\" in " + locking.name + " clause not found in FROM clause",
                 name.location);
}

}  // namespace

void transform_locking(ParseState& state, const std::vector<std::unique_ptr<ast::LockingClause>>& clauses) {
  for (const auto& clause : clauses) {
    Locking locking;
    locking.strength = static_cast<LockStrength>(static_cast<int>(clause->strength) + 1);
    switch (clause->wait) {
      case ast::LockingWait::kBlock: locking.wait = storage::LockWait::kBlock; break;
      case ast::LockingWait::kNoWait: locking.wait = storage::LockWait::kNoWait; break;
      case ast::LockingWait::kSkipLocked: locking.wait = storage::LockWait::kSkip; break;
    }
    locking.name = kStrengthNames[static_cast<int>(clause->strength)];
    check_lockable(*state.query, locking.name);
    if (clause->relations.empty()) {
      for (size_t i = 0; i < state.query->range_table.size(); ++i) {
        add_mark(*state.query, static_cast<int>(i), locking);
      }
    }
    for (const auto& name : clause->relations) lock_named(state, *name, locking);
  }
}

}  // namespace vecino::sql::analysis

#include "sqlfront/analyze/bind_from.h"
#include "sqlfront/analyze/coerce.h"

namespace vecino::sql::analysis {

namespace {

[[noreturn]] void throw_not_default(const ColumnDesc& column) {
  SqlError error(sqlstate::kGeneratedAlways, "column \"" + column.name + "\" can only be updated to DEFAULT");
  if (column.generated != 0) throw std::move(error).detail("Column \"" + column.name + "\" is a generated column.");
  throw std::move(error).detail("Column \"" + column.name + "\" is an identity column defined as GENERATED ALWAYS.");
}

// The value of a SET item, DEFAULT resolved. null: leave the column out (generated columns are computed anyway).
ExprPtr settle_default(ParseState& state, const RelationDesc& relation, AttrNumber attno, ExprPtr expr) {
  const ColumnDesc& column = relation.columns[attno - 1];
  bool is_default = expr->kind == ExprKind::kSetToDefault;
  if (!is_default && (column.generated != 0 || column.identity == 'a')) throw_not_default(column);
  if (!is_default) return expr;
  if (column.generated != 0) return nullptr;
  ExprPtr value = default_expression(state, relation, attno);
  return value != nullptr ? value : make_null_const(column.type);
}

// SET a[1] = x, a[2] = y: the second works on the result of the first.
ExprPtr chain_subscripts(const ExprPtr& earlier, const ExprPtr& later) {
  auto* second = try_as<SubscriptExpr>(later);
  if (second == nullptr || try_as<SubscriptExpr>(earlier) == nullptr) return nullptr;
  auto out = std::make_shared<SubscriptExpr>(*second);
  out->container = earlier;
  return out;
}

ExprPtr transform_set_value(ParseState& state, const ast::ResTarget& target) {
  if (target.value->kind == ast::NodeKind::kSetToDefault) {
    auto out = std::make_shared<SetToDefaultExpr>();
    out->location = target.value->location;
    return out;
  }
  return transform_expr(state, *target.value, Clause::kUpdateSource);
}

void bind_result_relation(ParseState& state, const ast::RangeVar& name, Command command) {
  RelationPtr relation = open_relation(state, name);
  check_modifiable(state, *relation, command);
  int rte = add_relation(state, name, std::move(relation));
  state.query->result_rte = rte;
  NamespaceItem item = item_for(state, rte);
  item.lateral_only = true;  // FROM items cannot see the result relation
  item.lateral_ok = false;
  state.names.push_back(std::move(item));
  auto leaf = std::make_unique<FromItem>();
  leaf->rte = rte;
  state.query->from.push_back(std::move(leaf));
}

void bind_from_list(ParseState& state, const ast::NodeList& from) {
  transform_from(state, from);  // also opens the result relation for the other clauses
}

void bind_returning(ParseState& state, const std::vector<std::unique_ptr<ast::ResTarget>>& returning) {
  if (returning.empty()) return;
  state.query->returning = transform_targets(state, returning, Clause::kReturning);
  resolve_unknown_targets(state, state.query->returning);
  mark_origins(state, state.query->returning);
}

}  // namespace

std::vector<TargetEntry> transform_update_targets(ParseState& state, const RelationDesc& relation,
                                                  const std::vector<std::unique_ptr<ast::ResTarget>>& list) {
  std::vector<TargetEntry> out;
  state.multi_assign.clear();
  for (const auto& target : list) {
    ExprPtr value = transform_set_value(state, *target);
    AttrNumber attno = attribute_number(relation, target->name);
    if (attno == 0) {
      throw SqlError(sqlstate::kUndefinedColumn,
                     "column \"" + target->name + "\" of relation \"" + relation.name + "\" does not exist",
                     target->location);
    }
    if (attno < 0) {
      throw SqlError(sqlstate::kFeatureNotSupported, "cannot assign to system column \"" + target->name + "\"",
                     target->location);
    }
    value = transform_assigned(state, std::move(value), relation, attno, target->indirection, Clause::kUpdateTarget,
                               target->location);
    value = settle_default(state, relation, attno, std::move(value));
    if (value == nullptr) continue;
    bool chained = false;
    for (TargetEntry& earlier : out) {
      if (earlier.target_attno != attno) continue;
      ExprPtr both = chain_subscripts(earlier.expr, value);
      if (both == nullptr) {
        throw SqlError(sqlstate::kSyntaxError, "multiple assignments to same column \"" + target->name + "\"");
      }
      earlier.expr = std::move(both);
      chained = true;
    }
    if (chained) continue;
    TargetEntry entry;
    entry.expr = std::move(value);
    entry.name = target->name;
    entry.target_attno = attno;
    out.push_back(std::move(entry));
  }
  return out;
}

std::shared_ptr<Query> transform_update(ParseState& state, const ast::UpdateStmt& update) {
  Query& query = *state.query;
  query.command = Command::kUpdate;
  transform_with(state, update.with.get());
  bind_result_relation(state, *update.relation, Command::kUpdate);
  RelationPtr relation = query.range_table[query.result_rte].relation;
  bind_from_list(state, update.from);
  query.where = transform_where(state, update.where.get(), Clause::kWhere, "WHERE");
  bind_returning(state, update.returning);
  query.targets = transform_update_targets(state, *relation, update.set);
  return state.query;
}

std::shared_ptr<Query> transform_delete(ParseState& state, const ast::DeleteStmt& statement) {
  Query& query = *state.query;
  query.command = Command::kDelete;
  transform_with(state, statement.with.get());
  bind_result_relation(state, *statement.relation, Command::kDelete);
  bind_from_list(state, statement.using_);
  query.where = transform_where(state, statement.where.get(), Clause::kWhere, "WHERE");
  bind_returning(state, statement.returning);
  return state.query;
}

}  // namespace vecino::sql::analysis

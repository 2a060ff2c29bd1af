#include "sqlfront/analyze/on_conflict.h"

#include <algorithm>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/parse_cache.h"
#include "sqlfront/analyze/walk.h"

namespace vecino::sql::analysis {

namespace {

struct Inference {
  std::vector<AttrNumber> columns;
  std::vector<ExprPtr> exprs;
  ExprPtr where;
};

Inference bind_inference(ParseState& state, const ast::OnConflictClause& clause) {
  Inference out;
  for (const auto& elem : clause.infer) {
    if (elem->has_ordering) {
      throw SqlError(sqlstate::kInvalidColumnReference, "ASC/DESC is not allowed in ON CONFLICT clause",
                     clause.infer_location);
    }
    ExprPtr expr;
    if (elem->expr != nullptr) {
      expr = transform_expr(state, *elem->expr, Clause::kIndexExpression);
    } else {
      ast::ColumnRef column;
      column.fields = {elem->column};
      column.location = clause.infer_location;
      expr = transform_expr(state, column, Clause::kIndexExpression);
    }
    auto* var = try_as<VarExpr>(expr);
    if (var != nullptr && var->attno == 0) {
      throw SqlError(sqlstate::kFeatureNotSupported, "whole row unique index inference specifications are not supported");
    }
    if (var != nullptr) out.columns.push_back(var->attno);
    else out.exprs.push_back(std::move(expr));
  }
  out.where = transform_where(state, clause.infer_where.get(), Clause::kIndexPredicate, "WHERE");
  return out;
}

ExprPtr bind_over_target(ParseState& state, const std::string& sql, Clause clause) {
  std::shared_ptr<const ast::Node> node = cached_expression(sql);
  AnalyzeContext context = state.shared.context;
  context.trusted_names = true;
  SharedState shared{context, {}, state.shared.parameters, {}, state.shared.views, state.shared.expanded_views};
  ParseState own(shared, nullptr);
  own.query = state.query;
  own.names = state.names;
  return transform_expr(own, *node, clause);
}

bool contains_expr(const std::vector<ExprPtr>& list, const ExprPtr& expr) {
  return std::any_of(list.begin(), list.end(), [&](const ExprPtr& other) { return equal_expr(expr, other); });
}

// Every conjunct of the index predicate must be among those of the WHERE given.
bool implies(const ExprPtr& where, const ExprPtr& predicate) {
  auto conjuncts = [](const ExprPtr& expr) {
    auto* all = try_as<BoolExpr>(expr);
    return all != nullptr && all->op == BoolKind::kAnd ? all->args : std::vector<ExprPtr>{expr};
  };
  if (!where) return false;
  std::vector<ExprPtr> given = conjuncts(where);
  for (const ExprPtr& wanted : conjuncts(predicate)) {
    if (!contains_expr(given, wanted)) return false;
  }
  return true;
}

bool index_matches(ParseState& state, const IndexDesc& index, const Inference& wanted) {
  if (!index.unique || !index.valid || !index.immediate) return false;
  std::vector<AttrNumber> columns;
  std::vector<ExprPtr> exprs;
  for (const IndexColumnDesc& column : index.columns) {
    if (column.attr != 0) columns.push_back(column.attr);
    else exprs.push_back(bind_over_target(state, column.expr, Clause::kIndexExpression));
  }
  for (AttrNumber attno : columns) {
    if (std::find(wanted.columns.begin(), wanted.columns.end(), attno) == wanted.columns.end()) return false;
  }
  for (AttrNumber attno : wanted.columns) {
    if (std::find(columns.begin(), columns.end(), attno) == columns.end()) return false;
  }
  for (const ExprPtr& expr : exprs) {
    if (!contains_expr(wanted.exprs, expr)) return false;
  }
  for (const ExprPtr& expr : wanted.exprs) {
    if (!contains_expr(exprs, expr)) return false;
  }
  if (index.predicate.empty()) return true;
  return implies(wanted.where, bind_over_target(state, index.predicate, Clause::kIndexPredicate));
}

// `read`: the columns that the clause names or its constraint has.
std::vector<Oid> infer_indexes(ParseState& state, const ast::OnConflictClause& clause, const RelationDesc& relation,
                               std::vector<AttrNumber>& read) {
  std::vector<Oid> out;
  if (!clause.constraint.empty()) {
    for (Oid oid : relation.indexes) {
      RelationPtr index = state.catalog().find_relation(oid);
      if (index == nullptr || index->name != clause.constraint || !index->index.has_value()) continue;
      if (index->index->constraint == kInvalidOid) continue;
      if (!index->index->immediate) {
        throw SqlError(sqlstate::kObjectNotInPrerequisiteState,
                       "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters");
      }
      for (const IndexColumnDesc& column : index->index->columns) read.push_back(column.attr);
      out.push_back(oid);
    }
    if (!out.empty()) return out;
    throw SqlError(sqlstate::kUndefinedObject,
                   "constraint \"" + clause.constraint + "\" for table \"" + relation.name + "\" does not exist");
  }
  Inference wanted = bind_inference(state, clause);
  read = wanted.columns;
  auto note = [&](const ExprPtr& expr) {
    walk_expr(expr, [&](const ExprPtr& node, int) {
      if (const auto* var = try_as<VarExpr>(node)) read.push_back(var->attno);
      return true;
    });
  };
  for (const ExprPtr& expr : wanted.exprs) note(expr);
  note(wanted.where);
  for (Oid oid : relation.indexes) {
    RelationPtr index = state.catalog().find_relation(oid);
    if (index != nullptr && index->index.has_value() && index_matches(state, *index->index, wanted)) out.push_back(oid);
  }
  if (out.empty()) {
    throw SqlError(sqlstate::kInvalidColumnReference,
                   "there is no unique or exclusion constraint matching the ON CONFLICT specification");
  }
  return out;
}

int add_excluded(ParseState& state, const RangeTableEntry& target) {
  RangeTableEntry rte;
  rte.kind = RteKind::kRelation;
  rte.relation = target.relation;
  rte.alias = "excluded";
  rte.has_alias = true;
  for (const ColumnDesc& column : rte.relation->columns) {
    rte.column_names.push_back(column.dropped ? std::string() : column.name);
    rte.column_types.push_back(column.type);
  }
  state.query->range_table.push_back(std::move(rte));
  return static_cast<int>(state.query->range_table.size()) - 1;
}

}  // namespace

void bind_on_conflict(ParseState& state, const ast::OnConflictClause& clause, const RelationDesc& relation,
                      const ast::InsertStmt& insert) {
  Query& query = *state.query;
  OnConflict& out = query.on_conflict;
  out.action = clause.do_update ? OnConflictAction::kUpdate : OnConflictAction::kNothing;
  if (clause.do_update && !clause.has_target) {
    throw SqlError(sqlstate::kSyntaxError,
                   "ON CONFLICT DO UPDATE requires inference specification or constraint name", clause.location)
        .hint("For example, ON CONFLICT (column_name).");
  }
  Namespace saved = std::move(state.names);
  state.names = {item_for(state, query.result_rte)};
  if (clause.has_target) out.arbiter_indexes = infer_indexes(state, clause, relation, out.arbiter_columns);
  if (clause.do_update) {
    out.excluded_rte = add_excluded(state, query.range_table[query.result_rte]);
    state.names = {item_for(state, query.result_rte), item_for(state, out.excluded_rte)};
    // The row proposed is known by its alias only.
    state.names[1].columns_visible = true;
    out.set = transform_update_targets(state, relation, clause.set);
    out.where = transform_where(state, clause.where.get(), Clause::kWhere, "WHERE");
  }
  state.names = std::move(saved);
}

}  // namespace vecino::sql::analysis

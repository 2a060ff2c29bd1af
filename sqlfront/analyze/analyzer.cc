#include "sqlfront/analyze/analyzer.h"

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/definition.h"
#include "sqlfront/analyze/parse_cache.h"
#include "sqlfront/analyze/walk.h"

namespace vecino::sql {

using namespace analysis;

namespace {

SharedState make_shared_state(const AnalyzeContext& context, size_t& expanded_views) {
  return SharedState{context, {}, nullptr, {}, nullptr, &expanded_views};
}

QueryPtr analyze(const ast::Node& statement, const AnalyzeContext& context, bool expand_views) {
  size_t expanded_views = 0;
  SharedState shared = make_shared_state(context, expanded_views);
  shared.expand_views = expand_views;
  shared.parameters = context.parameter_types != nullptr ? context.parameter_types : &shared.own_parameters;
  if ((shared.literals = context.literals) != nullptr) {
    shared.literals->uses.assign(shared.literals->literals.size(), LiteralParameters::Use::kConstant);
  }
  ParseState state(shared, nullptr);
  std::shared_ptr<Query> query = transform_statement(state, statement);
  finish_parameters(state, *query);
  return query;
}

}  // namespace

QueryPtr analyze_query(const ast::Node& statement, const AnalyzeContext& context) {
  return analyze(statement, context, true);
}

QueryPtr analyze_definition(const ast::Node& statement, const AnalyzeContext& context) {
  return analyze(statement, context, false);
}

namespace {

struct ClauseName {
  std::string_view what;
  Clause clause;
};
constexpr ClauseName kClauses[] = {
    {"DEFAULT", Clause::kColumnDefault},
    {"CHECK", Clause::kCheck},
    {"check constraints", Clause::kCheck},
    {"column generation expressions", Clause::kGeneratedColumn},
    {"index expressions", Clause::kIndexExpression},
    {"index predicate", Clause::kIndexPredicate},
    {"index predicates", Clause::kIndexPredicate},
    {"transform expressions", Clause::kAlterColumnTransform},
    {"COPY FROM WHERE", Clause::kCopyWhere},
    {"EXECUTE parameter", Clause::kExecuteParameter},
};

Clause clause_for(std::string_view what) {
  for (const ClauseName& row : kClauses) {
    if (row.what == what) return row.clause;
  }
  return Clause::kOther;
}

// The table's columns as the expression's input row.
ExprPtr to_input(const ExprPtr& expr, const RelationDesc& table) {
  auto* var = try_as<VarExpr>(expr);
  if (var == nullptr) return map_children(expr, [&](const ExprPtr& child) { return to_input(child, table); });
  auto input = [&](size_t index) {
    auto out = std::make_shared<InputExpr>();
    out->index = static_cast<int>(index);
    out->type = table.columns[index].type;
    out->location = var->location;
    return out;
  };
  if (var->attno > 0) return input(var->attno - 1);
  if (var->attno == system_attr::kTableoid) {
    return make_const({type_id::kOid, -1}, Datum::from_int(table.oid), var->location);
  }
  if (var->attno < 0) {
    throw SqlError(sqlstate::kFeatureNotSupported, "system columns are not supported here", var->location);
  }
  auto row = std::make_shared<RowExpr>();
  row->type = var->type;
  row->explicit_row = false;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].dropped) continue;
    row->args.push_back(input(i));
    row->names.push_back(table.columns[i].name);
  }
  return row;
}

int add_table(ParseState& state, const RelationDesc& table) {
  RangeTableEntry rte;
  rte.kind = RteKind::kRelation;
  rte.alias = table.name;
  for (const ColumnDesc& column : table.columns) {
    rte.column_names.push_back(column.dropped ? std::string() : column.name);
    rte.column_types.push_back(column.type);
  }
  // The table may be under construction; it outlives the binding.
  rte.relation = RelationPtr(RelationPtr(), &table);
  state.query->range_table.push_back(std::move(rte));
  return 0;
}

ExprPtr coerce_result(ParseState& state, ExprPtr expr, TypeRef target, Clause clause, std::string_view what) {
  if (clause == Clause::kCheck || clause == Clause::kIndexPredicate || clause == Clause::kCopyWhere) {
    return coerce_to_boolean(state, expr, clause == Clause::kCheck ? "CHECK" : "WHERE");
  }
  if (target.id == type_id::kUnknown || target.id == kInvalidOid) {
    if (expr->type.id != type_id::kUnknown) return expr;
    return coerce_type(state, expr, {type_id::kText, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
  }
  ExprPtr coerced = coerce_to_target(state, expr, target, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
  if (coerced != nullptr) return coerced;
  std::string type = format_type(expr->type.id);
  if (clause == Clause::kAlterColumnTransform) {
    throw SqlError(sqlstate::kDatatypeMismatch, "result of USING clause cannot be cast automatically to type " +
                                                    format_type(target))
        .hint("You might need to add an explicit cast.");
  }
  throw SqlError(sqlstate::kDatatypeMismatch,
                 "value of type " + type + " in " + std::string(what) + " cannot be cast automatically to type " +
                     format_type(target.id),
                 location_of(expr))
      .hint("You will need to rewrite or cast the expression.");
}

}  // namespace

ExprPtr bind_table_expression(const ast::Node& expr, const RelationDesc* table, TypeRef target,
                              const AnalyzeContext& context, std::string_view what) {
  size_t expanded_views = 0;
  SharedState shared = make_shared_state(context, expanded_views);
  shared.parameters = context.parameter_types != nullptr ? context.parameter_types : &shared.own_parameters;
  ParseState state(shared, nullptr);
  Clause clause = clause_for(what);
  if (table != nullptr) state.names.push_back(item_for(state, add_table(state, *table)));
  ExprPtr bound = transform_expr(state, expr, clause);
  bound = coerce_result(state, std::move(bound), target, clause, what);
  return table != nullptr ? to_input(bound, *table) : bound;
}

ExprPtr bind_table_expression(std::string_view sql, const RelationDesc* table, TypeRef target,
                              const AnalyzeContext& context, std::string_view what) {
  std::shared_ptr<const ast::Node> node = cached_expression(sql);
  AnalyzeContext stored = context;
  stored.trusted_names = true;
  try {
    return bind_table_expression(*node, table, target, stored, what);
  } catch (SqlError& error) {
    throw SqlError(error.info());  // its positions are not in the client's text
  }
}

TypeRef resolve_type_name(const ast::Node& type_name, const AnalyzeContext& context) {
  return resolve_type(ast::as<ast::TypeName>(type_name), context);
}

ExprPtr coerce_for_assignment(ExprPtr expr, TypeRef target, std::string_view column_name,
                              const AnalyzeContext& context) {
  size_t expanded_views = 0;
  SharedState shared = make_shared_state(context, expanded_views);
  shared.parameters = context.parameter_types != nullptr ? context.parameter_types : &shared.own_parameters;
  ParseState state(shared, nullptr);
  ExprPtr coerced = coerce_to_target(state, expr, target, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
  if (coerced != nullptr) return coerced;
  throw SqlError(sqlstate::kDatatypeMismatch,
                 "column \"" + std::string(column_name) + "\" is of type " + format_type(target.id) +
                     " but expression is of type " + format_type(expr->type.id),
                 location_of(expr))
      .hint("You will need to rewrite or cast the expression.");
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"

namespace vecino::sql::analysis {

using namespace type_id;

bool is_ordered_set_aggregate(const FunctionDef& function) {
  static constexpr std::string_view kNames[] = {"percentile_cont", "percentile_disc", "mode"};
  return function.kind == FunctionKind::kAggregate &&
         std::find(std::begin(kNames), std::end(kNames), function.name) != std::end(kNames);
}

namespace {

// "WHERE" -> where an aggregate or window function may not stand; empty = allowed there.
std::string forbidden_place(Clause clause, bool window) {
  switch (clause) {
    case Clause::kNone: case Clause::kOther: case Clause::kSelectTarget: case Clause::kOrderBy:
    case Clause::kDistinctOn: return {};
    case Clause::kHaving: return window ? "HAVING" : "";
    case Clause::kWindowPartition: case Clause::kWindowOrder: return window ? "window definitions" : "";
    case Clause::kWindowFrameRange: case Clause::kWindowFrameRows: case Clause::kWindowFrameGroups:
      return window ? "window definitions" : std::string(clause_name(clause));
    case Clause::kJoinOn: case Clause::kJoinUsing: return "JOIN conditions";
    case Clause::kFromSubselect: return window ? "" : "FROM clause of their own query level";
    case Clause::kFromFunction: return "functions in FROM";
    case Clause::kCheck: return "check constraints";
    case Clause::kColumnDefault: return "DEFAULT expressions";
    case Clause::kIndexExpression: return "index expressions";
    case Clause::kIndexPredicate: return "index predicates";
    case Clause::kGeneratedColumn: return "column generation expressions";
    case Clause::kAlterColumnTransform: return "transform expressions";
    case Clause::kExecuteParameter: return "EXECUTE parameters";
    case Clause::kCopyWhere: return "COPY FROM WHERE conditions";
    default: return std::string(clause_name(clause));
  }
}

struct Levels {
  int var = -1, aggregate = -1;  // lowest level seen; -1 = none
  int aggregate_location = -1, window_location = -1;
};

void take_min(int& current, int level) {
  if (level >= 0 && (current < 0 || level < current)) current = level;
}

Levels levels_in(const std::vector<ExprPtr>& exprs) {
  Levels out;
  for (const ExprPtr& expr : exprs) {
    walk_expr(expr, [&](const ExprPtr& node, int depth) {
      if (auto* var = try_as<VarExpr>(node)) take_min(out.var, var->levels_up - depth);
      if (auto* aggregate = try_as<AggregateExpr>(node)) {
        int level = aggregate->levels_up - depth;
        if (level >= 0 && (out.aggregate < 0 || level < out.aggregate)) {
          out.aggregate = level;
          out.aggregate_location = node->location;
        }
      }
      if (node->kind == ExprKind::kWindow && depth == 0 && out.window_location < 0) out.window_location = node->location;
      return true;
    });
  }
  return out;
}

// The query level an aggregate (or GROUPING) belongs to; checks that it may stand there.
int aggregate_level(ParseState& state, const std::vector<ExprPtr>& exprs, const std::vector<ExprPtr>& direct,
                    int location) {
  Levels levels = levels_in(exprs);
  int level = levels.var;
  take_min(level, levels.aggregate);
  if (level < 0) level = 0;
  if (levels.aggregate >= 0 && levels.aggregate == level) {
    throw SqlError(sqlstate::kGroupingError, "aggregate function calls cannot be nested", levels.aggregate_location);
  }
  if (levels.window_location >= 0) {
    throw SqlError(sqlstate::kGroupingError, "aggregate function calls cannot contain window function calls",
                   levels.window_location);
  }
  Levels of_direct = levels_in(direct);
  if (of_direct.var >= 0 && of_direct.var < level) {
    throw SqlError(sqlstate::kGroupingError,
                   "outer-level aggregate cannot contain a lower-level variable in its direct arguments", location);
  }
  ParseState& owner = ancestor(state, level);
  std::string place = forbidden_place(owner.clause, false);
  if (!place.empty()) {
    throw SqlError(sqlstate::kGroupingError, "aggregate functions are not allowed in " + place, location);
  }
  owner.query->has_aggregates = true;
  return level;
}

ExprPtr known_type(ParseState& state, ExprPtr expr) {
  if (expr->type.id != kUnknown) return expr;
  return coerce_type(state, std::move(expr), {kText, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
}

AggregateExpr::Order order_item(ParseState& state, const ast::SortBy& sort, ExprPtr expr) {
  AggregateExpr::Order out;
  out.expr = known_type(state, std::move(expr));
  out.descending = sort.direction == ast::SortDirection::kDescending;
  TypeId type = out.expr->type.id;
  if (sort.direction == ast::SortDirection::kUsing) {
    const OperatorDef& op = resolve_operator(operator_name(state, sort.using_operator, sort.location), type, type, sort.location,
                                             name_scope(state.shared.context));
    std::optional<Strategy> strategy = btree_strategy(op);
    if (strategy != Strategy::kLess && strategy != Strategy::kGreater) {
      throw SqlError(sqlstate::kWrongObjectType,
                     "operator " + join_name(sort.using_operator) + " is not a valid ordering operator", sort.location)
          .hint("Ordering operators must be \"<\" or \">\" members of btree operator families.");
    }
    out.descending = strategy == Strategy::kGreater;
  } else if (sort_operators(type).less == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction,
                   "could not identify an ordering operator for type " + format_type(type), location_of(out.expr))
        .hint("Use an explicit ordering operator or modify the query.");
  }
  out.nulls_first = sort.nulls == ast::NullsOrder::kDefault ? out.descending : sort.nulls == ast::NullsOrder::kFirst;
  return out;
}

[[noreturn]] void throw_not_in_arguments(const ExprPtr& order) {
  throw SqlError(sqlstate::kInvalidColumnReference,
                 "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list", location_of(order));
}

void check_distinct(const AggregateExpr& aggregate, int location) {
  if (aggregate.args.empty()) {
    throw SqlError(sqlstate::kInvalidColumnReference, "an aggregate with DISTINCT must have at least one argument",
                   location);
  }
  for (const ExprPtr& arg : aggregate.args) {
    if (sort_operators(arg->type.id).equal != nullptr) continue;
    throw SqlError(sqlstate::kUndefinedFunction,
                   "could not identify an equality operator for type " + format_type(arg->type.id), location_of(arg));
  }
}

}  // namespace

ExprPtr finish_aggregate(ParseState& state, const ast::FuncCall& node, AggregateParts parts, ExprPtr filter,
                         std::vector<ExprPtr> order_exprs) {
  auto out = std::make_shared<AggregateExpr>();
  out->function = parts.function;
  out->type = {parts.result, -1};
  out->star = node.star;
  out->distinct = node.distinct;
  out->location = node.location;
  out->filter = std::move(filter);
  out->within_group = node.within_group;
  std::vector<ExprPtr> inner;
  if (node.within_group) {
    out->direct_args = std::move(parts.args);
    for (size_t i = 0; i < node.order_by.size(); ++i) {
      out->order_by.push_back(order_item(state, *node.order_by[i], order_exprs[i]));
    }
  } else {
    out->args = std::move(parts.args);
    if (node.distinct) {
      for (ExprPtr& arg : out->args) arg = known_type(state, arg);
    }
    for (const auto& sort : node.order_by) {
      ExprPtr expr = transform_expr(state, *sort->expr, Clause::kOrderBy);
      // An argument as it was written is the argument, with the cast that the function's parameter type asked for.
      auto arg = std::find_if(out->args.begin(), out->args.end(), [&](const ExprPtr& candidate) {
        return equal_expr(expr, strip_implicit_coercions(candidate));
      });
      if (arg == out->args.end() && node.distinct) throw_not_in_arguments(expr);
      out->order_by.push_back(order_item(state, *sort, arg != out->args.end() ? *arg : std::move(expr)));
    }
    inner = out->args;
  }
  for (const auto& order : out->order_by) inner.push_back(order.expr);
  if (out->filter) inner.push_back(out->filter);
  out->levels_up = aggregate_level(state, inner, out->direct_args, node.location);
  if (out->distinct) check_distinct(*out, node.location);
  return out;
}

namespace {

// Definitions of one shape whose expressions mean the same.
bool same_window(ParseState& state, const ast::WindowDef& a, const ast::WindowDef& b) {
  if (a.ref_name != b.ref_name || a.frame_options != b.frame_options || a.partition_by.size() != b.partition_by.size() ||
      a.order_by.size() != b.order_by.size() || !a.start_offset != !b.start_offset || !a.end_offset != !b.end_offset) {
    return false;
  }
  auto same = [&](const ast::Node* left, const ast::Node* right) {
    if (left == nullptr) return true;
    ParseState probe(state.shared, &state);  // what binding notes about the query stays out of it
    probe.clause = Clause::kWindowOrder;
    return equal_expr(transform(probe, left), transform(probe, right));
  };
  for (size_t i = 0; i < a.partition_by.size(); ++i) {
    if (!same(a.partition_by[i].get(), b.partition_by[i].get())) return false;
  }
  for (size_t i = 0; i < a.order_by.size(); ++i) {
    const ast::SortBy &left = *a.order_by[i], &right = *b.order_by[i];
    if (left.direction != right.direction || left.nulls != right.nulls || left.using_operator != right.using_operator) return false;
    if (!same(left.expr.get(), right.expr.get())) return false;
  }
  return same(a.start_offset.get(), b.start_offset.get()) && same(a.end_offset.get(), b.end_offset.get());
}

// OVER (...) twice with the same words is one window, so that calls over it can be equal, and are computed together.
int window_of(ParseState& state, const ast::WindowDef& def) {
  for (size_t i = 0; i < state.window_defs.size(); ++i) {
    if (same_window(state, *state.window_defs[i], def)) return static_cast<int>(i);
  }
  state.window_defs.push_back(&def);
  return static_cast<int>(state.window_defs.size()) - 1;
}

}  // namespace

ExprPtr finish_window_call(ParseState& state, const ast::FuncCall& node, AggregateParts parts, ExprPtr filter) {
  int at = node.location;
  if (node.distinct) {
    throw SqlError(sqlstate::kFeatureNotSupported, "DISTINCT is not implemented for window functions", at);
  }
  if (!node.order_by.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "aggregate ORDER BY is not implemented for window functions", at);
  }
  if (filter != nullptr && parts.function->kind != FunctionKind::kAggregate) {
    throw SqlError(sqlstate::kFeatureNotSupported, "FILTER is not implemented for non-aggregate window functions", at);
  }
  std::vector<ExprPtr> inner = parts.args;
  if (filter) inner.push_back(filter);
  Levels levels = levels_in(inner);
  if (levels.window_location >= 0) {
    throw SqlError(sqlstate::kWindowingError, "window function calls cannot be nested", levels.window_location);
  }
  std::string place = forbidden_place(state.clause, true);
  if (!place.empty()) {
    throw SqlError(sqlstate::kWindowingError, "window functions are not allowed in " + place, at);
  }
  state.query->has_windows = true;
  auto out = std::make_shared<WindowExpr>();
  out->function = parts.function;
  out->args = std::move(parts.args);
  out->type = {parts.result, -1};
  out->star = node.star;
  out->filter = std::move(filter);
  out->location = at;
  if (!node.over->name.empty()) {
    size_t i = 0;
    while (i < state.window_defs.size() && state.window_defs[i]->name != node.over->name) ++i;
    if (i == state.window_defs.size()) {
      throw SqlError(sqlstate::kUndefinedObject, "window \"" + node.over->name + "\" does not exist",
                     node.over->location);
    }
    out->window = static_cast<int>(i);
    return out;
  }
  out->window = window_of(state, *node.over);
  return out;
}

ExprPtr transform_grouping(ParseState& state, const ast::GroupingFunc& node) {
  if (node.args.size() > 31) {
    throw SqlError(sqlstate::kTooManyArguments, "GROUPING must have fewer than 32 arguments", node.location);
  }
  auto out = std::make_shared<GroupingExpr>();
  out->location = node.location;
  for (const auto& arg : node.args) out->args.push_back(transform(state, arg.get()));
  int level = aggregate_level(state, out->args, {}, node.location);
  if (level != 0) {
    throw SqlError(sqlstate::kFeatureNotSupported, "GROUPING of an outer query is not supported", node.location);
  }
  return out;
}

}  // namespace vecino::sql::analysis

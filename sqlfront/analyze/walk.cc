#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

void walk_expr(const ExprPtr& expr, const ExprVisitor& visit, int depth) {
  if (!expr || !visit(expr, depth)) return;
  for_each_child(*expr, [&](const ExprPtr& child) { walk_expr(child, visit, depth); });
  if (auto* link = try_as<SubLinkExpr>(expr); link != nullptr && link->query) walk_query(*link->query, visit, depth + 1);
}

namespace {

void walk_from(const FromItem& item, const ExprVisitor& visit, int depth) {
  if (!item.join) return;
  check_stack_depth();
  walk_from(*item.join->left, visit, depth);
  walk_from(*item.join->right, visit, depth);
  walk_expr(item.join->condition, visit, depth);
}

}  // namespace

void walk_query(const Query& query, const ExprVisitor& visit, int depth) {
  check_recursion();
  auto each = [&](const ExprPtr& expr) { walk_expr(expr, visit, depth); };
  for (const RangeTableEntry& rte : query.range_table) {
    if (rte.subquery) walk_query(*rte.subquery, visit, depth + 1);
    for (const ExprPtr& expr : rte.join_aliases) each(expr);
    for (const RangeFunction& function : rte.functions) each(function.call);
    for (const auto& row : rte.values) {
      for (const ExprPtr& expr : row) each(expr);
    }
  }
  for (const auto& item : query.from) walk_from(*item, visit, depth);
  each(query.where);
  for (const TargetEntry& target : query.targets) each(target.expr);
  for (const TargetEntry& target : query.returning) each(target.expr);
  for (const TargetEntry& target : query.on_conflict.set) each(target.expr);
  each(query.on_conflict.where);
  each(query.having);
  for (const WindowClause& window : query.windows) {
    each(window.start_offset);
    each(window.end_offset);
  }
  each(query.limit);
  each(query.offset);
  for (const CommonTableExpr& cte : query.ctes) {
    if (cte.query) walk_query(*cte.query, visit, depth + 1);
  }
}

bool contains_var(const ExprPtr& expr, int levels_up) {
  bool found = false;
  walk_expr(expr, [&](const ExprPtr& node, int depth) {
    if (auto* var = try_as<VarExpr>(node)) found |= var->levels_up == levels_up + depth;
    return !found;
  });
  return found;
}

bool contains_any_var(const ExprPtr& expr) {
  bool found = false;
  walk_expr(expr, [&](const ExprPtr& node, int depth) {
    if (auto* var = try_as<VarExpr>(node)) found |= var->levels_up >= depth;
    return !found;
  });
  return found;
}

bool contains_kind(const ExprPtr& expr, ExprKind kind) {
  bool found = false;
  walk_expr(expr, [&](const ExprPtr& node, int depth) {
    if (depth > 0) return false;
    found |= node->kind == kind;
    return !found;
  });
  return found;
}

bool contains_set_function(const ExprPtr& expr) {
  bool found = false;
  walk_expr(expr, [&](const ExprPtr& node, int depth) {
    if (depth > 0) return false;
    if (auto* call = try_as<FunctionExpr>(node)) found |= call->returns_set;
    return !found;
  });
  return found;
}

bool contains_volatile(const ExprPtr& expr) {
  bool found = false;
  walk_expr(expr, [&](const ExprPtr& node, int) {
    if (auto* call = try_as<FunctionExpr>(node)) found |= call->function->volatility == Volatility::kVolatile;
    return !found;
  });
  return found;
}

}  // namespace vecino::sql::analysis

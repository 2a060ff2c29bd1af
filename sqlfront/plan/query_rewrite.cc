#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"

namespace vecino::sql::plan {

ExprPtr rewrite_levels(const ExprPtr& expr, const LevelRewrite& rewrite, int depth) {
  if (!expr) return expr;
  if (const VarExpr* var = try_as<VarExpr>(expr)) {
    if (var->levels_up < depth) return expr;
    if (var->levels_up == depth) {
      if (rewrite.own) {
        ExprPtr own = rewrite.own(*var);
        if (!own) return expr;
        return depth == 0 ? own : rewrite_levels(own, {.outer_delta = depth, .own = [depth](const VarExpr& inner) {
                              return make_var(inner.rte, inner.attno, inner.type, depth);
                            }, .rte = nullptr}, 0);
      }
      if (!rewrite.rte) return expr;
      auto copy = std::make_shared<VarExpr>(*var);
      copy->rte = rewrite.rte(var->rte);
      return copy;
    }
    if (rewrite.outer_delta == 0) return expr;
    auto copy = std::make_shared<VarExpr>(*var);
    copy->levels_up += rewrite.outer_delta;
    return copy;
  }
  ExprPtr mapped = map_children(expr, [&](const ExprPtr& child) { return rewrite_levels(child, rewrite, depth); });
  if (const AggregateExpr* aggregate = try_as<AggregateExpr>(mapped);
      aggregate && aggregate->levels_up > depth && rewrite.outer_delta != 0) {
    auto copy = std::make_shared<AggregateExpr>(*aggregate);
    copy->levels_up += rewrite.outer_delta;
    return copy;
  }
  if (const SubLinkExpr* link = try_as<SubLinkExpr>(mapped)) {
    auto copy = std::make_shared<SubLinkExpr>(*link);
    copy->query = rewrite_query(*link->query, rewrite, depth + 1);
    return copy;
  }
  return mapped;
}

RangeTableEntry rewrite_rte(const RangeTableEntry& entry, const LevelRewrite& rewrite, int depth) {
  RangeTableEntry copy = entry;
  if (copy.subquery) copy.subquery = rewrite_query(*copy.subquery, rewrite, depth + 1);
  for (auto& alias : copy.join_aliases) alias = rewrite_levels(alias, rewrite, depth);
  for (auto& function : copy.functions) function.call = rewrite_levels(function.call, rewrite, depth);
  for (auto& row : copy.values)
    for (auto& value : row) value = rewrite_levels(value, rewrite, depth);
  if (copy.kind == RteKind::kCte && copy.cte_levels_up > depth) copy.cte_levels_up += rewrite.outer_delta;
  return copy;
}

namespace {

std::unique_ptr<FromItem> clone_from(const FromItem& item, const LevelRewrite& rewrite, int depth) {
  check_stack_depth();
  auto copy = std::make_unique<FromItem>();
  copy->rte = item.rte;
  if (!item.join) return copy;
  copy->join = std::make_unique<FromItem::Join>();
  copy->join->type = item.join->type;
  copy->join->rte = item.join->rte;
  copy->join->left = clone_from(*item.join->left, rewrite, depth);
  copy->join->right = clone_from(*item.join->right, rewrite, depth);
  copy->join->condition = rewrite_levels(item.join->condition, rewrite, depth);
  return copy;
}

std::unique_ptr<SetOperation> clone_set_operation(const SetOperation& op) {
  check_stack_depth();
  auto copy = std::make_unique<SetOperation>();
  copy->rte = op.rte;
  copy->op = op.op;
  copy->all = op.all;
  copy->column_types = op.column_types;
  copy->group_clauses = op.group_clauses;
  if (op.left) copy->left = clone_set_operation(*op.left);
  if (op.right) copy->right = clone_set_operation(*op.right);
  return copy;
}

std::vector<TargetEntry> clone_targets(const std::vector<TargetEntry>& targets, const LevelRewrite& rewrite, int depth) {
  std::vector<TargetEntry> copy = targets;
  for (auto& target : copy) target.expr = rewrite_levels(target.expr, rewrite, depth);
  return copy;
}

}  // namespace

QueryPtr rewrite_query(const Query& query, const LevelRewrite& rewrite, int depth) {
  check_recursion();
  auto copy = std::make_shared<Query>();
  auto expr = [&](const ExprPtr& e) { return rewrite_levels(e, rewrite, depth); };
  copy->command = query.command;
  for (const auto& entry : query.range_table) copy->range_table.push_back(rewrite_rte(entry, rewrite, depth));
  for (const auto& item : query.from) copy->from.push_back(clone_from(*item, rewrite, depth));
  copy->where = expr(query.where);
  copy->targets = clone_targets(query.targets, rewrite, depth);
  copy->result_rte = query.result_rte;
  copy->returning = clone_targets(query.returning, rewrite, depth);
  copy->on_conflict = query.on_conflict;
  copy->on_conflict.set = clone_targets(query.on_conflict.set, rewrite, depth);
  copy->on_conflict.where = expr(query.on_conflict.where);
  copy->overriding = query.overriding;
  copy->group_by = query.group_by;
  copy->grouping_sets = query.grouping_sets;
  copy->having = expr(query.having);
  copy->windows = query.windows;
  for (auto& window : copy->windows) {
    window.start_offset = expr(window.start_offset);
    window.end_offset = expr(window.end_offset);
  }
  copy->distinct = query.distinct;
  copy->distinct_on = query.distinct_on;
  copy->order_by = query.order_by;
  copy->limit = expr(query.limit);
  copy->offset = expr(query.offset);
  copy->with_ties = query.with_ties;
  copy->ctes = query.ctes;
  for (auto& cte : copy->ctes) cte.query = rewrite_query(*cte.query, rewrite, depth + 1);
  if (query.set_operation) copy->set_operation = clone_set_operation(*query.set_operation);
  copy->row_marks = query.row_marks;
  copy->has_aggregates = query.has_aggregates;
  copy->has_windows = query.has_windows;
  copy->has_sublinks = query.has_sublinks;
  copy->has_target_srfs = query.has_target_srfs;
  copy->has_modifying_cte = query.has_modifying_cte;
  return copy;
}

namespace {

void visit_from(const FromItem& item, const std::function<void(const ExprPtr&)>& expr) {
  if (!item.join) return;
  check_stack_depth();
  if (item.join->condition) expr(item.join->condition);
  visit_from(*item.join->left, expr);
  visit_from(*item.join->right, expr);
}

}  // namespace

void visit_query(const Query& query, const std::function<void(const ExprPtr&)>& expr,
                 const std::function<void(const Query&)>& subquery) {
  check_recursion();
  auto one = [&](const ExprPtr& e) {
    if (e) expr(e);
  };
  for (const auto& entry : query.range_table) {
    if (entry.subquery) subquery(*entry.subquery);
    for (const auto& alias : entry.join_aliases) one(alias);
    for (const auto& function : entry.functions) one(function.call);
    for (const auto& row : entry.values)
      for (const auto& value : row) one(value);
  }
  for (const auto& item : query.from) visit_from(*item, expr);
  one(query.where);
  for (const auto& target : query.targets) one(target.expr);
  for (const auto& target : query.returning) one(target.expr);
  for (const auto& target : query.on_conflict.set) one(target.expr);
  one(query.on_conflict.where);
  one(query.having);
  for (const auto& window : query.windows) {
    one(window.start_offset);
    one(window.end_offset);
  }
  one(query.limit);
  one(query.offset);
  for (const auto& cte : query.ctes) subquery(*cte.query);
}

bool query_any(const Query& query, const std::function<bool(const Expr&)>& predicate) {
  bool found = false;
  std::function<bool(const Expr&)> deep = [&](const Expr& node) {
    return predicate(node) || (node.kind == ExprKind::kSubLink && query_any(*as<SubLinkExpr>(node).query, predicate));
  };
  visit_query(
      query, [&](const ExprPtr& e) { found = found || any_node(e, deep); },
      [&](const Query& inner) { found = found || query_any(inner, predicate); });
  return found;
}

namespace {

// References from `query`, `levels_up` levels below the level asked for.
bool references(const ExprPtr& expr, int levels_up) {
  return any_node(expr, [levels_up](const Expr& node) {
    if (node.kind == ExprKind::kVar) return as<VarExpr>(node).levels_up == levels_up;
    if (node.kind == ExprKind::kAggregate) return as<AggregateExpr>(node).levels_up == levels_up;
    if (node.kind == ExprKind::kSubLink) return query_references_level(*as<SubLinkExpr>(node).query, levels_up + 1);
    return false;
  });
}

}  // namespace

bool query_references_level(const Query& query, int levels_up) {
  bool found = false;
  visit_query(
      query, [&](const ExprPtr& e) { found = found || references(e, levels_up); },
      [&](const Query& inner) { found = found || query_references_level(inner, levels_up + 1); });
  return found;
}

}  // namespace vecino::sql::plan

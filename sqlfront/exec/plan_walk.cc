#include <algorithm>
#include <set>

#include "sqlfront/exec/run_state.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql {
namespace {

using Visit = std::function<void(const ExprPtr&)>;

void visit_one(const ExprPtr& expr, const Visit& visit) {
  if (expr) visit(expr);
}
void visit_all(const std::vector<ExprPtr>& exprs, const Visit& visit) {
  for (const ExprPtr& expr : exprs) visit_one(expr, visit);
}
void visit_targets(const std::vector<TargetEntry>& targets, const Visit& visit) {
  for (const TargetEntry& target : targets) visit_one(target.expr, visit);
}

void visit_modify(const ModifyTableNode& node, const Visit& visit) {
  visit_targets(node.returning, visit);
  for (const auto& check : node.checks) visit_one(check.expr, visit);
  if (node.recheck) visit_one(*node.recheck, visit);
  visit_all(node.reassign, visit);
  for (const auto& [attno, expr] : node.conflict_set) visit_one(expr, visit);
  visit_one(node.conflict_where, visit);
}

void visit_index_scan(const IndexScanNode& node, const Visit& visit) {
  for (const auto& condition : node.conditions) visit_one(condition.value, visit);
  visit_one(node.recheck, visit);
  visit_one(node.order_by_query, visit);
  visit_one(node.rows_wanted, visit);
}

void visit_aggregate(const AggregateNode& node, const Visit& visit) {
  for (const auto& aggregate : node.aggregates) visit_one(aggregate, visit);
}

struct SlotSets {
  std::set<int> used, set;
};

void collect(const PlanNode& node, const PhysicalPlan& plan, SlotSets& slots);

void collect_expr(const ExprPtr& expr, const PhysicalPlan& plan, SlotSets& slots) {
  if (expr->kind == ExprKind::kInput) return;
  if (const auto* param = try_as<ParamExpr>(expr)) {
    if (param->source == ParamSource::kExec) slots.used.insert(param->id);
    return;
  }
  if (const auto* subplan = try_as<SubPlanExpr>(expr)) {
    slots.set.insert(subplan->param_slots.begin(), subplan->param_slots.end());
    slots.set.insert(subplan->output_slots.begin(), subplan->output_slots.end());
    for (const ExprPtr& arg : subplan->args) collect_expr(arg, plan, slots);
    for (const ExprPtr& arg : subplan->hash_left) collect_expr(arg, plan, slots);
    if (subplan->test) collect_expr(subplan->test, plan, slots);
    collect(*plan.subplans[subplan->plan_id].plan, plan, slots);
    return;
  }
  for_each_child(*expr, [&](const ExprPtr& child) {
    if (child) collect_expr(child, plan, slots);
  });
}

void collect(const PlanNode& node, const PhysicalPlan& plan, SlotSets& slots) {
  check_stack_depth();
  for_each_expr(node, [&](const ExprPtr& expr) { collect_expr(expr, plan, slots); });
  if (node.kind == PlanKind::kNestLoop) {
    for (const auto& param : static_cast<const NestLoopNode&>(node).params) slots.set.insert(param.slot);
  } else if (node.kind == PlanKind::kCteScan) {
    const auto& scan = static_cast<const CteScanNode&>(node);
    if (scan.work_table) {
      slots.used.insert(work_table_slot(plan, scan.plan_id));
    } else {
      collect(*plan.subplans[scan.plan_id].plan, plan, slots);
    }
  } else if (node.kind == PlanKind::kRecursiveUnion) {
    slots.set.insert(work_table_slot(plan, static_cast<const RecursiveUnionNode&>(node).plan_id));
  }
  for (int id : node.init_plans) {
    const SubplanInfo& info = plan.subplans[id];
    slots.set.insert(info.output_slots.begin(), info.output_slots.end());
    collect(*info.plan, plan, slots);
  }
  for (const auto& child : node.children) collect(*child, plan, slots);
}

}  // namespace

void for_each_expr(const PlanNode& node, const Visit& visit) {
  visit_targets(node.targets, visit);
  visit_one(node.filter, visit);
  switch (node.kind) {
    case PlanKind::kResult: visit_one(static_cast<const ResultNode&>(node).one_time_filter, visit); break;
    case PlanKind::kIndexScan: visit_index_scan(static_cast<const IndexScanNode&>(node), visit); break;
    case PlanKind::kKnnScan: {
      const auto& knn = static_cast<const KnnScanNode&>(node);
      visit_one(knn.distance, visit);
      visit_one(knn.limit, visit);
      break;
    }
    case PlanKind::kTidScan: visit_one(static_cast<const TidScanNode&>(node).tid, visit); break;
    case PlanKind::kFunctionScan:
      for (const auto& function : static_cast<const FunctionScanNode&>(node).functions) visit_one(function.call, visit);
      break;
    case PlanKind::kValuesScan:
      for (const auto& row : static_cast<const ValuesScanNode&>(node).rows) visit_all(row, visit);
      break;
    case PlanKind::kNestLoop:
      for (const auto& param : static_cast<const NestLoopNode&>(node).params) visit_one(param.outer, visit);
      visit_one(static_cast<const JoinNode&>(node).join_condition, visit);
      break;
    case PlanKind::kHashJoin: {
      const auto& join = static_cast<const HashJoinNode&>(node);
      visit_all(join.outer_keys, visit);
      visit_all(join.inner_keys, visit);
      visit_one(join.join_condition, visit);
      break;
    }
    case PlanKind::kSort: visit_one(static_cast<const SortNode&>(node).bound, visit); break;
    case PlanKind::kLimit:
      visit_one(static_cast<const LimitNode&>(node).limit, visit);
      visit_one(static_cast<const LimitNode&>(node).offset, visit);
      break;
    case PlanKind::kAggregate: visit_aggregate(static_cast<const AggregateNode&>(node), visit); break;
    case PlanKind::kWindowAgg: {
      const auto& window = static_cast<const WindowAggNode&>(node);
      visit_one(window.start_offset, visit);
      visit_one(window.end_offset, visit);
      for (const auto& function : window.functions) visit_one(function, visit);
      break;
    }
    case PlanKind::kModifyTable: visit_modify(static_cast<const ModifyTableNode&>(node), visit); break;
    default: break;
  }
}

std::vector<int> free_slots(const PlanNode& node, const PhysicalPlan& plan) {
  SlotSets slots;
  collect(node, plan, slots);
  std::vector<int> result;
  std::set_difference(slots.used.begin(), slots.used.end(), slots.set.begin(), slots.set.end(),
                      std::back_inserter(result));
  return result;
}

}  // namespace vecino::sql

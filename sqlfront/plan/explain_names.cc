#include "sqlfront/plan/explain_names.h"

#include <algorithm>

#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::plan {

void visit_node_exprs(const PlanNode& node, const std::function<void(const ExprPtr&)>& visit) {
  auto one = [&](const ExprPtr& e) {
    if (e) visit(e);
  };
  one(node.filter);
  for (const auto& target : node.targets) one(target.expr);
  switch (node.kind) {
    case PlanKind::kResult: one(static_cast<const ResultNode&>(node).one_time_filter); break;
    case PlanKind::kIndexScan: {
      const auto& scan = static_cast<const IndexScanNode&>(node);
      for (const auto& condition : scan.conditions) one(condition.value);
      one(scan.order_by_query);
      one(scan.rows_wanted);
      break;
    }
    case PlanKind::kKnnScan:
      one(static_cast<const KnnScanNode&>(node).distance);
      one(static_cast<const KnnScanNode&>(node).limit);
      break;
    case PlanKind::kTidScan: one(static_cast<const TidScanNode&>(node).tid); break;
    case PlanKind::kFunctionScan:
      for (const auto& function : static_cast<const FunctionScanNode&>(node).functions) one(function.call);
      break;
    case PlanKind::kValuesScan:
      for (const auto& row : static_cast<const ValuesScanNode&>(node).rows)
        for (const auto& value : row) one(value);
      break;
    case PlanKind::kNestLoop:
      one(static_cast<const JoinNode&>(node).join_condition);
      for (const auto& param : static_cast<const NestLoopNode&>(node).params) one(param.outer);
      break;
    case PlanKind::kHashJoin: {
      const auto& join = static_cast<const HashJoinNode&>(node);
      one(join.join_condition);
      for (const auto& key : join.outer_keys) one(key);
      for (const auto& key : join.inner_keys) one(key);
      break;
    }
    case PlanKind::kLimit:
      one(static_cast<const LimitNode&>(node).limit);
      one(static_cast<const LimitNode&>(node).offset);
      break;
    case PlanKind::kAggregate:
      for (const auto& aggregate : static_cast<const AggregateNode&>(node).aggregates) one(aggregate);
      break;
    case PlanKind::kWindowAgg:
      for (const auto& function : static_cast<const WindowAggNode&>(node).functions) one(function);
      break;
    case PlanKind::kModifyTable: {
      const auto& modify = static_cast<const ModifyTableNode&>(node);
      for (const auto& target : modify.returning) one(target.expr);
      for (const auto& [attno, value] : modify.conflict_set) one(value);
      one(modify.conflict_where);
      break;
    }
    default: break;
  }
}

namespace {

int node_rte(const PlanNode& node) {
  switch (node.kind) {
    case PlanKind::kSeqScan: case PlanKind::kIndexScan: case PlanKind::kKnnScan: case PlanKind::kTidScan: case PlanKind::kSystemScan:
      return static_cast<const ScanNode&>(node).rte;
    case PlanKind::kFunctionScan: return static_cast<const FunctionScanNode&>(node).rte;
    case PlanKind::kValuesScan: return static_cast<const ValuesScanNode&>(node).rte;
    case PlanKind::kSubqueryScan: return static_cast<const SubqueryScanNode&>(node).rte;
    case PlanKind::kCteScan: return static_cast<const CteScanNode&>(node).rte;
    default: return -1;
  }
}

}  // namespace

ExplainNames::ExplainNames(const PhysicalPlan& plan, const Catalog& catalog) : ExprDeparser(&catalog), plan_(plan) {
  std::vector<int> order;
  collect(*plan.root, order);
  for (const auto& subplan : plan.subplans)
    if (subplan.plan) collect(*subplan.plan, order);
  std::sort(order.begin(), order.end());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  std::map<std::string, int> used;
  for (int rte : order) {
    const std::string& alias = plan_.range_table[rte]->alias;
    std::string name = alias;
    if (!alias.empty()) {
      auto [it, fresh] = used.emplace(alias, 0);
      while (!fresh && used.contains(name)) name = alias + "_" + std::to_string(++it->second);
      used.emplace(name, 0);
    }
    names_[rte] = name;
  }
}

void ExplainNames::collect(const PlanNode& node, std::vector<int>& order) {
  check_stack_depth();
  int rte = node_rte(node);
  if (rte >= 0 && static_cast<size_t>(rte) < plan_.range_table.size()) order.push_back(rte);
  for (const auto& child : node.children) collect(*child, order);
}

std::string ExplainNames::relation_name(int rte) const {
  auto it = names_.find(rte);
  if (it != names_.end()) return it->second;
  return rte >= 0 && static_cast<size_t>(rte) < plan_.range_table.size() ? plan_.range_table[rte]->alias : std::string();
}

std::string ExplainNames::expr(const ExprPtr& e, Prefix prefix) {
  Prefix saved = prefix_;
  prefix_ = prefix;
  std::string result = text(e);
  prefix_ = saved;
  return result;
}

namespace {

std::string_view system_column(AttrNumber attno) {
  switch (attno) {
    case system_attr::kCtid: return "ctid";
    case system_attr::kXmin: return "xmin";
    case system_attr::kCmin: return "cmin";
    case system_attr::kXmax: return "xmax";
    case system_attr::kCmax: return "cmax";
    case system_attr::kTableoid: return "tableoid";
    default: return "?column?";
  }
}

}  // namespace

std::string ExplainNames::var_name(const VarExpr& var) {
  if (var.rte < 0 || static_cast<size_t>(var.rte) >= plan_.range_table.size()) return "?column?";
  const RangeTableEntry& entry = *plan_.range_table[var.rte];
  std::string relation = quote_identifier(relation_name(var.rte));
  if (var.attno == 0) return relation + ".*";
  std::string column;
  if (var.attno < 0) column = system_column(var.attno);
  else if (static_cast<size_t>(var.attno) <= entry.column_names.size()) column = quote_identifier(entry.column_names[var.attno - 1]);
  else column = "?column?";
  return prefix_ == Prefix::kYes && !relation.empty() ? relation + "." + column : column;
}

std::string ExplainNames::input_name(const InputExpr& input) {
  if (!input.origin) return input.display.empty() ? "?column?" : input.display;
  std::string saved = std::move(out_);
  out_.clear();
  append(input.origin, Casts::kShow);
  std::string result = std::move(out_);
  out_ = std::move(saved);
  return input.computed_below ? "(" + result + ")" : result;
}

std::string ExplainNames::param_name(const ParamExpr& param) {
  if (param.source == ParamSource::kExternal || !param.origin) return "$" + std::to_string(param.id);
  // A value of an enclosing plan node: always with its relation.
  Prefix saved = prefix_;
  prefix_ = Prefix::kYes;
  std::string outer = std::move(out_);
  out_.clear();
  append(param.origin, Casts::kShow);
  std::string result = std::move(out_);
  out_ = std::move(outer);
  prefix_ = saved;
  return param.origin->kind == ExprKind::kVar ? result : "(" + result + ")";
}

std::string ExplainNames::subplan_text(const SubPlanExpr& plan) {
  const std::string& name = plan_.subplans[plan.plan_id].name;
  return (plan.use_hash ? "(hashed " : "(") + name + ")";
}

}  // namespace vecino::sql::plan

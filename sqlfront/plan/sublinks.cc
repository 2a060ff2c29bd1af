#include <fmt/format.h>

#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// Sub-selects that stay sub-selects: InitPlans (uncorrelated, run once), SubPlans, and materialized CTEs.

namespace vecino::sql::plan {

PlannedChild plan_child(Level& level, QueryPtr query, double tuple_fraction) {
  std::vector<NestParam> saved = std::move(level.plan_params);
  level.plan_params.clear();
  PlannedChild result;
  Level child(level.planner, &level, std::move(query));
  result.built = child.plan(tuple_fraction);
  result.params = std::move(level.plan_params);
  level.plan_params = std::move(saved);
  result.external = std::move(child.external_slots);
  for (const auto& param : result.params) result.external.erase(param.slot);
  return result;
}

namespace {

ExprPtr make_slot_param(int slot, TypeRef type) {
  auto param = std::make_shared<ParamExpr>();
  param->source = ParamSource::kExec;
  param->id = slot;
  param->type = type;
  return param;
}

// The column parameters of a test (id = -1 - column) become exec slots.
ExprPtr place_columns(const ExprPtr& expr, const std::vector<int>& slots) {
  const ParamExpr* param = try_as<ParamExpr>(expr);
  if (param && param->source == ParamSource::kExec && param->id < 0) return make_slot_param(slots.at(-1 - param->id), param->type);
  return map_children(expr, [&](const ExprPtr& child) { return place_columns(child, slots); });
}

bool reads_columns(const ExprPtr& expr) {
  return any_node(expr, [](const Expr& e) {
    return e.kind == ExprKind::kParam && as<ParamExpr>(e).source == ParamSource::kExec && as<ParamExpr>(e).id < 0;
  });
}

// `left = column [AND ...]`, hashable: the left sides, in column order.
std::optional<std::vector<ExprPtr>> hashable_test(const ExprPtr& test, size_t columns) {
  std::vector<ExprPtr> conjuncts;
  split_conjuncts(test, conjuncts);
  if (conjuncts.size() != columns) return std::nullopt;
  std::vector<ExprPtr> left(columns);
  for (const auto& conjunct : conjuncts) {
    const OperatorExpr* op = try_as<OperatorExpr>(conjunct);
    if (!op || op->args.size() != 2 || !is_hashable(*op) || reads_columns(op->args[0])) return std::nullopt;
    const ParamExpr* column = try_as<ParamExpr>(strip_relabel(op->args[1]));
    if (!column || column->id >= 0 || contains_kind(op->args[0], ExprKind::kSubPlan)) return std::nullopt;
    size_t index = static_cast<size_t>(-1 - column->id);
    if (index >= columns || left[index]) return std::nullopt;
    left[index] = op->args[0];
  }
  return left;
}

size_t visible_columns(const Query& query) {
  const auto& targets = query.command == Command::kSelect ? query.targets : query.returning;
  size_t count = 0;
  for (const auto& target : targets) count += target.junk ? 0 : 1;
  return count;
}

bool keeps_rows(const PlanNode& node) {
  if (node.kind == PlanKind::kMaterialize || node.kind == PlanKind::kSort) return true;
  return node.kind == PlanKind::kCteScan || node.kind == PlanKind::kFunctionScan;
}

// The rows that every evaluation of an ANY or ALL compares with are the same: read once.
void materialize(Level& level, PlannedChild& child) {
  if (keeps_rows(*child.built.node) || !level.planner.cost.material) return;
  PlanCost cost = child.built.node->cost;
  cost.total += 2 * level.planner.cost.cpu_operator * cost.rows;
  set_passthrough(child.built, std::make_shared<MaterializeNode>(), cost);
}

int add_subplan(Level& level, PlannedChild& child, SubLinkKind kind) {
  SubplanInfo info;
  info.plan = child.built.node;
  info.link = kind;
  info.external_slots.assign(child.external.begin(), child.external.end());
  for (const auto& param : child.params) info.external_slots.push_back(param.slot);
  level.planner.plan.subplans.push_back(std::move(info));
  return static_cast<int>(level.planner.plan.subplans.size()) - 1;
}

std::string returns_list(const std::vector<int>& slots) {
  std::string text;
  for (int slot : slots) text += fmt::format("{}${}", text.empty() ? "" : ",", slot);
  return text;
}

ExprPtr make_init_plan(Level& level, const SubLinkExpr& link, PlannedChild& child) {
  int id = add_subplan(level, child, link.link);
  SubplanInfo& info = level.planner.plan.subplans[id];
  info.is_init = true;
  bool all_columns = link.link == SubLinkKind::kRowCompare || link.link == SubLinkKind::kMultiExpr;
  size_t count = all_columns ? visible_columns(*link.query) : 1;
  for (size_t i = 0; i < count; ++i) info.output_slots.push_back(level.planner.new_slot());
  info.name = fmt::format("InitPlan {} (returns {})", id + 1, returns_list(info.output_slots));
  level.init_plans.push_back(id);
  if (link.link == SubLinkKind::kRowCompare) return place_columns(link.test, info.output_slots);
  if (link.link == SubLinkKind::kMultiExpr) {
    auto row = std::make_shared<RowExpr>();
    row->type = link.type;
    for (size_t i = 0; i < count; ++i)
      row->args.push_back(make_slot_param(info.output_slots[i], child.built.layout[i]->type));
    return row;
  }
  return make_slot_param(info.output_slots[0], link.type);
}

}  // namespace

ExprPtr plan_sublink(Level& level, const SubLinkExpr& link) {
  double fraction = 0;  // PostgreSQL: 1 row for EXISTS, half of them for ANY/ALL, all otherwise
  if (link.link == SubLinkKind::kExists) fraction = 1;
  else if (link.link == SubLinkKind::kAny || link.link == SubLinkKind::kAll) fraction = 0.5;
  PlannedChild child = plan_child(level, link.query, fraction);
  bool uncorrelated = child.params.empty() && child.external.empty();
  bool compares = link.link == SubLinkKind::kAny || link.link == SubLinkKind::kAll;
  if (uncorrelated && !compares) return make_init_plan(level, link, child);

  size_t columns = link.test ? visible_columns(*link.query) : 0;
  std::optional<std::vector<ExprPtr>> hash_left;
  if (link.link == SubLinkKind::kAny && uncorrelated) {
    bool fits = child.built.node->cost.rows * (child.built.node->cost.width + 24) <= level.planner.cost.work_mem;
    if (fits) hash_left = hashable_test(link.test, columns);
  }
  if (compares && child.params.empty() && !hash_left) materialize(level, child);
  int id = add_subplan(level, child, link.link);
  SubplanInfo& info = level.planner.plan.subplans[id];
  info.name = fmt::format("SubPlan {}", id + 1);
  auto node = std::make_shared<SubPlanExpr>();
  node->type = link.type;
  node->location = link.location;
  node->link = link.link;
  node->plan_id = id;
  for (const auto& param : child.params) {
    node->param_slots.push_back(param.slot);
    node->args.push_back(param.expr);
  }
  if (!link.test) return node;
  for (size_t i = 0; i < columns; ++i) node->output_slots.push_back(level.planner.new_slot());
  if (hash_left) {
    node->use_hash = true;
    node->hash_left = std::move(*hash_left);
  }
  node->test = place_columns(link.test, node->output_slots);
  return node;
}

int plan_cte(Level& level, const CommonTableExpr& cte) {
  CtePlan& state = level.ctes[cte.name];
  state.types = cte.column_types;
  auto& subplans = level.planner.plan.subplans;
  if (!cte.recursive) {
    PlannedChild child = plan_child(level, cte.query, 0);
    state.plan_id = add_subplan(level, child, SubLinkKind::kExpr);
    state.external = child.external;
    state.rows = child.built.node->cost.rows;
    state.width = child.built.node->cost.width;
  } else {
    state.plan_id = static_cast<int>(subplans.size());
    subplans.emplace_back();
    state.planning = true;
    // Never set: keeps what reads the work table from being run only once.
    int work_slot = level.planner.new_slot();
    state.external.insert(work_slot);
    std::vector<NestParam> saved = std::move(level.plan_params);
    level.plan_params.clear();
    Level own(level.planner, &level, cte.query);
    Built built = plan_recursive_union(own, state.plan_id, state);
    level.plan_params = std::move(saved);
    state.planning = false;
    state.external = own.external_slots;
    state.external.erase(work_slot);
    subplans[state.plan_id].plan = built.node;
    subplans[state.plan_id].external_slots.assign(state.external.begin(), state.external.end());
  }
  subplans[state.plan_id].name = "CTE " + cte.name;
  level.init_plans.push_back(state.plan_id);
  return state.plan_id;
}

}  // namespace vecino::sql::plan

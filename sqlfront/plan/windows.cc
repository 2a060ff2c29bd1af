#include <algorithm>

#include "sqlfront/plan/planner.h"

// Window functions: one sort and one WindowAgg per window (manual 7.2.5).

namespace vecino::sql::plan {

namespace {

Built make_window(Level& level, Built input, const WindowClause& window, const std::vector<ExprPtr>& calls) {
  PathKeys partition = level.keys_of(window.partition_by), order = level.keys_of(window.order_by), keys;
  for (const auto* list : {&partition, &order})
    for (const auto& key : *list) {
      bool known = false;
      for (const auto& other : keys) known = known || equal_expr(other.expr, key.expr);
      if (!known) keys.push_back(key);
    }
  if (!keys.empty() && !keys_contained(keys, input.keys)) input = make_sort(level, std::move(input), keys);
  auto node = std::make_shared<WindowAggNode>();
  auto add_keys = [&](const PathKeys& from, std::vector<SortKey>& to) {
    for (const auto& key : from)
      to.push_back(sort_key_for(layout_index(input.layout, key.expr), key.expr, key.descending, key.nulls_first));
  };
  add_keys(partition, node->partition_keys);
  add_keys(order, node->order_keys);
  node->frame_options = window.frame_options;
  node->start_offset = window.start_offset;
  node->end_offset = window.end_offset;
  PlanCost cost = input.node->cost;
  std::vector<ExprPtr> raw = input.layout, origins = input.origins;
  for (const auto& call : calls) {
    ExprPtr bound = map_children(call, [&](const ExprPtr& child) { return bind_expr(input, child); });
    node->functions.push_back(std::static_pointer_cast<const WindowExpr>(bound));
    raw.push_back(call);
    origins.push_back(level.flat_origin(call));
    cost.total += cost.rows * level.planner.cost.cpu_operator;
    for_each_child(*call, [&](const ExprPtr& child) { cost.total += cost.rows * expr_cost(level.planner, child); });
    cost.width += level.width_of(call);
  }
  cost.total += cost.rows * (level.planner.cost.cpu_operator * static_cast<double>(keys.size()) + level.planner.cost.cpu_tuple);
  PathKeys sorted = input.keys;
  set_passthrough(input, node, cost);
  input.raw = input.layout = raw;
  input.raw_origins = input.origins = origins;
  input.node->output_types = types_of(raw);
  input.direct = true;
  input.keys = sorted;
  return input;
}

}  // namespace

Built Level::plan_windows(Built input, const std::vector<ExprPtr>& above) {
  std::vector<ExprPtr> calls;
  for (const auto& expr : above) collect_windows(expr, calls);
  if (calls.empty()) return input;
  std::vector<ExprPtr> wanted;
  for (const auto& expr : above) collect_inputs(expr, input.layout, wanted);
  std::vector<std::vector<ExprPtr>> per_window(windows.size());
  for (const auto& call : calls) per_window.at(static_cast<size_t>(as<WindowExpr>(*call).window)).push_back(call);
  for (size_t i = 0; i < windows.size(); ++i) {
    if (per_window[i].empty()) continue;
    for (const auto* clauses : {&windows[i].partition_by, &windows[i].order_by})
      for (const auto& clause : *clauses) add_unique(wanted, target_of(clause.ref));
  }
  bool sorts_sets = std::any_of(wanted.begin(), wanted.end(), [&](const ExprPtr& e) { return contains_srf(e) && layout_index(input.layout, e) < 0; });
  if (sorts_sets) input = project_sets(std::move(input), wanted);
  else apply_target(*this, input, wanted);
  for (size_t i = 0; i < windows.size(); ++i)
    if (!per_window[i].empty()) input = make_window(*this, std::move(input), windows[i], per_window[i]);
  return input;
}

}  // namespace vecino::sql::plan

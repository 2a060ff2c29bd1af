#include "sqlfront/plan/planner.h"

// Set-returning functions in a target list: ProjectSet nodes, innermost calls first (manual 38.5.9).

namespace vecino::sql::plan {

namespace {

double rows_per_call(const FunctionExpr& call) {
  if (call.function->name == "unnest") return 10;
  if (call.function->name == "generate_series" && call.args.size() >= 2) {
    const ConstExpr *from = try_as<ConstExpr>(call.args[0]), *to = try_as<ConstExpr>(call.args[1]);
    bool integers = call.type.id == type_id::kInt4 || call.type.id == type_id::kInt8;
    if (integers && call.args.size() == 2 && from && to && !from->value.is_null && !to->value.is_null)
      return std::max<double>(1, static_cast<double>(to->value.i64 - from->value.i64 + 1));
  }
  return 1000;
}

// Calls whose own arguments need no other set-returning function, unless `layout` has them already.
void ready_calls(const ExprPtr& expr, const std::vector<ExprPtr>& layout, std::vector<ExprPtr>& out) {
  if (!expr || layout_index(layout, expr) >= 0) return;
  bool nested = false;
  for_each_child(*expr, [&](const ExprPtr& child) {
    bool open = any_node(child, [&](const Expr& node) { return is_srf(node); });
    if (open) {
      ready_calls(child, layout, out);
      // Done below already?
      std::vector<ExprPtr> rest;
      ready_calls(child, layout, rest);
      nested = nested || !rest.empty();
    }
  });
  if (is_srf(*expr) && !nested) out.push_back(expr);
}

Built make_project_set(Level& level, Built input, const std::vector<ExprPtr>& wanted) {
  auto node = std::make_shared<ProjectSetNode>();
  PlanCost cost = input.node->cost;
  double rows = 1;
  for (const auto& expr : wanted)
    if (is_srf(*expr) && layout_index(input.layout, expr) < 0) rows = std::max(rows, rows_per_call(as<FunctionExpr>(*expr)));
  node->targets = bind_targets(input, wanted, false);
  cost.total += cost.rows * rows * level.planner.cost.cpu_operator + cost.rows * level.planner.cost.cpu_tuple;
  cost.rows = clamp_rows(cost.rows * rows);
  std::vector<ExprPtr> origins;
  for (const auto& expr : wanted) {
    int index = layout_index(input.layout, expr);
    origins.push_back(index >= 0 ? input.origins[index] : level.flat_origin(expr));
    cost.width += index >= 0 ? 0 : level.width_of(expr);
  }
  set_passthrough(input, node, cost);
  input.node->output_types = types_of(wanted);
  input.raw = input.layout = wanted;
  input.raw_origins = input.origins = origins;
  return input;
}

}  // namespace

Built Level::project_sets(Built input, const std::vector<ExprPtr>& wanted) {
  for (;;) {
    std::vector<ExprPtr> ready;
    for (const auto& expr : wanted) ready_calls(expr, input.layout, ready);
    if (ready.empty()) {
      apply_target(*this, input, wanted);
      return input;
    }
    // All of them at the top of the list: this is the last step.
    bool last = true;
    for (const auto& expr : wanted) {
      bool open = layout_index(input.layout, expr) < 0 && contains_srf(expr);
      if (open && (!is_srf(*expr) || layout_index(ready, expr) < 0)) last = false;
    }
    if (last) return make_project_set(*this, std::move(input), wanted);
    std::vector<ExprPtr> step;
    for (const auto& expr : wanted) {
      std::vector<ExprPtr> own;
      ready_calls(expr, input.layout, own);
      for (const auto& call : own) add_unique(step, call);
      collect_inputs(expr, input.layout, step);
    }
    input = make_project_set(*this, std::move(input), step);
  }
}

}  // namespace vecino::sql::plan

#include <cmath>

#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// UNION, INTERSECT, EXCEPT and WITH RECURSIVE (manual 7.4, 7.8.2).

namespace vecino::sql::plan {

namespace {

int leftmost_rte(const SetOperation& op) { return op.rte >= 0 ? op.rte : leftmost_rte(*op.left); }

ExprPtr coerce(const ExprPtr& expr, TypeRef target) {
  if (expr->type.id == target.id) return expr;
  const CastDef* cast = find_cast(expr->type.id, target.id);
  if (cast && cast->method == CastMethod::kFunction) {
    auto call = std::make_shared<FunctionExpr>();
    call->function = find_function(cast->function);
    call->type = target;
    call->form = CoercionForm::kImplicitCast;
    call->args = {expr};
    if (call->function && call->function->arg_types.size() > 1)
      call->args.push_back(make_const({type_id::kInt4, -1}, Datum::from_int(target.typmod)));
    if (call->function && call->function->arg_types.size() > 2) call->args.push_back(make_bool_const(false));
    return call;
  }
  if (cast && cast->method == CastMethod::kBinary) {
    auto relabel = std::make_shared<RelabelExpr>();
    relabel->arg = expr;
    relabel->type = target;
    return relabel;
  }
  auto convert = std::make_shared<CoerceViaIOExpr>();
  convert->arg = expr;
  convert->type = target;
  convert->form = CoercionForm::kImplicitCast;
  return convert;
}

class SetPlanner {
 public:
  SetPlanner(Level& level, int rte) : level_(level), rte_(rte) {}

  Built build(const SetOperation& op, const std::vector<TypeRef>& types) {
    if (op.rte >= 0) return leaf(op, types);
    return op.op == SetOperator::kUnion ? build_union(op, types) : build_set_op(op, types);
  }

 private:
  std::vector<ExprPtr> columns(const std::vector<TypeRef>& types) const {
    std::vector<ExprPtr> vars;
    for (size_t i = 0; i < types.size(); ++i) vars.push_back(make_var(rte_, static_cast<AttrNumber>(i + 1), types[i]));
    return vars;
  }

  void rename(Built& built, const std::vector<TypeRef>& types) const {
    built.layout = columns(types);
    built.raw = built.layout;
    built.raw_origins = built.origins;
    built.pruned = built.direct = false;
    built.subquery_rte = -1;
    built.keys.clear();
  }

  // Exactly the set operation's columns, in its types.
  Built leaf(const SetOperation& op, const std::vector<TypeRef>& types) {
    PlannedChild child = plan_child(level_, level_.rtes[op.rte]->subquery, 0);
    Built built = std::move(child.built);
    std::vector<ExprPtr> wanted;
    for (size_t i = 0; i < types.size(); ++i) wanted.push_back(coerce(built.layout.at(i), types[i]));
    // The child's expressions belong to its own level: projecting needs Vars of this one.
    bool same = wanted.size() == built.layout.size();
    for (size_t i = 0; same && i < wanted.size(); ++i) same = wanted[i] == built.layout[i];
    if (!same) {
      std::vector<TypeRef> own = types_of(built.layout);
      rename(built, own);
      wanted.clear();
      for (size_t i = 0; i < types.size(); ++i) wanted.push_back(coerce(built.layout[i], types[i]));
      built = make_result(level_, std::move(built), wanted);
    }
    rename(built, types);
    return built;
  }

  void gather(const SetOperation& op, bool all, const std::vector<TypeRef>& types, std::vector<Built>& out) {
    check_stack_depth();
    // Inside UNION (distinct) a nested UNION ALL adds nothing that the outer one would not remove.
    bool flattens = op.rte < 0 && op.op == SetOperator::kUnion && (op.all || !all);
    if (!flattens) {
      out.push_back(build(op, types));
      return;
    }
    gather(*op.left, all, types, out);
    gather(*op.right, all, types, out);
  }

  Built build_union(const SetOperation& op, const std::vector<TypeRef>& types) {
    std::vector<Built> children;
    gather(*op.left, op.all, types, children);
    gather(*op.right, op.all, types, children);
    auto append = std::make_shared<AppendNode>();
    append->output_types = types;
    for (auto& child : children) {
      append->cost.total += child.node->cost.total;
      append->cost.rows += child.node->cost.rows;
      append->cost.width = std::max(append->cost.width, child.node->cost.width);
      append->children.push_back(child.node);
    }
    append->cost.startup = children[0].node->cost.startup;
    append->cost.total += append->cost.rows * level_.planner.cost.cpu_tuple * 0.5;
    Built built;
    built.node = append;
    built.origins = children[0].origins;
    rename(built, types);
    return op.all ? built : distinct(std::move(built), op);
  }

  Built distinct(Built built, const SetOperation& op) {
    bool hashable = true;
    for (const auto& clause : op.group_clauses) hashable = hashable && clause.hashable;
    double groups = built.node->cost.rows;  // PostgreSQL assumes the worst here, too
    std::vector<ExprPtr> exprs = built.layout;
    std::vector<TypeRef> types = types_of(exprs);
    if (exprs.empty()) return first_row(std::move(built));
    if (hashable) {
      Built result = make_hash_distinct(level_, std::move(built), exprs, groups);
      rename(result, types);
      return result;
    }
    PathKeys keys;
    for (const auto& expr : exprs) keys.push_back({expr, false, false});
    built = make_sort(level_, std::move(built), keys);
    auto unique = std::make_shared<UniqueNode>();
    for (size_t i = 0; i < exprs.size(); ++i) unique->keys.push_back(sort_key_for(static_cast<int>(i), exprs[i], false, false));
    PlanCost cost = built.node->cost;
    set_passthrough(built, unique, cost);
    built.keys = keys;
    return built;
  }

  // Rows without columns are all equal.
  Built first_row(Built built) const {
    auto node = std::make_shared<LimitNode>();
    node->limit = make_const({type_id::kInt8, -1}, Datum::from_int(1));
    PlanCost cost = built.node->cost;
    cost.rows = 1;
    set_passthrough(built, node, cost);
    return built;
  }

  Built build_set_op(const SetOperation& op, const std::vector<TypeRef>& types) {
    Built left = build(*op.left, types), right = build(*op.right, types);
    auto node = std::make_shared<SetOpNode>();
    node->op = op.op;
    node->all = op.all;
    for (size_t i = 0; i < types.size(); ++i)
      node->keys.push_back(sort_key_for(static_cast<int>(i), left.layout[i], false, false));
    const PlanCost &a = left.node->cost, &b = right.node->cost;
    double input = a.rows + b.rows;
    node->cost.total = a.total + b.total + input * level_.planner.cost.cpu_operator * static_cast<double>(types.size());
    node->cost.startup = node->cost.total;
    double groups = std::min(200.0, a.rows);
    node->cost.rows = clamp_rows(op.op == SetOperator::kExcept ? a.rows : std::min(groups, b.rows));
    node->cost.width = a.width;
    node->children = {left.node, right.node};
    node->output_types = types;
    Built built;
    built.node = node;
    built.origins = left.origins;
    rename(built, types);
    return built;
  }

  Level& level_;
  int rte_;
};

}  // namespace

Built Level::plan_set_query() {
  flat_base = static_cast<int>(planner.plan.range_table.size());
  planner.plan.range_table.insert(planner.plan.range_table.end(), rtes.begin(), rtes.end());
  base_of_rte.assign(rtes.size(), -1);
  limit = prepare(limit);
  offset = prepare(offset);
  int rte = leftmost_rte(*query->set_operation);
  const std::vector<TypeRef>& types = query->set_operation->column_types;
  Built built = SetPlanner(*this, rte).build(*query->set_operation, types);
  // The targets are columns of the operation's result, whichever leaf the analyzer names.
  std::function<ExprPtr(const ExprPtr&)> rename = [&](const ExprPtr& expr) -> ExprPtr {
    const VarExpr* var = try_as<VarExpr>(expr);
    if (var && var->levels_up == 0) return make_var(rte, var->attno, types.at(static_cast<size_t>(var->attno - 1)));
    return map_children(expr, rename);
  };
  for (auto& target : targets) target.expr = prepare(rename(target.expr));
  return finish_order(std::move(built), final_targets());
}

Built plan_recursive_union(Level& level, int plan_id, CtePlan& cte) {
  if (!level.query->set_operation || level.query->set_operation->rte >= 0)
    throw SqlError(sqlstate::kInternalError, "recursive query is no UNION");
  if (level.query->limit || level.query->offset || !level.query->order_by.empty())
    throw SqlError(sqlstate::kFeatureNotSupported, "ORDER BY and LIMIT in a recursive query are not implemented");
  level.flat_base = static_cast<int>(level.planner.plan.range_table.size());
  auto& flat = level.planner.plan.range_table;
  flat.insert(flat.end(), level.rtes.begin(), level.rtes.end());
  level.base_of_rte.assign(level.rtes.size(), -1);
  const SetOperation& op = *level.query->set_operation;
  for (size_t i = 0; !op.all && i < op.group_clauses.size(); ++i) {
    if (op.group_clauses[i].hashable || op.column_types[i].id == type_id::kRecord) continue;
    throw SqlError(sqlstate::kFeatureNotSupported, "could not implement recursive UNION")
        .detail("All column datatypes must be hashable.");
  }
  SetPlanner planner(level, leftmost_rte(op));
  Built left = planner.build(*op.left, op.column_types);
  cte.rows = left.node->cost.rows;
  cte.width = left.node->cost.width;
  Built right = planner.build(*op.right, op.column_types);
  auto node = std::make_shared<RecursiveUnionNode>();
  node->plan_id = plan_id;
  node->distinct = !op.all;
  for (size_t i = 0; i < op.column_types.size(); ++i)
    node->keys.push_back(sort_key_for(static_cast<int>(i), left.layout[i], false, false));
  const PlanCost &a = left.node->cost, &b = right.node->cost;
  // PostgreSQL's guess: ten rounds.
  node->cost = {a.startup, a.total + 10 * b.total, clamp_rows(a.rows + 10 * b.rows), std::max(a.width, b.width)};
  node->cost.total += node->cost.rows * level.planner.cost.cpu_tuple;
  node->children = {left.node, right.node};
  node->output_types = op.column_types;
  Built built;
  built.node = node;
  built.layout = built.raw = left.layout;
  built.origins = built.raw_origins = left.origins;
  cte.rows = node->cost.rows;
  for (int id : level.init_plans) node->init_plans.push_back(id);
  return built;
}

}  // namespace vecino::sql::plan

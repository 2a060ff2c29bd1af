#include <algorithm>
#include <cmath>

#include "sqlfront/plan/planner.h"

// Cost formulas in PostgreSQL's units (costsize.c; manual 20.7.2).

namespace vecino::sql::plan {

double clamp_rows(double rows) {
  if (std::isnan(rows) || rows <= 1) return 1;
  return rows > 1e100 ? 1e100 : std::rint(rows);
}

double expr_cost(const Planner& planner, const ExprPtr& expr) {
  if (!expr) return 0;
  double own = 0;
  const CostSettings& cost = planner.cost;
  switch (expr->kind) {
    case ExprKind::kFunction: own = as<FunctionExpr>(*expr).function->cost * cost.cpu_operator; break;
    case ExprKind::kOperator: case ExprKind::kDistinct: case ExprKind::kNullIf: {
      const FunctionDef* function = as<OperatorExpr>(*expr).function;
      own = (function ? function->cost : 1) * cost.cpu_operator;
      break;
    }
    case ExprKind::kScalarArrayOp: {
      const auto& e = as<ScalarArrayOpExpr>(*expr);
      constexpr double kMinHashed = 9;  // PostgreSQL's MIN_ARRAY_SIZE_FOR_HASHED_SAOP
      double length = array_length(e.array);
      bool hashed = e.use_or && length >= kMinHashed && strip_relabel(e.array)->kind == ExprKind::kConst;
      own = cost.cpu_operator * (hashed ? 2 : length * 0.5);
      break;
    }
    case ExprKind::kCoerceViaIO: own = 2 * cost.cpu_operator; break;
    case ExprKind::kArrayCoerce: own = 10 * cost.cpu_operator; break;
    case ExprKind::kMinMax: case ExprKind::kSqlValue: own = cost.cpu_operator; break;
    case ExprKind::kAggregate: case ExprKind::kWindow: return 0;
    case ExprKind::kSubPlan: {
      const auto& e = as<SubPlanExpr>(*expr);
      const PlanCost& plan = planner.plan.subplans[e.plan_id].plan->cost;
      if (e.use_hash) own = cost.cpu_operator;
      else if (e.link == SubLinkKind::kExists) own = plan.startup + (plan.total - plan.startup) / std::max(1.0, plan.rows);
      else if (e.link == SubLinkKind::kAny || e.link == SubLinkKind::kAll) own = plan.startup + 0.5 * (plan.total - plan.startup);
      else own = plan.total;
      break;
    }
    default: break;
  }
  for_each_child(*expr, [&](const ExprPtr& child) { own += expr_cost(planner, child); });
  return own;
}

double clauses_cost(const Planner& planner, const std::vector<ClausePtr>& clauses) {
  double total = 0;
  for (const auto& clause : clauses) total += expr_cost(planner, clause->expr);
  return total;
}

void cost_sort(const CostSettings& cost, double input_total, double rows, int width, double limit, double& startup, double& total) {
  startup = input_total;
  double run = 0;
  if (!cost.sort) startup += kDisableCost;
  if (rows < 2) rows = 2;
  double comparison = 2 * cost.cpu_operator;
  double output = limit > 0 && limit < rows ? limit : rows;
  double bytes = rows * (width + 24), output_bytes = output * (width + 24);
  if (output_bytes > cost.work_mem) {
    double pages = std::ceil(bytes / 8192), runs = bytes / cost.work_mem;
    double order = std::max(6.0, cost.work_mem / (8192.0 * 33));
    startup += comparison * rows * std::log2(rows);
    double passes = runs > order ? std::ceil(std::log(runs) / std::log(order)) : 1;
    startup += 2 * pages * passes * (cost.seq_page * 0.75 + cost.random_page * 0.25);
  } else if (rows > 2 * output || bytes > cost.work_mem) {
    startup += comparison * rows * std::log2(2 * output);
  } else {
    startup += comparison * rows * std::log2(rows);
  }
  run += cost.cpu_operator * rows;
  total = startup + run;
}

namespace {

// 1 = a is better, -1 = b is better, 0 = equal; within 1 % is equal (PostgreSQL's STD_FUZZ_FACTOR). What disabled nodes add
// would hide every other difference in that 1 %: it is compared apart.
int fuzzy(double a, double b) {
  const double disabled_a = std::floor(a / kDisableCost), disabled_b = std::floor(b / kDisableCost);
  if (disabled_a != disabled_b) return disabled_a > disabled_b ? -1 : 1;
  a -= disabled_a * kDisableCost;
  b -= disabled_b * kDisableCost;
  if (a > b * 1.01) return -1;
  if (b > a * 1.01) return 1;
  return 0;
}

bool dominates(const Path& a, const Path& b) {
  int total = fuzzy(a.total, b.total), startup = fuzzy(a.startup, b.startup);
  if (total < 0 || startup < 0) return false;
  if (!keys_contained(b.keys, a.keys)) return false;
  if (!is_subset(a.outer, b.outer)) return false;
  if (a.rows > b.rows * 1.0000001) return false;
  return true;
}

}  // namespace

bool keys_contained(const PathKeys& wanted, const PathKeys& given) {
  if (wanted.size() > given.size()) return false;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].descending != given[i].descending || wanted[i].nulls_first != given[i].nulls_first ||
        !equal_expr(wanted[i].expr, given[i].expr)) {
      return false;
    }
  }
  return true;
}

void add_path(RelInfo& rel, PathPtr path) {
  for (const auto& known : rel.paths)
    if (dominates(*known, *path)) return;
  std::erase_if(rel.paths, [&](const PathPtr& known) { return dominates(*path, *known); });
  rel.paths.push_back(std::move(path));
}

PathPtr best_path(const RelInfo& rel, double fraction, RelSet available) {
  PathPtr best;
  double best_cost = 0;
  for (const auto& path : rel.paths) {
    if (!is_subset(path->outer, available)) continue;
    double part = fraction <= 0 ? 1 : fraction >= 1 ? std::min(1.0, fraction / std::max(1.0, path->rows)) : fraction;
    double cost = path->startup + part * (path->total - path->startup);
    if (best && cost >= best_cost) continue;
    best = path;
    best_cost = cost;
  }
  return best;
}

}  // namespace vecino::sql::plan

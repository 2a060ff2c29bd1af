#include "sqlfront/plan/planner.h"

// Exact nearest neighbours: Sort over a sequential scan under a LIMIT becomes one node that keeps the k best rows while it
// runs distances in batches. EXPLAIN still prints Limit, Sort, Seq Scan.

namespace vecino::sql::plan {

namespace {

bool is_vector_type(TypeId type) {
  return type == type_id::kVector || type == type_id::kHalfvec || type == type_id::kSparsevec || type == type_id::kBit;
}

bool is_distance(const OperatorExpr& e) {
  return e.op && e.args.size() == 2 && e.type.id == type_id::kFloat8 && is_vector_type(e.op->left) &&
         is_vector_type(e.op->right) && e.op->name.size() == 3 && e.op->name.front() == '<' && e.op->name.back() == '>';
}

}  // namespace

bool fuse_knn(Level& level, Built& built, const PathKeys& keys, const std::vector<ExprPtr>& wanted) {
  if (keys.size() != 1 || built.node->kind != PlanKind::kSeqScan || level.base.size() != 1) return false;
  const OperatorExpr* distance = try_as<OperatorExpr>(keys[0].expr);
  if (!distance || !is_distance(*distance) || keys[0].nulls_first != keys[0].descending) return false;
  bool left_column = distance->args[0]->kind == ExprKind::kVar && level.refs_of(distance->args[0]) != 0;
  bool right_column = distance->args[1]->kind == ExprKind::kVar && level.refs_of(distance->args[1]) != 0;
  if (left_column == right_column) return false;
  const ExprPtr& query = distance->args[left_column ? 1 : 0];
  if (level.refs_of(query) != 0 || contains_volatile(query) || contains_kind(query, ExprKind::kSubPlan)) return false;
  for (const auto& expr : wanted)
    if (contains_volatile(expr)) return false;

  const auto& scan = static_cast<const SeqScanNode&>(*built.node);
  auto node = std::make_shared<KnnScanNode>();
  node->relation = scan.relation;
  node->alias = scan.alias;
  node->fetch = scan.fetch;
  node->rte = scan.rte;
  node->filter = scan.filter;
  node->descending = keys[0].descending;
  node->limit = level.rows_bound();
  node->distance = bind_expr(built, keys[0].expr, true);
  double rows = scan.cost.rows;
  node->scan_cost = scan.cost;
  node->scan_cost.total += rows * expr_cost(level.planner, keys[0].expr);
  // Columns that exist only to sort by are not needed any more.
  size_t visible = 0;
  for (const auto& target : level.targets) visible += target.junk ? 0 : 1;
  std::vector<ExprPtr> output(wanted.begin(), wanted.begin() + static_cast<long>(visible));
  int width = 0;
  for (const auto& expr : wanted) width += level.width_of(expr);
  node->scan_cost.width = width;
  node->cost = node->scan_cost;
  double limit = level.limit_rows();
  cost_sort(level.planner.cost, node->scan_cost.total, rows, width, limit > 0 ? limit : -1, node->cost.startup, node->cost.total);
  node->targets = bind_targets(built, output, true);
  node->output_types = types_of(output);
  std::vector<ExprPtr> origins;
  for (const auto& expr : output) origins.push_back(level.flat_origin(expr));
  built.node = node;
  built.layout = output;
  built.origins = origins;
  built.pruned = false;
  built.keys = keys;
  return true;
}

}  // namespace vecino::sql::plan

#include <algorithm>
#include <cmath>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/plan/planner.h"

// Scans of HNSW and IVFFlat indexes: ORDER BY column <-> value (PostgreSQL's match_pathkeys_to_index) and pgvector's cost
// estimates (hnswcostestimate, ivfflatcostestimate), which make a plan dearer with ef_search and probes.

namespace vecino::sql::plan {

namespace {

// What the index can be asked for; null = this order is none of its own.
struct Order {
  ExprPtr distance, query;
};

const OpclassDef* opclass_of(const IndexDesc& index) {
  for (const OpclassDef& opclass : all_opclasses())
    if (opclass.oid == index.columns[0].opclass) return &opclass;
  return nullptr;
}

Order match_order(const Level& level, const BaseRel& rel, const OpclassDef& opclass, const ExprPtr& key) {
  if (level.wanted_keys.size() != 1) return {};
  const PathKey& wanted = level.wanted_keys[0];
  const OperatorExpr* e = try_as<OperatorExpr>(wanted.expr);
  if (!e || !e->op || e->args.size() != 2 || wanted.descending || wanted.nulls_first) return {};
  bool is_key_left = equal_expr(strip_relabel(e->args[0]), strip_relabel(key));
  bool is_key_right = !is_key_left && equal_expr(strip_relabel(e->args[1]), strip_relabel(key));
  if (!is_key_left && !is_key_right) return {};
  if ((is_key_left ? e->op->oid : e->op->commutator) != opclass.order_by_operator) return {};
  const ExprPtr& query = e->args[is_key_left ? 1 : 0];
  if (level.refs_of(query) != 0 || contains_volatile(query) || contains_kind(query, ExprKind::kSubPlan)) return {};
  (void)rel;
  if (is_key_left) return {wanted.expr, query};
  auto commuted = std::make_shared<OperatorExpr>(*e);
  commuted->op = find_operator(opclass.order_by_operator);
  commuted->function = find_function(commuted->op->function);
  std::swap(commuted->args[0], commuted->args[1]);
  return {commuted, query};
}

int setting(const Level& level, std::string_view name) {
  const conf::SettingInfo* info = conf::find_setting(name);
  return info != nullptr && level.planner.input.settings ? static_cast<int>(level.planner.input.settings->get_int(info->id)) : 1;
}

struct VectorIndexCost {
  double startup = 0, total = 0, selectivity = 1;
};

// genericcostestimate() without index conditions and with one ORDER BY operator.
double generic_total(const CostSettings& c, double pages, double tuples) {
  return pages * c.random_page + tuples * (c.cpu_index_tuple + c.cpu_operator);
}

VectorIndexCost hnsw_cost(const Level& level, const BaseRel& rel, const index::IndexStatistics& s) {
  const CostSettings& c = level.planner.cost;
  double tuples = std::max(1.0, s.tuples), m = std::max(2, s.m), ef = std::max(1, setting(level, "hnsw.ef_search"));
  double entry_level = std::floor(std::log(tuples + 1) / std::log(m));
  double layer0 = 2 * m * ef * 0.55 * std::log(tuples + 1) / (std::log(m) * (1 + std::log(ef)));
  double ratio = std::min(1.0, (entry_level * m + layer0) / tuples);
  VectorIndexCost cost;
  cost.total = generic_total(c, s.pages, tuples);
  cost.startup = cost.total * ratio;
  double startup_pages = s.pages * ratio;
  if (startup_pages > rel.pages && ratio < 0.5) {
    // The vectors are not in the cost of a sequential scan either.
    cost.startup -= startup_pages * (c.random_page - c.seq_page);
    cost.startup -= (startup_pages - rel.pages) * c.seq_page;
  }
  return cost;
}

VectorIndexCost ivfflat_cost(const Level& level, const BaseRel& rel, const index::IndexStatistics& s) {
  const CostSettings& c = level.planner.cost;
  double lists = std::max(1, s.lists), ratio = std::min(1.0, std::max(1, setting(level, "ivfflat.probes")) / lists);
  double tuples = std::max(1.0, s.tuples * ratio), pages = std::ceil(s.pages * ratio);
  VectorIndexCost cost;
  cost.total = generic_total(c, pages, tuples);
  if (pages > rel.pages && ratio < 0.5) {
    cost.total -= pages * (c.random_page - c.seq_page);
    cost.total -= (pages - rel.pages) * c.seq_page;
  } else {
    cost.total -= 0.5 * pages * (c.random_page - c.seq_page);
  }
  cost.startup = cost.total;
  cost.selectivity = ratio;
  return cost;
}

// Every use of `var` in `expr` is inside of a `distance`.
bool only_inside(const ExprPtr& expr, const ExprPtr& var, const ExprPtr& distance) {
  if (!expr || equal_expr(expr, distance)) return true;
  if (const VarExpr* one = try_as<VarExpr>(expr)) {
    const auto& wanted = as<VarExpr>(*var);
    return one->rte != wanted.rte || (one->attno != wanted.attno && one->attno != 0);
  }
  if (expr->kind == ExprKind::kSubPlan) return false;
  bool only = true;
  for_each_child(*expr, [&](const ExprPtr& child) { only = only && only_inside(child, var, distance); });
  return only;
}

}  // namespace

bool read_outside(const Level& level, const BaseRel& rel, const ExprPtr& var, const ExprPtr& distance) {
  if (level.base.size() != 1 || level.plain_targets.empty()) return true;
  for (const auto& target : level.plain_targets)
    if (!only_inside(target, var, distance)) return true;
  for (const auto& clause : rel.clauses)
    if (!only_inside(clause->expr, var, distance)) return true;
  return false;
}

void make_vector_path(Level& level, BaseRel& rel, const RelationPtr& index, const ExprPtr& key,
                      const std::vector<ClausePtr>& implied) {
  const OpclassDef* opclass = opclass_of(*index->index);
  if (!opclass || !key || !level.planner.input.catalogs) return;
  Order order = match_order(level, rel, *opclass, key);
  if (!order.distance) return;
  const CostSettings& c = level.planner.cost;
  auto opened = level.planner.input.catalogs->open_index(*index, *rel.entry->relation);
  index::IndexStatistics statistics = opened->statistics();
  ++level.planner.plan.statistics_read;
  double tuples = std::max(1.0, rel.tuples);
  if (statistics.tuples <= 0 && statistics.pages <= 0) {  // being loaded
    statistics.tuples = tuples;
    statistics.pages = std::max(1.0, rel.pages);
  }
  VectorIndexCost own = index->index->access_method == "hnsw" ? hnsw_cost(level, rel, statistics) : ivfflat_cost(level, rel, statistics);

  auto path = std::make_shared<Path>();
  path->kind = PathKind::kIndex;
  path->rels = rel.rels;
  path->rel = &rel;
  path->outer = rel.lateral;
  path->index = index;
  path->index_selectivity = own.selectivity;
  path->distance = order.distance;
  path->sort_expr = level.wanted_keys[0].expr;
  path->distance_query = order.query;
  path->keys = level.wanted_keys;
  path->implied = implied;
  // cost_index(): heap pages in random order, tuples and filters.
  double fetched = clamp_rows(own.selectivity * tuples);
  double io = index_pages_fetched(fetched, rel.pages, c.effective_cache_pages) * c.random_page;
  path->startup = own.startup;
  path->total = own.total + io + fetched * (c.cpu_tuple + clauses_cost(level.planner, rel.clauses));
  path->rows = rel.rows;
  if (!c.indexscan) {
    path->startup += kDisableCost;
    path->total += kDisableCost;
  }
  add_path(rel, path);
}

}  // namespace vecino::sql::plan

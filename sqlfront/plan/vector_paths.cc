#include <algorithm>
#include <cmath>
#include <functional>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/plan/stored_size.h"

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

bool is_iterative(const Level& level, std::string_view name) {
  const conf::SettingInfo* info = conf::find_setting(name);
  return info != nullptr && level.planner.input.settings && level.planner.input.settings->get_enum(info->id) != 0;
}

struct VectorIndexCost {
  double startup = 0, total = 0;
};

// genericcostestimate() without index conditions and with one ORDER BY operator, of the part of the index that a partial
// index's predicate lets through.
struct GenericCost {
  double pages = 1, total = 0;
};

GenericCost generic_cost(const CostSettings& c, double index_pages, double index_tuples, double wanted_tuples) {
  double tuples = std::max(1.0, std::min(std::rint(wanted_tuples), index_tuples));
  GenericCost cost;
  if (index_pages > 1 && index_tuples > 1) cost.pages = std::ceil(tuples * index_pages / index_tuples);
  cost.total = cost.pages * c.random_page + tuples * (c.cpu_index_tuple + c.cpu_operator);
  return cost;
}

VectorIndexCost hnsw_cost(const CostSettings& c, const BaseRel& rel, const index::IndexStatistics& s, double wanted_tuples,
                          double ef) {
  double tuples = std::max(1.0, s.tuples), m = std::max(2, s.m);
  GenericCost generic = generic_cost(c, hnsw_pages(tuples, s.dimensions, s.m), tuples, wanted_tuples);
  double entry_level = std::floor(std::log(tuples) / std::log(m));
  double layer0 = 2 * m * ef * 0.55 * std::log(tuples) / (std::log(m) * (1 + std::log(ef)));
  double ratio = std::min(1.0, (entry_level * m + layer0) / tuples);
  VectorIndexCost cost{generic.total * ratio, generic.total};
  double startup_pages = generic.pages * ratio;
  if (startup_pages > rel.pages && ratio < 0.5) {
    // The vectors are not in the cost of a sequential scan either.
    cost.startup -= startup_pages * (c.random_page - c.seq_page);
    cost.startup -= (startup_pages - rel.pages) * c.seq_page;
  }
  return cost;
}

VectorIndexCost ivfflat_cost(const CostSettings& c, const BaseRel& rel, const index::IndexStatistics& s, double wanted_tuples,
                             double probes) {
  constexpr double kSequential = 0.5;  // of the pages
  double lists = std::max(1, s.lists), ratio = std::min(1.0, probes / lists), tuples = std::max(1.0, s.tuples);
  GenericCost generic = generic_cost(c, ivfflat_pages(tuples, s.dimensions, s.lists), tuples, wanted_tuples);
  VectorIndexCost cost;
  cost.total = generic.total - kSequential * generic.pages * (c.random_page - c.seq_page);
  cost.startup = cost.total * ratio;
  double startup_pages = generic.pages * ratio;
  if (startup_pages > rel.pages && ratio < 0.5) {
    cost.startup -= (1 - kSequential) * startup_pages * (c.random_page - c.seq_page);
    cost.startup -= (startup_pages - rel.pages) * c.seq_page;
  }
  return cost;
}

// What it costs to sort the whole table after all, when the index gives fewer rows than are asked for.
double completion_cost(const Level& level, const BaseRel& rel, const ExprPtr& distance, double limit) {
  const CostSettings& c = level.planner.cost;
  double tuples = std::max(1.0, rel.tuples), startup = 0, total = 0;
  double scan = rel.pages * c.seq_page + tuples * (c.cpu_tuple + expr_cost(level.planner, distance));
  cost_sort(c, scan, tuples, rel.width, limit, startup, total);
  return startup;
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

bool wants_every_row(const Level& level, const std::vector<ClausePtr>& filters, const ExprPtr& distance) {
  if (level.base.size() != 1 || level.plain_targets.empty()) return false;
  std::function<bool(const ExprPtr&)> reads_only_distance = [&](const ExprPtr& expr) {
    if (!expr || equal_expr(expr, distance)) return true;
    if (expr->kind == ExprKind::kVar || expr->kind == ExprKind::kSubPlan) return false;
    bool only = true;
    for_each_child(*expr, [&](const ExprPtr& child) { only = only && reads_only_distance(child); });
    return only;
  };
  return std::all_of(filters.begin(), filters.end(),
                     [&](const ClausePtr& clause) { return !clause->is_volatile && reads_only_distance(clause->expr); });
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
  // A partial index has the rows of its predicate, whose conditions need no filter.
  double selectivity = list_selectivity(level, implied);
  std::vector<ClausePtr> filters = rel.clauses;
  for (const auto& clause : implied) std::erase(filters, clause);
  // So many rows does one search give; more are asked for with a longer candidate list, or come by sorting the table.
  const bool is_hnsw = index->index->access_method == "hnsw";
  const bool complete = wants_every_row(level, filters, level.wanted_keys[0].expr);
  const double limit = level.limit_rows();
  double wanted = complete && limit > 0 ? limit * std::max(1.0, selectivity * tuples / rel.rows) : 0, reach = tuples;
  VectorIndexCost own;
  if (is_hnsw) {
    double ef = std::max(1, setting(level, "hnsw.ef_search"));
    const bool goes_on = is_iterative(level, "hnsw.iterative_scan");
    if (filters.empty() && !goes_on) ef = std::clamp(wanted, ef, static_cast<double>(kHnswMaxEfSearch));
    own = hnsw_cost(c, rel, statistics, selectivity * tuples, ef);
    reach = goes_on ? setting(level, "hnsw.max_scan_tuples") : ef;
  } else {
    double probes = std::max(1, setting(level, "ivfflat.probes"));
    own = ivfflat_cost(c, rel, statistics, selectivity * tuples, probes);
    if (is_iterative(level, "ivfflat.iterative_scan")) probes = setting(level, "ivfflat.max_probes");
    reach = std::max(1.0, statistics.tuples) * std::min(1.0, probes / std::max(1, statistics.lists));
  }
  if (std::min(wanted, selectivity * tuples) > reach) {
    double rest = completion_cost(level, rel, level.wanted_keys[0].expr, limit);
    own.startup += rest;
    own.total += rest;
  }

  auto path = std::make_shared<Path>();
  path->kind = PathKind::kIndex;
  path->rels = rel.rels;
  path->rel = &rel;
  path->outer = rel.lateral;
  path->index = index;
  path->index_selectivity = selectivity;
  path->distance = order.distance;
  path->sort_expr = level.wanted_keys[0].expr;
  path->distance_query = order.query;
  path->keys = level.wanted_keys;
  path->implied = implied;
  // cost_index(): heap pages in random order, tuples and filters; then the distance as a column to sort by.
  double fetched = clamp_rows(selectivity * tuples);
  double io = index_pages_fetched(fetched, rel.pages, c.effective_cache_pages) * c.random_page;
  path->startup = own.startup;
  path->total = own.total + io + fetched * (c.cpu_tuple + clauses_cost(level.planner, filters)) +
                rel.rows * expr_cost(level.planner, path->sort_expr);
  path->rows = rel.rows;
  if (!c.indexscan) {
    path->startup += kDisableCost;
    path->total += kDisableCost;
  }
  add_path(rel, path);
}

}  // namespace vecino::sql::plan

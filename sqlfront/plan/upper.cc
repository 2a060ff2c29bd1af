#include <algorithm>
#include <cassert>
#include <cmath>

#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// One query level from its join tree to its output: scan/join, grouping, windows, DISTINCT, ORDER BY, locks, LIMIT
// (PostgreSQL's planner.c).

namespace vecino::sql::plan {

void Level::preprocess() {
  build_tree();
  pull_up(*this);
  add_group_rte();
  create_base_relations();
  flat_base = static_cast<int>(planner.plan.range_table.size());
  planner.plan.range_table.insert(planner.plan.range_table.end(), rtes.begin(), rtes.end());
  above_grouping_sets = group_rte >= 0;
  for (auto& target : targets) target.expr = prepare(target.expr);
  for (auto& target : returning) target.expr = prepare(target.expr);
  for (auto& target : on_conflict.set) target.expr = prepare(target.expr);
  on_conflict.where = prepare_qual(on_conflict.where);
  having = prepare_qual(having);
  if (above_grouping_sets) hold_grouping_targets();
  above_grouping_sets = false;
  limit = prepare(limit);
  offset = prepare(offset);
  for (auto& window : windows) {
    window.start_offset = prepare(window.start_offset);
    window.end_offset = prepare(window.end_offset);
  }
  prepare_tree(*tree);
  // HAVING conditions on grouped columns alone filter rows just as well before grouping.
  if (having && !query->group_by.empty() && query->grouping_sets.empty()) {
    std::vector<ExprPtr> conjuncts, stay, move;
    split_conjuncts(having, conjuncts);
    split_conjuncts(tree->qual, move);
    for (const auto& conjunct : conjuncts) {
      bool movable = !contains_kind(conjunct, ExprKind::kAggregate) && !contains_volatile(conjunct) &&
                     !contains_kind(conjunct, ExprKind::kSubPlan);
      (movable ? move : stay).push_back(conjunct);
    }
    having = make_conjunction(std::move(stay));
    tree->qual = make_conjunction(std::move(move));
  }
  reduce_outer_joins(*this);
  for (auto& rel : base) fill_base(*rel);
  close_lateral(*this);
  distribute();
}

ExprPtr Level::target_of(int sort_group_ref) const {
  for (const auto& target : targets)
    if (target.sort_group_ref == sort_group_ref) return target.expr;
  throw SqlError(sqlstate::kInternalError, "ORDER/GROUP BY expression not found in targetlist");
}

PathKeys Level::keys_of(const std::vector<SortGroupClause>& clauses) const {
  PathKeys keys;
  for (const auto& clause : clauses) keys.push_back({target_of(clause.ref), clause.descending, clause.nulls_first});
  return keys;
}

namespace {

bool pinned_by_constant(const Level& level, const ExprPtr& expr) {
  const VarExpr* var = try_as<VarExpr>(expr);
  if (!var || var->levels_up > 0 || level.refs_of(expr) == 0) return false;
  const BaseRel& rel = *level.base[level.base_of_rte[var->rte]];
  for (const auto& join : level.special_joins) {
    bool nullable = join->type == JoinType::kFull ? overlaps(rel.rels, join->syn_left | join->syn_right)
                                                  : overlaps(rel.rels, join->syn_right);
    if (nullable) return false;
  }
  for (const auto& clause : rel.clauses) {
    const OperatorExpr* op = try_as<OperatorExpr>(clause->expr);
    if (!op || !op->op || op->op->selectivity != Selectivity::kEqual || op->args.size() != 2) continue;
    for (int side = 0; side < 2; ++side) {
      bool constant = op->args[1 - side]->kind == ExprKind::kConst || op->args[1 - side]->kind == ExprKind::kParam;
      if (constant && equal_expr(op->args[side], expr)) return true;
    }
  }
  return false;
}

}  // namespace

PathKeys Level::useful_keys(PathKeys keys) const {
  PathKeys result;
  for (auto& key : keys) {
    if (key.expr->kind == ExprKind::kConst || key.expr->kind == ExprKind::kParam || pinned_by_constant(*this, key.expr)) continue;
    bool known = false;
    for (const auto& other : result) known = known || equal_expr(other.expr, key.expr);
    if (!known) result.push_back(std::move(key));
  }
  return result;
}

double Level::limit_rows() const {
  if (!limit && !offset) return -1;
  auto number = [](const ExprPtr& expr, double absent) -> double {
    if (!expr) return absent;
    const ConstExpr* value = try_as<ConstExpr>(expr);
    if (!value) return 0;
    return value->value.is_null ? absent : static_cast<double>(value->value.i64);
  };
  double count = number(limit, -1), skip = number(offset, 0);
  if (count < 0) return -1;
  if (limit && limit->kind != ExprKind::kConst) return 0;
  if (offset && offset->kind != ExprKind::kConst) return 0;
  return std::max(1.0, count + skip);
}

ExprPtr Level::rows_bound() const {
  if (!limit || query->with_ties) return nullptr;
  const ConstExpr *count = try_as<ConstExpr>(limit), *skip = try_as<ConstExpr>(offset);
  if (count && count->value.is_null) return nullptr;
  if (!offset || (skip && skip->value.is_null)) return limit;
  if (count && skip) {
    int64_t total = 0;
    if (__builtin_add_overflow(count->value.i64, skip->value.i64, &total)) return nullptr;
    return make_const(limit->type, Datum::from_int(total));
  }
  constexpr Oid kInt8Plus = 684;
  auto sum = std::make_shared<OperatorExpr>();
  sum->op = find_operator(kInt8Plus);
  sum->function = sum->op ? find_function(sum->op->function) : nullptr;
  sum->type = {type_id::kInt8, -1};
  sum->args = {limit, offset};
  return sum->function ? ExprPtr(sum) : nullptr;
}

size_t Level::visible_targets() const {
  return static_cast<size_t>(std::count_if(targets.begin(), targets.end(), [](const TargetEntry& target) { return !target.junk; }));
}

std::vector<ExprPtr> Level::final_targets() const {
  std::vector<ExprPtr> result;
  for (const auto& target : targets)
    if (!target.junk) result.push_back(target.expr);
  for (const auto& target : targets)
    if (target.junk) result.push_back(target.expr);
  for (const auto& mark : query->row_marks)
    if (locks_rows(mark)) add_unique(result, make_var(mark.rte, system_attr::kCtid, {type_id::kTid, -1}));
  return result;
}

bool Level::locks_rows(const RowMark& mark) const {
  const RangeTableEntry& entry = *rtes[mark.rte];
  return entry.kind == RteKind::kRelation && !entry.relation->system && base_of_rte[mark.rte] >= 0;
}

namespace {

// What every reader of a level's rows (client, outer query, set operation, init plan) takes for granted, by position.
[[maybe_unused]] bool yields_targets(const Level& level, const Built& built) {
  size_t column = 0;
  for (const auto& target : level.targets) {
    if (target.junk) continue;
    if (column >= built.layout.size() || !equal_expr(built.layout[column], target.expr)) return false;
    ++column;
  }
  return true;
}

}  // namespace

// ---- scan/join

namespace {

Built empty_result(Level& level, const std::vector<ExprPtr>& columns, bool never) {
  auto node = std::make_shared<ResultNode>();
  Built built;
  node->one_time_filter = never ? make_bool_const(false) : make_conjunction(level.gates);
  node->cost = {0, level.planner.cost.cpu_tuple, never ? 1.0 : 1.0, 0};
  if (never) node->cost.total = 0, node->cost.rows = 0;
  if (never)
    for (const auto& column : columns) {
      TargetEntry entry;
      entry.expr = make_null_const(column->type);
      node->targets.push_back(std::move(entry));
      built.layout.push_back(column);
      built.origins.push_back(level.flat_origin(column));
    }
  node->output_types = types_of(built.layout);
  built.node = node;
  built.raw = built.layout;
  built.raw_origins = built.origins;
  return built;
}

PathPtr choose_path(Level& level, const RelInfo& rel, const PathKeys& keys, double fraction, double limit) {
  PathPtr best;
  double best_cost = 0;
  for (const auto& path : rel.paths) {
    if (path->outer != 0) continue;
    double part = fraction <= 0 ? 1 : fraction >= 1 ? std::min(1.0, fraction / std::max(1.0, path->rows)) : fraction;
    double startup = path->startup, total = path->total;
    if (!keys_contained(keys, path->keys)) {
      double input = path->total;  // with what is sorted by
      for (const auto& key : keys) input += path->rows * expr_cost(level.planner, key.expr);
      cost_sort(level.planner.cost, input, path->rows, rel.width, limit, startup, total);
    }
    double cost = startup + part * (total - startup);
    if (best && cost >= best_cost) continue;
    best = path;
    best_cost = cost;
  }
  if (!best) throw SqlError(sqlstate::kInternalError, "could not devise a query plan for the given query");
  return best;
}

}  // namespace

Built Level::plan_from(const std::vector<ExprPtr>& wanted, const PathKeys& keys, double fraction, double limit_count) {
  for (const auto& gate : gates)
    if (constant_truth(gate) == Truth::kFalse || constant_truth(gate) == Truth::kNull) return empty_result(*this, wanted, true);
  if (base.empty()) return empty_result(*this, {}, false);
  for (const auto& expr : wanted) note_needed(expr, kTopBit);
  if (wanted_keys.empty()) wanted_keys = keys;
  for (auto& rel : base) make_base_paths(*rel);
  const RelInfo& rel = solve(join_list, tree.get());
  PathPtr path = choose_path(*this, rel, keys, fraction, limit_count);
  chosen = path;
  if (!gates.empty()) {
    auto gate = std::make_shared<Path>(*path);
    gate->kind = PathKind::kGate;
    gate->left = path;
    gate->gate = gates;
    path = gate;
  }
  return create_plan(path);
}

// ---- output

namespace {

bool any_srf(const std::vector<ExprPtr>& exprs) {
  return std::any_of(exprs.begin(), exprs.end(), [](const ExprPtr& e) { return contains_srf(e); });
}

void project(Level& level, Built& built, const std::vector<ExprPtr>& wanted) {
  bool sets = false;
  for (const auto& expr : wanted) sets = sets || (contains_srf(expr) && layout_index(built.layout, expr) < 0);
  if (!sets) return apply_target(level, built, wanted);
  PathKeys keys = built.keys;
  built = level.project_sets(std::move(built), wanted);
  built.keys = keys;
}

// Is it better, or required, to compute this output only after sorting?
bool postpone(const Level& level, const ExprPtr& expr) {
  if (contains_srf(expr) || contains_volatile(expr)) return true;
  return level.limit && (contains_kind(expr, ExprKind::kSubPlan) || expr_cost(level.planner, expr) > 10 * level.planner.cost.cpu_operator);
}

enum class Late : uint8_t { kSets, kSetsAndCostly };
struct SortInput {
  std::vector<ExprPtr> exprs;
  bool late;  // some of the output is computed after sorting
};

// What a sort needs of the output, in its order. Sets are all expanded on one side of it: in step with each other.
SortInput split_for_sort(const Level& level, const std::vector<ExprPtr>& final_exprs, const std::vector<ExprPtr>& layout,
                         Late wanted) {
  PathKeys keys = level.keys_of(level.query->order_by), distinct = level.keys_of(level.query->distinct);
  keys.insert(keys.end(), distinct.begin(), distinct.end());
  bool sets_first = std::any_of(keys.begin(), keys.end(), [](const PathKey& key) { return contains_srf(key.expr); });
  SortInput out{{}, false};
  for (const auto& expr : final_exprs) {
    bool is_key = std::any_of(keys.begin(), keys.end(), [&](const PathKey& key) { return equal_expr(key.expr, expr); });
    bool later = contains_srf(expr) ? !sets_first : wanted == Late::kSetsAndCostly && postpone(level, expr);
    if (is_key || !later) {
      out.exprs.push_back(expr);
    } else {
      out.late = true;
      collect_inputs(expr, layout, out.exprs);
    }
  }
  if (!out.late) out.exprs = final_exprs;
  return out;
}

// Rows keep their order.
void project_sorted(Level& level, Built& built, const std::vector<ExprPtr>& wanted) {
  PathKeys sorted = built.keys;
  project(level, built, wanted);
  built.keys = sorted;
}

Built make_unique(Level& level, Built input, const std::vector<ExprPtr>& exprs) {
  auto node = std::make_shared<UniqueNode>();
  for (const auto& expr : exprs) node->keys.push_back(sort_key_for(layout_index(input.layout, expr), expr, false, false));
  PlanCost cost = input.node->cost;
  cost.total += level.planner.cost.cpu_operator * cost.rows * static_cast<double>(exprs.size());
  cost.rows = estimate_groups(level, exprs, cost.rows);
  set_passthrough(input, node, cost);
  return input;
}

Built make_distinct(Level& level, Built input, const std::vector<ExprPtr>& final_exprs) {
  const Query& query = *level.query;
  PathKeys distinct_keys = level.keys_of(query.distinct), order_keys = level.keys_of(query.order_by);
  std::vector<ExprPtr> exprs;
  bool hashable = true;
  for (const auto& key : distinct_keys) add_unique(exprs, key.expr);
  for (const auto& clause : query.distinct) hashable = hashable && clause.hashable;
  if (query.distinct_on) {
    PathKeys sort = order_keys;
    for (const auto& key : distinct_keys) {
      bool known = std::any_of(sort.begin(), sort.end(), [&](const PathKey& k) { return equal_expr(k.expr, key.expr); });
      if (!known) sort.push_back(key);
    }
    sort = level.useful_keys(sort);
    if (!keys_contained(sort, input.keys)) input = make_sort(level, std::move(input), sort);
    return make_unique(level, std::move(input), exprs);
  }
  PathKeys sort = level.useful_keys(distinct_keys);
  double groups = estimate_groups(level, exprs, input.node->cost.rows);
  if (hashable && !keys_contained(sort, input.keys)) {
    const CostSettings& c = level.planner.cost;
    double startup = 0, sorted = 0, hashed = input.node->cost.total + input.node->cost.rows * c.cpu_operator * static_cast<double>(exprs.size()) + groups * c.cpu_tuple;
    cost_sort(c, input.node->cost.total, input.node->cost.rows, input.node->cost.width, -1, startup, sorted);
    sorted += c.cpu_operator * input.node->cost.rows * static_cast<double>(exprs.size());
    if (!c.hashagg) hashed += kDisableCost;
    if (!order_keys.empty()) cost_sort(c, hashed, groups, input.node->cost.width, -1, startup, hashed);
    if (hashed <= sorted) {
      // Grouped in the order of DISTINCT's clauses, which is not the select list's.
      Built built = make_hash_distinct(level, std::move(input), exprs, groups);
      apply_target(level, built, final_exprs);
      return built;
    }
  }
  if (!keys_contained(sort, input.keys)) input = make_sort(level, std::move(input), sort);
  return make_unique(level, std::move(input), exprs);
}

Built make_lock_rows(Level& level, Built input) {
  auto node = std::make_shared<LockRowsNode>();
  for (const auto& mark : level.query->row_marks) {
    if (!level.locks_rows(mark)) continue;
    LockRowsNode::Mark out;
    out.relation = level.rtes[mark.rte]->relation;
    out.row_id_column = layout_index(input.layout, make_var(mark.rte, system_attr::kCtid, {type_id::kTid, -1}));
    out.strength = mark.strength;
    out.wait = mark.wait;
    node->marks.push_back(std::move(out));
  }
  if (node->marks.empty()) return input;
  PlanCost cost = input.node->cost;
  cost.total += cost.rows * level.planner.cost.cpu_tuple;
  PathKeys keys = input.keys;
  set_passthrough(input, node, cost);
  input.keys = keys;
  return input;
}

Built make_limit(Level& level, Built input) {
  auto node = std::make_shared<LimitNode>();
  node->limit = level.limit;
  node->offset = level.offset;
  if (level.query->with_ties)
    for (const auto& key : level.keys_of(level.query->order_by))
      node->ties.push_back(sort_key_for(layout_index(input.layout, key.expr), key.expr, key.descending, key.nulls_first));
  PlanCost cost = input.node->cost;
  auto known = [](const ExprPtr& expr) -> double {
    const ConstExpr* value = try_as<ConstExpr>(expr);
    return value && !value->value.is_null ? static_cast<double>(value->value.i64) : -1;
  };
  double skip = known(level.offset), count = known(level.limit), run = cost.total - cost.startup;
  if (level.offset && level.offset->kind != ExprKind::kConst) skip = clamp_rows(cost.rows * 0.1);
  if (level.limit && level.limit->kind != ExprKind::kConst) count = clamp_rows(cost.rows * 0.1);
  double rows = cost.rows;
  if (skip > 0) {
    double skipped = std::min(skip, rows);
    if (rows > 0) cost.startup += run * skipped / rows;
    cost.rows = std::max(1.0, rows - skipped);
  }
  if (count >= 0) {
    double taken = std::min(count, cost.rows);
    if (rows > 0) cost.total = cost.startup + run * taken / rows;
    cost.rows = std::max(1.0, taken);
  }
  set_passthrough(input, node, cost);
  return input;
}

bool has_row_marks(const Level& level) {
  for (const auto& mark : level.query->row_marks)
    if (level.rtes[mark.rte]->kind == RteKind::kRelation) return true;
  return false;
}

}  // namespace

Built Level::finish_order(Built built, std::vector<ExprPtr> final_exprs) {
  // Helpers of GROUP BY and windows end here: what is distinct are the visible columns.
  if (!query->distinct.empty() && !query->distinct_on) final_exprs.resize(visible_targets());
  PathKeys keys = useful_keys(keys_of(query->order_by));
  double count = limit_rows();
  ExprPtr bound = rows_bound();
  auto sort = [&](Built input) {
    input = make_sort(*this, std::move(input), keys, count > 0 ? count : -1);
    if (bound && !has_row_marks(*this)) static_cast<SortNode&>(*input.node).bound = bound;
    return input;
  };
  if (!query->distinct.empty()) {
    // DISTINCT ON keeps whole rows; sets that no key needs are expanded for the rows that are left.
    auto [before, late] = query->distinct_on ? split_for_sort(*this, final_exprs, built.layout, Late::kSets)
                                             : SortInput{final_exprs, false};
    project(*this, built, before);
    built = make_distinct(*this, std::move(built), before);
    if (!keys_contained(keys, built.keys)) built = sort(std::move(built));
    if (late) project_sorted(*this, built, final_exprs);
  } else if (!keys.empty() && !keys_contained(keys, built.keys)) {
    bool fused = bound && query->row_marks.empty() && !any_srf(final_exprs) && fuse_knn(*this, built, keys, final_exprs);
    if (!fused) {
      auto [before, late] = split_for_sort(*this, final_exprs, built.layout, Late::kSetsAndCostly);
      project(*this, built, before);
      built = sort(std::move(built));
      if (late) project_sorted(*this, built, final_exprs);
    }
  } else {
    project_sorted(*this, built, final_exprs);
  }
  if (has_row_marks(*this)) built = make_lock_rows(*this, std::move(built));
  auto absent = [](const ExprPtr& expr) { return !expr || (expr->kind == ExprKind::kConst && as<ConstExpr>(*expr).value.is_null); };
  bool no_offset = absent(offset) || (offset->kind == ExprKind::kConst && as<ConstExpr>(*offset).value.i64 == 0);
  if (!absent(limit) || !no_offset) {
    PathKeys sorted = built.keys;
    built = make_limit(*this, std::move(built));
    built.keys = sorted;
  }
  assert(yields_targets(*this, built));
  return built;
}

Built Level::plan_select() {
  preprocess();
  for (const auto& mark : query->row_marks) {
    if (rtes[mark.rte]->kind != RteKind::kRelation) continue;
    planner.add_lock(rtes[mark.rte]->relation, storage::LockMode::kRowShare);
    planner.plan.read_only = false;
    needed[var_key(mark.rte, system_attr::kCtid)] |= kTopBit;
    var_types.emplace(var_key(mark.rte, system_attr::kCtid), TypeRef{type_id::kTid, -1});
  }
  double count = limit_rows(), fraction = tuple_fraction;
  if (count > 0) fraction = fraction >= 1 ? std::min(fraction, count) : count;
  else if (count == 0) fraction = fraction > 0 && fraction < 1 ? fraction * 0.1 : 0.1;
  tuple_fraction = fraction;
  std::vector<ExprPtr> final_exprs = final_targets();
  bool windowed = !windows.empty() && query->has_windows;
  Built built;
  if (is_grouped()) {
    built = plan_grouping(final_exprs);
  } else {
    PathKeys keys = query->distinct.empty() ? keys_of(query->order_by) : keys_of(query->distinct);
    bool early = !windowed && !std::any_of(keys.begin(), keys.end(), [](const PathKey& k) { return contains_srf(k.expr); });
    if (!early) keys.clear();
    if (!query->distinct.empty() && !query->distinct_on) {
      // Hashing may win: an index order is only taken when it comes with the cheapest path.
      wanted_keys = useful_keys(keys);
      keys.clear();
    }
    std::vector<ExprPtr> wanted;
    for (const auto& expr : final_exprs) collect_inputs(expr, {}, wanted);
    bool whole = windowed || !query->distinct.empty();
    if (!whole) plain_targets = final_exprs;
    built = plan_from(wanted, useful_keys(keys), whole ? 0 : fraction, whole || count <= 0 ? -1 : count);
  }
  if (windowed) built = plan_windows(std::move(built), final_exprs);
  return finish_order(std::move(built), final_exprs);
}

Built Level::plan(double fraction) {
  check_recursion();
  tuple_fraction = fraction;
  // They run whether or not anything reads them (manual 7.8.4).
  for (const auto& cte : query->ctes)
    if (cte.query->command != Command::kSelect) plan_cte(*this, cte);
  Built built;
  if (query->command != Command::kSelect) built = plan_modify();
  else if (query->set_operation) built = plan_set_query();
  else built = plan_select();
  for (int id : init_plans) {
    if (!planner.plan.subplans[id].plan) continue;
    double cost = planner.plan.subplans[id].plan->cost.total;
    built.node->cost.startup += cost;
    built.node->cost.total += cost;
  }
  built.node->init_plans.insert(built.node->init_plans.end(), init_plans.begin(), init_plans.end());
  return built;
}

}  // namespace vecino::sql::plan

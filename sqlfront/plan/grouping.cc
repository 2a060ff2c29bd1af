#include <algorithm>
#include <cmath>

#include "sqlfront/plan/planner.h"
#include "sqlfront/sql_error.h"

// GROUP BY, aggregates, HAVING and grouping sets (manual 7.2.3, 7.2.4).

namespace vecino::sql::plan {

void add_unique(std::vector<ExprPtr>& list, const ExprPtr& expr) {
  if (layout_index(list, expr) < 0) list.push_back(expr);
}

void collect_inputs(const ExprPtr& expr, const std::vector<ExprPtr>& layout, std::vector<ExprPtr>& out) {
  if (!expr || expr->kind == ExprKind::kConst || expr->kind == ExprKind::kParam) return;
  if (layout_index(layout, expr) >= 0 || expr->kind == ExprKind::kVar) return add_unique(out, expr);
  for_each_child(*expr, [&](const ExprPtr& child) { collect_inputs(child, layout, out); });
}

namespace {

class Grouping {
 public:
  Grouping(Level& level, const std::vector<ExprPtr>& above) : level_(level), above_(above) {
    for (const auto& clause : level.query->group_by) {
      ExprPtr expr = level.target_of(clause.ref);
      if (layout_index(group_exprs_, expr) >= 0) continue;
      group_exprs_.push_back(expr);
      all_hashable_ = all_hashable_ && clause.hashable;
      keys_.push_back({expr, clause.descending, clause.nulls_first});
    }
    for (const auto& expr : above) collect_aggregates(expr, aggregates_);
    collect_aggregates(level.having, aggregates_);
    // Columns that depend on grouped ones functionally (a grouped primary key) travel as further group columns.
    std::vector<ExprPtr> extra;
    for (const auto& expr : above) collect_dependent(expr, extra);
    collect_dependent(level.having, extra);
    for (const auto& expr : extra) {
      group_exprs_.push_back(expr);
      keys_.push_back({expr, false, false});
    }
  }

  Built build() {
    std::vector<ExprPtr> wanted = below(group_exprs_), plain;
    for (const auto& expr : group_exprs_)
      if (level_.below_grouping(expr) == expr) plain.push_back(expr);
    for (const auto& aggregate : aggregates_)
      for_each_child(*aggregate, [&](const ExprPtr& child) { collect_inputs(level_.below_grouping(child), plain, wanted); });
    bool sets = !level_.query->grouping_sets.empty();
    double fraction = group_exprs_.empty() ? 0 : level_.tuple_fraction >= 1 ? 0 : level_.tuple_fraction;
    Built input = level_.plan_from(wanted, {}, fraction, -1);
    bool returns_sets = std::any_of(wanted.begin(), wanted.end(), contains_srf);
    if (returns_sets) input = level_.project_sets(std::move(input), wanted);
    else apply_target(level_, input, wanted);
    if (sets) std::copy(group_exprs_.begin(), group_exprs_.end(), input.layout.begin());  // what they are from here on
    if (sets) return grouping_sets(std::move(input));
    return aggregate(std::move(input), group_exprs_, keys_, all_hashable_, true);
  }

 private:
  std::vector<ExprPtr> below(const std::vector<ExprPtr>& exprs) const {
    std::vector<ExprPtr> result;
    for (const auto& expr : exprs) result.push_back(level_.below_grouping(expr));
    return result;
  }

  void collect_dependent(const ExprPtr& expr, std::vector<ExprPtr>& out) const {
    if (!expr || layout_index(group_exprs_, expr) >= 0) return;
    if (expr->kind == ExprKind::kAggregate || expr->kind == ExprKind::kGrouping) return;
    if (expr->kind == ExprKind::kVar) return add_unique(out, expr);
    for_each_child(*expr, [&](const ExprPtr& child) { collect_dependent(child, out); });
  }

  bool needs_order() const {
    for (const auto& expr : aggregates_) {
      const auto& e = as<AggregateExpr>(*expr);
      if (e.distinct || !e.order_by.empty() || e.within_group) return true;
    }
    return false;
  }

  double transition_cost() const {
    double cost = 0;
    for (const auto& expr : aggregates_) {
      cost += level_.planner.cost.cpu_operator;
      for_each_child(*expr, [&](const ExprPtr& child) { cost += expr_cost(level_.planner, child); });
    }
    return cost;
  }

  Built aggregate(Built input, const std::vector<ExprPtr>& exprs, const PathKeys& keys, bool hashable, bool with_having) {
    const CostSettings& c = level_.planner.cost;
    auto node = std::make_shared<AggregateNode>();
    double rows = input.node->cost.rows, groups = exprs.empty() ? 1 : estimate_groups(level_, below(exprs), rows);
    double per_row = transition_cost() + static_cast<double>(exprs.size()) * c.cpu_operator;
    PathKeys wanted = level_.useful_keys(keys);
    if (exprs.empty()) {
      node->strategy = AggregateStrategy::kPlain;
    } else {
      node->strategy = choose(input, wanted, hashable, rows, groups, per_row);
      if (node->strategy == AggregateStrategy::kSorted && !keys_contained(wanted, input.keys))
        input = make_sort(level_, std::move(input), wanted);
    }
    PlanCost cost = input.node->cost;
    double aggregate_count = static_cast<double>(aggregates_.size());
    if (node->strategy == AggregateStrategy::kSorted) {
      cost.total += per_row * rows + groups * (c.cpu_tuple + aggregate_count * c.cpu_operator);
    } else {
      cost.startup = cost.total + per_row * rows;
      if (exprs.empty()) cost.startup += aggregate_count * c.cpu_operator;
      cost.total = cost.startup + groups * c.cpu_tuple + (exprs.empty() ? 0 : groups * aggregate_count * c.cpu_operator);
    }
    for (size_t i = 0; i < exprs.size(); ++i)
      node->group_keys.push_back(sort_key_for(layout_index(input.layout, exprs[i]), exprs[i], keys[i].descending, keys[i].nulls_first));
    for (const auto& aggregate : aggregates_) {
      ExprPtr bound = map_children(aggregate, [&](const ExprPtr& child) { return bind_expr(input, level_.below_grouping(child)); });
      node->aggregates.push_back(std::static_pointer_cast<const AggregateExpr>(bound));
    }
    std::vector<ExprPtr> raw = exprs, origins;
    for (const auto& expr : exprs) origins.push_back(input.origins[layout_index(input.layout, expr)]);
    raw.insert(raw.end(), aggregates_.begin(), aggregates_.end());
    for (const auto& aggregate : aggregates_) origins.push_back(level_.flat_origin(aggregate));
    PathKeys order = node->strategy == AggregateStrategy::kSorted ? input.keys : PathKeys{};
    cost.rows = clamp_rows(groups);
    cost.width = 0;
    for (const auto& column : raw) cost.width += level_.width_of(column);
    set_passthrough(input, node, cost);
    input.raw = input.layout = raw;
    input.raw_origins = input.origins = origins;
    input.direct = true;
    input.keys = order;
    input.node->output_types = types_of(raw);
    if (with_having && level_.having) {
      input.node->filter = bind_expr(input, level_.having, true);
      input.node->cost.total += groups * expr_cost(level_.planner, level_.having);
      input.node->cost.rows = clamp_rows(groups * expr_selectivity(level_, level_.having));
    }
    return input;
  }

  AggregateStrategy choose(const Built& input, const PathKeys& wanted, bool hashable, double rows, double groups, double per_row) {
    const CostSettings& c = level_.planner.cost;
    if (!hashable || needs_order()) return AggregateStrategy::kSorted;
    const PlanCost& in = input.node->cost;
    bool ordered = keys_contained(wanted, input.keys);
    double startup = 0, sorted = in.total;
    if (!ordered) cost_sort(c, in.total, rows, in.width, -1, startup, sorted);
    sorted += per_row * rows + groups * c.cpu_tuple;
    double hashed = in.total + per_row * rows + groups * c.cpu_tuple;
    if (!c.hashagg) hashed += kDisableCost;
    if (groups * (in.width + 64) > c.work_mem * 2) hashed += 2 * (in.width + 24) * rows / 8192 * c.seq_page;
    // Order that a later ORDER BY wants is worth a sort of the groups.
    PathKeys final_keys = level_.useful_keys(level_.keys_of(level_.query->order_by));
    if (!final_keys.empty()) {
      if (!keys_contained(final_keys, wanted)) cost_sort(c, sorted, groups, in.width, -1, startup, sorted);
      cost_sort(c, hashed, groups, in.width, -1, startup, hashed);
    }
    return hashed <= sorted ? AggregateStrategy::kHashed : AggregateStrategy::kSorted;
  }

  // One aggregate per set over the shared input, appended; columns outside of a set are NULL (manual 7.2.4).
  Built grouping_sets(Built input) {
    std::vector<ExprPtr> grouping_calls;
    for (const auto& expr : above_) collect_grouping(expr, grouping_calls);
    collect_grouping(level_.having, grouping_calls);
    auto& subplans = level_.planner.plan.subplans;
    int plan_id = static_cast<int>(subplans.size());
    SubplanInfo info;
    info.plan = input.node;
    info.name = "CTE grouping_input";
    info.external_slots.assign(level_.external_slots.begin(), level_.external_slots.end());
    subplans.push_back(std::move(info));
    level_.init_plans.push_back(plan_id);

    std::vector<ExprPtr> common = group_exprs_;
    common.insert(common.end(), aggregates_.begin(), aggregates_.end());
    common.insert(common.end(), grouping_calls.begin(), grouping_calls.end());
    auto append = std::make_shared<AppendNode>();
    for (const auto& set : level_.query->grouping_sets) {
      Built branch = set_branch(input, plan_id, set, common, grouping_calls);
      append->cost.total += branch.node->cost.total;
      append->cost.rows += branch.node->cost.rows;
      append->cost.width = branch.node->cost.width;
      append->children.push_back(branch.node);
    }
    append->output_types = types_of(common);
    Built built;
    built.node = append;
    built.layout = built.raw = common;
    for (const auto& expr : common) built.origins.push_back(level_.flat_origin(expr));
    built.raw_origins = built.origins;
    if (level_.having) {
      auto node = std::make_shared<ResultNode>();
      node->filter = bind_expr(built, level_.having);
      set_passthrough(built, node, append->cost);
    }
    return built;
  }

  Built set_branch(const Built& input, int plan_id, const GroupingSet& set, const std::vector<ExprPtr>& common,
                   const std::vector<ExprPtr>& grouping_calls) {
    auto scan = std::make_shared<CteScanNode>();
    scan->alias = scan->cte_name = "grouping_input";
    scan->plan_id = plan_id;
    scan->cost = input.node->cost;
    scan->output_types = input.node->output_types;
    Built source = input;
    source.node = scan;
    source.raw = source.layout;
    source.raw_origins = source.origins;
    source.pruned = source.direct = false;
    source.keys.clear();
    std::vector<ExprPtr> exprs;
    PathKeys keys;
    bool hashable = true;
    for (int ref : set.refs) {
      ExprPtr expr = level_.target_of(ref);
      if (layout_index(exprs, expr) >= 0) continue;
      exprs.push_back(expr);
      keys.push_back({expr, false, false});
      for (const auto& clause : level_.query->group_by)
        if (clause.ref == ref) hashable = hashable && clause.hashable;
    }
    Built branch = aggregate(std::move(source), exprs, keys, hashable, false);
    std::vector<TargetEntry> targets;
    for (size_t i = 0; i < common.size(); ++i) {
      TargetEntry entry;
      if (i >= common.size() - grouping_calls.size()) {
        entry.expr = grouping_value(as<GroupingExpr>(*common[i]), exprs);
      } else if (layout_index(branch.raw, common[i]) >= 0) {
        entry.expr = bind_expr(branch, common[i], true);
      } else {
        entry.expr = make_null_const(common[i]->type);
      }
      targets.push_back(std::move(entry));
    }
    branch.node->targets = std::move(targets);
    branch.node->output_types = types_of(common);
    return branch;
  }

  static void collect_grouping(const ExprPtr& expr, std::vector<ExprPtr>& out) {
    if (!expr) return;
    if (expr->kind == ExprKind::kGrouping) return add_unique(out, expr);
    for_each_child(*expr, [&](const ExprPtr& child) { collect_grouping(child, out); });
  }

  // Bit mask, rightmost argument lowest; 1 = not grouped by it in this set (manual 9.21).
  static ExprPtr grouping_value(const GroupingExpr& call, const std::vector<ExprPtr>& exprs) {
    int64_t value = 0;
    for (const auto& arg : call.args) value = (value << 1) | (layout_index(exprs, arg) < 0 ? 1 : 0);
    return make_const({type_id::kInt4, -1}, Datum::from_int(value));
  }

  Level& level_;
  const std::vector<ExprPtr>& above_;
  std::vector<ExprPtr> group_exprs_, aggregates_;
  PathKeys keys_;
  bool all_hashable_ = true;
};

}  // namespace

bool Level::is_grouped() const {
  // A HAVING that is always true has gone by now, but it makes one group of all rows all the same.
  return query->has_aggregates || !query->group_by.empty() || !query->grouping_sets.empty() || query->having != nullptr;
}

Built Level::plan_grouping(const std::vector<ExprPtr>& above) { return Grouping(*this, above).build(); }

Built make_hash_distinct(Level& level, Built input, const std::vector<ExprPtr>& exprs, double groups) {
  const CostSettings& c = level.planner.cost;
  auto node = std::make_shared<AggregateNode>();
  node->strategy = AggregateStrategy::kHashed;
  for (const auto& expr : exprs) node->group_keys.push_back(sort_key_for(layout_index(input.layout, expr), expr, false, false));
  PlanCost cost = input.node->cost;
  cost.startup = cost.total + cost.rows * static_cast<double>(exprs.size()) * c.cpu_operator;
  cost.total = cost.startup + groups * c.cpu_tuple;
  cost.rows = clamp_rows(groups);
  std::vector<ExprPtr> origins;
  for (const auto& expr : exprs) origins.push_back(input.origins[layout_index(input.layout, expr)]);
  set_passthrough(input, node, cost);
  input.raw = input.layout = exprs;
  input.raw_origins = input.origins = origins;
  input.direct = true;
  input.keys.clear();
  input.node->output_types = types_of(exprs);
  return input;
}

}  // namespace vecino::sql::plan

#include <algorithm>

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"

// Outside of aggregates, a grouped query may use only what it groups by (manual 7.2.3; PostgreSQL's parse_agg.c).

namespace vecino::sql::analysis {

namespace {

struct Checker {
  ParseState& state;
  const Query& query;
  std::vector<ExprPtr> group_exprs;
  bool plain_vars = true;               // every grouping expression is a column
  std::vector<int> proven;              // range-table entries whose primary key is grouped by
  bool has_grouping_sets = false;

  bool is_grouped(const ExprPtr& expr) const {
    return std::any_of(group_exprs.begin(), group_exprs.end(),
                       [&](const ExprPtr& group) { return equal_expr(group, expr); });
  }

  bool groups_column(int rte, AttrNumber attno) const {
    return std::any_of(group_exprs.begin(), group_exprs.end(), [&](const ExprPtr& group) {
      auto* var = try_as<VarExpr>(group);
      return var != nullptr && var->levels_up == 0 && var->rte == rte && var->attno == attno;
    });
  }

  // All columns of a table depend on its primary key.
  bool depends_on_key(int rte) {
    if (std::find(proven.begin(), proven.end(), rte) != proven.end()) return true;
    if (has_grouping_sets) return false;
    const RangeTableEntry& entry = query.range_table[rte];
    if (entry.kind != RteKind::kRelation) return false;
    for (Oid oid : entry.relation->indexes) {
      RelationPtr index = state.catalog().find_relation(oid);
      if (index == nullptr || !index->index.has_value() || !index->index->primary) continue;
      if (!index->index->immediate) continue;
      const auto& columns = index->index->columns;
      bool covered = std::all_of(columns.begin(), columns.end(),
                                 [&](const IndexColumnDesc& column) { return groups_column(rte, column.attr); });
      if (covered) {
        proven.push_back(rte);
        return true;
      }
    }
    return false;
  }

  [[noreturn]] void throw_ungrouped(const VarExpr& var, int depth) const {
    const RangeTableEntry& entry = query.range_table[var.rte];
    std::string name = entry.alias + ".";
    if (var.attno > 0) name += entry.column_names[var.attno - 1];
    else if (var.attno == 0) name += "*";
    else name += std::string(system_name(var.attno));
    if (entry.kind == RteKind::kJoin && !entry.has_alias && var.attno > 0) name = entry.column_names[var.attno - 1];
    std::string message = depth == 0
                              ? "column \"" + name + "\" must appear in the GROUP BY clause or be used in an aggregate function"
                              : "subquery uses ungrouped column \"" + name + "\" from outer query";
    throw SqlError(sqlstate::kGroupingError, message, var.location);
  }

  static std::string_view system_name(AttrNumber attno) {
    static constexpr std::string_view kNames[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    return kNames[-1 - attno];
  }

  // Raises an expression's columns by `depth` query levels, as a sub-select sees them.
  static ExprPtr raised(const ExprPtr& expr, int depth) {
    if (depth == 0) return expr;
    if (auto* var = try_as<VarExpr>(expr)) {
      auto copy = std::make_shared<VarExpr>(*var);
      copy->levels_up += depth;
      return copy;
    }
    return map_children(expr, [depth](const ExprPtr& child) { return raised(child, depth); });
  }

  void check(const ExprPtr& root) {
    walk_expr(root, [&](const ExprPtr& expr, int depth) { return visit(expr, depth); });
  }

  bool visit(const ExprPtr& expr, int depth) {
    if (auto* aggregate = try_as<AggregateExpr>(expr)) {
      if (aggregate->levels_up == depth) {
        // Arguments are free; direct arguments of ordered-set aggregates are not.
        for (const ExprPtr& direct : aggregate->direct_args) check(direct);
        return false;
      }
      if (aggregate->levels_up > depth) return false;
    }
    if (expr->kind == ExprKind::kGrouping && depth == 0) {
      for (const ExprPtr& arg : as<GroupingExpr>(*expr).args) {
        auto* var = try_as<VarExpr>(arg);  // one of an outer query is a constant here, grouped by or not
        if (is_grouped(arg) && (var == nullptr || var->levels_up == 0)) continue;
        throw SqlError(sqlstate::kGroupingError,
                       "arguments to GROUPING must be grouping expressions of the associated query level",
                       location_of(arg));
      }
      return false;
    }
    if (expr->kind == ExprKind::kConst || expr->kind == ExprKind::kParam) return false;
    if (!plain_vars && matches_group(expr, depth)) return false;
    auto* var = try_as<VarExpr>(expr);
    if (var == nullptr || var->levels_up != depth) return true;
    if (plain_vars ? groups_column(var->rte, var->attno) : false) return false;
    if (matches_group(expr, depth)) return false;
    if (depends_on_key(var->rte)) return false;
    throw_ungrouped(*var, depth);
  }

  bool matches_group(const ExprPtr& expr, int depth) const {
    if (depth == 0) return is_grouped(expr);
    return std::any_of(group_exprs.begin(), group_exprs.end(),
                       [&](const ExprPtr& group) { return equal_expr(raised(group, depth), expr); });
  }
};

}  // namespace

namespace {

void refuse_in_recursive_term(ParseState& state) {
  for (const RangeTableEntry& rte : state.query->range_table) {
    if (rte.kind != RteKind::kCte) continue;
    for (const CommonTableExpr& cte : ancestor(state, rte.cte_levels_up).query->ctes) {
      // A reference to a WITH query that is still being bound is one to itself.
      if (cte.name != rte.cte_name || !cte.recursive || cte.query != nullptr) continue;
      int location = -1;
      auto find = [&](const ExprPtr& expr, int depth) {
        auto* aggregate = try_as<AggregateExpr>(expr);
        if (aggregate != nullptr && aggregate->levels_up == depth && location < 0) location = expr->location;
        return true;
      };
      for (const TargetEntry& target : state.query->targets) walk_expr(target.expr, find);
      walk_expr(state.query->having, find);
      throw SqlError(sqlstate::kInvalidRecursion,
                     "aggregate functions are not allowed in a recursive query's recursive term", location);
    }
  }
}

}  // namespace

void check_grouping(ParseState& state) {
  Query& query = *state.query;
  if (query.has_aggregates) refuse_in_recursive_term(state);
  Checker checker{state, query, {}, true, {}, !query.grouping_sets.empty()};
  for (const SortGroupClause& clause : query.group_by) {
    ExprPtr expr = target_of(clause, query.targets).expr;
    checker.plain_vars = checker.plain_vars && expr->kind == ExprKind::kVar;
    checker.group_exprs.push_back(std::move(expr));
  }
  for (const TargetEntry& target : query.targets) {
    // A grouping expression itself is fine, whatever it contains.
    if (checker.is_grouped(target.expr)) continue;
    checker.check(target.expr);
  }
  if (query.having) checker.check(query.having);
}

}  // namespace vecino::sql::analysis

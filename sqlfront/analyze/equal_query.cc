#include "sqlfront/analyze/equal_query.h"

#include <algorithm>

namespace vecino::sql {

namespace {

template <typename List, typename Same>
bool equal_each(const List& left, const List& right, Same same) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

template <typename Pointer, typename Same>
bool equal_pointees(const Pointer& left, const Pointer& right, Same same) {
  return left == right || (left && right && same(*left, *right));
}

bool equal_exprs(const std::vector<ExprPtr>& left, const std::vector<ExprPtr>& right) {
  return equal_each(left, right, equal_expr);
}

bool equal_targets(const TargetEntry& a, const TargetEntry& b) {
  return a.name == b.name && a.junk == b.junk && a.sort_group_ref == b.sort_group_ref && a.target_attno == b.target_attno &&
         equal_expr(a.expr, b.expr);
}

bool equal_clauses(const SortGroupClause& a, const SortGroupClause& b) {
  return a.ref == b.ref && a.eq == b.eq && a.sort_op == b.sort_op && a.descending == b.descending &&
         a.nulls_first == b.nulls_first;
}

bool equal_functions(const RangeFunction& a, const RangeFunction& b) {
  return equal_expr(a.call, b.call) && a.column_types == b.column_types && a.column_names == b.column_names;
}

bool equal_entries(const RangeTableEntry& a, const RangeTableEntry& b) {
  return a.kind == b.kind && a.alias == b.alias && a.has_alias == b.has_alias && a.column_names == b.column_names &&
         a.column_types == b.column_types && (a.relation ? a.relation->oid : 0) == (b.relation ? b.relation->oid : 0) &&
         a.lateral == b.lateral && a.join == b.join && a.with_ordinality == b.with_ordinality &&
         a.cte_name == b.cte_name && a.cte_levels_up == b.cte_levels_up && equal_exprs(a.join_aliases, b.join_aliases) &&
         equal_each(a.functions, b.functions, equal_functions) && equal_each(a.values, b.values, equal_exprs) &&
         equal_pointees(a.subquery, b.subquery, equal_query);
}

bool equal_from(const FromItem& a, const FromItem& b) {
  if (a.rte != b.rte || !a.join != !b.join) return false;
  if (!a.join) return true;
  return a.join->type == b.join->type && a.join->rte == b.join->rte && equal_expr(a.join->condition, b.join->condition) &&
         equal_from(*a.join->left, *b.join->left) && equal_from(*a.join->right, *b.join->right);
}

bool equal_windows(const WindowClause& a, const WindowClause& b) {
  return a.name == b.name && a.frame_options == b.frame_options && equal_each(a.partition_by, b.partition_by, equal_clauses) &&
         equal_each(a.order_by, b.order_by, equal_clauses) && equal_expr(a.start_offset, b.start_offset) &&
         equal_expr(a.end_offset, b.end_offset);
}

bool equal_ctes(const CommonTableExpr& a, const CommonTableExpr& b) {
  return a.name == b.name && a.materialized == b.materialized && a.recursive == b.recursive &&
         a.column_names == b.column_names && a.column_types == b.column_types && equal_pointees(a.query, b.query, equal_query);
}

bool equal_set_operations(const SetOperation& a, const SetOperation& b) {
  return a.rte == b.rte && a.op == b.op && a.all == b.all && a.column_types == b.column_types &&
         equal_each(a.group_clauses, b.group_clauses, equal_clauses) && equal_pointees(a.left, b.left, equal_set_operations) &&
         equal_pointees(a.right, b.right, equal_set_operations);
}

bool equal_grouping_sets(const GroupingSet& a, const GroupingSet& b) { return a.refs == b.refs; }
bool equal_marks(const RowMark& a, const RowMark& b) {
  return a.rte == b.rte && a.strength == b.strength && a.wait == b.wait;
}
bool equal_from_items(const std::unique_ptr<FromItem>& a, const std::unique_ptr<FromItem>& b) { return equal_from(*a, *b); }

}  // namespace

bool equal_query(const Query& a, const Query& b) {
  if (&a == &b) return true;
  // What writes stands at the top level, never in a sub-select that could be repeated.
  if (a.command != Command::kSelect || b.command != Command::kSelect) return false;
  return equal_each(a.range_table, b.range_table, equal_entries) && equal_each(a.from, b.from, equal_from_items) &&
         equal_expr(a.where, b.where) && equal_each(a.targets, b.targets, equal_targets) &&
         equal_each(a.group_by, b.group_by, equal_clauses) && equal_each(a.grouping_sets, b.grouping_sets, equal_grouping_sets) &&
         equal_expr(a.having, b.having) && equal_each(a.windows, b.windows, equal_windows) &&
         equal_each(a.distinct, b.distinct, equal_clauses) && a.distinct_on == b.distinct_on &&
         equal_each(a.order_by, b.order_by, equal_clauses) && equal_expr(a.limit, b.limit) && equal_expr(a.offset, b.offset) &&
         a.with_ties == b.with_ties && equal_each(a.ctes, b.ctes, equal_ctes) &&
         equal_pointees(a.set_operation, b.set_operation, equal_set_operations) &&
         equal_each(a.row_marks, b.row_marks, equal_marks);
}

}  // namespace vecino::sql

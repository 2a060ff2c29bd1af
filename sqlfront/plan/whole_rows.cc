#include <algorithm>

#include "sqlfront/plan/planner.h"

// Who names a range-table entry as a row (a Var of attno 0).

namespace vecino::sql::plan {

namespace {

bool reads_whole_row(const Query& query, int rte, int depth);

bool reads_whole_row(const ExprPtr& expr, int rte, int depth) {
  return any_node(expr, [&](const Expr& node) {
    if (node.kind == ExprKind::kVar) {
      const auto& var = as<VarExpr>(node);
      return var.rte == rte && var.attno == 0 && var.levels_up == depth;
    }
    return node.kind == ExprKind::kSubLink && reads_whole_row(*as<SubLinkExpr>(node).query, rte, depth + 1);
  });
}

bool reads_whole_row(const Query& query, int rte, int depth) {
  bool found = false;
  visit_query(
      query, [&](const ExprPtr& expr) { found = found || reads_whole_row(expr, rte, depth); },
      [&](const Query& inner) { found = found || reads_whole_row(inner, rte, depth + 1); });
  return found;
}

bool reads_whole_row(const TreeNode& node, int rte) {
  if (reads_whole_row(node.qual, rte, 0)) return true;
  return std::any_of(node.children.begin(), node.children.end(), [&](const auto& child) { return child && reads_whole_row(*child, rte); });
}

bool reads_whole_row(const RangeTableEntry& entry, int rte) {
  auto reads = [&](const ExprPtr& expr) { return reads_whole_row(expr, rte, 0); };
  if (entry.subquery && reads_whole_row(*entry.subquery, rte, 1)) return true;
  for (const auto& row : entry.values)
    if (std::any_of(row.begin(), row.end(), reads)) return true;
  return std::any_of(entry.join_aliases.begin(), entry.join_aliases.end(), reads) ||
         std::any_of(entry.functions.begin(), entry.functions.end(), [&](const RangeFunction& f) { return reads(f.call); });
}

}  // namespace

bool reads_whole_row(const Level& level, int rte) {
  if (reads_whole_row(*level.query, rte, 0) || (level.tree && reads_whole_row(*level.tree, rte))) return true;
  for (const auto& qual : level.detached_quals)
    if (reads_whole_row(qual, rte, 0)) return true;
  for (const auto& columns : level.pulled_up)
    for (const auto& column : columns)
      if (reads_whole_row(column, rte, 0)) return true;
  return std::any_of(level.rtes.begin(), level.rtes.end(), [&](const RtePtr& entry) { return reads_whole_row(*entry, rte); });
}

void collect_quals(const TreeNode& node, std::vector<ExprPtr>& out) {
  if (node.qual) out.push_back(node.qual);
  for (const auto& child : node.children) collect_quals(*child, out);
}

}  // namespace vecino::sql::plan

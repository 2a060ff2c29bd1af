#include <algorithm>
#include <set>

#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"

// LATERAL references: what they forbid when subqueries are pulled up and when relations are joined (manual 7.2.1.5;
// PostgreSQL's is_simple_subquery and join_is_legal).

namespace vecino::sql::plan {

namespace {

// Calls visit for each Var of `levels_up` in the expression, in its sub-selects too.
void visit_vars(const ExprPtr& expr, int levels_up, const std::function<void(const VarExpr&)>& visit) {
  LevelRewrite recorder;
  recorder.own = [&](const VarExpr& var) -> ExprPtr {
    visit(var);
    return nullptr;
  };
  rewrite_levels(expr, recorder, levels_up);
}

void add_leaves(const Level& level, const VarExpr& var, std::set<int>& out) {
  const RangeTableEntry& entry = *level.rtes[var.rte];
  const std::vector<ExprPtr>* columns = nullptr;
  if (entry.kind == RteKind::kJoin) columns = &entry.join_aliases;
  else if (static_cast<size_t>(var.rte) < level.pulled_up.size() && !level.pulled_up[var.rte].empty())
    columns = &level.pulled_up[var.rte];
  if (!columns) {
    out.insert(var.rte);
    return;
  }
  auto add = [&](const ExprPtr& column) {
    visit_vars(column, 0, [&](const VarExpr& inner) { add_leaves(level, inner, out); });
  };
  if (var.attno > 0) return add((*columns)[static_cast<size_t>(var.attno) - 1]);
  for (const auto& column : *columns) add(column);
}

void collect_tree_leaves(const TreeNode& node, std::set<int>& out) {
  check_stack_depth();
  if (node.rte >= 0) out.insert(node.rte);
  for (const auto& child : node.children) collect_tree_leaves(*child, out);
}

bool reads_outside(const ExprPtr& qual) {
  bool found = false;
  visit_vars(qual, 1, [&](const VarExpr&) { found = true; });
  return found;
}

// Conditions of outer joins, and of inner joins below them, that look at the level above.
bool outer_join_reads_outside(const FromItem& item, bool below_outer) {
  if (!item.join) return false;
  check_stack_depth();
  below_outer = below_outer || item.join->type != JoinType::kInner;
  return (below_outer && reads_outside(item.join->condition)) || outer_join_reads_outside(*item.join->left, below_outer) ||
         outer_join_reads_outside(*item.join->right, below_outer);
}

}  // namespace

bool reads_only(const Level& level, const ExprPtr& expr, int levels_up, const std::vector<const TreeNode*>& trees) {
  std::set<int> available, wanted;
  for (const TreeNode* tree : trees) collect_tree_leaves(*tree, available);
  visit_vars(expr, levels_up, [&](const VarExpr& var) { add_leaves(level, var, wanted); });
  return std::includes(available.begin(), available.end(), wanted.begin(), wanted.end());
}

bool lateral_fits(const Level& level, const Query& query, const TreeNode* enclosing_join) {
  for (const auto& item : query.from)
    if (outer_join_reads_outside(*item, false)) return false;
  if (!enclosing_join) return true;
  // Its columns and conditions would become part of a join that cannot see what is outside of it.
  std::vector<ExprPtr> exprs{query.where};
  for (const auto& target : query.targets) exprs.push_back(target.expr);
  std::function<void(const FromItem&)> add_conditions = [&](const FromItem& item) {
    if (!item.join) return;
    check_stack_depth();
    exprs.push_back(item.join->condition);
    add_conditions(*item.join->left);
    add_conditions(*item.join->right);
  };
  for (const auto& item : query.from) add_conditions(*item);
  return std::all_of(exprs.begin(), exprs.end(),
                     [&](const ExprPtr& expr) { return !expr || reads_only(level, expr, 1, {enclosing_join}); });
}

void close_lateral(Level& level) {
  for (auto& rel : level.base) rel->direct_lateral = rel->lateral;
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& rel : level.base) {
      RelSet before = rel->lateral;
      for (const auto& other : level.base)
        if (overlaps(other->rels, rel->lateral)) rel->lateral |= other->lateral;
      rel->lateral &= ~rel->rels;
      changed = changed || rel->lateral != before;
    }
  }
}

bool lateral_allows(const Level& level, const RelInfo& left, const RelInfo& right, const SpecialJoin* join) {
  if (!left.lateral && !right.lateral) return true;
  const bool forward = overlaps(left.rels, right.lateral), backward = overlaps(right.rels, left.lateral);
  if (forward && backward) return false;
  // The side that refers to the other is the inner one of a nested loop, and what it refers to by way of a third comes first.
  if ((forward || backward) && join && (backward || join->type == JoinType::kFull)) return false;
  if (forward && !overlaps(left.rels, right.direct_lateral)) return false;
  if (backward && !overlaps(right.rels, left.direct_lateral)) return false;
  // What is still missing must not be reachable only on the nullable side of an outer join whose left side this will be.
  RelSet reach = left.rels | right.rels;
  const RelSet missing = (left.lateral | right.lateral) & ~reach;
  if (!missing) return true;
  for (bool more = true; more;) {
    more = false;
    for (const auto& special : level.special_joins) {
      if (special->type == JoinType::kFull || !overlaps(special->min_left, reach) || is_subset(special->min_right, reach)) continue;
      reach |= special->min_right;
      more = true;
    }
  }
  return !overlaps(reach, missing);
}

}  // namespace vecino::sql::plan

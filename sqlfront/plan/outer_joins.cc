#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"

// Outer joins whose null-extended rows an upper condition would drop anyway become inner joins (PostgreSQL's
// reduce_outer_joins).

namespace vecino::sql::plan {

namespace {

enum class Position : uint8_t { kTop, kArgument };  // of a condition known to be true, or below a strict node

bool strict(const FunctionDef* function) { return function && function->strict; }

RelSet nonnullable(const Level& level, const ExprPtr& expr, Position position);

RelSet nonnullable_union(const Level& level, const std::vector<ExprPtr>& exprs, Position position) {
  RelSet result = 0;
  for (const auto& e : exprs) result |= nonnullable(level, e, position);
  return result;
}

RelSet nonnullable_bool(const Level& level, const BoolExpr& e, Position position) {
  if (e.op == BoolKind::kNot) return nonnullable(level, e.args[0], Position::kArgument);
  if (e.op == BoolKind::kAnd && position == Position::kTop) return nonnullable_union(level, e.args, Position::kTop);
  // OR at the top, or AND/OR whose result is only known not to be null: every arm must agree.
  RelSet result = ~RelSet{0};
  for (const auto& arg : e.args) result &= nonnullable(level, arg, position);
  return result;
}

RelSet nonnullable(const Level& level, const ExprPtr& expr, Position position) {
  check_stack_depth();
  if (!expr) return 0;
  switch (expr->kind) {
    case ExprKind::kVar: return level.refs_of(expr);
    case ExprKind::kFunction: {
      const auto& e = as<FunctionExpr>(*expr);
      return strict(e.function) ? nonnullable_union(level, e.args, Position::kArgument) : 0;
    }
    case ExprKind::kOperator: {
      const auto& e = as<OperatorExpr>(*expr);
      return strict(e.function) ? nonnullable_union(level, e.args, Position::kArgument) : 0;
    }
    case ExprKind::kScalarArrayOp: {
      const auto& e = as<ScalarArrayOpExpr>(*expr);
      // ALL is true for an empty array whatever the left side is.
      bool usable = strict(e.function) && e.use_or && position == Position::kTop;
      return usable ? nonnullable(level, e.left, Position::kArgument) : 0;
    }
    case ExprKind::kBool: return nonnullable_bool(level, as<BoolExpr>(*expr), position);
    case ExprKind::kNullTest: {
      const auto& e = as<NullTestExpr>(*expr);
      bool usable = position == Position::kTop && e.is_not && e.arg->type.id != type_id::kRecord;
      return usable ? nonnullable(level, e.arg, Position::kArgument) : 0;
    }
    case ExprKind::kBooleanTest: {
      const auto& e = as<BooleanTestExpr>(*expr);
      bool usable = position == Position::kTop && (e.test == BooleanTestKind::kIsTrue || e.test == BooleanTestKind::kIsFalse ||
                                                   e.test == BooleanTestKind::kIsNotUnknown);
      return usable ? nonnullable(level, e.arg, Position::kArgument) : 0;
    }
    case ExprKind::kRelabel: return nonnullable(level, as<RelabelExpr>(*expr).arg, position);
    case ExprKind::kCoerceViaIO: return nonnullable(level, as<CoerceViaIOExpr>(*expr).arg, Position::kArgument);
    case ExprKind::kCollate: return nonnullable(level, as<CollateExpr>(*expr).arg, position);
    default: return 0;
  }
}

RelSet tree_rels(const Level& level, const TreeNode& node) {
  check_stack_depth();
  if (node.rte >= 0) return RelSet{1} << level.base_of_rte[node.rte];
  RelSet result = 0;
  for (const auto& child : node.children) result |= tree_rels(level, *child);
  return result;
}

void reduce(const Level& level, TreeNode& node, RelSet forced) {
  check_stack_depth();
  if (node.rte >= 0) return;
  if (!node.is_join) {
    forced |= nonnullable_rels(level, node.qual);
    for (auto& child : node.children) reduce(level, *child, forced);
    return;
  }
  RelSet left = tree_rels(level, *node.children[0]), right = tree_rels(level, *node.children[1]);
  if (node.type == JoinType::kFull) {
    bool left_forced = overlaps(forced, left), right_forced = overlaps(forced, right);
    if (left_forced || right_forced) {
      node.type = JoinType::kLeft;  // rows without a left (or right) partner are dropped above
      if (!left_forced) {
        std::swap(node.children[0], node.children[1]);
        std::swap(left, right);
      }
      if (left_forced && right_forced) node.type = JoinType::kInner;
    }
  }
  if (node.type == JoinType::kLeft && overlaps(forced, right)) node.type = JoinType::kInner;
  if (node.type == JoinType::kInner) {
    node.is_join = false;
    return reduce(level, node, forced);
  }
  RelSet own = nonnullable_rels(level, node.qual);
  bool full = node.type == JoinType::kFull;
  reduce(level, *node.children[0], full ? 0 : node.type == JoinType::kSemi ? forced | own : forced);
  reduce(level, *node.children[1], full ? 0 : own);
}

}  // namespace

RelSet nonnullable_rels(const Level& level, const ExprPtr& expr) {
  RelSet result = nonnullable(level, expr, Position::kTop);
  return result == ~RelSet{0} ? 0 : result;
}

void reduce_outer_joins(Level& level) { reduce(level, *level.tree, 0); }

}  // namespace vecino::sql::plan

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

// One side of a set operation: its tree and, per column, the expression that stands for it (types and positions).
struct Side {
  std::unique_ptr<SetOperation> tree;
  std::vector<TargetEntry> columns;
  std::shared_ptr<Query> leaf;  // set for leaves: unknown literals in it are settled in place
};

const char* context_name(ast::SetOp op) {
  switch (op) {
    case ast::SetOp::kUnion: return "UNION";
    case ast::SetOp::kIntersect: return "INTERSECT";
    default: return "EXCEPT";
  }
}

bool is_leaf(const ast::SelectStmt& select) {
  return select.op == ast::SetOp::kNone || !select.order_by.empty() || select.limit != nullptr ||
         select.offset != nullptr || !select.locking.empty() || select.with != nullptr;
}

Side bind_leaf(ParseState& state, const ast::SelectStmt& select) {
  if (select.into != nullptr) {
    throw SqlError(sqlstate::kSyntaxError, "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT",
                   select.into->relation->location);
  }
  Side out;
  out.leaf = transform_subquery(state, select, false);
  RangeTableEntry rte;
  rte.kind = RteKind::kSubquery;
  rte.alias = "*SELECT* " + std::to_string(state.query->range_table.size() + 1);
  for (const TargetEntry& target : out.leaf->targets) {
    if (target.junk) continue;
    out.columns.push_back(target);
    rte.column_names.push_back(target.name);
    rte.column_types.push_back(target.expr->type);
  }
  rte.subquery = out.leaf;
  state.query->range_table.push_back(std::move(rte));
  out.tree = std::make_unique<SetOperation>();
  out.tree->rte = static_cast<int>(state.query->range_table.size()) - 1;
  return out;
}

// Literals of unknown type inside a leaf take the column's type there.
void settle_literal(ParseState& state, Side& side, size_t column, TypeId type) {
  ExprPtr& expr = side.columns[column].expr;
  if (expr->type.id != kUnknown || side.leaf == nullptr) return;
  if (expr->kind != ExprKind::kConst && expr->kind != ExprKind::kParam) return;
  expr = coerce_type(state, expr, {type, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
  size_t seen = 0;
  for (TargetEntry& target : side.leaf->targets) {
    if (target.junk || seen++ != column) continue;
    target.expr = expr;
    state.query->range_table[side.tree->rte].column_types[column] = expr->type;
  }
}

void check_convertible(const ExprPtr& expr, TypeId type, const char* context) {
  if (expr->type.id == kUnknown || can_coerce_type(expr->type.id, type, CastContext::kImplicit)) return;
  throw SqlError(sqlstate::kCannotCoerce,
                 std::string(context) + " could not convert type " + format_type(expr->type.id) + " to " +
                     format_type(type),
                 location_of(expr));
}

Side combine(ParseState& state, const ast::SelectStmt& select, Side left, Side right) {
  std::string context = context_name(select.op);
  if (left.columns.size() != right.columns.size()) {
    throw SqlError(sqlstate::kSyntaxError, "each " + context + " query must have the same number of columns",
                   right.columns.empty() ? -1 : location_of(right.columns[0].expr));
  }
  Side out;
  out.tree = std::make_unique<SetOperation>();
  out.tree->op = static_cast<SetOperator>(static_cast<int>(select.op) - 1);
  out.tree->all = select.all;
  for (size_t i = 0; i < left.columns.size(); ++i) {
    std::vector<ExprPtr> both{left.columns[i].expr, right.columns[i].expr};
    TypeId type = common_type_of(state, both, context.c_str());
    check_convertible(both[0], type, context.c_str());
    check_convertible(both[1], type, context.c_str());
    settle_literal(state, left, i, type);
    settle_literal(state, right, i, type);
    TypeRef column{type, common_typmod({left.columns[i].expr, right.columns[i].expr}, type)};
    out.tree->column_types.push_back(column);
    TargetEntry target;
    auto placeholder = std::make_shared<SetToDefaultExpr>();
    placeholder->type = column;
    placeholder->location = location_of(left.columns[i].expr);
    target.expr = placeholder;
    target.name = left.columns[i].name;
    if (!select.all) out.tree->group_clauses.push_back(group_clause_for(target, placeholder->location));
    out.columns.push_back(std::move(target));
  }
  out.tree->left = std::move(left.tree);
  out.tree->right = std::move(right.tree);
  return out;
}

Side bind_tree(ParseState& state, const ast::SelectStmt& select, bool top) {
  check_recursion();
  if (!top && is_leaf(select)) return bind_leaf(state, select);
  Side left = bind_tree(state, *select.left, false);
  // The recursive term sees the columns that the non-recursive one has.
  if (top && state.parent_cte != nullptr && state.parent_cte->recursive) bind_recursive_columns(state, left.columns);
  Side right = bind_tree(state, *select.right, false);
  return combine(state, select, std::move(left), std::move(right));
}

int leftmost(const SetOperation& tree) { return tree.rte >= 0 ? tree.rte : leftmost(*tree.left); }

const ast::SelectStmt& leftmost_select(const ast::SelectStmt& select) {
  check_stack_depth();
  return select.left != nullptr ? leftmost_select(*select.left) : select;
}

}  // namespace

std::shared_ptr<Query> transform_set_operation(ParseState& state, const ast::SelectStmt& select) {
  Query& query = *state.query;
  if (const auto& into = leftmost_select(select).into; into != nullptr && state.parent != nullptr) {
    throw SqlError(sqlstate::kSyntaxError, "SELECT ... INTO is not allowed here", into->relation->location);
  }
  if (!select.locking.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT");
  }
  transform_with(state, select.with.get());
  Side all = bind_tree(state, select, true);
  query.set_operation = std::move(all.tree);
  int first = leftmost(*query.set_operation);
  NamespaceItem item;
  item.rte = first;
  item.relation_visible = false;
  std::vector<TargetEntry> targets;
  for (size_t i = 0; i < all.columns.size(); ++i) {
    TypeRef type = query.set_operation->column_types[i];
    TargetEntry target;
    target.expr = make_var(first, static_cast<AttrNumber>(i + 1), type, 0, location_of(all.columns[i].expr));
    target.name = all.columns[i].name;
    targets.push_back(std::move(target));
    item.columns.push_back({all.columns[i].name, first, static_cast<AttrNumber>(i + 1), type});
  }
  state.names = {std::move(item)};
  size_t count = targets.size();
  query.order_by = transform_order_by(state, select.order_by, targets, Clause::kOrderBy, false);
  if (targets.size() > count) {
    throw SqlError(sqlstate::kFeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                   location_of(targets[count].expr))
        .detail("Only result column names can be used, not expressions or functions.")
        .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.");
  }
  query.offset = transform_limit(state, select.offset.get(), Clause::kOffset, "OFFSET", select.with_ties);
  query.limit = transform_limit(state, select.limit.get(), Clause::kLimit, "LIMIT", select.with_ties);
  query.with_ties = select.with_ties;
  if (auto* constant = try_as<ConstExpr>(query.limit); constant != nullptr && constant->value.is_null) {
    query.limit = nullptr;
  }
  query.targets = std::move(targets);
  return state.query;
}

}  // namespace vecino::sql::analysis

#include "sqlfront/analyze/coerce.h"
#include "sqlfront/analyze/walk.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

bool is_null_const(const ast::NodePtr& node) {
  auto* value = ast::try_as<ast::Const>(node);
  return value != nullptr && value->value_kind == ast::ConstKind::kNull;
}

std::shared_ptr<OperatorExpr> operator_expr(ParseState& state, const ast::Name& name, ExprPtr left, ExprPtr right,
                                            int location) {
  OperatorName op_name = operator_name(state, name, location);
  TypeId left_type = left == nullptr ? kInvalidOid : left->type.id;
  const OperatorDef& op = resolve_operator(op_name, left_type, right->type.id, location, name_scope(state.shared.context));
  auto out = std::make_shared<OperatorExpr>();
  out->op = &op;
  out->function = find_function(op.function);
  out->location = location;
  std::vector<TypeId> declared;
  if (left != nullptr) {
    out->args.push_back(std::move(left));
    declared.push_back(op.left);
  }
  out->args.push_back(std::move(right));
  declared.push_back(op.right);
  if (out->function == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction, "operator is only a shell: " + std::string(op.name), location);
  }
  std::vector<TypeId> actual = types_of(out->args);
  out->type = {enforce_generic_types(actual, declared, op.result), -1};
  coerce_arguments(state, out->args, declared);
  if (out->function->set != nullptr) check_srf_allowed(state, location);
  return out;
}

ExprPtr require_boolean_operator(std::shared_ptr<OperatorExpr> expr, const char* message, int location) {
  if (expr->type.id != kBool) throw SqlError(sqlstate::kDatatypeMismatch, message, location);
  return expr;
}

ExprPtr make_distinct(ParseState& state, const ast::Name& name, ExprPtr left, ExprPtr right, int location) {
  auto op = operator_expr(state, name, std::move(left), std::move(right), location);
  require_boolean_operator(op, "IS DISTINCT FROM requires = operator to yield boolean", location);
  op->kind = ExprKind::kDistinct;
  return op;
}

ExprPtr make_not(ExprPtr arg, int location) { return make_bool(BoolKind::kNot, {std::move(arg)}, location); }

// Elements of a row on either side of a comparison; null = not a row.
const ast::RowExpr* as_row(const ast::NodePtr& node) { return ast::try_as<ast::RowExpr>(node); }

std::vector<ExprPtr> row_elements(ParseState& state, const ast::RowExpr& row) {
  return transform_expressions(state, row.args, state.clause, false);
}

ExprPtr transform_distinct_expr(ParseState& state, const ast::AExpr& node) {
  bool negate = node.expr_kind == ast::AExprKind::kNotDistinct;
  ExprPtr result;
  if (is_null_const(node.left) || is_null_const(node.right)) {
    auto test = std::make_shared<NullTestExpr>();
    test->arg = transform(state, is_null_const(node.right) ? node.left.get() : node.right.get());
    test->is_not = !negate;
    test->location = node.location;
    return test;
  }
  const ast::RowExpr* left = as_row(node.left);
  const ast::RowExpr* right = as_row(node.right);
  if (left != nullptr && right != nullptr) {
    auto lefts = row_elements(state, *left), rights = row_elements(state, *right);
    if (lefts.size() != rights.size()) {
      throw SqlError(sqlstate::kSyntaxError, "unequal number of entries in row expressions", node.location);
    }
    std::vector<ExprPtr> parts;
    for (size_t i = 0; i < lefts.size(); ++i) {
      parts.push_back(make_distinct(state, node.name, lefts[i], rights[i], node.location));
    }
    if (parts.empty()) result = make_bool_const(false);
    else result = parts.size() == 1 ? parts[0] : make_bool(BoolKind::kOr, std::move(parts), node.location);
  } else {
    ExprPtr lhs = transform(state, node.left.get());
    result = make_distinct(state, node.name, std::move(lhs), transform(state, node.right.get()), node.location);
  }
  return negate ? make_not(std::move(result), node.location) : result;
}

ExprPtr transform_null_if(ParseState& state, const ast::AExpr& node) {
  ExprPtr left = transform(state, node.left.get());
  auto op = operator_expr(state, node.name, std::move(left), transform(state, node.right.get()), node.location);
  require_boolean_operator(op, "NULLIF requires = operator to yield boolean", node.location);
  op->kind = ExprKind::kNullIf;
  op->type = op->args[0]->type;
  return op;
}

ExprPtr scalar_array_op(ParseState& state, const ast::Name& name, bool use_or, ExprPtr left, ExprPtr right,
                        int location) {
  TypeId right_type = right->type.id, element = kUnknown;
  if (right_type != kUnknown) {
    element = subscript_element_of(right_type);
    if (element == kInvalidOid) {
      throw SqlError(sqlstate::kWrongObjectType, "op ANY/ALL (array) requires array on right side", location);
    }
  }
  const OperatorDef& op = resolve_operator(operator_name(state, name, location), left->type.id, element, location,
                                           name_scope(state.shared.context));
  std::vector<TypeId> actual{left->type.id, element}, declared{op.left, op.right};
  TypeId result = enforce_generic_types(actual, declared, op.result);
  if (result != kBool) {
    throw SqlError(sqlstate::kWrongObjectType, "op ANY/ALL (array) requires operator to yield boolean", location);
  }
  TypeId array = is_polymorphic(declared[1]) ? right_type : array_type_of(declared[1]);
  if (array == kInvalidOid) {
    throw SqlError(sqlstate::kUndefinedObject, "could not find array type for data type " + format_type(declared[1]),
                   location);
  }
  auto out = std::make_shared<ScalarArrayOpExpr>();
  out->type = {kBool, -1};
  out->op = &op;
  out->function = find_function(op.function);
  out->use_or = use_or;
  out->location = location;
  std::vector<ExprPtr> args{std::move(left), std::move(right)};
  TypeId wanted[] = {declared[0], array};
  coerce_arguments(state, args, wanted);
  out->left = std::move(args[0]);
  out->array = std::move(args[1]);
  return out;
}

ExprPtr compare_in(ParseState& state, const ast::AExpr& node, const ast::NodePtr& item, const ExprPtr& left) {
  const ast::RowExpr* left_row = as_row(node.left);
  const ast::RowExpr* right_row = as_row(item);
  if (left_row != nullptr && right_row != nullptr) {
    return make_row_comparison(state, node.name, row_elements(state, *left_row), row_elements(state, *right_row),
                               node.location);
  }
  ExprPtr right = transform(state, item.get());
  return coerce_to_boolean(state, make_operator(state, node.name, left, std::move(right), node.location), "IN");
}

ExprPtr transform_in(ParseState& state, const ast::AExpr& node) {
  bool use_or = node.name.back() != "<>";
  const auto& list = ast::as<ast::ListNode>(*node.right);
  ExprPtr left = transform(state, node.left.get());
  std::vector<ExprPtr> constants;
  std::vector<const ast::NodePtr*> others;
  for (const auto& item : list.items) {
    if (as_row(item) != nullptr) {
      others.push_back(&item);
      continue;
    }
    ExprPtr value = transform(state, item.get());
    if (contains_any_var(value)) others.push_back(&item);
    else constants.push_back(std::move(value));
  }
  std::vector<ExprPtr> parts;
  if (constants.size() > 1) {
    std::vector<ExprPtr> all{left};
    all.insert(all.end(), constants.begin(), constants.end());
    TypeId type = common_type_or_invalid(all);
    bool fits = type != kInvalidOid && type != kRecord;
    for (const ExprPtr& value : constants) {
      fits = fits && can_coerce_type(value->type.id, type, CastContext::kImplicit);
    }
    TypeId array = fits ? array_type_of(type) : kInvalidOid;
    if (array != kInvalidOid) {
      auto elements = std::make_shared<ArrayExpr>();
      elements->type = {array, -1};
      elements->element_type = type;
      for (const ExprPtr& value : constants) elements->elements.push_back(coerce_to_common(state, value, type, "IN"));
      parts.push_back(scalar_array_op(state, node.name, use_or, left, elements, node.location));
      constants.clear();
    }
  }
  if (!constants.empty()) {
    others.clear();
    for (const auto& item : list.items) others.push_back(&item);
  }
  for (const ast::NodePtr* item : others) parts.push_back(compare_in(state, node, *item, left));
  if (parts.size() == 1) return parts[0];
  return make_bool(use_or ? BoolKind::kOr : BoolKind::kAnd, std::move(parts), node.location);
}

ExprPtr between_part(ParseState& state, const char* op, const ast::Node* left, const ast::Node* right, int location) {
  ExprPtr lhs = transform(state, left);
  return make_operator(state, {op}, std::move(lhs), transform(state, right), location);
}

ExprPtr transform_between(ParseState& state, const ast::AExpr& node) {
  const auto& bounds = ast::as<ast::ListNode>(*node.right).items;
  const ast::Node *arg = node.left.get(), *low = bounds[0].get(), *high = bounds[1].get();
  int at = node.location;
  auto within = [&](const ast::Node* from, const ast::Node* to) {
    return make_bool(BoolKind::kAnd, {between_part(state, ">=", arg, from, at), between_part(state, "<=", arg, to, at)}, at);
  };
  auto outside = [&](const ast::Node* from, const ast::Node* to) {
    return make_bool(BoolKind::kOr, {between_part(state, "<", arg, from, at), between_part(state, ">", arg, to, at)}, at);
  };
  switch (node.expr_kind) {
    case ast::AExprKind::kBetween: return within(low, high);
    case ast::AExprKind::kNotBetween: return outside(low, high);
    case ast::AExprKind::kBetweenSymmetric:
      return make_bool(BoolKind::kOr, {within(low, high), within(high, low)}, at);
    default: return make_bool(BoolKind::kAnd, {outside(low, high), outside(high, low)}, at);
  }
}

ExprPtr transform_op(ParseState& state, const ast::AExpr& node) {
  const ast::RowExpr* left_row = as_row(node.left);
  auto* right_link = ast::try_as<ast::SubLink>(node.right);
  if (left_row != nullptr && right_link != nullptr && right_link->link == ast::SubLinkOp::kExpr) {
    return transform_row_sublink(state, node.name, *left_row, *right_link, node.location);
  }
  const ast::RowExpr* right_row = as_row(node.right);
  if (left_row != nullptr && right_row != nullptr) {
    return make_row_comparison(state, node.name, row_elements(state, *left_row), row_elements(state, *right_row),
                               node.location);
  }
  ExprPtr left = transform(state, node.left.get());
  return make_operator(state, node.name, std::move(left), transform(state, node.right.get()), node.location);
}

struct RowOperators {
  std::vector<const OperatorDef*> ops;
  std::optional<Strategy> strategy;
};

// The btree strategy that all pairs' operators share.
RowOperators row_operators(const ast::Name& name, const std::vector<std::shared_ptr<OperatorExpr>>& pairs,
                           int location) {
  RowOperators out;
  for (const auto& pair : pairs) {
    out.ops.push_back(pair->op);
    std::optional<Strategy> own = btree_strategy(*pair->op);
    if (!own.has_value() && pair->op->name != "<>") {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "could not determine interpretation of row comparison operator " + join_name(name), location)
          .hint("Row comparison operators must be associated with btree operator families.");
    }
    if (!out.strategy.has_value()) out.strategy = own;
  }
  return out;
}

}  // namespace

ExprPtr make_operator(ParseState& state, const ast::Name& name, ExprPtr left, ExprPtr right, int location) {
  return operator_expr(state, name, std::move(left), std::move(right), location);
}

ExprPtr make_row_comparison(ParseState& state, const ast::Name& name, const std::vector<ExprPtr>& left,
                            const std::vector<ExprPtr>& right, int location) {
  if (left.size() != right.size()) {
    throw SqlError(sqlstate::kSyntaxError, "unequal number of entries in row expressions", location);
  }
  if (left.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot compare rows of zero length", location);
  }
  std::vector<std::shared_ptr<OperatorExpr>> pairs;
  for (size_t i = 0; i < left.size(); ++i) {
    pairs.push_back(operator_expr(state, name, left[i], right[i], location));
    if (pairs.back()->type.id != kBool) {
      throw SqlError(sqlstate::kDatatypeMismatch,
                     "row comparison operator must yield type boolean, not type " + format_type(pairs.back()->type.id),
                     location);
    }
  }
  if (pairs.size() == 1) return pairs[0];
  RowOperators ops = row_operators(name, pairs, location);
  bool not_equal = !ops.strategy.has_value();
  if (not_equal || *ops.strategy == Strategy::kEqual) {
    std::vector<ExprPtr> parts(pairs.begin(), pairs.end());
    return make_bool(not_equal ? BoolKind::kOr : BoolKind::kAnd, std::move(parts), location);
  }
  auto out = std::make_shared<RowCompareExpr>();
  switch (*ops.strategy) {
    case Strategy::kLess: out->compare = RowCompareKind::kLess; break;
    case Strategy::kLessEqual: out->compare = RowCompareKind::kLessEqual; break;
    case Strategy::kGreaterEqual: out->compare = RowCompareKind::kGreaterEqual; break;
    default: out->compare = RowCompareKind::kGreater; break;
  }
  out->ops = std::move(ops.ops);
  out->location = location;
  for (const auto& pair : pairs) {
    out->left.push_back(pair->args[0]);
    out->right.push_back(pair->args[1]);
  }
  return out;
}

ExprPtr transform_a_expr(ParseState& state, const ast::AExpr& node) {
  switch (node.expr_kind) {
    case ast::AExprKind::kOp:
    case ast::AExprKind::kLike:
    case ast::AExprKind::kILike:
    case ast::AExprKind::kSimilar: return transform_op(state, node);
    case ast::AExprKind::kOpAny:
    case ast::AExprKind::kOpAll: {
      ExprPtr left = transform(state, node.left.get());
      return scalar_array_op(state, node.name, node.expr_kind == ast::AExprKind::kOpAny, std::move(left),
                             transform(state, node.right.get()), node.location);
    }
    case ast::AExprKind::kDistinct:
    case ast::AExprKind::kNotDistinct: return transform_distinct_expr(state, node);
    case ast::AExprKind::kNullIf: return transform_null_if(state, node);
    case ast::AExprKind::kIn: return transform_in(state, node);
    default: return transform_between(state, node);
  }
}

}  // namespace vecino::sql::analysis

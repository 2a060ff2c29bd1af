#include "sqlfront/analyze/coerce.h"

#include <algorithm>

#include "sqlfront/analyze/walk.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql::analysis {

using namespace type_id;

namespace {

int leftmost(int a, int b) {
  if (a < 0) return b;
  if (b < 0) return a;
  return std::min(a, b);
}

CallContext constant_context(ParseState& state, TypeRef target) {
  CallContext context;
  context.arena = &state.shared.arena;
  context.env = state.shared.context.env;
  context.result_type = target.id;
  context.typmod = target.typmod;
  return context;
}

// Pseudo-types whose input function takes even a NULL, to refuse it: trigger, event_trigger, internal and the handlers.
bool refuses_null(TypeId type) {
  switch (type) {
    case kTrigger: case kInternal: case 3838: case 2280: case 3115: case 325: case 3310: case 269: return true;
    default: return false;
  }
}

// A literal takes its type by that type's input function, at the literal's position on errors.
ExprPtr convert_literal(ParseState& state, const ConstExpr& literal, TypeRef target) {
  TypeRef type{target.id, -1};
  if (target.id == kInterval) type.typmod = target.typmod;
  if (literal.value.is_null && !refuses_null(target.id)) return make_null_const(type, literal.location);
  const TypeInfo& info = type_info(target.id);
  if (info.input == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction,
                   "no input function available for type " + format_type(target.id), literal.location);
  }
  CallContext context = constant_context(state, type);
  try {
    Datum value = info.input(context, literal.value.is_null ? std::string_view() : literal.value.bytes());
    return make_const(type, value, literal.location);
  } catch (SqlError& error) {
    error.set_location_if_unset(literal.location);
    throw;
  }
}

ExprPtr int_const(int32_t value) { return make_const({kInt4, -1}, Datum::from_int(value)); }

ExprPtr apply_cast_function(const FunctionDef& function, ExprPtr arg, TypeRef target, CastContext context,
                            CoercionForm form, int location) {
  auto call = std::make_shared<FunctionExpr>();
  call->function = &function;
  call->type = target;
  call->location = location;
  call->form = form;
  call->args.push_back(std::move(arg));
  if (function.arg_types.size() >= 2) call->args.push_back(int_const(target.typmod));
  if (function.arg_types.size() >= 3) call->args.push_back(make_bool_const(context == CastContext::kExplicit));
  return call;
}

ExprPtr relabel(ExprPtr arg, TypeRef target, CoercionForm form, int location) {
  auto node = std::make_shared<RelabelExpr>();
  node->type = target;
  node->location = location;
  node->arg = std::move(arg);
  node->form = form;
  return node;
}

ExprPtr array_coercion(ParseState& state, ExprPtr arg, TypeRef target, CastContext context, CoercionForm form,
                       int location) {
  auto element = std::make_shared<CaseTestExpr>();
  element->type = {subscript_element_of(arg->type.id), arg->type.typmod};  // int2vector::int2[] comes here too
  ExprPtr converted = coerce_to_target(state, element, {subscript_element_of(target.id), target.typmod}, context, form,
                                       location);
  if (converted == nullptr) throw SqlError(sqlstate::kInternalError, "failed to coerce array element type as expected");
  if (converted->kind == ExprKind::kCaseTest) {
    return relabel(std::move(arg), {target.id, converted->type.typmod}, form, location);
  }
  auto node = std::make_shared<ArrayCoerceExpr>();
  node->type = {target.id, converted->type.typmod};
  node->location = location;
  node->arg = std::move(arg);
  node->element = std::move(converted);
  node->form = form;
  return node;
}

ExprPtr build_coercion(ParseState& state, CoercionPath path, const FunctionDef* function, ExprPtr arg, TypeRef target,
                       CastContext context, CoercionForm form, int location) {
  switch (path) {
    case CoercionPath::kFunction:
      // The function takes care of the modifier only if it is told about it.
      if (function->arg_types.size() < 2) target.typmod = -1;
      return apply_cast_function(*function, std::move(arg), target, context, form, location);
    case CoercionPath::kArrayCoerce: return array_coercion(state, std::move(arg), target, context, form, location);
    default: {
      auto node = std::make_shared<CoerceViaIOExpr>();
      node->type = {target.id, -1};
      node->location = location;
      node->arg = std::move(arg);
      node->form = form;
      return node;
    }
  }
}

bool takes_anything(TypeId target) {
  return target == kAny || target == kAnyElement || target == kAnyNonArray || target == kAnyCompatible ||
         target == kAnyCompatibleNonArray;
}
bool takes_any_array(TypeId target) {
  return target == kAnyArray || target == kAnyCompatibleArray || target == kAnyEnum || target == kAnyRange;
}

}  // namespace

int location_of(const ExprPtr& expr) {
  check_stack_depth();
  if (!expr) return -1;
  switch (expr->kind) {
    case ExprKind::kOperator: case ExprKind::kDistinct: case ExprKind::kNullIf: {
      const auto& args = as<OperatorExpr>(*expr).args;
      return leftmost(expr->location, args.empty() ? -1 : location_of(args[0]));
    }
    case ExprKind::kScalarArrayOp: return leftmost(expr->location, location_of(as<ScalarArrayOpExpr>(*expr).left));
    case ExprKind::kFunction: {
      const auto& args = as<FunctionExpr>(*expr).args;
      return leftmost(expr->location, args.empty() ? -1 : location_of(args[0]));
    }
    case ExprKind::kBool: {
      const auto& args = as<BoolExpr>(*expr).args;
      return leftmost(expr->location, args.empty() ? -1 : location_of(args[0]));
    }
    case ExprKind::kRelabel: return leftmost(expr->location, location_of(as<RelabelExpr>(*expr).arg));
    case ExprKind::kCoerceViaIO: return leftmost(expr->location, location_of(as<CoerceViaIOExpr>(*expr).arg));
    case ExprKind::kArrayCoerce: return leftmost(expr->location, location_of(as<ArrayCoerceExpr>(*expr).arg));
    case ExprKind::kCollate: return location_of(as<CollateExpr>(*expr).arg);
    case ExprKind::kNullTest: return leftmost(expr->location, location_of(as<NullTestExpr>(*expr).arg));
    case ExprKind::kBooleanTest: return leftmost(expr->location, location_of(as<BooleanTestExpr>(*expr).arg));
    case ExprKind::kFieldSelect: return location_of(as<FieldSelectExpr>(*expr).arg);
    case ExprKind::kSubscript: return location_of(as<SubscriptExpr>(*expr).container);
    case ExprKind::kSubLink: {
      const auto& link = as<SubLinkExpr>(*expr);
      return leftmost(link.test ? location_of(link.test) : -1, expr->location);
    }
    default: return expr->location;
  }
}

ExprPtr strip_implicit_coercions(const ExprPtr& expr) {
  auto below = [&](CoercionForm form, const ExprPtr& arg) {
    return form == CoercionForm::kImplicitCast ? strip_implicit_coercions(arg) : expr;
  };
  switch (expr->kind) {
    case ExprKind::kFunction: return below(as<FunctionExpr>(*expr).form, as<FunctionExpr>(*expr).args.empty() ? expr : as<FunctionExpr>(*expr).args[0]);
    case ExprKind::kRelabel: return below(as<RelabelExpr>(*expr).form, as<RelabelExpr>(*expr).arg);
    case ExprKind::kCoerceViaIO: return below(as<CoerceViaIOExpr>(*expr).form, as<CoerceViaIOExpr>(*expr).arg);
    case ExprKind::kArrayCoerce: return below(as<ArrayCoerceExpr>(*expr).form, as<ArrayCoerceExpr>(*expr).arg);
    default: return expr;
  }
}

ExprPtr make_unknown_const(std::string_view text, int location) {
  return make_const({kUnknown, -1}, Datum::from_bytes(text), location);
}

ExprPtr coerce_type(ParseState& state, ExprPtr expr, TypeRef target, CastContext context, CoercionForm form,
                    int location) {
  check_stack_depth();
  TypeId source = expr->type.id;
  if (source == target.id || takes_anything(target.id)) return expr;
  if (takes_any_array(target.id) && source != kUnknown) return expr;
  if (source == kUnknown) {
    if (auto* literal = try_as<ConstExpr>(expr)) return convert_literal(state, *literal, target);
    if (ExprPtr param = coerce_param(state, expr, target, location)) return param;
  }
  if (auto* collate = try_as<CollateExpr>(expr)) {
    auto copy = std::make_shared<CollateExpr>(*collate);
    copy->arg = coerce_type(state, collate->arg, target, context, form, location);
    copy->type = copy->arg->type;
    return copy;
  }
  if (source == kUnknown) {
    // An unknown-typed column of a sub-select: through its text form.
    return build_coercion(state, CoercionPath::kCoerceViaIO, nullptr, std::move(expr), target, context, form, location);
  }
  const FunctionDef* function = nullptr;
  CoercionPath path = find_coercion_pathway(target.id, source, context, &function);
  if (path == CoercionPath::kRelabel) return relabel(std::move(expr), {target.id, -1}, form, location);
  if (path != CoercionPath::kNone) {
    return build_coercion(state, path, function, std::move(expr), target, context, form, location);
  }
  if (target.id == kRecord || target.id == kRecordArray) return expr;
  throw SqlError(sqlstate::kInternalError,
                 "failed to find conversion function from " + format_type(source) + " to " + format_type(target.id));
}

ExprPtr coerce_typmod(ParseState& state, ExprPtr expr, TypeRef target, CastContext context, CoercionForm form,
                      int location) {
  if (expr->type.typmod == target.typmod || takes_anything(target.id) || takes_any_array(target.id)) return expr;
  const FunctionDef* function = nullptr;
  // No modifier: nothing to do with the value, but the expression no longer promises what its argument's modifier does.
  CoercionPath path = target.typmod < 0 ? CoercionPath::kNone : find_typmod_coercion(target.id, &function);
  if (path == CoercionPath::kNone) return relabel(std::move(expr), target, form, location);
  if (path == CoercionPath::kArrayCoerce) return array_coercion(state, std::move(expr), target, context, form, location);
  return apply_cast_function(*function, std::move(expr), target, context, form, location);
}

ExprPtr coerce_to_target(ParseState& state, const ExprPtr& expr, TypeRef target, CastContext context, CoercionForm form,
                         int location) {
  if (!can_coerce_type(expr->type.id, target.id, context)) return nullptr;
  if (auto* collate = try_as<CollateExpr>(expr)) {
    auto copy = std::make_shared<CollateExpr>(*collate);
    copy->arg = coerce_to_target(state, collate->arg, target, context, form, location);
    copy->type = copy->arg->type;
    return copy;
  }
  ExprPtr result = coerce_type(state, expr, target, context, form, location);
  bool hide = result != expr && result->kind != ExprKind::kConst;
  return coerce_typmod(state, std::move(result), target, context, hide ? CoercionForm::kImplicitCast : form, location);
}

ExprPtr coerce_to_boolean(ParseState& state, const ExprPtr& expr, const char* construct) {
  ExprPtr result = expr;
  if (expr->type.id != kBool) {
    result = coerce_to_target(state, expr, {kBool, -1}, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
    if (result == nullptr) {
      throw SqlError(sqlstate::kDatatypeMismatch,
                     std::string("argument of ") + construct + " must be type boolean, not type " +
                         format_type(expr->type.id),
                     location_of(expr));
    }
  }
  if (contains_set_function(result)) {
    throw SqlError(sqlstate::kDatatypeMismatch, std::string("argument of ") + construct + " must not return a set",
                   location_of(expr));
  }
  return result;
}

ExprPtr coerce_to_specific(ParseState& state, const ExprPtr& expr, TypeId target, const char* construct) {
  ExprPtr result = expr;
  if (expr->type.id != target) {
    result = coerce_to_target(state, expr, {target, -1}, CastContext::kAssignment, CoercionForm::kImplicitCast, -1);
    if (result == nullptr) {
      throw SqlError(sqlstate::kDatatypeMismatch,
                     std::string("argument of ") + construct + " must be type " + format_type(target) +
                         ", not type " + format_type(expr->type.id),
                     location_of(expr));
    }
  }
  if (contains_set_function(result)) {
    throw SqlError(sqlstate::kDatatypeMismatch, std::string("argument of ") + construct + " must not return a set",
                   location_of(expr));
  }
  return result;
}

std::vector<TypeId> types_of(const std::vector<ExprPtr>& exprs) {
  std::vector<TypeId> out;
  out.reserve(exprs.size());
  for (const ExprPtr& expr : exprs) out.push_back(expr->type.id);
  return out;
}

TypeId common_type_or_invalid(const std::vector<ExprPtr>& exprs) { return select_common_type(types_of(exprs)); }

TypeId common_type_of(ParseState& state, const std::vector<ExprPtr>& exprs, const char* construct) {
  size_t conflict = 0;
  TypeId current = kInvalidOid;
  TypeId type = select_common_type(types_of(exprs), &conflict, &current);
  if (type == kInvalidOid) {
    throw SqlError(sqlstate::kDatatypeMismatch,
                   std::string(construct) + " types " + format_type(current) + " and " +
                       format_type(exprs[conflict]->type.id) + " cannot be matched",
                   location_of(exprs[conflict]));
  }
  return type;
}

ExprPtr coerce_to_common(ParseState& state, const ExprPtr& expr, TypeId target, const char* construct) {
  TypeId source = expr->type.id;
  if (source == target) return expr;
  if (!can_coerce_type(source, target, CastContext::kImplicit)) {
    throw SqlError(sqlstate::kCannotCoerce,
                   std::string(construct) + " could not convert type " + format_type(source) + " to " +
                       format_type(target),
                   location_of(expr));
  }
  return coerce_type(state, expr, {target, -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
}

int32_t common_typmod(const std::vector<ExprPtr>& exprs, TypeId type) {
  int32_t typmod = exprs.empty() ? -1 : exprs[0]->type.typmod;
  for (const ExprPtr& expr : exprs) {
    if (expr->type.id != type || expr->type.typmod != typmod) return -1;
  }
  return typmod;
}

void coerce_arguments(ParseState& state, std::vector<ExprPtr>& args, std::span<const TypeId> declared) {
  for (size_t i = 0; i < args.size() && i < declared.size(); ++i) {
    if (args[i]->type.id == declared[i]) continue;
    args[i] = coerce_type(state, args[i], {declared[i], -1}, CastContext::kImplicit, CoercionForm::kImplicitCast, -1);
  }
}

}  // namespace vecino::sql::analysis

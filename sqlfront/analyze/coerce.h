#pragma once

// Coercion of bound expressions (PostgreSQL's parse_coerce.c).

#include "sqlfront/analyze/state.h"

namespace vecino::sql::analysis {

// REQUIRES: can_coerce_type(expr->type.id, target.id, context).
ExprPtr coerce_type(ParseState& state, ExprPtr expr, TypeRef target, CastContext context, CoercionForm form,
                    int location);
// Applies a length coercion (numeric(p,s), varchar(n), vector(n)) if the expression is not known to fit.
ExprPtr coerce_typmod(ParseState& state, ExprPtr expr, TypeRef target, CastContext context, CoercionForm form,
                      int location);
// Both; null when there is no such coercion.
ExprPtr coerce_to_target(ParseState& state, const ExprPtr& expr, TypeRef target, CastContext context, CoercionForm form,
                         int location);
// 42804 `argument of %s must be type %s, not type %s`
ExprPtr coerce_to_boolean(ParseState& state, const ExprPtr& expr, const char* construct);
ExprPtr coerce_to_specific(ParseState& state, const ExprPtr& expr, TypeId target, const char* construct);
// select_common_type over expressions: 42804 `%s types %s and %s cannot be matched`.
TypeId common_type_of(ParseState& state, const std::vector<ExprPtr>& exprs, const char* construct);
// kInvalidOid instead of an error.
TypeId common_type_or_invalid(const std::vector<ExprPtr>& exprs);
ExprPtr coerce_to_common(ParseState& state, const ExprPtr& expr, TypeId target, const char* construct);
int32_t common_typmod(const std::vector<ExprPtr>& exprs, TypeId type);
std::vector<TypeId> types_of(const std::vector<ExprPtr>& exprs);
// Coerces actual arguments to the declared types of a function or operator.
void coerce_arguments(ParseState& state, std::vector<ExprPtr>& args, std::span<const TypeId> declared);
// Leftmost position of an expression in the text (exprLocation).
int location_of(const ExprPtr& expr);
// A literal of unknown type.
// What is below casts that nobody wrote.
ExprPtr strip_implicit_coercions(const ExprPtr& expr);
ExprPtr make_unknown_const(std::string_view text, int location);

}  // namespace vecino::sql::analysis

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

// Which operator, function or cast is meant (PostgreSQL manual, chapter 10). Works on types alone; expressions are
// rewritten in analyze/coerce.h.

inline bool is_polymorphic(TypeId type) {
  return type == type_id::kAnyElement || type == type_id::kAnyArray || type == type_id::kAnyNonArray ||
         type == type_id::kAnyEnum || type == type_id::kAnyRange || type == type_id::kAnyCompatible ||
         type == type_id::kAnyCompatibleArray || type == type_id::kAnyCompatibleNonArray;
}
char type_category(TypeId type);  // 'X' unknown
bool is_preferred_type(TypeId type);
TypeId array_type_of(TypeId element);    // kInvalidOid = none
TypeId element_type_of(TypeId array);    // true arrays only; kInvalidOid = none
TypeId subscript_element_of(TypeId type);  // also int2vector, oidvector
bool is_string_category(TypeId type);

inline bool allows(CastContext wanted, CastContext cast) {
  auto rank = [](CastContext c) { return c == CastContext::kImplicit ? 0 : c == CastContext::kAssignment ? 1 : 2; };
  return rank(wanted) >= rank(cast);
}

enum class CoercionPath : uint8_t { kNone, kFunction, kRelabel, kArrayCoerce, kCoerceViaIO };
// `function` is set for kFunction.
CoercionPath find_coercion_pathway(TypeId target, TypeId source, CastContext context, const FunctionDef** function);
// The length coercion of a type (numeric(p,s), varchar(n), vector(n)); kArrayCoerce for arrays of such types.
CoercionPath find_typmod_coercion(TypeId type, const FunctionDef** function);
bool is_binary_coercible(TypeId source, TypeId target);
bool can_coerce_types(std::span<const TypeId> inputs, std::span<const TypeId> targets, CastContext context);
inline bool can_coerce_type(TypeId input, TypeId target, CastContext context) {
  return can_coerce_types({&input, 1}, {&target, 1}, context);
}

// Common type of UNION, CASE, VALUES, ARRAY, ... kInvalidOid when there is none; `conflict` is then the index of the type
// that does not fit with *current (manual 10.5).
TypeId select_common_type(std::span<const TypeId> types, size_t* conflict = nullptr, TypeId* current = nullptr);

// Replaces polymorphic types in `declared` by what `actual` determines and returns the result type. Throws 42804, 42P18 as
// PostgreSQL's enforce_generic_type_consistency does.
TypeId enforce_generic_types(std::span<const TypeId> actual, std::span<TypeId> declared, TypeId result);
// Types of FunctionDef::columns in a call with these argument types; empty when the function has none.
std::vector<TypeId> output_column_types(const FunctionDef& function, std::span<const TypeId> actual);

// --- operators
struct OperatorName {
  std::string_view schema;  // empty = along the path
  std::string_view name;
};
// `left` kInvalidOid = prefix operator. Throws 42883 / 42725 at `location`.
const OperatorDef& resolve_operator(const OperatorName& name, TypeId left, TypeId right, int location,
                                    const NameScope& names);
// nullptr instead of an error.
const OperatorDef* find_operator_for(const OperatorName& name, TypeId left, TypeId right, const NameScope& names = {});
// Exactly these input types (after binary coercion); nullptr = none.
const OperatorDef* find_compatible_operator(std::string_view name, TypeId left, TypeId right);

// Operators that sort and compare values of a type; null where it has none.
struct SortOperators {
  const OperatorDef* less = nullptr;
  const OperatorDef* equal = nullptr;
  const OperatorDef* greater = nullptr;
  bool hashable = false;
};
SortOperators sort_operators(TypeId type);

// --- functions
struct FunctionCandidate {
  const FunctionDef* function = nullptr;
  std::vector<TypeId> arg_types;   // one per call argument, then one per default used
  std::vector<int> arg_positions;  // named notation: parameter of each call argument; empty = in order
  int variadic_count = 0;          // arguments collected into the VARIADIC array
  int default_count = 0;
};
struct FunctionCall {
  std::string_view schema, name;
  std::vector<TypeId> arg_types;
  std::vector<std::string> arg_names;  // of the last arguments (name => value)
  bool variadic = false;               // VARIADIC was written: do not expand
  NameScope names = {};
};
enum class FunctionMatch : uint8_t { kNotFound, kFound, kAmbiguous, kCoercion };
struct FunctionResolution {
  FunctionMatch match = FunctionMatch::kNotFound;
  FunctionCandidate best;
  TypeId coercion_type = kInvalidOid;  // kCoercion: name(x) is a cast to the type of that name
};
FunctionResolution resolve_function(const FunctionCall& call);
std::string function_signature(const FunctionCall& call);  // "foo(integer, text)"

}  // namespace vecino::sql

#pragma once

#include <span>

#include "sqlfront/functions/function.h"

namespace vecino::sql {

// The five operators of one btree operator family for one pair of types, in strategy order.
struct BtreeOperators {
  Oid family;
  Oid less, less_equal, equal, greater_equal, greater;
};

// What the registry is made of: one row per exported span. A file that defines functions adds its row here.
#define VECINO_FUNCTION_SPANS(ROW) \
  ROW(jsonpath_functions) \
  ROW(system_definition_functions) \
  ROW(system_lookup_functions) \
  ROW(privilege_functions) \
  ROW(system_server_functions) \
  ROW(system_set_functions) \
  ROW(system_statistics_functions) \
  ROW(jsonb_modify_functions) \
  ROW(jsonb_access_functions) \
  ROW(json_access_functions) \
  ROW(json_build_functions) \
  ROW(record_functions) \
  ROW(keyword_functions) \
  ROW(memory_functions) \
  ROW(series_functions) \
  ROW(collect_aggregates) \
  ROW(array_query_functions) \
  ROW(array_build_functions) \
  ROW(regex_functions) \
  ROW(like_functions) \
  ROW(bit_functions) \
  ROW(vector_functions) \
  ROW(bool_functions) \
  ROW(integer_comparisons) \
  ROW(integer_functions) \
  ROW(float_functions) \
  ROW(numeric_functions) \
  ROW(text_basic_functions) \
  ROW(text_functions) \
  ROW(text_case_functions) \
  ROW(text_format_functions) \
  ROW(float_math_functions) \
  ROW(datetime_comparisons) \
  ROW(datetime_arithmetic_functions) \
  ROW(datetime_extract_functions) \
  ROW(datetime_functions) \
  ROW(to_char_datetime_functions) \
  ROW(to_timestamp_functions) \
  ROW(to_char_number_functions) \
  ROW(ordered_aggregates) \
  ROW(bytes_functions) \
  ROW(catalog_vector_functions) \
  ROW(number_aggregates) \
  ROW(min_max_aggregates) \
  ROW(statistics_aggregates) \
  ROW(window_functions) \
  ROW(session_functions)

#define VECINO_OPERATOR_SPANS(ROW) \
  ROW(jsonpath_operators) \
  ROW(jsonb_modify_operators) \
  ROW(jsonb_access_operators) \
  ROW(json_access_operators) \
  ROW(record_operators) \
  ROW(array_query_operators) \
  ROW(array_build_operators) \
  ROW(regex_operators) \
  ROW(like_operators) \
  ROW(bit_operators) \
  ROW(vector_operators) \
  ROW(number_operators) \
  ROW(text_operators) \
  ROW(datetime_operators) \
  ROW(privilege_operators) \
  ROW(other_operators)

#define VECINO_CAST_SPANS(ROW) \
  ROW(jsonb_casts) \
  ROW(bit_casts) \
  ROW(vector_casts) \
  ROW(scalar_casts)

#define VECINO_OPCLASS_SPANS(ROW) \
  ROW(jsonb_opclasses) \
  ROW(record_opclasses) \
  ROW(array_opclasses) \
  ROW(bit_opclasses) \
  ROW(vector_opclasses) \
  ROW(scalar_opclasses)

#define VECINO_BTREE_SPANS(ROW) \
  ROW(jsonb_btree_operators) \
  ROW(record_btree_operators) \
  ROW(array_btree_operators) \
  ROW(bit_btree_operators) \
  ROW(vector_btree_operators) \
  ROW(scalar_btree_operators)

#define VECINO_DECLARE(name) std::span<const FunctionDef> name();
VECINO_FUNCTION_SPANS(VECINO_DECLARE)
#undef VECINO_DECLARE
#define VECINO_DECLARE(name) std::span<const OperatorDef> name();
VECINO_OPERATOR_SPANS(VECINO_DECLARE)
#undef VECINO_DECLARE
#define VECINO_DECLARE(name) std::span<const CastDef> name();
VECINO_CAST_SPANS(VECINO_DECLARE)
#undef VECINO_DECLARE
#define VECINO_DECLARE(name) std::span<const OpclassDef> name();
VECINO_OPCLASS_SPANS(VECINO_DECLARE)
#undef VECINO_DECLARE
#define VECINO_DECLARE(name) std::span<const BtreeOperators> name();
VECINO_BTREE_SPANS(VECINO_DECLARE)
#undef VECINO_DECLARE

}  // namespace vecino::sql

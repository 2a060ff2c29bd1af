#pragma once

#include <span>

#include "sqlfront/types/type.h"

namespace vecino::sql {

// The files that define types: one row per file. Each exports `std::span<const TypeInfo> <row>()`; the registry adds the
// array type of every row with an array_id by itself.
#define VECINO_TYPE_SPANS(ROW) \
  ROW(jsonpath_types) \
  ROW(json_types) \
  ROW(record_types) \
  ROW(bit_types) \
  ROW(vector_types) \
  ROW(acl_item_types) \
  ROW(bool_types)              \
  ROW(integer_types)           \
  ROW(oid_types)               \
  ROW(reg_types)               \
  ROW(float_types)             \
  ROW(numeric_types)           \
  ROW(text_types)              \
  ROW(bytea_types)             \
  ROW(date_types)              \
  ROW(timestamp_types)         \
  ROW(interval_types)          \
  ROW(uuid_types)              \
  ROW(int_vector_types)        \
  ROW(pseudo_types)

#define VECINO_DECLARE(name) std::span<const TypeInfo> name();
VECINO_TYPE_SPANS(VECINO_DECLARE)
#undef VECINO_DECLARE

}  // namespace vecino::sql

#pragma once

#include "sqlfront/functions/function.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

// Equality of one element type, for searching in arrays. 42883 when the type has none. What has a hash but no order (aclitem)
// is equal when its bytes are.
class ElementEquality {
 public:
  explicit ElementEquality(Oid element_type) : type_(type_info(element_type)) {
    if (type_.compare == nullptr && (type_.hash == nullptr || type_.kind != PhysicalKind::kBytes)) {
      throw SqlError(sqlstate::kUndefinedFunction,
                     "could not identify an equality operator for type " + format_type(element_type));
    }
  }
  bool operator()(const Datum& left, const Datum& right) const {
    return type_.compare ? type_.compare(left, right) == 0 : left.bytes() == right.bytes();
  }

 private:
  const TypeInfo& type_;
};

// Element type of an array type (also int2vector, oidvector); the type itself when it is no array.
inline Oid element_type_of(Oid array_type) {
  const TypeInfo& type = type_info(array_type);
  return type.element_id != kInvalidOid ? type.element_id : array_type;
}

[[noreturn]] inline void throw_array_subscript(const char* message, const char* detail = "") {
  throw SqlError(sqlstate::kArraySubscriptError, message).detail(detail);
}

}  // namespace vecino::sql

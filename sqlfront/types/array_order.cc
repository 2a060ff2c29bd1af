// Ordering, hashing and index keys of arrays (manual 9.19: element by element, then by size and shape).
#include <fmt/format.h>

#include <algorithm>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

int three_way(int64_t a, int64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

[[noreturn]] void no_support(const char* what, Oid type) {
  throw SqlError(sqlstate::kUndefinedFunction,
                 fmt::format("could not identify {} for type {}", what, format_type(type)));
}

}  // namespace

int array_compare(const Datum& left, const Datum& right) {
  ArrayView a(left), b(right);
  if (a.element_type() != b.element_type()) {
    throw SqlError(sqlstate::kDatatypeMismatch, "cannot compare arrays of different element types");
  }
  const TypeInfo& element = type_info(a.element_type());
  if (element.compare == nullptr) no_support("a comparison function", element.id);
  size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    bool null_a = a.is_null(i), null_b = b.is_null(i);
    if (null_a && null_b) continue;
    if (null_a != null_b) return null_a ? 1 : -1;
    if (int order = element.compare(a[i], b[i]); order != 0) return order;
  }
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  if (a.ndim() != b.ndim()) return a.ndim() < b.ndim() ? -1 : 1;
  for (int i = 0; i < a.ndim(); ++i) {
    if (int order = three_way(a.length(i), b.length(i)); order != 0) return order;
  }
  for (int i = 0; i < a.ndim(); ++i) {
    if (int order = three_way(a.lower(i), b.lower(i)); order != 0) return order;
  }
  return 0;
}

uint64_t array_hash(const Datum& value) {
  ArrayView array(value);
  const TypeInfo& element = type_info(array.element_type());
  if (element.hash == nullptr) no_support("a hash function", element.id);
  uint64_t hash = 0x9e3779b97f4a7c15u;
  for (size_t i = 0; i < array.size(); ++i) {
    uint64_t item = array.is_null(i) ? 0 : element.hash(array[i]);
    hash = (hash << 5) - hash + item;
    hash ^= hash >> 29;
  }
  return hash;
}

// element: 1 key | NULL: 2 | end: 0, then the shape, so that a prefix sorts first and NULL sorts last.
void array_encode_key(const Datum& value, std::string& out) {
  ArrayView array(value);
  const TypeInfo& element = type_info(array.element_type());
  if (element.key_codec.encode == nullptr) no_support("a comparison function", element.id);
  for (size_t i = 0; i < array.size(); ++i) {
    if (array.is_null(i)) {
      out.push_back(2);
      continue;
    }
    out.push_back(1);
    element.key_codec.encode(array[i], out);
  }
  out.push_back(0);
  out.push_back(static_cast<char>(array.ndim()));
  auto put = [&out](uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
  };
  for (int length : array.lengths()) put(static_cast<uint32_t>(length));
  for (int lower : array.lowers()) put(static_cast<uint32_t>(lower) ^ 0x80000000u);
}

}  // namespace vecino::sql

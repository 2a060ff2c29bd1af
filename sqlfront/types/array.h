#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/functions/call_context.h"
#include "storage/util/datum.h"

namespace vecino::sql {

struct TypeInfo;

// Arrays (manual 8.15). Packed form, little-endian, no alignment promised:
//   u32 element type oid | u8 ndim | u8 ElementCode | u8 flags (1 = null bitmap present) | u8 0
//   ndim x { i32 length, i32 lower bound }            (ndim 0: the empty array, nothing follows)
//   [flags & 1: (n + 7) / 8 bytes, bit i set = element i is NULL]     n = product of the lengths
//   fixed-width elements: n x width bytes (zeros for NULLs)
//   kVariable: n x u32 end offset into the bytes that follow, then the bytes
// Element i is found in O(1). The value describes itself: compare, hash and the key codec need no type argument.
enum class ElementCode : uint8_t { kVariable, kBool, kInt16, kInt32, kUInt32, kInt64, kFloat32, kFloat64 };

inline constexpr int kMaxArrayDimensions = 6;

// What packing needs of an element type. Throws XX000 for unknown types.
ElementCode element_code(Oid element_type);

// Read access to a packed array; keeps pointing into the datum's bytes.
class ArrayView {
 public:
  explicit ArrayView(std::string_view packed);
  explicit ArrayView(const Datum& value) : ArrayView(value.bytes()) {}

  Oid element_type() const { return element_type_; }
  int ndim() const { return ndim_; }
  int length(int dimension) const { return dims_[dimension]; }
  int lower(int dimension) const { return lower_[dimension]; }
  int upper(int dimension) const { return lower_[dimension] + dims_[dimension] - 1; }
  std::span<const int> lengths() const { return {dims_, static_cast<size_t>(ndim_)}; }
  std::span<const int> lowers() const { return {lower_, static_cast<size_t>(ndim_)}; }
  size_t size() const { return size_; }  // number of elements over all dimensions
  bool empty() const { return size_ == 0; }
  bool has_nulls() const;  // at least one element is NULL
  bool is_null(size_t i) const { return nulls_ && (static_cast<uint8_t>(nulls_[i / 8]) >> (i % 8)) & 1; }
  // Element i in row-major order; bytes point into the array.
  Datum operator[](size_t i) const;
  // Row-major position of the subscripts (as SQL writes them), -1 = outside or wrong number of subscripts.
  int64_t position(std::span<const int> subscripts) const;

 private:
  Oid element_type_ = kInvalidOid;
  int ndim_ = 0;
  ElementCode code_ = ElementCode::kVariable;
  int dims_[kMaxArrayDimensions];
  int lower_[kMaxArrayDimensions];
  size_t size_ = 0;
  const char* nulls_ = nullptr;
  const char* data_ = nullptr;   // fixed-width elements, or the offsets
  const char* bytes_ = nullptr;  // kVariable: after the offsets
};

// Collects elements in row-major order, then packs them. Not thread-safe; reusable after clear().
class ArrayBuilder {
 public:
  explicit ArrayBuilder(Oid element_type);
  ArrayBuilder(Oid element_type, ElementCode code) : element_type_(element_type), code_(code) {}
  void clear();
  void add(const Datum& element);  // NULL allowed; bytes are copied
  void add_null() { add(Datum::null()); }
  size_t size() const { return size_; }
  Oid element_type() const { return element_type_; }
  // One dimension, subscripts from `lower`; no elements = the empty array.
  Datum finish(Arena& arena, int lower = 1) const;
  // REQUIRES: product(lengths) == size(); lengths.size() <= kMaxArrayDimensions.
  Datum finish(Arena& arena, std::span<const int> lengths, std::span<const int> lowers) const;
  size_t memory_usage() const { return data_.capacity() + offsets_.capacity() * 4 + nulls_.capacity(); }

 private:
  Oid element_type_;
  ElementCode code_;
  size_t size_ = 0;
  bool any_null_ = false;
  std::string data_;               // fixed-width elements or concatenated bytes
  std::vector<uint32_t> offsets_;  // kVariable
  std::vector<bool> nulls_;
};

Datum empty_array(Arena& arena, Oid element_type);
// The same elements under another type. REQUIRES: both types have the same element_code().
Datum relabeled_array(Arena& arena, const Datum& array, Oid element_type);
// Convenience for catalog functions: text[], int2[] ...; nullopt-free.
Datum make_array(Arena& arena, Oid element_type, std::span<const Datum> elements, int lower = 1);
Datum make_text_array(Arena& arena, std::span<const std::string> elements);

// Number of elements of these lengths; 54000 `array size exceeds the maximum allowed (134217727)`.
size_t checked_element_count(std::span<const int> lengths);

// --- generic I/O and ordering: the routines of every array type's TypeInfo -------------------------------------
// context.result_type is the array type (its element_id gives the element type); context.typmod applies to elements.
Datum array_input(CallContext& context, std::string_view text);
void array_output(CallContext& context, const Datum& value, std::string& out);
Datum array_receive(CallContext& context, std::string_view bytes);
void array_send(CallContext& context, const Datum& value, std::string& out);
int array_compare(const Datum& left, const Datum& right);  // 42883 when the element type has no ordering
uint64_t array_hash(const Datum& value);                   // 42883 when it is not hashable
// Order-preserving and prefix-free; same order as array_compare.
void array_encode_key(const Datum& value, std::string& out);
// int2vector and oidvector: `1 2 3`, subscripts from 0.
Datum vector_like_input(CallContext& context, std::string_view text);
void vector_like_output(CallContext& context, const Datum& value, std::string& out);

// --- what expression evaluation needs (SubscriptExpr, ArrayExpr, ArrayCoerceExpr) --------------------------------
Datum array_get_element(const Datum& array, std::span<const int> subscripts);  // NULL when outside
struct SliceBound {
  bool given;
  int value;
};
Datum array_get_slice(Arena& arena, const Datum& array, std::span<const SliceBound> lower,
                      std::span<const SliceBound> upper);
// UPDATE ... SET a[i] = v. `array` may be NULL (then `element_type` says what to build). Extends 1-D arrays.
Datum array_set_element(Arena& arena, const Datum& array, Oid element_type, std::span<const int> subscripts,
                        const Datum& value);
Datum array_set_slice(Arena& arena, const Datum& array, Oid element_type, std::span<const SliceBound> lower,
                      std::span<const SliceBound> upper, const Datum& source);
// ARRAY[a, b] whose elements are arrays: one more dimension. 2202E when the shapes differ. NULL elements are skipped as
// PostgreSQL does when all are NULL or empty.
Datum array_from_subarrays(Arena& arena, Oid element_type, std::span<const Datum> subarrays);

}  // namespace vecino::sql

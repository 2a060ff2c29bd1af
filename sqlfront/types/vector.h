#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "sqlfront/types/type.h"

namespace vecino::sql {

// pgvector's type vector: the datum is dim little-endian float32 (no header, no alignment promised); dim >= 1.
inline constexpr int kVectorMaxDimensions = 16000;

class VectorView {
 public:
  explicit VectorView(const Datum& value) : data_(value.ptr), dimensions_(static_cast<int>(value.len / 4)) {}
  int dimensions() const { return dimensions_; }
  const void* data() const { return data_; }
  float operator[](int i) const {
    float value;
    std::memcpy(&value, data_ + static_cast<size_t>(i) * 4, 4);
    return value;
  }

 private:
  const char* data_;
  int dimensions_;
};

// A vector being made in an arena.
class VectorWriter {
 public:
  VectorWriter(Arena& arena, int dimensions)
      : data_(arena.allocate(static_cast<size_t>(dimensions) * 4)), dimensions_(dimensions) {}
  void set(int i, float value) { std::memcpy(data_ + static_cast<size_t>(i) * 4, &value, 4); }
  Datum finish() const { return Datum::from_bytes({data_, static_cast<size_t>(dimensions_) * 4}); }

 private:
  char* data_;
  int dimensions_;
};

// pgvector's checks, with its wording.
void check_vector_dimensions(int dimensions);                          // 22000 / 54000
void check_vector_expected(int32_t typmod, int dimensions);            // 22000 `expected 3 dimensions, not 4`
void check_vector_element(float value);                                // 22000 NaN, infinite
[[noreturn]] void throw_different_dimensions(int left, int right);     // 22000
inline void check_same_dimensions(const Datum& left, const Datum& right) {
  if (left.len != right.len) {
    throw_different_dimensions(static_cast<int>(left.len / 4), static_cast<int>(right.len / 4));
  }
}
[[noreturn]] void throw_float_overflow();   // 22003 `value out of range: overflow`
[[noreturn]] void throw_float_underflow();  // 22003

Datum vector_input(CallContext& context, std::string_view text);
void vector_output(CallContext& context, const Datum& value, std::string& out);
int vector_compare(const Datum& left, const Datum& right);
int32_t vector_typmod(std::span<const int64_t> arguments);

std::span<const TypeInfo> vector_types();

}  // namespace vecino::sql

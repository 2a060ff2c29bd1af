#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "sqlfront/types/type.h"

namespace vecino::sql {

// bit(n) and bit varying(n) (manual 8.10). Packed: u32 number of bits (little-endian), then ceil(n / 8) bytes, first bit
// in the highest position, unused bits 0.
class BitView {
 public:
  explicit BitView(const Datum& value) : data_(value.ptr + 4), bytes_(value.len - 4) {
    std::memcpy(&size_, value.ptr, 4);
  }
  uint32_t size() const { return size_; }
  std::string_view bytes() const { return {data_, bytes_}; }
  bool operator[](uint32_t i) const { return (static_cast<uint8_t>(data_[i / 8]) >> (7 - i % 8)) & 1; }

 private:
  const char* data_;
  uint32_t bytes_;
  uint32_t size_;
};

// A bit string being made, all zeros at first.
class BitWriter {
 public:
  BitWriter(Arena& arena, uint32_t bits) : bits_(bits), length_(4 + (size_t{bits} + 7) / 8) {
    data_ = arena.allocate(length_);
    std::memset(data_, 0, length_);
    std::memcpy(data_, &bits, 4);
  }
  void set(uint32_t i) { data_[4 + i / 8] = static_cast<char>(data_[4 + i / 8] | (0x80 >> (i % 8))); }
  char* bytes() { return data_ + 4; }
  size_t byte_count() const { return length_ - 4; }
  // Zeroes the bits after the last one, when whole bytes were written.
  Datum finish() {
    if (bits_ % 8 != 0) data_[length_ - 1] = static_cast<char>(data_[length_ - 1] & (0xff << (8 - bits_ % 8)));
    return Datum::from_bytes({data_, length_});
  }

 private:
  uint32_t bits_;
  size_t length_;
  char* data_;
};

int bit_compare(const Datum& left, const Datum& right);
std::span<const TypeInfo> bit_types();

}  // namespace vecino::sql

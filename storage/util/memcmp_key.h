#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "storage/util/bytes.h"

namespace vecino::memcmp_key {

// Order-preserving encodings: memcmp of the results orders like the values, and no encoding is a prefix of another one
// of the same kind, so that further columns can be appended.

inline void append_uint32(std::string& out, uint32_t value) { append_be(out, value); }
inline void append_uint64(std::string& out, uint64_t value) { append_be(out, value); }
inline void append_int64(std::string& out, int64_t value) {
  append_be(out, static_cast<uint64_t>(value) ^ (uint64_t{1} << 63));
}
// PostgreSQL's float order: -0 = 0, NaN equal to itself and greater than everything (manual 8.1.3).
inline void append_float64(std::string& out, double value) {
  if (value == 0) value = 0;
  if (std::isnan(value)) value = std::nan("");
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits = (bits >> 63) ? ~bits : bits | (uint64_t{1} << 63);
  append_be(out, bits);
}
// 0x00 becomes 0x00 0xff; the end is 0x00 0x01.
inline void append_bytes(std::string& out, std::string_view value) {
  size_t position = 0;
  while (position < value.size()) {
    const void* zero = std::memchr(value.data() + position, 0, value.size() - position);
    if (zero == nullptr) break;
    size_t stop = static_cast<const char*>(zero) - value.data() + 1;
    out.append(value.data() + position, stop - position);
    out.push_back('\xff');
    position = stop;
  }
  out.append(value.data() + position, value.size() - position);
  out.push_back('\0');
  out.push_back('\x01');
}

// Turns what was appended since `start` into its descending form.
inline void invert_from(std::string& out, size_t start) {
  for (size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

// Readers: consume from `in`; false = malformed.
inline bool read_int64(std::string_view& in, int64_t& value) {
  if (in.size() < 8) return false;
  value = static_cast<int64_t>(load_be<uint64_t>(in.data()) ^ (uint64_t{1} << 63));
  in.remove_prefix(8);
  return true;
}
inline bool read_float64(std::string_view& in, double& value) {
  if (in.size() < 8) return false;
  uint64_t bits = load_be<uint64_t>(in.data());
  bits = (bits >> 63) ? bits & ~(uint64_t{1} << 63) : ~bits;
  std::memcpy(&value, &bits, sizeof value);
  in.remove_prefix(8);
  return true;
}
inline bool read_bytes(std::string_view& in, std::string& value) {
  for (size_t i = 0; i + 1 < in.size(); ++i) {
    if (in[i] != '\0') {
      value.push_back(in[i]);
      continue;
    }
    char kind = in[++i];
    if (kind == '\x01') {
      in.remove_prefix(i + 1);
      return true;
    }
    if (kind != '\xff') return false;
    value.push_back('\0');
  }
  return false;
}

}  // namespace vecino::memcmp_key

#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

// Shared by the type files: errors, network byte order, key encodings, hashing.

// 22P02 `invalid input syntax for type integer: "abc"`
[[noreturn]] void throw_invalid_syntax(std::string_view type, std::string_view text);
// 22003 `value "99999" is out of range for type smallint`
[[noreturn]] void throw_text_out_of_range(std::string_view type, std::string_view text);
// 22P03 / 08P01 for binary values of the wrong length.
[[noreturn]] void throw_binary_length(size_t expected, size_t actual);

inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
inline char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
inline bool is_alpha(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
std::string_view trim_spaces(std::string_view text);
bool equals_ignore_case(std::string_view left, std::string_view right);
std::string lower_ascii(std::string_view text);

template <typename T>
void append_network(std::string& out, T value) {
  for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
  }
}
// REQUIRES: offset + sizeof(T) <= bytes.size()
template <typename T>
T read_network(std::string_view bytes, size_t offset = 0) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return static_cast<T>(value);
}
inline void require_length(std::string_view bytes, size_t expected) {
  if (bytes.size() != expected) throw_binary_length(expected, bytes.size());
}
template <typename T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Keys: bytewise order is value order, prefix-free. Integers of every width share one encoding, so that an int4 column can
// be searched with an int8 bound.
void append_key_int(std::string& out, int64_t value);
void append_key_float(std::string& out, double value);
void append_key_bytes(std::string& out, std::string_view bytes);

inline uint64_t hash_mix(uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdull;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ull;
  return value ^ value >> 33;
}
uint64_t hash_bytes(std::string_view bytes);

// Ordering, hashing and keys of types whose datum is an integer or plain bytes.
inline int compare_ints(const Datum& left, const Datum& right) {
  return left.i64 < right.i64 ? -1 : left.i64 > right.i64;
}
inline uint64_t hash_int(const Datum& value) { return hash_mix(static_cast<uint64_t>(value.i64)); }
inline void encode_int_key(const Datum& value, std::string& out) { append_key_int(out, value.i64); }
int compare_plain_bytes(const Datum& left, const Datum& right);
inline uint64_t hash_plain_bytes(const Datum& value) { return hash_bytes(value.bytes()); }
inline void encode_bytes_key(const Datum& value, std::string& out) { append_key_bytes(out, value.bytes()); }

void append_int(std::string& out, int64_t value);
void append_unsigned(std::string& out, uint64_t value);

}  // namespace vecino::sql

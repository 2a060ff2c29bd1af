#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace vecino {

// Fixed-width integers. Big-endian for keys (bytewise order = numeric order), little-endian for values.
template <typename T>
inline T byte_swap(T value) {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

template <typename T>
inline void store_be(char* target, T value) {
  if constexpr (std::endian::native == std::endian::little) value = byte_swap(value);
  std::memcpy(target, &value, sizeof(T));
}
template <typename T>
inline T load_be(const char* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  if constexpr (std::endian::native == std::endian::little) value = byte_swap(value);
  return value;
}
template <typename T>
inline void store_le(char* target, T value) {
  if constexpr (std::endian::native == std::endian::big) value = byte_swap(value);
  std::memcpy(target, &value, sizeof(T));
}
template <typename T>
inline T load_le(const char* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) value = byte_swap(value);
  return value;
}

template <typename T>
inline void append_be(std::string& out, T value) {
  char buffer[sizeof(T)];
  store_be(buffer, value);
  out.append(buffer, sizeof(T));
}
template <typename T>
inline void append_le(std::string& out, T value) {
  char buffer[sizeof(T)];
  store_le(buffer, value);
  out.append(buffer, sizeof(T));
}

// LEB128.
inline constexpr int kMaxVarintBytes = 10;
inline char* put_varint(char* target, uint64_t value) {
  while (value >= 0x80) {
    *target++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *target++ = static_cast<char>(value);
  return target;
}
inline void append_varint(std::string& out, uint64_t value) {
  char buffer[kMaxVarintBytes];
  out.append(buffer, put_varint(buffer, value) - buffer);
}
// Position after the varint, or nullptr when the bytes end early or run over 64 bits.
inline const char* get_varint(const char* position, const char* end, uint64_t& value) {
  if (position < end && static_cast<uint8_t>(*position) < 0x80) {
    value = static_cast<uint8_t>(*position);
    return position + 1;
  }
  uint64_t result = 0;
  for (int shift = 0; shift < 64 && position < end; shift += 7) {
    uint8_t byte = static_cast<uint8_t>(*position++);
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      value = result;
      return position;
    }
  }
  return nullptr;
}

inline uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

// The smallest key greater than every key that starts with `prefix`; empty = there is none.
inline std::string prefix_successor(std::string_view prefix) {
  std::string result(prefix);
  while (!result.empty()) {
    if (static_cast<uint8_t>(result.back()) != 0xff) {
      result.back() = static_cast<char>(static_cast<uint8_t>(result.back()) + 1);
      return result;
    }
    result.pop_back();
  }
  return result;
}

}  // namespace vecino

#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vecino::protocol {

// Big-endian integers, as the protocol has them (manual 55.5).
inline uint32_t load_u32(const char* at) {
  uint32_t raw;
  std::memcpy(&raw, at, 4);
  return std::endian::native == std::endian::little ? __builtin_bswap32(raw) : raw;
}
inline uint16_t load_u16(const char* at) {
  uint16_t raw;
  std::memcpy(&raw, at, 2);
  return std::endian::native == std::endian::little ? __builtin_bswap16(raw) : raw;
}
inline void store_u32(char* at, uint32_t value) {
  uint32_t raw = std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
  std::memcpy(at, &raw, 4);
}
inline void store_u16(char* at, uint16_t value) {
  uint16_t raw = std::endian::native == std::endian::little ? __builtin_bswap16(value) : value;
  std::memcpy(at, &raw, 2);
}
inline void append_u32(std::string& out, uint32_t value) {
  char raw[4];
  store_u32(raw, value);
  out.append(raw, 4);
}
inline void append_u16(std::string& out, uint16_t value) {
  char raw[2];
  store_u16(raw, value);
  out.append(raw, 2);
}
inline void append_cstring(std::string& out, std::string_view text) {
  out.append(text);
  out.push_back('\0');
}

}  // namespace vecino::protocol

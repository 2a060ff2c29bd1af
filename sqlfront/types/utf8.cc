#include <cstdio>

#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

// Length of the valid sequence at the front, 0 = invalid.
size_t sequence_length(const unsigned char* p, size_t left) {
  unsigned char c = p[0];
  auto tail = [&](size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
  if (c < 0x80) return c == 0 ? 0 : 1;
  if (c >= 0xC2 && c <= 0xDF) return tail(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F)) return 0;
    return 3;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if ((c == 0xF0 && p[1] < 0x90) || (c == 0xF4 && p[1] > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

[[noreturn]] void throw_invalid_utf8(const unsigned char* p, size_t left) {
  size_t expected = p[0] < 0xC0 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  std::string message = "invalid byte sequence for encoding \"UTF8\":";
  for (size_t i = 0; i < expected && i < left; ++i) {
    char hex[8];
    std::snprintf(hex, sizeof hex, " 0x%02x", p[i]);
    message += hex;
  }
  throw SqlError(sqlstate::kCharacterNotInRepertoire, message);
}

}  // namespace

void require_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  size_t left = text.size();
  while (left > 0) {
    if (left >= 8) {
      uint64_t word = load<uint64_t>(reinterpret_cast<const char*>(p));
      bool has_zero = ((word - 0x0101010101010101ull) & ~word & 0x8080808080808080ull) != 0;
      if ((word & 0x8080808080808080ull) == 0 && !has_zero) {
        p += 8;
        left -= 8;
        continue;
      }
    }
    size_t length = sequence_length(p, left);
    if (length == 0) throw_invalid_utf8(p, left);
    p += length;
    left -= length;
  }
}

size_t utf8_length(std::string_view text) {
  size_t length = 0;
  for (char c : text) length += is_utf8_continuation(c) ? 0 : 1;
  return length;
}

size_t utf8_offset(std::string_view text, size_t index) {
  size_t offset = 0;
  while (offset < text.size() && index > 0) {
    ++offset;
    while (offset < text.size() && is_utf8_continuation(text[offset])) ++offset;
    --index;
  }
  return offset;
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

std::string_view truncate_name(std::string_view text) {
  if (text.size() <= 63) return text;
  size_t end = 63;
  while (end > 0 && is_utf8_continuation(text[end])) --end;
  return text.substr(0, end);
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace vecino::sql

#include "protocol/utf8.h"

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace vecino::protocol {
namespace {

// Bytes that a lead byte announces, as PostgreSQL counts them for its message.
size_t announced_length(unsigned char lead) {
  if ((lead & 0x80) == 0) return 1;
  if ((lead & 0xe0) == 0xc0) return 2;
  if ((lead & 0xf0) == 0xe0) return 3;
  if ((lead & 0xf8) == 0xf0) return 4;
  return 1;
}

bool is_continuation(unsigned char c) { return (c & 0xc0) == 0x80; }

// Length of the valid sequence at `at`, 0 = invalid.
size_t valid_length(const unsigned char* at, size_t left) {
  unsigned char lead = at[0];
  if (lead < 0x80) return lead == 0 ? 0 : 1;
  size_t length = announced_length(lead);
  if (length == 1 || length > left) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!is_continuation(at[i])) return 0;
  }
  if (length == 2) return lead >= 0xc2 ? 2 : 0;
  if (length == 3) {
    if (lead == 0xe0 && at[1] < 0xa0) return 0;
    if (lead == 0xed && at[1] > 0x9f) return 0;
    return 3;
  }
  if (lead == 0xf0 && at[1] < 0x90) return 0;
  if (lead > 0xf4 || (lead == 0xf4 && at[1] > 0x8f)) return 0;
  return 4;
}

Status invalid_sequence(const unsigned char* at, size_t left) {
  std::string message = "invalid byte sequence for encoding \"UTF8\":";
  size_t length = std::min(announced_length(at[0]), left);
  for (size_t i = 0; i < length; ++i) {
    char hex[8];
    std::snprintf(hex, sizeof hex, " 0x%02x", at[i]);
    message += hex;
  }
  return Status::error(sqlstate::kCharacterNotInRepertoire, std::move(message));
}

}  // namespace

Status check_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  size_t left = text.size();
  while (left > 0) {
    while (left >= 8) {  // plain ASCII without NUL, eight bytes at a time
      uint64_t word;
      std::memcpy(&word, at, 8);
      constexpr uint64_t kHigh = 0x8080808080808080, kLow = 0x0101010101010101;
      if ((word & kHigh) != 0 || ((word - kLow) & ~word & kHigh) != 0) break;
      at += 8;
      left -= 8;
    }
    if (left == 0) break;
    size_t length = valid_length(at, left);
    if (length == 0) return invalid_sequence(at, left);
    at += length;
    left -= length;
  }
  return Status::ok();
}

}  // namespace vecino::protocol

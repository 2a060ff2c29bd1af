#include "sqlfront/types/type_helpers.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace vecino::sql {

void throw_invalid_syntax(std::string_view type, std::string_view text) {
  throw SqlError(sqlstate::kInvalidTextRepresentation,
                 "invalid input syntax for type " + std::string(type) + ": \"" + std::string(text) + "\"");
}

void throw_text_out_of_range(std::string_view type, std::string_view text) {
  throw SqlError(sqlstate::kNumericValueOutOfRange,
                 "value \"" + std::string(text) + "\" is out of range for type " + std::string(type));
}

void throw_binary_length(size_t expected, size_t actual) {
  if (actual < expected) throw SqlError(sqlstate::kProtocolViolation, "insufficient data left in message");
  throw SqlError(sqlstate::kInvalidBinaryRepresentation, "incorrect binary data format");
}

std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_ignore_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (to_lower(left[i]) != to_lower(right[i])) return false;
  }
  return true;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

// Head byte: 0x80 + number of magnitude bytes for values >= 0, 0x7f - number for negative ones.
void append_key_int(std::string& out, int64_t value) {
  uint64_t magnitude = value >= 0 ? static_cast<uint64_t>(value) : ~static_cast<uint64_t>(value);
  int bytes = (std::bit_width(magnitude) + 7) / 8;
  out.push_back(static_cast<char>(value >= 0 ? 0x80 + bytes : 0x7f - bytes));
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
  }
}

void append_key_float(std::string& out, double value) {
  uint64_t bits;
  if (std::isnan(value)) {
    bits = ~0ull;
  } else {
    bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
    bits = (bits >> 63) != 0 ? ~bits : bits | 1ull << 63;
  }
  append_network(out, bits);
}

void append_key_bytes(std::string& out, std::string_view bytes) {
  for (char c : bytes) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xff');
  }
  out.append(2, '\0');
}

uint64_t hash_bytes(std::string_view bytes) {
  uint64_t hash = 0x9E3779B97F4A7C15ull ^ bytes.size();
  while (bytes.size() >= 8) {
    hash = hash_mix(hash ^ load<uint64_t>(bytes.data()));
    bytes.remove_prefix(8);
  }
  uint64_t tail = 0;
  std::memcpy(&tail, bytes.data(), bytes.size());
  return hash_mix(hash ^ tail);
}

int compare_plain_bytes(const Datum& left, const Datum& right) {
  int order = left.bytes().compare(right.bytes());
  return order < 0 ? -1 : order > 0;
}

void append_int(std::string& out, int64_t value) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void append_unsigned(std::string& out, uint64_t value) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

}  // namespace vecino::sql

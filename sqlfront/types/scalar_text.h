#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/util/datum.h"

namespace vecino::sql {

// Text forms of simple scalars, for types, casts, JSON and settings.

std::optional<bool> parse_bool(std::string_view text);

// Spaces around are allowed. 22P02 / 22003 with the type's SQL name ("integer").
int64_t parse_int(std::string_view text, int64_t minimum, int64_t maximum, std::string_view type);
uint32_t parse_oid(std::string_view text, std::string_view type = "oid");

// Shortest form that reads back equal (extra_float_digits > 0), else digits10 + extra_float_digits digits.
void append_float8(std::string& out, double value, int extra_float_digits = 1);
void append_float4(std::string& out, float value, int extra_float_digits = 1);
// `spelling` is the whole text for error messages.
double parse_float8(std::string_view text, std::string_view spelling);
float parse_float4(std::string_view text, std::string_view spelling);

// bytea: \x hex or escape format.
std::string parse_bytea(std::string_view text);
void append_bytea_hex(std::string& out, std::string_view bytes);
void append_bytea_escape(std::string& out, std::string_view bytes);

// 22021 `invalid byte sequence for encoding "UTF8": 0x..`
void require_utf8(std::string_view text);
inline bool is_utf8_continuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }
size_t utf8_length(std::string_view text);
// Byte offset of character `index` (clamped to the end).
size_t utf8_offset(std::string_view text, size_t index);
void append_utf8(std::string& out, uint32_t code_point);

// "char": one byte; \ooo for bytes above 127.
char parse_char(std::string_view text);
void append_char(std::string& out, char value);

// Blanks at the end of a bpchar do not count.
std::string_view trim_blanks(std::string_view text);

// Names are cut to 63 bytes, at a character boundary.
std::string_view truncate_name(std::string_view text);

}  // namespace vecino::sql

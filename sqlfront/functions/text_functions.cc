#include <algorithm>
#include <cstdio>
#include <limits>
#include <vector>

#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/value_size.h"

// String functions (manual 9.4). Positions and lengths count characters.
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

constexpr int64_t kMaxText = 0x3fffffff;
constexpr size_t kCopiedAtOnce = size_t{8} << 20;

[[noreturn]] void throw_too_large() {
  throw SqlError(sqlstate::kProgramLimitExceeded, "requested length too large");
}

// Characters [start, start + length) of the text, 1-based, as SQL's SUBSTRING: what lies before 1 counts, too.
struct Range {
  size_t begin, end;  // 0-based, end exclusive
};
Range sql_range(int32_t start, std::optional<int32_t> length) {
  int64_t end = length ? int64_t{start} + *length : std::numeric_limits<int32_t>::max();
  if (length && *length < 0) throw SqlError(sqlstate::kSubstringError, "negative substring length not allowed");
  int64_t first = std::max<int64_t>(start, 1);
  if (end < first) return {0, 0};
  return {static_cast<size_t>(first - 1), static_cast<size_t>(end - 1)};
}
sv characters(sv text, Range range) {
  size_t begin = utf8_offset(text, range.begin);
  return text.substr(begin, utf8_offset(text.substr(begin), range.end - range.begin));
}
sv bytes(sv text, Range range) {
  if (range.begin >= text.size()) return {};
  return text.substr(range.begin, range.end - range.begin);
}
sv substring(sv text, int32_t start, int32_t length) { return characters(text, sql_range(start, length)); }
sv substring_from(sv text, int32_t start) { return characters(text, sql_range(start, std::nullopt)); }
sv bytea_substring(sv text, int32_t start, int32_t length) { return bytes(text, sql_range(start, length)); }
sv bytea_substring_from(sv text, int32_t start) { return bytes(text, sql_range(start, std::nullopt)); }

size_t from_end(sv text, int32_t count) {  // byte offset of the character `count` from the end, count > 0
  size_t length = utf8_length(text), back = static_cast<size_t>(count);
  return back >= length ? 0 : utf8_offset(text, length - back);
}
sv left(sv text, int32_t count) {
  if (count >= 0) return text.substr(0, utf8_offset(text, static_cast<size_t>(count)));
  return text.substr(0, from_end(text, count == std::numeric_limits<int32_t>::min() ? -(count + 1) : -count));
}
sv right(sv text, int32_t count) {
  if (count == 0) return {};
  if (count > 0) return text.substr(from_end(text, count));
  return text.substr(utf8_offset(text, static_cast<size_t>(-int64_t{count})));
}

// `count` characters of the fill, repeated.
void append_fill(std::string& out, sv fill, size_t count) {
  size_t fill_length = utf8_length(fill);
  if (fill.size() == 1) return append_checked(out, count, fill[0]);
  for (; count >= fill_length; count -= fill_length) append_checked(out, fill);
  append_checked(out, fill.substr(0, utf8_offset(fill, count)));
}
Datum pad(CallContext& context, sv text, int32_t length, sv fill, bool at_left) {
  size_t wanted = length < 0 ? 0 : static_cast<size_t>(length), have = utf8_length(text);
  if (have >= wanted) return Datum::from_bytes(text.substr(0, utf8_offset(text, wanted)));
  if (fill.empty()) return Datum::from_bytes(text);
  if (static_cast<int64_t>(wanted) * 4 + 4 > kMaxText) throw_too_large();  // four bytes a character
  std::string out;
  if (at_left) append_fill(out, fill, wanted - have);
  append_checked(out, text);
  if (!at_left) append_fill(out, fill, wanted - have);
  return context.text(out);
}
Datum lpad(CallContext& c, sv text, int32_t length, sv fill) { return pad(c, text, length, fill, true); }
Datum rpad(CallContext& c, sv text, int32_t length, sv fill) { return pad(c, text, length, fill, false); }
Datum lpad_blank(CallContext& c, sv text, int32_t length) { return pad(c, text, length, " ", true); }
Datum rpad_blank(CallContext& c, sv text, int32_t length) { return pad(c, text, length, " ", false); }

size_t char_size(sv text, size_t at) {
  size_t size = 1;
  while (at + size < text.size() && is_utf8_continuation(text[at + size])) ++size;
  return size;
}
bool contains_char(sv set, sv character) {
  for (size_t i = 0; i < set.size(); i += char_size(set, i)) {
    if (set.substr(i, char_size(set, i)) == character) return true;
  }
  return false;
}
sv trim_left(sv text, sv set) {
  while (!text.empty() && contains_char(set, text.substr(0, char_size(text, 0)))) {
    check_for_interrupts();
    text.remove_prefix(char_size(text, 0));
  }
  return text;
}
sv trim_right(sv text, sv set) {
  while (!text.empty()) {
    check_for_interrupts();
    size_t start = text.size() - 1;
    while (start > 0 && is_utf8_continuation(text[start])) --start;
    if (!contains_char(set, text.substr(start))) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}
sv trim_both(sv text, sv set) { return trim_right(trim_left(text, set), set); }
sv trim_left_blank(sv text) { return trim_left(text, " "); }
sv trim_right_blank(sv text) { return trim_right(text, " "); }
sv trim_both_blank(sv text) { return trim_both(text, " "); }
// bytea: sets of bytes.
sv bytea_trim_left(sv text, sv set) {
  while (!text.empty() && set.find(text.front()) != sv::npos) text.remove_prefix(1);
  return text;
}
sv bytea_trim_right(sv text, sv set) {
  while (!text.empty() && set.find(text.back()) != sv::npos) text.remove_suffix(1);
  return text;
}
sv bytea_trim(sv text, sv set) { return bytea_trim_right(bytea_trim_left(text, set), set); }

Datum replace(CallContext& context, sv text, sv from, sv to) {
  if (text.empty() || from.empty() || text.find(from) == sv::npos) return Datum::from_bytes(text);
  std::string out;
  size_t at = 0;
  for (size_t hit; (hit = text.find(from, at)) != sv::npos; at = hit + from.size()) {
    append_checked(out, text.substr(at, hit - at));
    append_checked(out, to);
  }
  append_checked(out, text.substr(at));
  return context.text(out);
}

Datum translate(CallContext& context, sv text, sv from, sv to) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    check_for_interrupts();
    sv character = text.substr(i, char_size(text, i));
    i += character.size();
    size_t index = 0, at = 0;
    while (at < from.size() && from.substr(at, char_size(from, at)) != character) {
      at += char_size(from, at);
      ++index;
    }
    if (at >= from.size()) {
      out += character;
      continue;
    }
    size_t target = utf8_offset(to, index);
    if (target < to.size()) out += to.substr(target, char_size(to, target));
  }
  return context.text(out);
}

Datum repeat(CallContext& context, sv text, int32_t count) {
  if (count <= 0 || text.empty()) return Datum::from_bytes("");
  if (static_cast<int64_t>(text.size()) * count + 4 > kMaxText) throw_too_large();
  const size_t size = text.size() * static_cast<size_t>(count);
  char* out = context.arena->allocate(size, 1);
  std::memcpy(out, text.data(), text.size());
  // What is there is copied again and again, a few megabytes at a time.
  for (size_t done = text.size(); done < size;) {
    check_for_interrupts();
    const size_t whole = std::max(kCopiedAtOnce / text.size() * text.size(), text.size());
    const size_t step = std::min({done, whole, size - done});
    std::memcpy(out + done, out, step);
    done += step;
  }
  return Datum::from_bytes({out, size});
}

Datum reverse(CallContext& context, sv text) {
  std::string out;
  out.reserve(text.size());
  for (size_t end = text.size(); end > 0;) {
    if ((end & 0xfffff) == 0) check_for_interrupts();
    size_t start = end - 1;
    while (start > 0 && is_utf8_continuation(text[start])) --start;
    out += text.substr(start, end - start);
    end = start;
  }
  return context.text(out);
}

sv split_part(sv text, sv delimiter, int32_t field) {
  if (field == 0) throw SqlError(sqlstate::kInvalidParameterValue, "field position must not be zero");
  if (delimiter.empty()) return field == 1 || field == -1 ? text : sv();
  std::vector<sv> parts;
  size_t at = 0;
  for (size_t hit; (hit = text.find(delimiter, at)) != sv::npos; at = hit + delimiter.size()) {
    check_for_interrupts();
    parts.push_back(text.substr(at, hit - at));
  }
  parts.push_back(text.substr(at));
  int64_t index = field > 0 ? int64_t{field} - 1 : static_cast<int64_t>(parts.size()) + field;
  if (index < 0 || index >= static_cast<int64_t>(parts.size())) return {};
  return parts[static_cast<size_t>(index)];
}

int32_t position(sv text, sv part) {
  size_t at = text.find(part);
  return at == sv::npos ? 0 : static_cast<int32_t>(utf8_length(text.substr(0, at))) + 1;
}
int32_t bytea_position(sv text, sv part) {
  size_t at = text.find(part);
  return at == sv::npos ? 0 : static_cast<int32_t>(at) + 1;
}

Datum overlay_range(CallContext& context, sv text, sv replacement, int32_t start, int32_t length, bool by_bytes) {
  if (start <= 0) throw SqlError(sqlstate::kSubstringError, "negative substring length not allowed");
  int32_t after = 0;
  if (__builtin_add_overflow(start, length, &after)) throw SqlError(sqlstate::kNumericValueOutOfRange, "integer out of range");
  std::string out;
  Range head = sql_range(1, start - 1), tail = sql_range(after, std::nullopt);
  const sv before = by_bytes ? bytes(text, head) : characters(text, head);
  const sv behind = by_bytes ? bytes(text, tail) : characters(text, tail);
  check_value_size(before.size() + replacement.size());
  check_value_size(before.size() + replacement.size() + behind.size());
  append_checked(out, before);
  append_checked(out, replacement);
  append_checked(out, behind);
  return context.text(out);
}
Datum overlay(CallContext& c, sv text, sv with, int32_t start, int32_t length) {
  return overlay_range(c, text, with, start, length, false);
}
Datum overlay_same(CallContext& c, sv text, sv with, int32_t start) {
  return overlay_range(c, text, with, start, static_cast<int32_t>(utf8_length(with)), false);
}
Datum bytea_overlay(CallContext& c, sv text, sv with, int32_t start, int32_t length) {
  return overlay_range(c, text, with, start, length, true);
}
Datum bytea_overlay_same(CallContext& c, sv text, sv with, int32_t start) {
  return overlay_range(c, text, with, start, static_cast<int32_t>(with.size()), true);
}

int32_t ascii(sv text) {
  if (text.empty()) return 0;
  auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return lead;
  size_t size = char_size(text, 0);
  int32_t code = lead & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) code = code << 6 | (text[i] & 0x3f);
  return code;
}
Datum chr(CallContext& context, int32_t code) {
  if (code == 0) throw SqlError(sqlstate::kProgramLimitExceeded, "null character not permitted");
  if (code < 0) throw SqlError(sqlstate::kProgramLimitExceeded, "character number must be positive");
  if (code > 0x10ffff) {
    throw SqlError(sqlstate::kProgramLimitExceeded, "requested character too large for encoding: " + std::to_string(code));
  }
  if (code >= 0xd800 && code <= 0xdfff) {
    throw SqlError(sqlstate::kProgramLimitExceeded, "requested character not valid for encoding: " + std::to_string(code));
  }
  std::string out;
  append_utf8(out, static_cast<uint32_t>(code));
  return context.text(out);
}

template <typename T>
Datum to_hex(CallContext& context, T value) {
  char buffer[20];
  int length = std::snprintf(buffer, sizeof buffer, "%llx",
                             static_cast<unsigned long long>(static_cast<std::make_unsigned_t<T>>(value)));
  return context.text({buffer, static_cast<size_t>(length)});
}

// bytea element access.
[[noreturn]] void throw_index(int64_t index, int64_t last) {
  throw SqlError(sqlstate::kArraySubscriptError,
                 "index " + std::to_string(index) + " out of valid range, 0.." + std::to_string(last));
}
int32_t get_byte(sv text, int32_t index) {
  if (index < 0 || static_cast<size_t>(index) >= text.size()) throw_index(index, static_cast<int64_t>(text.size()) - 1);
  return static_cast<uint8_t>(text[static_cast<size_t>(index)]);
}
Datum set_byte(CallContext& context, sv text, int32_t index, int32_t value) {
  get_byte(text, index);
  std::string out(text);
  out[static_cast<size_t>(index)] = static_cast<char>(value);
  return context.text(out);
}
int32_t get_bit(sv text, int64_t index) {
  if (index < 0 || index >= static_cast<int64_t>(text.size()) * 8) throw_index(index, static_cast<int64_t>(text.size()) * 8 - 1);
  return static_cast<uint8_t>(text[static_cast<size_t>(index / 8)]) >> (index % 8) & 1;
}
Datum set_bit(CallContext& context, sv text, int64_t index, int32_t value) {
  get_bit(text, index);
  if (value != 0 && value != 1) throw SqlError(sqlstate::kInvalidParameterValue, "new bit must be 0 or 1");
  std::string out(text);
  auto& byte = out[static_cast<size_t>(index / 8)];
  byte = static_cast<char>(value ? byte | 1 << (index % 8) : byte & ~(1 << (index % 8)));
  return context.text(out);
}
int64_t bit_count(sv text) {
  int64_t count = 0;
  for (char c : text) count += __builtin_popcount(static_cast<uint8_t>(c));
  return count;
}

const FunctionDef kFunctions[] = {
    {936, "substring", {kText, kInt4, kInt4}, kText, kImmutable, kStrict, row<substring>},
    {937, "substring", {kText, kInt4}, kText, kImmutable, kStrict, row<substring_from>},
    {877, "substr", {kText, kInt4, kInt4}, kText, kImmutable, kStrict, row<substring>},
    {883, "substr", {kText, kInt4}, kText, kImmutable, kStrict, row<substring_from>},
    {2012, "substring", {kBytea, kInt4, kInt4}, kBytea, kImmutable, kStrict, row<bytea_substring>},
    {2013, "substring", {kBytea, kInt4}, kBytea, kImmutable, kStrict, row<bytea_substring_from>},
    {2085, "substr", {kBytea, kInt4, kInt4}, kBytea, kImmutable, kStrict, row<bytea_substring>},
    {2086, "substr", {kBytea, kInt4}, kBytea, kImmutable, kStrict, row<bytea_substring_from>},
    {3060, "left", {kText, kInt4}, kText, kImmutable, kStrict, row<left>},
    {3061, "right", {kText, kInt4}, kText, kImmutable, kStrict, row<right>},
    {873, "lpad", {kText, kInt4, kText}, kText, kImmutable, kStrict, row<lpad>},
    {874, "rpad", {kText, kInt4, kText}, kText, kImmutable, kStrict, row<rpad>},
    {879, "lpad", {kText, kInt4}, kText, kImmutable, kStrict, row<lpad_blank>},
    {880, "rpad", {kText, kInt4}, kText, kImmutable, kStrict, row<rpad_blank>},
    {875, "ltrim", {kText, kText}, kText, kImmutable, kStrict, row<trim_left>},
    {876, "rtrim", {kText, kText}, kText, kImmutable, kStrict, row<trim_right>},
    {884, "btrim", {kText, kText}, kText, kImmutable, kStrict, row<trim_both>},
    {881, "ltrim", {kText}, kText, kImmutable, kStrict, row<trim_left_blank>},
    {882, "rtrim", {kText}, kText, kImmutable, kStrict, row<trim_right_blank>},
    {885, "btrim", {kText}, kText, kImmutable, kStrict, row<trim_both_blank>},
    {6195, "ltrim", {kBytea, kBytea}, kBytea, kImmutable, kStrict, row<bytea_trim_left>},
    {6196, "rtrim", {kBytea, kBytea}, kBytea, kImmutable, kStrict, row<bytea_trim_right>},
    {2015, "btrim", {kBytea, kBytea}, kBytea, kImmutable, kStrict, row<bytea_trim>},
    {2087, "replace", {kText, kText, kText}, kText, kImmutable, kStrict, row<replace>},
    {878, "translate", {kText, kText, kText}, kText, kImmutable, kStrict, row<translate>},
    {1622, "repeat", {kText, kInt4}, kText, kImmutable, kStrict, row<repeat>},
    {3062, "reverse", {kText}, kText, kImmutable, kStrict, row<reverse>},
    {2088, "split_part", {kText, kText, kInt4}, kText, kImmutable, kStrict, row<split_part>},
    {868, "strpos", {kText, kText}, kInt4, kImmutable, kStrict, row<position>},
    {849, "position", {kText, kText}, kInt4, kImmutable, kStrict, row<position>},
    {2014, "position", {kBytea, kBytea}, kInt4, kImmutable, kStrict, row<bytea_position>},
    {1404, "overlay", {kText, kText, kInt4, kInt4}, kText, kImmutable, kStrict, row<overlay>},
    {1405, "overlay", {kText, kText, kInt4}, kText, kImmutable, kStrict, row<overlay_same>},
    {749, "overlay", {kBytea, kBytea, kInt4, kInt4}, kBytea, kImmutable, kStrict, row<bytea_overlay>},
    {752, "overlay", {kBytea, kBytea, kInt4}, kBytea, kImmutable, kStrict, row<bytea_overlay_same>},
    {1620, "ascii", {kText}, kInt4, kImmutable, kStrict, row<ascii>},
    {1621, "chr", {kInt4}, kText, kImmutable, kStrict, row<chr>},
    {2089, "to_hex", {kInt4}, kText, kImmutable, kStrict, row<to_hex<int32_t>>},
    {2090, "to_hex", {kInt8}, kText, kImmutable, kStrict, row<to_hex<int64_t>>},
    {721, "get_byte", {kBytea, kInt4}, kInt4, kImmutable, kStrict, row<get_byte>},
    {722, "set_byte", {kBytea, kInt4, kInt4}, kBytea, kImmutable, kStrict, row<set_byte>},
    {723, "get_bit", {kBytea, kInt8}, kInt4, kImmutable, kStrict, row<get_bit>},
    {724, "set_bit", {kBytea, kInt8, kInt4}, kBytea, kImmutable, kStrict, row<set_bit>},
    {6163, "bit_count", {kBytea}, kInt8, kImmutable, kStrict, row<bit_count>},
};

}  // namespace

std::span<const FunctionDef> text_functions() { return kFunctions; }

}  // namespace vecino::sql

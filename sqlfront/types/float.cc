#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <bit>
#include <limits>

#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/shortest_float.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

template <typename T>
bool append_special(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
  } else {
    return false;
  }
  return true;
}

void append_rounded(std::string& out, double value, int digits) {
  char buffer[64];
  int length = std::snprintf(buffer, sizeof buffer, "%.*g", digits < 1 ? 1 : digits, value);
  out.append(buffer, static_cast<size_t>(length));
}

std::optional<double> special_value(std::string_view text) {
  bool negative = !text.empty() && text[0] == '-';
  bool sign = negative || (!text.empty() && text[0] == '+');
  std::string_view word = text.substr(sign ? 1 : 0);
  if (equals_ignore_case(word, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (equals_ignore_case(word, "infinity") || equals_ignore_case(word, "inf")) {
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  return std::nullopt;
}

// strtod semantics (also hexadecimal), but the whole text must be a number.
template <typename T>
T parse_float(std::string_view text, std::string_view spelling, std::string_view type) {
  std::string_view digits = trim_spaces(text);
  if (digits.empty()) throw_invalid_syntax(type, spelling);
  if (auto special = special_value(digits)) return static_cast<T>(*special);
  if (digits[0] == '+') digits.remove_prefix(1);
  T value{};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && end == digits.data() + digits.size() && std::isfinite(value)) {
    return value;
  }
  std::string copy(digits);
  char* stop = nullptr;
  errno = 0;
  if constexpr (sizeof(T) == 4) {
    value = std::strtof(copy.c_str(), &stop);
  } else {
    value = std::strtod(copy.c_str(), &stop);
  }
  bool plain = is_digit(copy.back()) || copy.back() == '.' || (copy.size() > 1 && (copy[1] == 'x' || copy[1] == 'X'));
  if (stop != copy.c_str() + copy.size() || copy[0] == '+' || is_alpha(copy[0]) || !plain) {
    throw_invalid_syntax(type, spelling);
  }
  if (errno == ERANGE && (value == 0 || std::isinf(value))) {
    throw SqlError(sqlstate::kNumericValueOutOfRange, "\"" + std::string(trim_spaces(spelling)) + "\" is out of range for type " +
                                                          std::string(type));
  }
  return value;
}

int extra_float_digits(CallContext& context) {
  if (context.env == nullptr) return 1;
  return static_cast<int>(context.env->settings().get_int(conf::SettingId::extra_float_digits));
}

Datum float8_input(CallContext&, std::string_view text) { return Datum::from_float(parse_float8(text, text)); }
void float8_output(CallContext& context, const Datum& value, std::string& out) {
  append_float8(out, value.f64, extra_float_digits(context));
}
Datum float8_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 8);
  return Datum::from_float(std::bit_cast<double>(read_network<uint64_t>(bytes)));
}
void float8_send(CallContext&, const Datum& value, std::string& out) {
  append_network(out, std::bit_cast<uint64_t>(value.f64));
}

Datum float4_input(CallContext&, std::string_view text) { return Datum::from_float(parse_float4(text, text)); }
void float4_output(CallContext& context, const Datum& value, std::string& out) {
  append_float4(out, static_cast<float>(value.f64), extra_float_digits(context));
}
Datum float4_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 4);
  return Datum::from_float(std::bit_cast<float>(read_network<uint32_t>(bytes)));
}
void float4_send(CallContext&, const Datum& value, std::string& out) {
  append_network(out, std::bit_cast<uint32_t>(static_cast<float>(value.f64)));
}

// NaN equals itself and is greater than everything else.
int compare_floats(const Datum& left, const Datum& right) {
  if (left.f64 < right.f64) return -1;
  if (left.f64 > right.f64) return 1;
  if (left.f64 == right.f64) return 0;
  return static_cast<int>(std::isnan(left.f64)) - static_cast<int>(std::isnan(right.f64));
}
uint64_t hash_float(const Datum& value) {
  if (std::isnan(value.f64)) return hash_mix(0x7ff8000000000000ull);
  return hash_mix(std::bit_cast<uint64_t>(value.f64 == 0 ? 0.0 : value.f64));
}
void encode_float_key(const Datum& value, std::string& out) { append_key_float(out, value.f64); }

constexpr TypeInfo kTypes[] = {
    {type_id::kFloat4, "float4", 1021, kInvalidOid, PhysicalKind::kFloat, 4, 'b', 'N', false, true, 'i', 'p', ',',
     float4_input, float4_output, float4_receive, float4_send, compare_floats, hash_float, {encode_float_key}},
    {type_id::kFloat8, "float8", 1022, kInvalidOid, PhysicalKind::kFloat, 8, 'b', 'N', true, true, 'd', 'p', ',',
     float8_input, float8_output, float8_receive, float8_send, compare_floats, hash_float, {encode_float_key}},
};

}  // namespace

void append_float8(std::string& out, double value, int extra_float_digits) {
  if (append_special(out, value)) return;
  if (extra_float_digits > 0) {
    append_shortest_double(out, value);
  } else {
    append_rounded(out, value, std::numeric_limits<double>::digits10 + extra_float_digits);
  }
}

void append_float4(std::string& out, float value, int extra_float_digits) {
  if (append_special(out, value)) return;
  if (extra_float_digits > 0) {
    append_shortest_float(out, value);
  } else {
    append_rounded(out, value, std::numeric_limits<float>::digits10 + extra_float_digits);
  }
}

double parse_float8(std::string_view text, std::string_view spelling) {
  return parse_float<double>(text, spelling, "double precision");
}
float parse_float4(std::string_view text, std::string_view spelling) {
  return parse_float<float>(text, spelling, "real");
}

std::span<const TypeInfo> float_types() { return kTypes; }

}  // namespace vecino::sql

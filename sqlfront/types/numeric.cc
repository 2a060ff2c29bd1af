#include "sqlfront/types/numeric.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "sqlfront/types/numeric_value.h"
#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

constexpr size_t kHeader = 3;

[[noreturn]] void throw_overflow() { throw SqlError(sqlstate::kNumericValueOutOfRange, "value overflows numeric format"); }

Datum pack_small(Arena& arena, bool negative, uint64_t magnitude, int scale) {
  char* packed = arena.allocate(kHeader + 8, 1);
  packed[0] = static_cast<char>(negative && magnitude != 0 ? NumericForm::kNegative : NumericForm::kPositive);
  auto scale16 = static_cast<uint16_t>(scale);
  std::memcpy(packed + 1, &scale16, 2);
  size_t bytes = 0;
  for (; magnitude != 0; magnitude >>= 8) packed[kHeader + bytes++] = static_cast<char>(magnitude);
  return Datum::from_bytes({packed, kHeader + bytes});
}

// The magnitude of values that fit 64 bits, the common case.
bool small_magnitude(const Datum& value, uint64_t* magnitude) {
  if (value.len > kHeader + 8) return false;
  *magnitude = 0;
  std::memcpy(magnitude, value.ptr + kHeader, value.len - kHeader);
  return true;
}

Datum special(Arena& arena, NumericForm form) { return numeric_pack(arena, numeric_special(form)); }

// digits '.' digits with an optional exponent; `text` has no sign and no spaces. False = not a number.
bool parse_decimal(std::string_view text, bool negative, Arena& arena, Datum* out) {
  std::string digits;
  int64_t scale = 0;
  bool point = false, any = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      if (!digits.empty() || text[i] != '0') digits.push_back(text[i]);
      scale += point ? 1 : 0;
      any = true;
    } else if (text[i] == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (!any) return false;
  int64_t exponent = 0;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return false;
    const char* start = text.data() + i + 1;
    const char* end = text.data() + text.size();
    if (start != end && *start == '+' && start + 1 != end && is_digit(start[1])) ++start;
    auto [stop, error] = std::from_chars(start, end, exponent);
    if (error == std::errc::invalid_argument || stop != end) return false;
    if (error == std::errc::result_out_of_range || std::abs(exponent) >= std::numeric_limits<int32_t>::max() / 2) {
      throw_overflow();
    }
  }
  scale -= exponent;
  if (scale > kNumericMaxScale) {
    // More digits than a numeric can show: round to the last one it can.
    throw_overflow();
  }
  if (scale < 0) {
    if (!digits.empty()) {
      if (static_cast<int64_t>(digits.size()) - scale > kNumericMaxIntegerDigits) throw_overflow();
      digits.append(static_cast<size_t>(-scale), '0');
    }
    scale = 0;
  }
  uint64_t magnitude = 0;
  if (digits.size() <= 19) {
    std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
    *out = pack_small(arena, negative, magnitude, static_cast<int>(scale));
    return true;
  }
  Numeric value;
  value.unscaled = mpz_class(digits, 10);
  if (negative) value.unscaled = -value.unscaled;
  value.scale = static_cast<int>(scale);
  *out = numeric_pack(arena, value);
  return true;
}

int32_t typmod_precision(int32_t typmod) { return (typmod - 4) >> 16 & 0xffff; }
// An 11-bit two's complement number.
int32_t typmod_scale(int32_t typmod) { return (((typmod - 4) & 0x7ff) ^ 1024) - 1024; }

[[noreturn]] void throw_field_overflow(int precision, int scale, bool infinite) {
  std::string field = "A field with precision " + std::to_string(precision) + ", scale " + std::to_string(scale);
  int digits = precision - scale;
  std::string limit = digits == 0 ? "1" : "10^" + std::to_string(digits);
  throw SqlError(sqlstate::kNumericValueOutOfRange, "numeric field overflow")
      .detail(infinite ? field + " cannot hold an infinite value."
                       : field + " must round to an absolute value less than " + limit + ".");
}

Datum numeric_input(CallContext& context, std::string_view text) {
  return numeric_from_text(*context.arena, text, context.typmod);
}
void numeric_output(CallContext&, const Datum& value, std::string& out) { numeric_to_text(value, out); }

// Wire form: base-10000 digits, as PostgreSQL sends them.
constexpr uint16_t kWireNegative = 0x4000, kWireNaN = 0xC000, kWireInfinity = 0xD000, kWireNegativeInfinity = 0xF000;

Datum numeric_receive(CallContext& context, std::string_view bytes) {
  if (bytes.size() < 8) throw_binary_length(8, bytes.size());
  auto fail = [](const char* what) {
    throw SqlError(sqlstate::kInvalidBinaryRepresentation, std::string("invalid ") + what + " in external \"numeric\" value");
  };
  auto count = read_network<uint16_t>(bytes);
  auto weight = read_network<int16_t>(bytes, 2);
  auto sign = read_network<uint16_t>(bytes, 4);
  auto scale = read_network<uint16_t>(bytes, 6);
  if (bytes.size() != 8 + size_t{2} * count) throw_binary_length(8 + size_t{2} * count, bytes.size());
  if (sign == kWireNaN) return special(*context.arena, NumericForm::kNaN);
  if (sign == kWireInfinity || sign == kWireNegativeInfinity) {
    if (context.typmod >= 4) throw_field_overflow(typmod_precision(context.typmod), typmod_scale(context.typmod), true);
    return special(*context.arena, sign == kWireInfinity ? NumericForm::kInfinity : NumericForm::kNegativeInfinity);
  }
  if (sign != 0 && sign != kWireNegative) fail("sign");
  if (scale > kNumericMaxScale) fail("scale");
  Numeric value;
  for (int i = 0; i < count; ++i) {
    auto digit = read_network<uint16_t>(bytes, 8 + size_t{2} * static_cast<size_t>(i));
    if (digit >= 10000) fail("digit");
    value.unscaled = value.unscaled * 10000 + digit;
  }
  int lowest = 4 * (weight - count + 1);  // decimal exponent of the last digit
  if (lowest >= 0) {
    value.unscaled *= power_of_ten(static_cast<unsigned>(lowest));
  } else {
    value.scale = -lowest;
  }
  if (sign == kWireNegative) value.unscaled = -value.unscaled;
  value = numeric_truncate(value, scale);
  return numeric_apply_typmod(*context.arena, numeric_pack(*context.arena, value), context.typmod);
}

void numeric_send(CallContext&, const Datum& datum, std::string& out) {
  Numeric value = numeric_unpack(datum);
  if (!value.is_finite()) {
    uint16_t sign = value.is_nan() ? kWireNaN : value.sign() > 0 ? kWireInfinity : kWireNegativeInfinity;
    append_network<uint16_t>(out, 0);
    append_network<uint16_t>(out, 0);
    append_network(out, sign);
    append_network<uint16_t>(out, value.is_nan() ? 0 : 32);  // PostgreSQL's infinities carry this scale
    return;
  }
  std::string digits = sgn(value.unscaled) == 0 ? "" : mpz_class(abs(value.unscaled)).get_str();
  // Align to groups of four around the decimal point.
  size_t below = static_cast<size_t>((4 - value.scale % 4) % 4);
  digits.append(below, '0');
  digits.insert(0, (4 - digits.size() % 4) % 4, '0');
  int groups_below = (value.scale + 3) / 4;
  std::string groups;
  int count = static_cast<int>(digits.size() / 4), weight = count - groups_below - 1;
  int first = 0, last = count;
  auto group = [&](int i) { return std::string_view(digits).substr(static_cast<size_t>(i) * 4, 4); };
  while (first < last && group(first) == "0000") {
    ++first;
    --weight;
  }
  while (last > first && group(last - 1) == "0000") --last;
  append_network(out, static_cast<uint16_t>(last - first));
  append_network(out, static_cast<int16_t>(first == last ? 0 : weight));
  append_network(out, static_cast<uint16_t>(sgn(value.unscaled) < 0 ? kWireNegative : 0));
  append_network(out, static_cast<uint16_t>(value.scale));
  for (int i = first; i < last; ++i) {
    uint16_t digit = 0;
    for (char c : group(i)) digit = static_cast<uint16_t>(digit * 10 + (c - '0'));
    append_network(out, digit);
  }
}

// The digits without zeros at either end and the decimal exponent of 0.digits; empty for zero.
struct Normalized {
  std::string digits;
  int64_t exponent = 0;
};
Normalized normalize(const Datum& value) {
  Normalized out;
  uint64_t magnitude;
  if (small_magnitude(value, &magnitude)) {
    if (magnitude != 0) append_unsigned(out.digits, magnitude);
  } else {
    out.digits = mpz_class(abs(numeric_unpack(value).unscaled)).get_str();
  }
  out.exponent = static_cast<int64_t>(out.digits.size()) - numeric_scale(value);
  while (!out.digits.empty() && out.digits.back() == '0') out.digits.pop_back();
  return out;
}

// One byte for the class of value, then for finite ones the exponent and pairs of digits (1..100), 0 at the end;
// complemented for negative numbers.
void encode_numeric_key(const Datum& value, std::string& out) {
  switch (numeric_form(value)) {
    case NumericForm::kNegativeInfinity: out.push_back(0x10); return;
    case NumericForm::kInfinity: out.push_back(0x50); return;
    case NumericForm::kNaN: out.push_back(0x60); return;
    default: break;
  }
  Normalized normal = normalize(value);
  if (normal.digits.empty()) {
    out.push_back(0x30);
    return;
  }
  bool negative = numeric_form(value) == NumericForm::kNegative;
  out.push_back(negative ? 0x20 : 0x40);
  size_t start = out.size();
  append_key_int(out, normal.exponent);
  for (size_t i = 0; i < normal.digits.size(); i += 2) {
    int low = i + 1 < normal.digits.size() ? normal.digits[i + 1] - '0' : 0;
    out.push_back(static_cast<char>((normal.digits[i] - '0') * 10 + low + 1));
  }
  out.push_back('\0');
  if (negative) {
    for (size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
  }
}

int32_t numeric_typmod_in(std::span<const int64_t> arguments) {
  auto fail = [](std::string message) { throw SqlError(sqlstate::kInvalidParameterValue, std::move(message)); };
  if (arguments.size() != 1 && arguments.size() != 2) fail("invalid NUMERIC type modifier");
  int64_t precision = arguments[0], scale = arguments.size() == 2 ? arguments[1] : 0;
  if (precision < 1 || precision > 1000) {
    fail("NUMERIC precision " + std::to_string(precision) + " must be between 1 and 1000");
  }
  if (scale < -1000 || scale > 1000) {
    fail("NUMERIC scale " + std::to_string(scale) + " must be between -1000 and 1000");
  }
  return static_cast<int32_t>((precision << 16 | (scale & 0x7ff)) + 4);
}
void numeric_typmod_out(int32_t typmod, std::string& out) {
  if (typmod < 4) return;
  out.push_back('(');
  append_int(out, typmod_precision(typmod));
  out.push_back(',');
  append_int(out, typmod_scale(typmod));
  out.push_back(')');
}

constexpr TypeInfo kTypes[] = {
    {type_id::kNumeric, "numeric", 1231, kInvalidOid, PhysicalKind::kBytes, -1, 'b', 'N', false, false, 'i', 'm', ',',
     numeric_input, numeric_output, numeric_receive, numeric_send, numeric_compare, numeric_hash, {encode_numeric_key},
     numeric_typmod_in, numeric_typmod_out, "numeric_in", "numeric_out", "numeric_recv", "numeric_send"},
};

}  // namespace

std::span<const TypeInfo> numeric_types() { return kTypes; }

int numeric_scale(const Datum& value) { return load<uint16_t>(value.ptr + 1); }

Datum numeric_from_text(Arena& arena, std::string_view text, int32_t typmod) {
  std::string_view rest = trim_spaces(text);
  bool negative = !rest.empty() && rest[0] == '-';
  bool sign = negative || (!rest.empty() && rest[0] == '+');
  if (sign) rest.remove_prefix(1);
  Datum value;
  if (!sign && equals_ignore_case(rest, "nan")) {
    value = special(arena, NumericForm::kNaN);
  } else if (equals_ignore_case(rest, "infinity") || equals_ignore_case(rest, "inf")) {
    value = special(arena, negative ? NumericForm::kNegativeInfinity : NumericForm::kInfinity);
  } else if (!parse_decimal(rest, negative, arena, &value)) {
    throw_invalid_syntax("numeric", text);
  }
  return numeric_apply_typmod(arena, value, typmod);
}

Datum numeric_from_int(Arena& arena, int64_t value) {
  return pack_small(arena, value < 0, value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value), 0);
}

Datum numeric_from_int128(Arena& arena, __int128 value) {
  bool negative = value < 0;
  unsigned __int128 magnitude = negative ? 0 - static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  if (magnitude <= std::numeric_limits<uint64_t>::max()) {
    return pack_small(arena, negative, static_cast<uint64_t>(magnitude), 0);
  }
  Numeric out;
  mpz_import(out.unscaled.get_mpz_t(), sizeof magnitude, -1, 1, 0, 0, &magnitude);
  if (negative) out.unscaled = -out.unscaled;
  return numeric_pack(arena, out);
}

namespace {
Datum from_rounded_float(Arena& arena, double value, int digits) {
  if (std::isnan(value)) return special(arena, NumericForm::kNaN);
  if (std::isinf(value)) return special(arena, value > 0 ? NumericForm::kInfinity : NumericForm::kNegativeInfinity);
  char buffer[64];
  int length = std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
  return numeric_from_text(arena, {buffer, static_cast<size_t>(length)});
}
}  // namespace

Datum numeric_from_float8(Arena& arena, double value) { return from_rounded_float(arena, value, 15); }
Datum numeric_from_float4(Arena& arena, float value) { return from_rounded_float(arena, value, 6); }

void numeric_to_text(const Datum& value, std::string& out) {
  uint64_t magnitude;
  if (!numeric_is_finite(value) || !small_magnitude(value, &magnitude)) {
    out += numeric_text(numeric_unpack(value));
    return;
  }
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, magnitude).ptr;
  std::string_view digits(buffer, static_cast<size_t>(end - buffer));
  auto scale = static_cast<size_t>(numeric_scale(value));
  if (numeric_form(value) == NumericForm::kNegative) out.push_back('-');
  if (scale == 0) {
    out += digits;
  } else if (digits.size() <= scale) {
    out += "0.";
    out.append(scale - digits.size(), '0');
    out += digits;
  } else {
    out += digits.substr(0, digits.size() - scale);
    out.push_back('.');
    out += digits.substr(digits.size() - scale);
  }
}

double numeric_to_float8(const Datum& value) { return numeric_double(numeric_unpack(value)); }

int64_t numeric_to_int(const Datum& value, int64_t minimum, int64_t maximum, std::string_view type) {
  if (!numeric_is_finite(value)) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   std::string("cannot convert ") + (numeric_is_nan(value) ? "NaN" : "infinity") + " to " + std::string(type));
  }
  Numeric rounded = numeric_round(numeric_unpack(value), 0);
  if (!rounded.unscaled.fits_slong_p() || rounded.unscaled.get_si() < minimum || rounded.unscaled.get_si() > maximum) {
    throw SqlError(sqlstate::kNumericValueOutOfRange, std::string(type) + " out of range");
  }
  return rounded.unscaled.get_si();
}

int numeric_compare(const Datum& left, const Datum& right) {
  uint64_t a, b;
  bool small = numeric_is_finite(left) && numeric_is_finite(right) && numeric_scale(left) == numeric_scale(right) &&
               small_magnitude(left, &a) && small_magnitude(right, &b);
  if (!small) return numeric_compare_values(numeric_unpack(left), numeric_unpack(right));
  bool left_negative = numeric_form(left) == NumericForm::kNegative;
  bool right_negative = numeric_form(right) == NumericForm::kNegative;
  if (left_negative != right_negative) return left_negative ? -1 : 1;
  int order = a < b ? -1 : a > b;
  return left_negative ? -order : order;
}

uint64_t numeric_hash(const Datum& value) {
  std::string key;
  encode_numeric_key(value, key);
  return hash_bytes(key);
}

Datum numeric_apply_typmod(Arena& arena, const Datum& value, int32_t typmod) {
  if (typmod < 4 || numeric_is_nan(value)) return value;
  int precision = typmod_precision(typmod), scale = typmod_scale(typmod);
  if (!numeric_is_finite(value)) throw_field_overflow(precision, scale, true);
  Numeric rounded = numeric_round(numeric_unpack(value), scale);
  if (sgn(rounded.unscaled) != 0 && decimal_weight(rounded) >= precision - scale) {
    throw_field_overflow(precision, scale, false);
  }
  return numeric_pack(arena, rounded);
}

}  // namespace vecino::sql

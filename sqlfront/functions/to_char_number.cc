#include <algorithm>
#include <cmath>
#include <cstdio>

#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/number_template.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/numeric_value.h"
#include "sqlfront/types/type_helpers.h"

// to_char() of numbers and to_number() (manual 9.8).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

std::string pad_left(std::string text, size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string as_roman(const NumberTemplate& t, int64_t value) {
  bool upper = true;
  for (const NumberItem& item : t.items) {
    if (item.pattern == NumberPattern::kRoman) upper = item.upper;
  }
  std::string text = value < 1 || value > 3999 ? std::string(15, '#') : roman_number(static_cast<int>(value));
  if (!upper) text = lower_ascii(text);
  return t.fill_mode ? text : pad_left(text, 15);
}

// d.ddde+xx of an exact value.
std::string as_exponent(const NumberTemplate& t, const Numeric& value) {
  if (!value.is_finite()) {
    return " #" + std::string(t.point ? "." : "") + std::string(static_cast<size_t>(t.fraction_digits) + 4, '#');
  }
  int weight = value.is_zero() ? 0 : decimal_weight(value);
  Numeric mantissa = value;
  mantissa.scale += weight;
  if (mantissa.scale < 0) {
    mantissa.unscaled *= power_of_ten(static_cast<unsigned>(-mantissa.scale));
    mantissa.scale = 0;
  }
  mantissa = numeric_round(mantissa, t.fraction_digits);
  if (!mantissa.is_zero() && decimal_weight(mantissa) > 0) {  // 9.99 -> 10.0
    mantissa.unscaled /= 10;
    ++weight;
  }
  std::string digits = numeric_text(mantissa);
  char exponent[16];
  std::snprintf(exponent, sizeof exponent, "e%c%02d", weight < 0 ? '-' : '+', weight < 0 ? -weight : weight);
  return (digits[0] == '-' ? "" : " ") + digits + exponent;
}

std::string format_numeric(const NumberTemplate& t, Numeric value) {
  if (t.roman) {
    if (!value.is_finite()) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     std::string("cannot convert ") + (value.is_nan() ? "NaN" : "infinity") + " to integer");
    }
    Numeric whole = numeric_round(value, 0);
    if (!whole.unscaled.fits_sint_p()) throw SqlError(sqlstate::kNumericValueOutOfRange, "integer out of range");
    return as_roman(t, whole.unscaled.get_si());
  }
  if (t.exponent) return as_exponent(t, value);
  if (!value.is_finite()) return lay_out_number(t, numeric_text(value));
  if (t.shift) value.unscaled *= power_of_ten(static_cast<unsigned>(t.shift_digits));
  return lay_out_number(t, numeric_text(numeric_round(value, t.fraction_digits)));
}

Datum numeric_to_char(CallContext& context, Datum value, sv format) {
  return context.text(format_numeric(parse_number_template(format), numeric_unpack(value)));
}
Datum int_to_char(CallContext& context, int64_t value, sv format) {
  return context.text(format_numeric(parse_number_template(format), numeric_of(value)));
}
// Floats are shown with their significant digits only.
template <int kDigits>
Datum float_to_char(CallContext& context, double value, sv format) {
  NumberTemplate t = parse_number_template(format);
  if (!std::isfinite(value)) {
    NumericForm form = std::isnan(value) ? NumericForm::kNaN : value > 0 ? NumericForm::kInfinity : NumericForm::kNegativeInfinity;
    return context.text(format_numeric(t, numeric_special(form)));
  }
  char buffer[400];
  double scaled = t.shift ? value * std::pow(10, t.shift_digits) : value;
  int length = std::snprintf(buffer, sizeof buffer, "%.0f", std::abs(scaled));
  int fraction = std::max(0, std::min(t.fraction_digits, kDigits - length));
  if (t.exponent) fraction = t.fraction_digits;
  std::string digits;
  if (t.exponent) {
    char exponent_form[64];
    int size = std::snprintf(exponent_form, sizeof exponent_form, "%+.*e", fraction, value);
    digits.assign(exponent_form, static_cast<size_t>(size));
    if (digits[0] == '+') digits[0] = ' ';
    return context.text(digits);
  }
  length = std::snprintf(buffer, sizeof buffer, "%.*f", fraction, scaled);
  Datum exact = numeric_from_text(*context.arena, {buffer, static_cast<size_t>(length)});
  if (t.roman) return context.text(format_numeric(t, numeric_unpack(exact)));
  return context.text(lay_out_number(t, numeric_text(numeric_unpack(exact))));
}

// to_number(): digits, point and signs are taken where the template has such patterns; the rest is skipped.
Datum to_number(CallContext& context, sv text, sv format) {
  NumberTemplate t = parse_number_template(format);
  if (t.exponent) throw SqlError(sqlstate::kFeatureNotSupported, "\"EEEE\" not supported for input");
  if (t.roman) throw SqlError(sqlstate::kFeatureNotSupported, "\"RN\" not supported for input");
  std::string digits;
  bool negative = false;
  sv rest = text;
  auto skip_spaces = [&] {
    while (!rest.empty() && is_space(rest[0])) rest.remove_prefix(1);
  };
  auto take_sign = [&] {
    skip_spaces();
    if (rest.empty()) return;
    bool bracket = t.brackets && rest[0] == '<';
    if (rest[0] == '-' || bracket) negative = true;
    if (rest[0] == '-' || rest[0] == '+' || bracket) rest.remove_prefix(1);
  };
  for (const NumberItem& item : t.items) {
    if (rest.empty()) break;
    switch (item.pattern) {
      case NumberPattern::kNine:
      case NumberPattern::kZero:
        if (digits.empty()) take_sign();
        skip_spaces();
        if (!rest.empty() && is_digit(rest[0])) {
          digits.push_back(rest[0]);
          rest.remove_prefix(1);
        }
        break;
      case NumberPattern::kPoint:
      case NumberPattern::kLocalPoint:
        if (digits.empty()) take_sign();
        if (!rest.empty() && rest[0] == '.') {
          digits.push_back('.');
          rest.remove_prefix(1);
        }
        break;
      case NumberPattern::kComma:
      case NumberPattern::kGroup:
        if (!rest.empty() && rest[0] == ',') rest.remove_prefix(1);
        break;
      case NumberPattern::kSign:
      case NumberPattern::kMinus:
      case NumberPattern::kPlus:
      case NumberPattern::kPlusMinus: take_sign(); break;
      case NumberPattern::kLiteral: rest.remove_prefix(std::min(rest.size(), item.text.size())); break;
      case NumberPattern::kCurrency:
        if (!is_digit(rest[0]) && rest[0] != '-' && rest[0] != '+' && rest[0] != '.') rest.remove_prefix(1);
        break;
      case NumberPattern::kOrdinal: rest.remove_prefix(std::min<size_t>(2, rest.size())); break;
      default: break;
    }
  }
  if (digits.empty() || digits == ".") throw_invalid_syntax("numeric", digits.empty() ? " " : digits);
  Numeric value = numeric_unpack(numeric_from_text(*context.arena, (negative ? "-" : "") + digits));
  if (t.shift) value = numeric_divide(value, numeric_power(numeric_of(10), numeric_of(t.shift_digits)));
  // The result has the template's precision and scale.
  const int64_t arguments[] = {t.integer_digits + t.fraction_digits + t.shift_digits, t.fraction_digits};
  Datum result = numeric_pack(*context.arena, value);
  if (arguments[0] < 1 || arguments[0] > 1000) return result;
  return numeric_apply_typmod(*context.arena, result, type_info(kNumeric).typmod_in(std::span<const int64_t>(arguments, 2)));
}

const FunctionDef kFunctions[] = {
    {1772, "to_char", {kNumeric, kText}, kText, kStable, kStrict, row<numeric_to_char>},
    {1773, "to_char", {kInt4, kText}, kText, kStable, kStrict, row<int_to_char>},
    {1774, "to_char", {kInt8, kText}, kText, kStable, kStrict, row<int_to_char>},
    {1775, "to_char", {kFloat4, kText}, kText, kStable, kStrict, row<float_to_char<6>>},
    {1776, "to_char", {kFloat8, kText}, kText, kStable, kStrict, row<float_to_char<15>>},
    {1777, "to_number", {kText, kText}, kNumeric, kStable, kStrict, row<to_number>},
};

}  // namespace

std::span<const FunctionDef> to_char_number_functions() { return kFunctions; }

}  // namespace vecino::sql

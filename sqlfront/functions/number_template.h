#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql {

// Template patterns of to_char() and to_number() for numbers (manual table 9.28).
enum class NumberPattern : uint8_t {
  kLiteral, kNine, kZero, kPoint, kLocalPoint, kComma, kGroup, kCurrency, kSign, kMinus, kPlus, kPlusMinus, kBrackets, kRoman,
  kOrdinal, kShift, kExponent, kFillMode
};

struct NumberItem {
  NumberPattern pattern;
  std::string text;    // literals
  bool upper = true;   // TH or th, RN or rn
};

enum class SignPlace : uint8_t { kNone, kLeading, kTrailing };

struct NumberTemplate {
  std::vector<NumberItem> items;
  int integer_digits = 0, fraction_digits = 0, shift_digits = 0;
  int zero_start = -1;  // first digit position that is always shown, -1 = none
  int zero_end = 0;     // last one
  bool point = false, fill_mode = false, minus = false, plus = false, plus_minus = false, brackets = false, roman = false,
       exponent = false, shift = false;
  SignPlace sign = SignPlace::kNone;  // S
  // PL is no sign of its own: the default one is shown, too.
  bool signed_otherwise() const { return minus || plus_minus || brackets || sign != SignPlace::kNone; }
};

// 42601 for combinations that make no sense, e.g. `multiple decimal points`.
NumberTemplate parse_number_template(std::string_view format);

// The decimal text `digits` ("-123.456", rounded to fraction_digits or fewer; or "NaN", "-Infinity") laid out by the
// template.
std::string lay_out_number(const NumberTemplate& format, std::string_view digits);
std::string roman_number(int value);  // 1..3999

}  // namespace vecino::sql

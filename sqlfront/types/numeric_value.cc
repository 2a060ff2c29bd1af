#include "sqlfront/types/numeric_value.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

constexpr size_t kHeader = 3;

[[noreturn]] void throw_overflow() { throw SqlError(sqlstate::kNumericValueOutOfRange, "value overflows numeric format"); }
[[noreturn]] void throw_division_by_zero() { throw SqlError(sqlstate::kDivisionByZero, "division by zero"); }

void align(Numeric& left, Numeric& right) {
  if (left.scale < right.scale) {
    left.unscaled *= power_of_ten(static_cast<unsigned>(right.scale - left.scale));
    left.scale = right.scale;
  } else if (right.scale < left.scale) {
    right.unscaled *= power_of_ten(static_cast<unsigned>(left.scale - right.scale));
    right.scale = left.scale;
  }
}

Numeric infinity(int sign) {
  return numeric_special(sign > 0 ? NumericForm::kInfinity : NumericForm::kNegativeInfinity);
}

int divide_floor(int value, int divisor) { return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor); }

// The leading group of four digits (1..9999) of a non-zero value, groups aligned to the decimal point.
int leading_group(const Numeric& value, int group) {
  int shift = group * 4 + value.scale;  // digits below the group in `unscaled`
  mpz_class magnitude = abs(value.unscaled);
  if (shift >= 0) {
    magnitude /= power_of_ten(static_cast<unsigned>(shift));
  } else {
    magnitude *= power_of_ten(static_cast<unsigned>(-shift));
  }
  return static_cast<int>(magnitude.get_si());
}

}  // namespace

int Numeric::sign() const {
  switch (form) {
    case NumericForm::kNaN: return 0;
    case NumericForm::kInfinity: return 1;
    case NumericForm::kNegativeInfinity: return -1;
    default: return sgn(unscaled);
  }
}

Numeric numeric_special(NumericForm form) {
  Numeric value;
  value.form = form;
  return value;
}

Numeric numeric_of(long value, int scale) {
  Numeric out;
  out.unscaled = value;
  out.scale = scale;
  return out;
}

Numeric numeric_unpack(const Datum& value) {
  Numeric out;
  out.form = numeric_form(value);
  if (!out.is_finite()) return out;
  out.scale = numeric_scale(value);
  mpz_import(out.unscaled.get_mpz_t(), value.len - kHeader, -1, 1, 0, 0, value.ptr + kHeader);
  if (out.form == NumericForm::kNegative) out.unscaled = -out.unscaled;
  return out;
}

Datum numeric_pack(Arena& arena, const Numeric& value) {
  if (value.is_finite()) {
    size_t digits = decimal_digits(value.unscaled);
    if (value.scale > kNumericMaxScale || digits > static_cast<size_t>(kNumericMaxIntegerDigits + value.scale)) {
      throw_overflow();
    }
  }
  size_t bytes = value.is_finite() && sgn(value.unscaled) != 0 ? (mpz_sizeinbase(value.unscaled.get_mpz_t(), 2) + 7) / 8 : 0;
  char* packed = arena.allocate(kHeader + bytes, 1);
  NumericForm form = value.form;
  if (value.is_finite()) form = sgn(value.unscaled) < 0 ? NumericForm::kNegative : NumericForm::kPositive;
  packed[0] = static_cast<char>(form);
  auto scale = static_cast<uint16_t>(value.is_finite() ? value.scale : 0);
  std::memcpy(packed + 1, &scale, 2);
  if (bytes > 0) mpz_export(packed + kHeader, nullptr, -1, 1, 0, 0, value.unscaled.get_mpz_t());
  return Datum::from_bytes({packed, kHeader + bytes});
}

mpz_class power_of_ten(unsigned exponent) {
  mpz_class power;
  mpz_ui_pow_ui(power.get_mpz_t(), 10, exponent);
  return power;
}

mpz_class divide_rounded(const mpz_class& dividend, const mpz_class& divisor) {
  mpz_class doubled = abs(dividend) * 2 + divisor;
  mpz_class quotient = doubled / (divisor * 2);
  return sgn(dividend) < 0 ? mpz_class(-quotient) : quotient;
}

size_t decimal_digits(const mpz_class& magnitude) {
  if (sgn(magnitude) == 0) return 0;
  size_t digits = mpz_sizeinbase(magnitude.get_mpz_t(), 10);  // exact or one too large
  mpz_class lowest = power_of_ten(static_cast<unsigned>(digits - 1));
  return mpz_cmpabs(magnitude.get_mpz_t(), lowest.get_mpz_t()) < 0 ? digits - 1 : digits;
}

int decimal_weight(const Numeric& value) { return static_cast<int>(decimal_digits(value.unscaled)) - 1 - value.scale; }

std::string numeric_text(const Numeric& value) {
  switch (value.form) {
    case NumericForm::kNaN: return "NaN";
    case NumericForm::kInfinity: return "Infinity";
    case NumericForm::kNegativeInfinity: return "-Infinity";
    default: break;
  }
  std::string digits = mpz_class(abs(value.unscaled)).get_str();
  auto scale = static_cast<size_t>(value.scale);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  if (sgn(value.unscaled) < 0) digits.insert(0, 1, '-');
  return digits;
}

double numeric_double(const Numeric& value) {
  if (value.is_nan()) return std::nan("");
  if (value.is_infinite()) return value.sign() * HUGE_VAL;
  return std::strtod(numeric_text(value).c_str(), nullptr);
}

Numeric numeric_round(const Numeric& value, int scale) {
  if (!value.is_finite()) return value;
  Numeric out = value;
  if (scale < value.scale) {
    mpz_class unit = power_of_ten(static_cast<unsigned>(value.scale - scale));
    out.unscaled = divide_rounded(value.unscaled, unit);
    if (scale < 0) out.unscaled *= power_of_ten(static_cast<unsigned>(-scale));
  } else {
    out.unscaled *= power_of_ten(static_cast<unsigned>(scale - value.scale));
  }
  out.scale = std::max(scale, 0);
  return out;
}

Numeric numeric_truncate(const Numeric& value, int scale) {
  if (!value.is_finite() || scale >= value.scale) return numeric_round(value, scale);
  Numeric out = value;
  mpz_class unit = power_of_ten(static_cast<unsigned>(value.scale - scale));
  mpz_tdiv_q(out.unscaled.get_mpz_t(), value.unscaled.get_mpz_t(), unit.get_mpz_t());
  if (scale < 0) out.unscaled *= power_of_ten(static_cast<unsigned>(-scale));
  out.scale = std::max(scale, 0);
  return out;
}

Numeric numeric_add(const Numeric& left, const Numeric& right) {
  if (left.is_nan() || right.is_nan()) return numeric_special(NumericForm::kNaN);
  if (left.is_infinite()) return right.is_infinite() && right.form != left.form ? numeric_special(NumericForm::kNaN) : left;
  if (right.is_infinite()) return right;
  Numeric a = left, b = right;
  align(a, b);
  a.unscaled += b.unscaled;
  return a;
}

Numeric numeric_negate(Numeric value) {
  if (value.form == NumericForm::kInfinity) return numeric_special(NumericForm::kNegativeInfinity);
  if (value.form == NumericForm::kNegativeInfinity) return numeric_special(NumericForm::kInfinity);
  value.unscaled = -value.unscaled;
  return value;
}

Numeric numeric_subtract(const Numeric& left, const Numeric& right) { return numeric_add(left, numeric_negate(right)); }

Numeric numeric_multiply(const Numeric& left, const Numeric& right) {
  if (left.is_nan() || right.is_nan()) return numeric_special(NumericForm::kNaN);
  if (left.is_infinite() || right.is_infinite()) {
    int sign = left.sign() * right.sign();
    return sign == 0 ? numeric_special(NumericForm::kNaN) : infinity(sign);
  }
  Numeric out;
  out.unscaled = left.unscaled * right.unscaled;
  out.scale = left.scale + right.scale;
  return out.scale > kNumericMaxScale ? numeric_round(out, kNumericMaxScale) : out;
}

int numeric_division_scale(const Numeric& left, const Numeric& right) {
  auto group_of = [](const Numeric& value) { return value.is_zero() ? 0 : divide_floor(decimal_weight(value), 4); };
  int left_group = group_of(left), right_group = group_of(right);
  int left_first = left.is_zero() ? 0 : leading_group(left, left_group);
  int right_first = right.is_zero() ? 0 : leading_group(right, right_group);
  int quotient_group = left_group - right_group - (left_first <= right_first ? 1 : 0);
  int scale = kNumericMinSignificantDigits - quotient_group * 4;
  scale = std::max({scale, left.scale, right.scale, 0});
  return std::min(scale, kNumericMaxDisplayScale);
}

Numeric numeric_divide(const Numeric& left, const Numeric& right) {
  if (left.is_nan() || right.is_nan()) return numeric_special(NumericForm::kNaN);
  if (left.is_infinite()) {
    if (right.is_infinite()) return numeric_special(NumericForm::kNaN);
    if (right.sign() == 0) throw_division_by_zero();
    return infinity(left.sign() * right.sign());
  }
  if (right.is_infinite()) return Numeric();
  if (right.sign() == 0) throw_division_by_zero();
  int scale = numeric_division_scale(left, right);
  mpz_class dividend = left.unscaled * power_of_ten(static_cast<unsigned>(scale + right.scale));
  mpz_class divisor = right.unscaled * power_of_ten(static_cast<unsigned>(left.scale));
  if (sgn(divisor) < 0) {
    dividend = -dividend;
    divisor = -divisor;
  }
  Numeric out;
  out.scale = scale;
  out.unscaled = divide_rounded(dividend, divisor);
  return out;
}

Numeric numeric_divide_truncated(const Numeric& left, const Numeric& right) {
  if (!left.is_finite() || !right.is_finite() || right.sign() == 0) return numeric_divide(left, right);
  Numeric a = left, b = right, out;
  align(a, b);
  mpz_tdiv_q(out.unscaled.get_mpz_t(), a.unscaled.get_mpz_t(), b.unscaled.get_mpz_t());
  return out;
}

Numeric numeric_modulo(const Numeric& left, const Numeric& right) {
  if (left.is_nan() || right.is_nan()) return numeric_special(NumericForm::kNaN);
  if (left.is_infinite()) {
    if (right.is_finite() && right.sign() == 0) throw_division_by_zero();
    return numeric_special(NumericForm::kNaN);
  }
  if (right.is_infinite()) return left;
  if (right.sign() == 0) throw_division_by_zero();
  Numeric a = left, b = right;
  align(a, b);
  mpz_tdiv_r(a.unscaled.get_mpz_t(), a.unscaled.get_mpz_t(), b.unscaled.get_mpz_t());
  return a;
}

int numeric_compare_values(const Numeric& left, const Numeric& right) {
  auto rank = [](const Numeric& value) {
    switch (value.form) {
      case NumericForm::kNegativeInfinity: return 0;
      case NumericForm::kInfinity: return 2;
      case NumericForm::kNaN: return 3;
      default: return 1;
    }
  };
  int left_rank = rank(left), right_rank = rank(right);
  if (left_rank != right_rank) return left_rank < right_rank ? -1 : 1;
  if (left_rank != 1) return 0;
  if (left.scale == right.scale) return sgn(left.unscaled - right.unscaled);
  if (sgn(left.unscaled) != sgn(right.unscaled)) return sgn(left.unscaled) < sgn(right.unscaled) ? -1 : 1;
  Numeric a = left, b = right;
  align(a, b);
  int order = cmp(a.unscaled, b.unscaled);
  return order < 0 ? -1 : order > 0;
}

}  // namespace vecino::sql

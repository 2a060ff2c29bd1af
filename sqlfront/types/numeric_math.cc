#include <algorithm>
#include <cmath>

#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/numeric_value.h"

// Roots, exponentials and logarithms in fixed point: a value x is the integer X with x = X / 10^precision. Every function
// works with enough guard digits that the rounded result is exact to its display scale.
namespace vecino::sql {
namespace {

constexpr int kGuardDigits = 12;
constexpr double kLn10 = 2.302585092994045684;

int clamp_scale(int scale, int at_least) {
  return std::min(std::max({scale, at_least, 0}), kNumericMaxDisplayScale);
}

mpz_class to_fixed(const Numeric& value, int precision) {
  if (precision >= value.scale) return value.unscaled * power_of_ten(static_cast<unsigned>(precision - value.scale));
  return divide_rounded(value.unscaled, power_of_ten(static_cast<unsigned>(value.scale - precision)));
}

Numeric from_fixed(const mpz_class& fixed, int precision, int scale) {
  Numeric out;
  out.unscaled = fixed;
  out.scale = precision;
  return numeric_round(out, scale);
}

// 2 * atanh(numerator / denominator)
mpz_class twice_atanh(const mpz_class& numerator, const mpz_class& denominator, const mpz_class& one) {
  mpz_class ratio = numerator * one / denominator;
  mpz_class square = ratio * ratio / one;
  mpz_class power = ratio, sum = ratio;
  for (unsigned long n = 3; sgn(power) != 0; n += 2) {
    check_for_interrupts();
    power = power * square / one;
    sum += power / n;
  }
  return sum * 2;
}

// ln of a positive number given as unscaled / 10^scale.
mpz_class fixed_ln(const Numeric& value, int precision) {
  mpz_class one = power_of_ten(static_cast<unsigned>(precision));
  mpz_class numerator = value.unscaled, denominator = power_of_ten(static_cast<unsigned>(value.scale));
  // Bring the fraction into [2/3, 4/3] by a power of two.
  long shift = static_cast<long>(mpz_sizeinbase(numerator.get_mpz_t(), 2)) -
               static_cast<long>(mpz_sizeinbase(denominator.get_mpz_t(), 2));
  shift > 0 ? denominator <<= shift : numerator <<= -shift;
  if (numerator * 3 > denominator * 4) {
    denominator <<= 1;
    ++shift;
  } else if (numerator * 3 < denominator * 2) {
    numerator <<= 1;
    --shift;
  }
  mpz_class result = twice_atanh(numerator - denominator, numerator + denominator, one);
  if (shift != 0) result += twice_atanh(1, 3, one) * shift;
  return result;
}

// exp(x) for x = fixed / 10^precision, to `precision` digits relative to a result of at most 10^integer_digits.
mpz_class fixed_exp(const mpz_class& fixed, int precision) {
  mpz_class one = power_of_ten(static_cast<unsigned>(precision));
  mpz_class x = fixed;
  unsigned halvings = 0;
  while (cmp(abs(x) * 64, one) > 0) {
    x /= 2;
    ++halvings;
  }
  mpz_class sum = one + x, term = x;
  for (unsigned long n = 2; sgn(term) != 0; ++n) {
    check_for_interrupts();
    term = term * x / one / n;
    sum += term;
  }
  for (unsigned i = 0; i < halvings; ++i) sum = sum * sum / one;
  return sum;
}

// Estimated floor(log10(|ln(value)|)).
int ln_weight(const Numeric& value) {
  Numeric distance = numeric_subtract(value, numeric_of(1));
  if (distance.is_zero()) return 0;
  if (numeric_compare_values(value, numeric_of(9, 1)) >= 0 && numeric_compare_values(value, numeric_of(11, 1)) <= 0) {
    return decimal_weight(distance);
  }
  long exponent = 0;
  double mantissa = mpz_get_d_2exp(&exponent, value.unscaled.get_mpz_t());
  double ln = std::log(mantissa) + static_cast<double>(exponent) * 0.6931471805599453 - value.scale * kLn10;
  return static_cast<int>(std::log10(std::abs(ln)));
}

void require_positive(const Numeric& value) {
  int sign = value.sign();
  if (sign < 0) throw SqlError(sqlstate::kInvalidArgumentForLog, "cannot take logarithm of a negative number");
  if (sign == 0) throw SqlError(sqlstate::kInvalidArgumentForLog, "cannot take logarithm of zero");
}

[[noreturn]] void throw_overflow() { throw SqlError(sqlstate::kNumericValueOutOfRange, "value overflows numeric format"); }

// exp(argument) shown with `scale` digits; `argument` has enough digits for it.
Numeric exp_to_scale(const mpz_class& argument, int precision, int scale) {
  return from_fixed(fixed_exp(argument, precision), precision, scale);
}

int exp_precision(double decimal_exponent, int scale) {
  double halvings = std::log2(std::abs(decimal_exponent) * kLn10 + 1) + 8;
  return scale + kGuardDigits + static_cast<int>(std::max(decimal_exponent, 0.0) + halvings * 0.31) + 2;
}

// A decimal number that is cut to so many significant digits after each multiplication.
struct Significand {
  mpz_class digits;
  long scale = 0;

  void multiply(const Significand& other, size_t significant) {
    digits *= other.digits;
    scale += other.scale;
    const size_t bits = mpz_sizeinbase(digits.get_mpz_t(), 2);
    const auto length = static_cast<size_t>(static_cast<double>(bits) * 0.30102999566398120);
    if (length <= significant) return;
    const size_t cut = length - significant;
    digits /= power_of_ten(static_cast<unsigned>(cut));
    scale -= static_cast<long>(cut);
  }
};

// Estimated log10(|value|) of a non-zero value.
double decimal_logarithm(const Numeric& value) {
  long exponent = 0;
  double mantissa = mpz_get_d_2exp(&exponent, value.unscaled.get_mpz_t());
  return std::log10(std::abs(mantissa)) + static_cast<double>(exponent) * 0.30102999566398120 - value.scale;
}

// Binary powering with as many digits as the result shows (and a few to guard them), as PostgreSQL's power_var_int().
Numeric power_of_integer(const Numeric& base, long exponent) {
  const int scale = clamp_scale(kNumericMinSignificantDigits, base.scale);
  if (exponent == 0) return numeric_round(numeric_of(1), scale);
  if (exponent == 1) return numeric_round(base, scale);
  if (exponent == 2) return numeric_round(numeric_multiply(base, base), scale);
  const double weight = static_cast<double>(exponent) * decimal_logarithm(base);
  if (weight > kNumericMaxIntegerDigits) throw_overflow();
  if (weight + 1 < -scale) return numeric_of(0, scale);
  auto count = static_cast<unsigned long>(std::abs(exponent));
  const auto significant = static_cast<size_t>(
      std::max(1.0, 1 + scale + weight) + std::log10(static_cast<double>(count)) + kGuardDigits);
  Significand result{1, 0}, power{base.unscaled, base.scale};
  for (unsigned long rest = count; rest > 0;) {
    check_for_interrupts();
    if (rest & 1) result.multiply(power, significant);
    rest >>= 1;
    if (rest > 0) power.multiply(power, significant);
  }
  Numeric out;
  out.scale = scale;
  // result = digits / 10^result.scale
  mpz_class dividend = exponent > 0 ? result.digits : mpz_class(sgn(result.digits));
  mpz_class divisor = exponent > 0 ? mpz_class(1) : mpz_class(abs(result.digits));
  const long shift = exponent > 0 ? scale - result.scale : scale + result.scale;
  if (shift >= 0) {
    dividend *= power_of_ten(static_cast<unsigned>(shift));
  } else {
    divisor *= power_of_ten(static_cast<unsigned>(-shift));
  }
  out.unscaled = divide_rounded(dividend, divisor);
  return out;
}

bool is_integer(const Numeric& value) {
  return mpz_divisible_p(value.unscaled.get_mpz_t(), power_of_ten(static_cast<unsigned>(value.scale)).get_mpz_t()) != 0;
}

// ln(base) * exponent to some eight digits; either factor alone may be beyond a double.
double rough_product(const Numeric& base, const Numeric& exponent) {
  const int precision = std::max(0, 10 - ln_weight(base));
  mpz_class product = fixed_ln(base, precision) * exponent.unscaled;
  long exponent_of_two = 0;
  const double mantissa = mpz_get_d_2exp(&exponent_of_two, product.get_mpz_t());
  if (mantissa == 0) return 0;
  const double decimal = std::log10(std::abs(mantissa)) + static_cast<double>(exponent_of_two) * 0.30102999566398120 -
                         precision - exponent.scale;
  return std::copysign(std::pow(10.0, std::min(decimal, 300.0)), mantissa);
}

// Cases with NaN and infinities (manual 9.3: as POSIX pow()).
Numeric power_of_special(const Numeric& base, const Numeric& exponent) {
  bool base_is_one = base.is_finite() && numeric_compare_values(base, numeric_of(1)) == 0;
  if (base_is_one || exponent.is_zero()) return numeric_of(1);
  if (base.is_nan() || exponent.is_nan()) return numeric_special(NumericForm::kNaN);
  if (exponent.is_infinite()) {
    Numeric magnitude = base;
    if (base.is_finite()) magnitude.unscaled = abs(base.unscaled);
    if (base.is_zero() && exponent.sign() < 0) {
      throw SqlError(sqlstate::kInvalidArgumentForPower, "zero raised to a negative power is undefined");
    }
    int order = base.is_infinite() ? 1 : numeric_compare_values(magnitude, numeric_of(1));
    if (order == 0) return numeric_of(1);
    return (order > 0) == (exponent.sign() > 0) ? numeric_special(NumericForm::kInfinity) : Numeric();
  }
  if (exponent.sign() < 0) return Numeric();
  if (base.form == NumericForm::kInfinity) return base;
  if (!is_integer(exponent)) {
    throw SqlError(sqlstate::kInvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result");
  }
  mpz_class whole = exponent.unscaled / power_of_ten(static_cast<unsigned>(exponent.scale));
  return numeric_special(mpz_odd_p(whole.get_mpz_t()) != 0 ? NumericForm::kNegativeInfinity : NumericForm::kInfinity);
}

}  // namespace

Numeric numeric_sqrt(const Numeric& value) {
  if (value.is_nan() || value.form == NumericForm::kInfinity) return value;
  if (value.sign() < 0) {
    throw SqlError(sqlstate::kInvalidArgumentForPower, "cannot take square root of a negative number");
  }
  int weight = value.is_zero() ? 0 : decimal_weight(value);
  int group = weight >= 0 ? weight / 4 : -((-weight + 3) / 4);
  int root_weight = (group + 1) * 4 / 2 - 1;
  return numeric_sqrt(value, clamp_scale(kNumericMinSignificantDigits - root_weight, value.scale));
}

Numeric numeric_sqrt(const Numeric& value, int scale) {
  int precision = scale + 1;
  Numeric out;
  mpz_class radicand = value.unscaled;
  int shift = 2 * precision - value.scale;
  if (shift >= 0) {
    radicand *= power_of_ten(static_cast<unsigned>(shift));
  } else {
    radicand /= power_of_ten(static_cast<unsigned>(-shift));
  }
  // Truncating here is safe: the digit kept beyond `scale` decides the rounding.
  out.unscaled = sqrt(radicand);
  out.scale = precision;
  return numeric_round(out, scale);
}

Numeric numeric_exp(const Numeric& value) {
  if (value.is_nan() || value.form == NumericForm::kInfinity) return value;
  if (value.form == NumericForm::kNegativeInfinity) return Numeric();
  double decimal_exponent = std::clamp(numeric_double(value) * 0.434294481903252, -2000.0, 2000.0);
  int scale = clamp_scale(kNumericMinSignificantDigits - static_cast<int>(decimal_exponent), value.scale);
  double argument = numeric_double(value);
  if (argument >= 6000.0) throw_overflow();
  if (argument <= -6000.0) return numeric_of(0, scale);
  int precision = exp_precision(argument * 0.434294481903252, scale);
  return exp_to_scale(to_fixed(value, precision), precision, scale);
}

Numeric numeric_ln(const Numeric& value) {
  if (value.is_nan() || value.form == NumericForm::kInfinity) return value;
  require_positive(value);
  int scale = clamp_scale(kNumericMinSignificantDigits - ln_weight(value), value.scale);
  int precision = scale + kGuardDigits;
  return from_fixed(fixed_ln(value, precision), precision, scale);
}

Numeric numeric_log(const Numeric& base, const Numeric& value) {
  if (base.is_nan() || value.is_nan()) return numeric_special(NumericForm::kNaN);
  require_positive(base);
  require_positive(value);
  if (base.is_infinite()) return value.is_infinite() ? numeric_special(NumericForm::kNaN) : Numeric();
  if (value.is_infinite()) return value;
  int base_weight = ln_weight(base), value_weight = ln_weight(value);
  int scale = clamp_scale(kNumericMinSignificantDigits - (value_weight - base_weight), std::max(base.scale, value.scale));
  int precision = scale + kGuardDigits + std::max(0, -base_weight) * 2 + std::max(0, value_weight) + 4;
  mpz_class ln_base = fixed_ln(base, precision);
  if (sgn(ln_base) == 0) throw SqlError(sqlstate::kDivisionByZero, "division by zero");
  mpz_class ln_value = fixed_ln(value, precision) * power_of_ten(static_cast<unsigned>(precision));
  if (sgn(ln_base) < 0) {
    ln_base = -ln_base;
    ln_value = -ln_value;
  }
  return from_fixed(divide_rounded(ln_value, ln_base), precision, scale);
}

namespace {

// PostgreSQL's choice of digits to show: by ln(base) * exponent, both rounded to about eight significant digits.
int power_scale(const Numeric& base, const Numeric& exponent, int at_least) {
  const int digits = clamp_scale(8 - ln_weight(base), 0);
  const int precision = digits + kGuardDigits;
  const Numeric logarithm = from_fixed(fixed_ln(base, precision), precision, digits);
  const Numeric product = numeric_round(numeric_multiply(logarithm, exponent), digits);
  return clamp_scale(kNumericMinSignificantDigits - static_cast<int>(numeric_double(product) * 0.434294481903252), at_least);
}

}  // namespace

Numeric numeric_power(const Numeric& base, const Numeric& exponent) {
  if (!base.is_finite() || !exponent.is_finite()) return power_of_special(base, exponent);
  bool whole = is_integer(exponent);
  if (base.is_zero() && exponent.sign() < 0) {
    throw SqlError(sqlstate::kInvalidArgumentForPower, "zero raised to a negative power is undefined");
  }
  if (base.sign() < 0 && !whole) {
    throw SqlError(sqlstate::kInvalidArgumentForPower,
                   "a negative number raised to a non-integer power yields a complex result");
  }
  if (base.is_zero()) {
    if (exponent.is_zero()) return numeric_round(numeric_of(1), kNumericMinSignificantDigits);
    return numeric_of(0, kNumericMinSignificantDigits);
  }
  mpz_class integer = exponent.unscaled / power_of_ten(static_cast<unsigned>(exponent.scale));
  if (whole && integer.fits_sint_p()) return power_of_integer(base, integer.get_si());
  Numeric positive = base;
  positive.unscaled = abs(base.unscaled);
  const double logarithm = rough_product(positive, exponent);
  // What PostgreSQL refuses, or calls zero (NUMERIC_MAX_RESULT_SCALE).
  if (logarithm > 6020) throw_overflow();
  if (logarithm < -6020) return numeric_of(0, kNumericMaxDisplayScale);
  const double weight = logarithm * 0.434294481903252;
  int scale = power_scale(positive, exponent, std::max(base.scale, exponent.scale));
  int exponent_digits = std::max(0, decimal_weight(exponent) + 1);
  int precision = exp_precision(weight, scale) + exponent_digits + 2;
  mpz_class argument = fixed_ln(positive, precision) * exponent.unscaled / power_of_ten(static_cast<unsigned>(exponent.scale));
  Numeric out = exp_to_scale(argument, precision, scale);
  if (base.sign() < 0 && mpz_odd_p(integer.get_mpz_t()) != 0) out.unscaled = -out.unscaled;
  return out;
}

}  // namespace vecino::sql

#pragma once

#include <gmpxx.h>

#include <string>

#include "sqlfront/types/numeric.h"

namespace vecino::sql {

// A numeric in the form arithmetic works on: unscaled / 10^scale. Only in .cc files (GMP's header is heavy).
struct Numeric {
  NumericForm form = NumericForm::kPositive;  // for finite values the sign is that of `unscaled`
  int scale = 0;                              // the display scale, >= 0
  mpz_class unscaled;

  bool is_finite() const { return form <= NumericForm::kNegative; }
  bool is_nan() const { return form == NumericForm::kNaN; }
  bool is_infinite() const { return !is_finite() && !is_nan(); }
  int sign() const;  // of infinities too; 0 for NaN
  bool is_zero() const { return is_finite() && sgn(unscaled) == 0; }
};

inline constexpr int kNumericMaxDisplayScale = 1000;
inline constexpr int kNumericMaxScale = 16383;
inline constexpr int kNumericMinSignificantDigits = 16;
inline constexpr int kNumericMaxIntegerDigits = 131072;

Numeric numeric_unpack(const Datum& value);
Datum numeric_pack(Arena& arena, const Numeric& value);  // 22003 when it has too many digits
Numeric numeric_special(NumericForm form);
Numeric numeric_of(long value, int scale = 0);  // value / 10^scale

mpz_class power_of_ten(unsigned exponent);
// Rounds half away from zero. REQUIRES: divisor > 0
mpz_class divide_rounded(const mpz_class& dividend, const mpz_class& divisor);
size_t decimal_digits(const mpz_class& magnitude);  // 0 for 0
// floor(log10(|value|)) of a finite, non-zero value.
int decimal_weight(const Numeric& value);
std::string numeric_text(const Numeric& value);
double numeric_double(const Numeric& value);

// `scale` may be negative: round(1234, -2) = 1200. The result's display scale is max(scale, 0).
Numeric numeric_round(const Numeric& value, int scale);
Numeric numeric_truncate(const Numeric& value, int scale);

Numeric numeric_add(const Numeric& left, const Numeric& right);
Numeric numeric_subtract(const Numeric& left, const Numeric& right);
Numeric numeric_multiply(const Numeric& left, const Numeric& right);
Numeric numeric_divide(const Numeric& left, const Numeric& right);          // 22012
Numeric numeric_divide_truncated(const Numeric& left, const Numeric& right);  // div()
Numeric numeric_modulo(const Numeric& left, const Numeric& right);
Numeric numeric_negate(Numeric value);
int numeric_compare_values(const Numeric& left, const Numeric& right);

Numeric numeric_sqrt(const Numeric& value);
// Of a finite value that is not negative, shown with `scale` digits.
Numeric numeric_sqrt(const Numeric& value, int scale);
Numeric numeric_exp(const Numeric& value);
Numeric numeric_ln(const Numeric& value);
Numeric numeric_log(const Numeric& base, const Numeric& value);
Numeric numeric_power(const Numeric& base, const Numeric& exponent);

// The scale that division shows (at least 16 significant digits).
int numeric_division_scale(const Numeric& left, const Numeric& right);

}  // namespace vecino::sql

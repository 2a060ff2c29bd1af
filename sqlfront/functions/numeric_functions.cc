#include <algorithm>
#include <cmath>
#include <limits>

#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/numeric_value.h"

// numeric: operators, mathematical functions and casts (manual 9.3).
namespace vecino::sql {
namespace {
using namespace tables;

using Binary = Numeric (*)(const Numeric&, const Numeric&);
using Unary = Numeric (*)(const Numeric&);

template <Binary kFunction>
Datum binary(CallContext& context, Datum a, Datum b) {
  return numeric_pack(*context.arena, kFunction(numeric_unpack(a), numeric_unpack(b)));
}
template <Unary kFunction>
Datum unary(CallContext& context, Datum a) {
  return numeric_pack(*context.arena, kFunction(numeric_unpack(a)));
}

bool equal(Datum a, Datum b) { return numeric_compare(a, b) == 0; }
bool not_equal(Datum a, Datum b) { return numeric_compare(a, b) != 0; }
bool less(Datum a, Datum b) { return numeric_compare(a, b) < 0; }
bool less_equal(Datum a, Datum b) { return numeric_compare(a, b) <= 0; }
bool greater(Datum a, Datum b) { return numeric_compare(a, b) > 0; }
bool greater_equal(Datum a, Datum b) { return numeric_compare(a, b) >= 0; }
int32_t compare(Datum a, Datum b) { return numeric_compare(a, b); }
Datum larger(Datum a, Datum b) { return numeric_compare(a, b) < 0 ? b : a; }
Datum smaller(Datum a, Datum b) { return numeric_compare(a, b) > 0 ? b : a; }

Numeric negate(const Numeric& value) { return numeric_negate(value); }
Numeric identity(const Numeric& value) { return value; }
Numeric absolute(const Numeric& value) { return value.sign() < 0 ? numeric_negate(value) : value; }
Numeric sign(const Numeric& value) { return value.is_nan() ? value : numeric_of(value.sign()); }
Numeric ceiling(const Numeric& value) {
  if (!value.is_finite()) return value;
  Numeric out = numeric_truncate(value, 0);
  if (numeric_compare_values(out, value) < 0) out.unscaled += 1;
  return out;
}
Numeric floor_of(const Numeric& value) {
  if (!value.is_finite()) return value;
  Numeric out = numeric_truncate(value, 0);
  if (numeric_compare_values(out, value) > 0) out.unscaled -= 1;
  return out;
}
int limit_scale(int32_t scale) {
  return scale > kNumericMaxScale ? kNumericMaxScale : scale < -kNumericMaxIntegerDigits - 1 ? -kNumericMaxIntegerDigits - 1 : scale;
}
Datum round_to(CallContext& context, Datum value, int32_t scale) {
  return numeric_pack(*context.arena, numeric_round(numeric_unpack(value), limit_scale(scale)));
}
Datum truncate_to(CallContext& context, Datum value, int32_t scale) {
  return numeric_pack(*context.arena, numeric_truncate(numeric_unpack(value), limit_scale(scale)));
}
Numeric round_whole(const Numeric& value) { return numeric_round(value, 0); }
Numeric truncate_whole(const Numeric& value) { return numeric_truncate(value, 0); }
Numeric increment(const Numeric& value) { return numeric_add(value, numeric_of(1)); }
Numeric log10_of(const Numeric& value) { return numeric_log(numeric_of(10), value); }

Numeric gcd_of(const Numeric& a, const Numeric& b) {
  if (a.is_nan() || b.is_nan() || a.is_infinite() || b.is_infinite()) return numeric_special(NumericForm::kNaN);
  Numeric zero;
  zero.scale = std::max(a.scale, b.scale);
  Numeric left = numeric_add(a, zero), right = numeric_add(b, zero);
  left.unscaled = gcd(left.unscaled, right.unscaled);
  return left;
}
Numeric lcm_of(const Numeric& a, const Numeric& b) {
  if (a.is_nan() || b.is_nan() || a.is_infinite() || b.is_infinite()) return numeric_special(NumericForm::kNaN);
  Numeric zero;
  zero.scale = std::max(a.scale, b.scale);
  if (a.is_zero() || b.is_zero()) return zero;
  Numeric left = numeric_add(a, zero), right = numeric_add(b, zero);
  left.unscaled = lcm(left.unscaled, right.unscaled);
  return left;
}
Datum factorial(CallContext& context, int64_t n) {
  if (n < 0) throw SqlError(sqlstate::kNumericValueOutOfRange, "factorial of a negative number is undefined");
  if (n > 32177) throw SqlError(sqlstate::kNumericValueOutOfRange, "value overflows numeric format");
  Numeric out;
  mpz_fac_ui(out.unscaled.get_mpz_t(), static_cast<unsigned long>(n));
  return numeric_pack(*context.arena, out);
}

std::optional<int32_t> display_scale(Datum value) {
  if (!numeric_is_finite(value)) return std::nullopt;
  return numeric_scale(value);
}
int needed_scale(const Numeric& value) {
  if (value.is_zero()) return 0;
  mpz_class rest = value.unscaled;
  int scale = value.scale;
  while (scale > 0 && mpz_divisible_ui_p(rest.get_mpz_t(), 10) != 0) {
    rest /= 10;
    --scale;
  }
  return scale;
}
std::optional<int32_t> min_scale(Datum value) {
  if (!numeric_is_finite(value)) return std::nullopt;
  return needed_scale(numeric_unpack(value));
}
Numeric trim_scale(const Numeric& value) {
  return value.is_finite() ? numeric_truncate(value, needed_scale(value)) : value;
}

int32_t width_bucket(Datum operand, Datum low, Datum high, int32_t count) {
  auto fail = [](const char* message) { throw SqlError(sqlstate::kInvalidArgumentForWidthBucket, message); };
  if (count <= 0) fail("count must be greater than zero");
  if (numeric_is_nan(operand) || numeric_is_nan(low) || numeric_is_nan(high)) {
    fail("operand, lower bound, and upper bound cannot be NaN");
  }
  if (!numeric_is_finite(low) || !numeric_is_finite(high)) fail("lower and upper bounds must be finite");
  int direction = numeric_compare(low, high);
  if (direction == 0) fail("lower bound cannot equal upper bound");
  int below = numeric_compare(operand, low) * (direction < 0 ? 1 : -1);
  int above = numeric_compare(operand, high) * (direction < 0 ? 1 : -1);
  if (below < 0) return 0;
  if (above >= 0) return add_checked<int32_t>(count, 1);
  Numeric from_low = absolute(numeric_subtract(numeric_unpack(operand), numeric_unpack(low)));
  Numeric width = absolute(numeric_subtract(numeric_unpack(high), numeric_unpack(low)));
  Numeric bucket = numeric_divide_truncated(numeric_multiply(from_low, numeric_of(count)), width);
  return static_cast<int32_t>(bucket.unscaled.get_si()) + 1;
}

Datum from_int(CallContext& context, int64_t value) { return numeric_from_int(*context.arena, value); }
Datum from_float4(CallContext& context, float value) { return numeric_from_float4(*context.arena, value); }
Datum from_float8(CallContext& context, double value) { return numeric_from_float8(*context.arena, value); }
template <typename T>
T to_int(Datum value) {
  constexpr std::string_view kName = sizeof(T) == 2 ? "smallint" : sizeof(T) == 4 ? "integer" : "bigint";
  return static_cast<T>(numeric_to_int(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), kName));
}
double to_float8(Datum value) {
  double out = numeric_to_float8(value);
  if (std::isinf(out) && numeric_is_finite(value)) {
    std::string text;
    numeric_to_text(value, text);
    throw SqlError(sqlstate::kNumericValueOutOfRange, "\"" + text + "\" is out of range for type double precision");
  }
  return out;
}
float to_float4(Datum value) {
  double wide = numeric_to_float8(value);
  auto out = static_cast<float>(wide);
  if (numeric_is_finite(value) && (std::isinf(out) || (out == 0 && wide != 0))) {
    std::string text;
    numeric_to_text(value, text);
    throw SqlError(sqlstate::kNumericValueOutOfRange, "\"" + text + "\" is out of range for type real");
  }
  return out;
}
Datum coerce(CallContext& context, Datum value, int32_t typmod) {
  return numeric_apply_typmod(*context.arena, value, typmod);
}

const FunctionDef kFunctions[] = {
    {1718, "numeric_eq", {kNumeric, kNumeric}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {1719, "numeric_ne", {kNumeric, kNumeric}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {1722, "numeric_lt", {kNumeric, kNumeric}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {1723, "numeric_le", {kNumeric, kNumeric}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {1720, "numeric_gt", {kNumeric, kNumeric}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {1721, "numeric_ge", {kNumeric, kNumeric}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {1769, "numeric_cmp", {kNumeric, kNumeric}, kInt4, kImmutable, kStrict, row<compare>},
    {1767, "numeric_larger", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<larger>},
    {1766, "numeric_smaller", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<smaller>},
    {1724, "numeric_add", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_add>>},
    {1725, "numeric_sub", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_subtract>>},
    {1726, "numeric_mul", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_multiply>>},
    {1727, "numeric_div", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_divide>>},
    {1980, "numeric_div_trunc", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict,
     row<binary<numeric_divide_truncated>>},
    {1973, "div", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_divide_truncated>>},
    {1729, "numeric_mod", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_modulo>>},
    {1728, "mod", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_modulo>>},
    {1739, "numeric_power", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_power>>},
    {2169, "power", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_power>>},
    {1738, "pow", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_power>>},
    {1736, "log", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<numeric_log>>},
    {5048, "gcd", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<gcd_of>>},
    {5049, "lcm", {kNumeric, kNumeric}, kNumeric, kImmutable, kStrict, row<binary<lcm_of>>},
    {1771, "numeric_uminus", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<negate>>},
    {1915, "numeric_uplus", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<identity>>},
    {1704, "numeric_abs", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<absolute>>},
    {1705, "abs", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<absolute>>},
    {1706, "sign", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<sign>>},
    {1711, "ceil", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<ceiling>>},
    {2167, "ceiling", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<ceiling>>},
    {1712, "floor", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<floor_of>>},
    {1708, "round", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<round_whole>>},
    {1710, "trunc", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<truncate_whole>>},
    {1707, "round", {kNumeric, kInt4}, kNumeric, kImmutable, kStrict, row<round_to>},
    {1709, "trunc", {kNumeric, kInt4}, kNumeric, kImmutable, kStrict, row<truncate_to>},
    {1731, "numeric_sqrt", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<numeric_sqrt>>},
    {1730, "sqrt", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<numeric_sqrt>>},
    {1733, "numeric_exp", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<numeric_exp>>},
    {1732, "exp", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<numeric_exp>>},
    {1735, "numeric_ln", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<numeric_ln>>},
    {1734, "ln", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<numeric_ln>>},
    {1741, "log", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<log10_of>>},
    {1481, "log10", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<log10_of>>},
    {1764, "numeric_inc", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<increment>>},
    {1376, "factorial", {kInt8}, kNumeric, kImmutable, kStrict, row<factorial>},
    {3281, "scale", {kNumeric}, kInt4, kImmutable, kStrict, row<display_scale>},
    {5042, "min_scale", {kNumeric}, kInt4, kImmutable, kStrict, row<min_scale>},
    {5043, "trim_scale", {kNumeric}, kNumeric, kImmutable, kStrict, row<unary<trim_scale>>},
    {2170, "width_bucket", {kNumeric, kNumeric, kNumeric, kInt4}, kInt4, kImmutable, kStrict, row<width_bucket>},
    {1782, "numeric", {kInt2}, kNumeric, kImmutable, kStrict, row<from_int>},
    {1740, "numeric", {kInt4}, kNumeric, kImmutable, kStrict, row<from_int>},
    {1781, "numeric", {kInt8}, kNumeric, kImmutable, kStrict, row<from_int>},
    {1742, "numeric", {kFloat4}, kNumeric, kImmutable, kStrict, row<from_float4>},
    {1743, "numeric", {kFloat8}, kNumeric, kImmutable, kStrict, row<from_float8>},
    {1783, "int2", {kNumeric}, kInt2, kImmutable, kStrict, row<to_int<int16_t>>},
    {1744, "int4", {kNumeric}, kInt4, kImmutable, kStrict, row<to_int<int32_t>>},
    {1779, "int8", {kNumeric}, kInt8, kImmutable, kStrict, row<to_int<int64_t>>},
    {1745, "float4", {kNumeric}, kFloat4, kImmutable, kStrict, row<to_float4>},
    {1746, "float8", {kNumeric}, kFloat8, kImmutable, kStrict, row<to_float8>},
    {1703, "numeric", {kNumeric, kInt4}, kNumeric, kImmutable, kStrict, row<coerce>},
};

}  // namespace

std::span<const FunctionDef> numeric_functions() { return kFunctions; }

}  // namespace vecino::sql

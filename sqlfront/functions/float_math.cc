#include <cmath>
#include <limits>

#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

// Mathematical functions on double precision (manual 9.3).
namespace vecino::sql {
namespace {
using namespace tables;

[[noreturn]] void throw_range(const char* message) { throw SqlError(sqlstate::kNumericValueOutOfRange, message); }
double check(double result, bool inputs_finite, bool zero_is_fine) {
  if (std::isinf(result) && inputs_finite) throw_range("value out of range: overflow");
  if (result == 0 && !zero_is_fine) throw_range("value out of range: underflow");
  return result;
}

double ceiling(double x) { return std::ceil(x); }
double floor_of(double x) { return std::floor(x); }
double round_even(double x) { return std::rint(x); }
double truncate(double x) { return std::trunc(x); }
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
double square_root(double x) {
  if (x < 0) throw SqlError(sqlstate::kInvalidArgumentForPower, "cannot take square root of a negative number");
  return std::sqrt(x);
}
double cube_root(double x) { return std::cbrt(x); }
double exponential(double x) { return check(std::exp(x), !std::isinf(x), std::isinf(x)); }
void require_positive(double x) {
  if (x == 0) throw SqlError(sqlstate::kInvalidArgumentForLog, "cannot take logarithm of zero");
  if (x < 0) throw SqlError(sqlstate::kInvalidArgumentForLog, "cannot take logarithm of a negative number");
}
double natural_log(double x) {
  require_positive(x);
  return std::log(x);
}
double decimal_log(double x) {
  require_positive(x);
  return std::log10(x);
}
double power(double base, double exponent) {
  if (base == 0 && exponent < 0) {
    throw SqlError(sqlstate::kInvalidArgumentForPower, "zero raised to a negative power is undefined");
  }
  if (base < 0 && std::floor(exponent) != exponent) {
    throw SqlError(sqlstate::kInvalidArgumentForPower,
                   "a negative number raised to a non-integer power yields a complex result");
  }
  if (std::isnan(base) || std::isnan(exponent)) return std::pow(base, exponent);
  bool finite = !std::isinf(base) && !std::isinf(exponent);
  return check(std::pow(base, exponent), finite, base == 0 || !finite);
}

double pi() { return M_PI; }
double degrees(double x) { return check(x / (M_PI / 180), !std::isinf(x), x == 0); }
double radians(double x) { return check(x * (M_PI / 180), !std::isinf(x), x == 0); }

template <double (*kFunction)(double)>
double periodic(double x) {  // sin, cos, tan
  if (std::isinf(x)) throw_range("input is out of range");
  return kFunction(x);
}
double cotangent(double x) {
  if (std::isinf(x)) throw_range("input is out of range");
  return 1 / std::tan(x);
}
template <double (*kFunction)(double)>
double limited(double x) {  // asin, acos
  if (x < -1 || x > 1) throw_range("input is out of range");
  return kFunction(x);
}
double arc_tangent(double x) { return std::atan(x); }
double arc_tangent2(double y, double x) { return std::atan2(y, x); }
double hyperbolic_sine(double x) { return std::sinh(x); }
double hyperbolic_cosine(double x) { return check(std::cosh(x), false, false); }
double hyperbolic_tangent(double x) { return std::tanh(x); }
double area_sine(double x) { return std::asinh(x); }
double area_cosine(double x) {
  if (x < 1) throw_range("input is out of range");
  return std::acosh(x);
}
double area_tangent(double x) {
  if (x < -1 || x > 1) throw_range("input is out of range");
  return x == -1 ? -HUGE_VAL : x == 1 ? HUGE_VAL : std::atanh(x);
}

// Degrees: exact at the multiples of 30 and 45 where the results are.
double sine_first_quadrant(double degrees_in) {
  if (degrees_in == 30) return 0.5;
  if (degrees_in == 90) return 1;
  return degrees_in <= 45 ? std::sin(degrees_in * (M_PI / 180)) : std::cos((90 - degrees_in) * (M_PI / 180));
}
double sine_degrees(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) throw_range("input is out of range");
  x = std::fmod(x, 360);
  double sign_of = 1;
  if (x < 0) {
    x = -x;
    sign_of = -sign_of;
  }
  if (x > 180) {
    x = 360 - x;
    sign_of = -sign_of;
  }
  if (x > 90) x = 180 - x;
  return sign_of * sine_first_quadrant(x);
}
double cosine_degrees(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x)) throw_range("input is out of range");
  x = std::abs(std::fmod(x, 360));
  if (x > 180) x = 360 - x;
  double sign_of = 1;
  if (x > 90) {
    x = 180 - x;
    sign_of = -1;
  }
  return sign_of * sine_first_quadrant(90 - x);
}
double tangent_degrees(double x) {
  double sine = sine_degrees(x), cosine = cosine_degrees(x);
  if (std::abs(sine) == std::abs(cosine)) return sine == cosine ? 1 : -1;
  double out = sine / cosine;
  return out == 0 ? 0 : out;
}
double cotangent_degrees(double x) {
  double sine = sine_degrees(x), cosine = cosine_degrees(x);
  if (std::abs(sine) == std::abs(cosine)) return sine == cosine ? 1 : -1;
  double out = cosine / sine;
  return out == 0 ? 0 : out;
}
double exact_degrees(double radians_in) {
  double out = radians_in * (180 / M_PI);
  for (double nice : {0.0, 30.0, 45.0, 60.0, 90.0, 120.0, 135.0, 150.0, 180.0}) {
    if (std::abs(std::abs(out) - nice) < 1e-13) return std::copysign(nice, out);
  }
  return out;
}
double arc_sine_degrees(double x) { return exact_degrees(limited<std::asin>(x)); }
double arc_cosine_degrees(double x) { return exact_degrees(limited<std::acos>(x)); }
double arc_tangent_degrees(double x) { return exact_degrees(std::atan(x)); }
double arc_tangent2_degrees(double y, double x) { return exact_degrees(std::atan2(y, x)); }

double random_value(CallContext& context) { return context.env->random(); }
Datum set_seed(CallContext& context, double seed) {
  if (!(seed >= -1 && seed <= 1)) {
    throw SqlError(sqlstate::kInvalidParameterValue,
                   "setseed parameter " + std::to_string(seed) + " is out of allowed range [-1,1]");
  }
  context.env->set_seed(seed);
  return Datum::from_bytes("");
}

int32_t width_bucket(double operand, double low, double high, int32_t count) {
  auto fail = [](const char* message) { throw SqlError(sqlstate::kInvalidArgumentForWidthBucket, message); };
  if (count <= 0) fail("count must be greater than zero");
  if (std::isnan(operand) || std::isnan(low) || std::isnan(high)) fail("operand, lower bound, and upper bound cannot be NaN");
  if (std::isinf(low) || std::isinf(high)) fail("lower and upper bounds must be finite");
  if (low == high) fail("lower bound cannot equal upper bound");
  bool ascending = low < high;
  if (ascending ? operand < low : operand > low) return 0;
  if (ascending ? operand >= high : operand <= high) return add_checked<int32_t>(count, 1);
  // Halved so that the width cannot overflow.
  double position = (operand / 2 - low / 2) / (high / 2 - low / 2);
  auto bucket = static_cast<int32_t>(position * count);
  return bucket >= count ? count : bucket + 1;
}

const FunctionDef kFunctions[] = {
    {2308, "ceil", {kFloat8}, kFloat8, kImmutable, kStrict, row<ceiling>},
    {2320, "ceiling", {kFloat8}, kFloat8, kImmutable, kStrict, row<ceiling>},
    {2309, "floor", {kFloat8}, kFloat8, kImmutable, kStrict, row<floor_of>},
    {1342, "round", {kFloat8}, kFloat8, kImmutable, kStrict, row<round_even>},
    {228, "dround", {kFloat8}, kFloat8, kImmutable, kStrict, row<round_even>},
    {1343, "trunc", {kFloat8}, kFloat8, kImmutable, kStrict, row<truncate>},
    {229, "dtrunc", {kFloat8}, kFloat8, kImmutable, kStrict, row<truncate>},
    {2310, "sign", {kFloat8}, kFloat8, kImmutable, kStrict, row<sign>},
    {1344, "sqrt", {kFloat8}, kFloat8, kImmutable, kStrict, row<square_root>},
    {230, "dsqrt", {kFloat8}, kFloat8, kImmutable, kStrict, row<square_root>},
    {1345, "cbrt", {kFloat8}, kFloat8, kImmutable, kStrict, row<cube_root>},
    {231, "dcbrt", {kFloat8}, kFloat8, kImmutable, kStrict, row<cube_root>},
    {1347, "exp", {kFloat8}, kFloat8, kImmutable, kStrict, row<exponential>},
    {233, "dexp", {kFloat8}, kFloat8, kImmutable, kStrict, row<exponential>},
    {1341, "ln", {kFloat8}, kFloat8, kImmutable, kStrict, row<natural_log>},
    {234, "dlog1", {kFloat8}, kFloat8, kImmutable, kStrict, row<natural_log>},
    {1340, "log", {kFloat8}, kFloat8, kImmutable, kStrict, row<decimal_log>},
    {1194, "log10", {kFloat8}, kFloat8, kImmutable, kStrict, row<decimal_log>},
    {1339, "dlog10", {kFloat8}, kFloat8, kImmutable, kStrict, row<decimal_log>},
    {1368, "power", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<power>},
    {1346, "pow", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<power>},
    {232, "dpow", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<power>},
    {1610, "pi", {}, kFloat8, kImmutable, kStrict, row<pi>},
    {1608, "degrees", {kFloat8}, kFloat8, kImmutable, kStrict, row<degrees>},
    {1609, "radians", {kFloat8}, kFloat8, kImmutable, kStrict, row<radians>},
    {1604, "sin", {kFloat8}, kFloat8, kImmutable, kStrict, row<periodic<std::sin>>},
    {1605, "cos", {kFloat8}, kFloat8, kImmutable, kStrict, row<periodic<std::cos>>},
    {1606, "tan", {kFloat8}, kFloat8, kImmutable, kStrict, row<periodic<std::tan>>},
    {1607, "cot", {kFloat8}, kFloat8, kImmutable, kStrict, row<cotangent>},
    {1600, "asin", {kFloat8}, kFloat8, kImmutable, kStrict, row<limited<std::asin>>},
    {1601, "acos", {kFloat8}, kFloat8, kImmutable, kStrict, row<limited<std::acos>>},
    {1602, "atan", {kFloat8}, kFloat8, kImmutable, kStrict, row<arc_tangent>},
    {1603, "atan2", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<arc_tangent2>},
    {2462, "sinh", {kFloat8}, kFloat8, kImmutable, kStrict, row<hyperbolic_sine>},
    {2463, "cosh", {kFloat8}, kFloat8, kImmutable, kStrict, row<hyperbolic_cosine>},
    {2464, "tanh", {kFloat8}, kFloat8, kImmutable, kStrict, row<hyperbolic_tangent>},
    {2465, "asinh", {kFloat8}, kFloat8, kImmutable, kStrict, row<area_sine>},
    {2466, "acosh", {kFloat8}, kFloat8, kImmutable, kStrict, row<area_cosine>},
    {2467, "atanh", {kFloat8}, kFloat8, kImmutable, kStrict, row<area_tangent>},
    {2735, "sind", {kFloat8}, kFloat8, kImmutable, kStrict, row<sine_degrees>},
    {2736, "cosd", {kFloat8}, kFloat8, kImmutable, kStrict, row<cosine_degrees>},
    {2737, "tand", {kFloat8}, kFloat8, kImmutable, kStrict, row<tangent_degrees>},
    {2738, "cotd", {kFloat8}, kFloat8, kImmutable, kStrict, row<cotangent_degrees>},
    {2731, "asind", {kFloat8}, kFloat8, kImmutable, kStrict, row<arc_sine_degrees>},
    {2732, "acosd", {kFloat8}, kFloat8, kImmutable, kStrict, row<arc_cosine_degrees>},
    {2733, "atand", {kFloat8}, kFloat8, kImmutable, kStrict, row<arc_tangent_degrees>},
    {2734, "atan2d", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<arc_tangent2_degrees>},
    {1598, "random", {}, kFloat8, kVolatile, kStrict, row<random_value>},
    {1599, "setseed", {kFloat8}, kVoid, kVolatile, kStrict, row<set_seed>},
    {320, "width_bucket", {kFloat8, kFloat8, kFloat8, kInt4}, kInt4, kImmutable, kStrict, row<width_bucket>},
};

}  // namespace

std::span<const FunctionDef> float_math_functions() { return kFunctions; }

}  // namespace vecino::sql

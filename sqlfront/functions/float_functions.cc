#include <bit>
#include <cmath>
#include <limits>

#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

// real and double precision: comparison, + - * /, casts (manual 9.3).
namespace vecino::sql {
namespace {
using namespace tables;

[[noreturn]] void throw_overflow() {
  throw SqlError(sqlstate::kNumericValueOutOfRange, "value out of range: overflow");
}
[[noreturn]] void throw_underflow() {
  throw SqlError(sqlstate::kNumericValueOutOfRange, "value out of range: underflow");
}

// NaN equals NaN and is greater than all numbers.
int32_t compare(double a, double b) {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a == b) return 0;
  return static_cast<int32_t>(std::isnan(a)) - static_cast<int32_t>(std::isnan(b));
}
bool equal(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
bool not_equal(double a, double b) { return !equal(a, b); }
bool less(double a, double b) { return !std::isnan(a) && (std::isnan(b) || a < b); }
bool greater(double a, double b) { return less(b, a); }
bool less_equal(double a, double b) { return std::isnan(b) || a <= b; }
bool greater_equal(double a, double b) { return less_equal(b, a); }
double larger(double a, double b) { return less(a, b) ? b : a; }
double smaller(double a, double b) { return less(b, a) ? b : a; }

// T is the width of the result: float for two reals, else double.
template <typename T>
T add(T a, T b) {
  T out = a + b;
  if (std::isinf(out) && !std::isinf(a) && !std::isinf(b)) throw_overflow();
  return out;
}
template <typename T>
T subtract(T a, T b) {
  T out = a - b;
  if (std::isinf(out) && !std::isinf(a) && !std::isinf(b)) throw_overflow();
  return out;
}
template <typename T>
T multiply(T a, T b) {
  T out = a * b;
  if (std::isinf(out) && !std::isinf(a) && !std::isinf(b)) throw_overflow();
  if (out == 0 && a != 0 && b != 0) throw_underflow();
  return out;
}
template <typename T>
T divide(T a, T b) {
  if (b == 0 && !std::isnan(a)) throw_division_by_zero();
  T out = a / b;
  if (std::isinf(out) && !std::isinf(a)) throw_overflow();
  if (out == 0 && a != 0 && !std::isinf(b)) throw_underflow();
  return out;
}
template <typename T>
T negate(T a) { return -a; }
template <typename T>
T identity(T a) { return a; }
template <typename T>
T absolute(T a) { return std::abs(a); }

double widen(double value) { return value; }
float to_float4(double value) {
  auto out = static_cast<float>(value);
  if (std::isinf(out) && !std::isinf(value)) throw_overflow();
  if (out == 0 && value != 0) throw_underflow();
  return out;
}
// Rounds half to even, as rint().
template <typename R>
R to_integer(double value) {
  double rounded = std::rint(value);
  constexpr double kLow = static_cast<double>(std::numeric_limits<R>::min());
  if (!(rounded >= kLow && rounded < -kLow)) throw_integer_range(sizeof(R));
  return static_cast<R>(rounded);
}
double from_integer(int64_t value) { return static_cast<double>(value); }
float float4_from_integer(int64_t value) { return static_cast<float>(value); }

const FunctionDef kFunctions[] = {
    {287, "float4eq", {kFloat4, kFloat4}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {288, "float4ne", {kFloat4, kFloat4}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {289, "float4lt", {kFloat4, kFloat4}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {290, "float4le", {kFloat4, kFloat4}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {291, "float4gt", {kFloat4, kFloat4}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {292, "float4ge", {kFloat4, kFloat4}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {354, "btfloat4cmp", {kFloat4, kFloat4}, kInt4, kImmutable, kStrict, row<compare>},
    {209, "float4larger", {kFloat4, kFloat4}, kFloat4, kImmutable, kStrict, row<larger>},
    {211, "float4smaller", {kFloat4, kFloat4}, kFloat4, kImmutable, kStrict, row<smaller>},
    {293, "float8eq", {kFloat8, kFloat8}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {294, "float8ne", {kFloat8, kFloat8}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {295, "float8lt", {kFloat8, kFloat8}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {296, "float8le", {kFloat8, kFloat8}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {297, "float8gt", {kFloat8, kFloat8}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {298, "float8ge", {kFloat8, kFloat8}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {355, "btfloat8cmp", {kFloat8, kFloat8}, kInt4, kImmutable, kStrict, row<compare>},
    {223, "float8larger", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<larger>},
    {224, "float8smaller", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<smaller>},
    {299, "float48eq", {kFloat4, kFloat8}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {300, "float48ne", {kFloat4, kFloat8}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {301, "float48lt", {kFloat4, kFloat8}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {302, "float48le", {kFloat4, kFloat8}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {303, "float48gt", {kFloat4, kFloat8}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {304, "float48ge", {kFloat4, kFloat8}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2194, "btfloat48cmp", {kFloat4, kFloat8}, kInt4, kImmutable, kStrict, row<compare>},
    {305, "float84eq", {kFloat8, kFloat4}, kBool, kImmutable, kStrict, row<equal>, batch<equal>},
    {306, "float84ne", {kFloat8, kFloat4}, kBool, kImmutable, kStrict, row<not_equal>, batch<not_equal>},
    {307, "float84lt", {kFloat8, kFloat4}, kBool, kImmutable, kStrict, row<less>, batch<less>},
    {308, "float84le", {kFloat8, kFloat4}, kBool, kImmutable, kStrict, row<less_equal>, batch<less_equal>},
    {309, "float84gt", {kFloat8, kFloat4}, kBool, kImmutable, kStrict, row<greater>, batch<greater>},
    {310, "float84ge", {kFloat8, kFloat4}, kBool, kImmutable, kStrict, row<greater_equal>, batch<greater_equal>},
    {2195, "btfloat84cmp", {kFloat8, kFloat4}, kInt4, kImmutable, kStrict, row<compare>},
    {204, "float4pl", {kFloat4, kFloat4}, kFloat4, kImmutable, kStrict, row<add<float>>, batch<add<float>>},
    {205, "float4mi", {kFloat4, kFloat4}, kFloat4, kImmutable, kStrict, row<subtract<float>>, batch<subtract<float>>},
    {202, "float4mul", {kFloat4, kFloat4}, kFloat4, kImmutable, kStrict, row<multiply<float>>, batch<multiply<float>>},
    {203, "float4div", {kFloat4, kFloat4}, kFloat4, kImmutable, kStrict, row<divide<float>>, batch<divide<float>>},
    {218, "float8pl", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<add<double>>, batch<add<double>>},
    {219, "float8mi", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<subtract<double>>, batch<subtract<double>>},
    {216, "float8mul", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<multiply<double>>,
     batch<multiply<double>>},
    {217, "float8div", {kFloat8, kFloat8}, kFloat8, kImmutable, kStrict, row<divide<double>>, batch<divide<double>>},
    {281, "float48pl", {kFloat4, kFloat8}, kFloat8, kImmutable, kStrict, row<add<double>>, batch<add<double>>},
    {282, "float48mi", {kFloat4, kFloat8}, kFloat8, kImmutable, kStrict, row<subtract<double>>,
     batch<subtract<double>>},
    {279, "float48mul", {kFloat4, kFloat8}, kFloat8, kImmutable, kStrict, row<multiply<double>>,
     batch<multiply<double>>},
    {280, "float48div", {kFloat4, kFloat8}, kFloat8, kImmutable, kStrict, row<divide<double>>, batch<divide<double>>},
    {285, "float84pl", {kFloat8, kFloat4}, kFloat8, kImmutable, kStrict, row<add<double>>, batch<add<double>>},
    {286, "float84mi", {kFloat8, kFloat4}, kFloat8, kImmutable, kStrict, row<subtract<double>>,
     batch<subtract<double>>},
    {283, "float84mul", {kFloat8, kFloat4}, kFloat8, kImmutable, kStrict, row<multiply<double>>,
     batch<multiply<double>>},
    {284, "float84div", {kFloat8, kFloat4}, kFloat8, kImmutable, kStrict, row<divide<double>>, batch<divide<double>>},
    {206, "float4um", {kFloat4}, kFloat4, kImmutable, kStrict, row<negate<float>>, batch<negate<float>>},
    {220, "float8um", {kFloat8}, kFloat8, kImmutable, kStrict, row<negate<double>>, batch<negate<double>>},
    {1913, "float4up", {kFloat4}, kFloat4, kImmutable, kStrict, row<identity<float>>},
    {1914, "float8up", {kFloat8}, kFloat8, kImmutable, kStrict, row<identity<double>>},
    {207, "float4abs", {kFloat4}, kFloat4, kImmutable, kStrict, row<absolute<float>>},
    {221, "float8abs", {kFloat8}, kFloat8, kImmutable, kStrict, row<absolute<double>>},
    {1394, "abs", {kFloat4}, kFloat4, kImmutable, kStrict, row<absolute<float>>},
    {1395, "abs", {kFloat8}, kFloat8, kImmutable, kStrict, row<absolute<double>>},
    {311, "float8", {kFloat4}, kFloat8, kImmutable, kStrict, row<widen>, batch<widen>},
    {312, "float4", {kFloat8}, kFloat4, kImmutable, kStrict, row<to_float4>, batch<to_float4>},
    {238, "int2", {kFloat4}, kInt2, kImmutable, kStrict, row<to_integer<int16_t>>, batch<to_integer<int16_t>>},
    {319, "int4", {kFloat4}, kInt4, kImmutable, kStrict, row<to_integer<int32_t>>, batch<to_integer<int32_t>>},
    {653, "int8", {kFloat4}, kInt8, kImmutable, kStrict, row<to_integer<int64_t>>, batch<to_integer<int64_t>>},
    {237, "int2", {kFloat8}, kInt2, kImmutable, kStrict, row<to_integer<int16_t>>, batch<to_integer<int16_t>>},
    {317, "int4", {kFloat8}, kInt4, kImmutable, kStrict, row<to_integer<int32_t>>, batch<to_integer<int32_t>>},
    {483, "int8", {kFloat8}, kInt8, kImmutable, kStrict, row<to_integer<int64_t>>, batch<to_integer<int64_t>>},
    {235, "float8", {kInt2}, kFloat8, kImmutable, kStrict, row<from_integer>, batch<from_integer>},
    {316, "float8", {kInt4}, kFloat8, kImmutable, kStrict, row<from_integer>, batch<from_integer>},
    {482, "float8", {kInt8}, kFloat8, kImmutable, kStrict, row<from_integer>, batch<from_integer>},
    {236, "float4", {kInt2}, kFloat4, kImmutable, kStrict, row<float4_from_integer>, batch<float4_from_integer>},
    {318, "float4", {kInt4}, kFloat4, kImmutable, kStrict, row<float4_from_integer>, batch<float4_from_integer>},
    {652, "float4", {kInt8}, kFloat4, kImmutable, kStrict, row<float4_from_integer>, batch<float4_from_integer>},
};

}  // namespace

std::span<const FunctionDef> float_functions() { return kFunctions; }

}  // namespace vecino::sql

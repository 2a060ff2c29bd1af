#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {

void throw_integer_range(size_t bytes) {
  const char* type = bytes == 2 ? "smallint" : bytes == 4 ? "integer" : "bigint";
  throw SqlError(sqlstate::kNumericValueOutOfRange, std::string(type) + " out of range");
}
void throw_division_by_zero() { throw SqlError(sqlstate::kDivisionByZero, "division by zero"); }

namespace {
using namespace tables;
using i16 = int16_t;
using i32 = int32_t;
using i64 = int64_t;

template <typename R, typename A, typename B>
R add(A a, B b) { return add_checked<R>(a, b); }
template <typename R, typename A, typename B>
R subtract(A a, B b) { return subtract_checked<R>(a, b); }
template <typename R, typename A, typename B>
R multiply(A a, B b) { return multiply_checked<R>(a, b); }
template <typename R, typename A, typename B>
R divide(A a, B b) { return divide_checked<R>(a, b); }
template <typename T>
T modulo(T a, T b) { return modulo_checked<T>(a, b); }
template <typename T>
T negate(T a) { return subtract_checked<T>(T{0}, a); }
template <typename T>
T identity(T a) { return a; }
template <typename T>
T absolute(T a) { return a < 0 ? negate<T>(a) : a; }
template <typename T>
T bit_and(T a, T b) { return static_cast<T>(a & b); }
template <typename T>
T bit_or(T a, T b) { return static_cast<T>(a | b); }
template <typename T>
T bit_xor(T a, T b) { return static_cast<T>(a ^ b); }
template <typename T>
T bit_not(T a) { return static_cast<T>(~a); }
// As the hardware does: the count is taken modulo the width (int2 is shifted as int4).
template <typename T>
T shift_left(T a, i32 n) {
  using Wide = std::make_unsigned_t<std::conditional_t<sizeof(T) == 8, i64, i32>>;
  return static_cast<T>(static_cast<Wide>(a) << (n & (sizeof(Wide) * 8 - 1)));
}
template <typename T>
T shift_right(T a, i32 n) {
  using Wide = std::conditional_t<sizeof(T) == 8, i64, i32>;
  return static_cast<T>(static_cast<Wide>(a) >> (n & (static_cast<i32>(sizeof(Wide)) * 8 - 1)));
}

// On magnitudes, so that the smallest value works; gcd(min, 0) does not fit.
template <typename T>
std::make_unsigned_t<T> gcd_magnitude(T a, T b) {
  using U = std::make_unsigned_t<T>;
  U x = a < 0 ? U{0} - static_cast<U>(a) : static_cast<U>(a);
  U y = b < 0 ? U{0} - static_cast<U>(b) : static_cast<U>(b);
  while (y != 0) {
    U rest = x % y;
    x = y;
    y = rest;
  }
  return x;
}
template <typename T>
T gcd(T a, T b) {
  auto divisor = gcd_magnitude(a, b);
  if (divisor > static_cast<decltype(divisor)>(std::numeric_limits<T>::max())) throw_integer_range(sizeof(T));
  return static_cast<T>(divisor);
}
template <typename T>
T lcm(T a, T b) {
  if (a == 0 || b == 0) return 0;
  return absolute<T>(multiply_checked<T>(divide_checked<T>(a, static_cast<T>(gcd(a, b))), b));
}

template <typename T>
T add_one(T a) { return add_checked<T>(a, T{1}); }
i64 subtract_one(i64 a) { return subtract_checked<i64>(a, i64{1}); }

template <typename R>
R narrow(i64 value) { return narrow_checked<R>(value); }
i64 widen(i64 value) { return value; }
uint32_t oid_of_int8(i64 value) {
  if (value < 0 || value > std::numeric_limits<uint32_t>::max()) {
    throw SqlError(sqlstate::kNumericValueOutOfRange, "OID out of range");
  }
  return static_cast<uint32_t>(value);
}
i64 int8_of_oid(uint32_t value) { return value; }
// "char" is a signed byte in arithmetic.
i32 int4_of_char(i64 value) { return static_cast<int8_t>(value); }
i64 char_of_int4(i32 value) {
  if (value < -128 || value > 127) throw SqlError(sqlstate::kNumericValueOutOfRange, "\"char\" out of range");
  return static_cast<uint8_t>(value);
}

const FunctionDef kFunctions[] = {
    {176, "int2pl", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<add<i16, i16, i16>>, batch<add<i16, i16, i16>>},
    {177, "int4pl", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<add<i32, i32, i32>>, batch<add<i32, i32, i32>>},
    {463, "int8pl", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<add<i64, i64, i64>>, batch<add<i64, i64, i64>>},
    {178, "int24pl", {kInt2, kInt4}, kInt4, kImmutable, kStrict, row<add<i32, i16, i32>>, batch<add<i32, i16, i32>>},
    {179, "int42pl", {kInt4, kInt2}, kInt4, kImmutable, kStrict, row<add<i32, i32, i16>>, batch<add<i32, i32, i16>>},
    {841, "int28pl", {kInt2, kInt8}, kInt8, kImmutable, kStrict, row<add<i64, i16, i64>>, batch<add<i64, i16, i64>>},
    {837, "int82pl", {kInt8, kInt2}, kInt8, kImmutable, kStrict, row<add<i64, i64, i16>>, batch<add<i64, i64, i16>>},
    {1278, "int48pl", {kInt4, kInt8}, kInt8, kImmutable, kStrict, row<add<i64, i32, i64>>, batch<add<i64, i32, i64>>},
    {1274, "int84pl", {kInt8, kInt4}, kInt8, kImmutable, kStrict, row<add<i64, i64, i32>>, batch<add<i64, i64, i32>>},
    {180, "int2mi", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<subtract<i16, i16, i16>>, batch<subtract<i16, i16,
     i16>>},
    {181, "int4mi", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<subtract<i32, i32, i32>>, batch<subtract<i32, i32,
     i32>>},
    {464, "int8mi", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<subtract<i64, i64, i64>>, batch<subtract<i64, i64,
     i64>>},
    {182, "int24mi", {kInt2, kInt4}, kInt4, kImmutable, kStrict, row<subtract<i32, i16, i32>>, batch<subtract<i32, i16,
     i32>>},
    {183, "int42mi", {kInt4, kInt2}, kInt4, kImmutable, kStrict, row<subtract<i32, i32, i16>>, batch<subtract<i32, i32,
     i16>>},
    {942, "int28mi", {kInt2, kInt8}, kInt8, kImmutable, kStrict, row<subtract<i64, i16, i64>>, batch<subtract<i64, i16,
     i64>>},
    {838, "int82mi", {kInt8, kInt2}, kInt8, kImmutable, kStrict, row<subtract<i64, i64, i16>>, batch<subtract<i64, i64,
     i16>>},
    {1279, "int48mi", {kInt4, kInt8}, kInt8, kImmutable, kStrict, row<subtract<i64, i32, i64>>, batch<subtract<i64, i32,
     i64>>},
    {1275, "int84mi", {kInt8, kInt4}, kInt8, kImmutable, kStrict, row<subtract<i64, i64, i32>>, batch<subtract<i64, i64,
     i32>>},
    {152, "int2mul", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<multiply<i16, i16, i16>>, batch<multiply<i16, i16,
     i16>>},
    {141, "int4mul", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<multiply<i32, i32, i32>>, batch<multiply<i32, i32,
     i32>>},
    {465, "int8mul", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<multiply<i64, i64, i64>>, batch<multiply<i64, i64,
     i64>>},
    {170, "int24mul", {kInt2, kInt4}, kInt4, kImmutable, kStrict, row<multiply<i32, i16, i32>>, batch<multiply<i32, i16,
     i32>>},
    {171, "int42mul", {kInt4, kInt2}, kInt4, kImmutable, kStrict, row<multiply<i32, i32, i16>>, batch<multiply<i32, i32,
     i16>>},
    {943, "int28mul", {kInt2, kInt8}, kInt8, kImmutable, kStrict, row<multiply<i64, i16, i64>>, batch<multiply<i64, i16,
     i64>>},
    {839, "int82mul", {kInt8, kInt2}, kInt8, kImmutable, kStrict, row<multiply<i64, i64, i16>>, batch<multiply<i64, i64,
     i16>>},
    {1280, "int48mul", {kInt4, kInt8}, kInt8, kImmutable, kStrict, row<multiply<i64, i32, i64>>, batch<multiply<i64,
     i32, i64>>},
    {1276, "int84mul", {kInt8, kInt4}, kInt8, kImmutable, kStrict, row<multiply<i64, i64, i32>>, batch<multiply<i64,
     i64, i32>>},
    {153, "int2div", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<divide<i16, i16, i16>>, batch<divide<i16, i16,
     i16>>},
    {154, "int4div", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<divide<i32, i32, i32>>, batch<divide<i32, i32,
     i32>>},
    {466, "int8div", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<divide<i64, i64, i64>>, batch<divide<i64, i64,
     i64>>},
    {172, "int24div", {kInt2, kInt4}, kInt4, kImmutable, kStrict, row<divide<i32, i16, i32>>, batch<divide<i32, i16,
     i32>>},
    {173, "int42div", {kInt4, kInt2}, kInt4, kImmutable, kStrict, row<divide<i32, i32, i16>>, batch<divide<i32, i32,
     i16>>},
    {948, "int28div", {kInt2, kInt8}, kInt8, kImmutable, kStrict, row<divide<i64, i16, i64>>, batch<divide<i64, i16,
     i64>>},
    {840, "int82div", {kInt8, kInt2}, kInt8, kImmutable, kStrict, row<divide<i64, i64, i16>>, batch<divide<i64, i64,
     i16>>},
    {1281, "int48div", {kInt4, kInt8}, kInt8, kImmutable, kStrict, row<divide<i64, i32, i64>>, batch<divide<i64, i32,
     i64>>},
    {1277, "int84div", {kInt8, kInt4}, kInt8, kImmutable, kStrict, row<divide<i64, i64, i32>>, batch<divide<i64, i64,
     i32>>},
    {155, "int2mod", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<modulo<i16>>, batch<modulo<i16>>},
    {156, "int4mod", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<modulo<i32>>, batch<modulo<i32>>},
    {945, "int8mod", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<modulo<i64>>, batch<modulo<i64>>},
    {940, "mod", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<modulo<i16>>},
    {941, "mod", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<modulo<i32>>},
    {947, "mod", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<modulo<i64>>},
    {213, "int2um", {kInt2}, kInt2, kImmutable, kStrict, row<negate<i16>>, batch<negate<i16>>},
    {212, "int4um", {kInt4}, kInt4, kImmutable, kStrict, row<negate<i32>>, batch<negate<i32>>},
    {462, "int8um", {kInt8}, kInt8, kImmutable, kStrict, row<negate<i64>>, batch<negate<i64>>},
    {1911, "int2up", {kInt2}, kInt2, kImmutable, kStrict, row<identity<i16>>, batch<identity<i16>>},
    {1912, "int4up", {kInt4}, kInt4, kImmutable, kStrict, row<identity<i32>>, batch<identity<i32>>},
    {1910, "int8up", {kInt8}, kInt8, kImmutable, kStrict, row<identity<i64>>, batch<identity<i64>>},
    {1253, "int2abs", {kInt2}, kInt2, kImmutable, kStrict, row<absolute<i16>>},
    {1251, "int4abs", {kInt4}, kInt4, kImmutable, kStrict, row<absolute<i32>>},
    {1230, "int8abs", {kInt8}, kInt8, kImmutable, kStrict, row<absolute<i64>>},
    {1398, "abs", {kInt2}, kInt2, kImmutable, kStrict, row<absolute<i16>>},
    {1397, "abs", {kInt4}, kInt4, kImmutable, kStrict, row<absolute<i32>>},
    {1396, "abs", {kInt8}, kInt8, kImmutable, kStrict, row<absolute<i64>>},
    {766, "int4inc", {kInt4}, kInt4, kImmutable, kStrict, row<add_one<i32>>},
    {1219, "int8inc", {kInt8}, kInt8, kImmutable, kStrict, row<add_one<i64>>},
    {3546, "int8dec", {kInt8}, kInt8, kImmutable, kStrict, row<subtract_one>},
    {1892, "int2and", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<bit_and<i16>>},
    {1898, "int4and", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<bit_and<i32>>},
    {1904, "int8and", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<bit_and<i64>>},
    {1893, "int2or", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<bit_or<i16>>},
    {1899, "int4or", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<bit_or<i32>>},
    {1905, "int8or", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<bit_or<i64>>},
    {1894, "int2xor", {kInt2, kInt2}, kInt2, kImmutable, kStrict, row<bit_xor<i16>>},
    {1900, "int4xor", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<bit_xor<i32>>},
    {1906, "int8xor", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<bit_xor<i64>>},
    {1895, "int2not", {kInt2}, kInt2, kImmutable, kStrict, row<bit_not<i16>>},
    {1901, "int4not", {kInt4}, kInt4, kImmutable, kStrict, row<bit_not<i32>>},
    {1907, "int8not", {kInt8}, kInt8, kImmutable, kStrict, row<bit_not<i64>>},
    {1896, "int2shl", {kInt2, kInt4}, kInt2, kImmutable, kStrict, row<shift_left<i16>>},
    {1902, "int4shl", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<shift_left<i32>>},
    {1908, "int8shl", {kInt8, kInt4}, kInt8, kImmutable, kStrict, row<shift_left<i64>>},
    {1897, "int2shr", {kInt2, kInt4}, kInt2, kImmutable, kStrict, row<shift_right<i16>>},
    {1903, "int4shr", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<shift_right<i32>>},
    {1909, "int8shr", {kInt8, kInt4}, kInt8, kImmutable, kStrict, row<shift_right<i64>>},
    {5044, "gcd", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<gcd<i32>>},
    {5045, "gcd", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<gcd<i64>>},
    {5046, "lcm", {kInt4, kInt4}, kInt4, kImmutable, kStrict, row<lcm<i32>>},
    {5047, "lcm", {kInt8, kInt8}, kInt8, kImmutable, kStrict, row<lcm<i64>>},
    {314, "int2", {kInt4}, kInt2, kImmutable, kStrict, row<narrow<i16>>, batch<narrow<i16>>},
    {714, "int2", {kInt8}, kInt2, kImmutable, kStrict, row<narrow<i16>>, batch<narrow<i16>>},
    {313, "int4", {kInt2}, kInt4, kImmutable, kStrict, row<widen>, batch<widen>},
    {480, "int4", {kInt8}, kInt4, kImmutable, kStrict, row<narrow<i32>>, batch<narrow<i32>>},
    {754, "int8", {kInt2}, kInt8, kImmutable, kStrict, row<widen>, batch<widen>},
    {481, "int8", {kInt4}, kInt8, kImmutable, kStrict, row<widen>, batch<widen>},
    {1287, "oid", {kInt8}, kOid, kImmutable, kStrict, row<oid_of_int8>},
    {1288, "int8", {kOid}, kInt8, kImmutable, kStrict, row<int8_of_oid>},
    {77, "int4", {kChar}, kInt4, kImmutable, kStrict, row<int4_of_char>},
    {78, "char", {kInt4}, kChar, kImmutable, kStrict, row<char_of_int4>},
};

}  // namespace

std::span<const FunctionDef> integer_functions() { return kFunctions; }

}  // namespace vecino::sql

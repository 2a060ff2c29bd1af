#include "sqlfront/types/shortest_float.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sqlfront/types/plain_float.h"

namespace vecino::sql {
namespace {

struct Decimal {
  char digits[24];
  int count = 0;
  int exponent = 0;  // of the first digit
  uint64_t integer() const {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) value = value * 10 + static_cast<uint64_t>(digits[i] - '0');
    return value;
  }
};

Decimal split(const char* at, const char* end) {
  Decimal decimal;
  for (; at < end && *at != 'e'; ++at) {
    if (*at != '.') decimal.digits[decimal.count++] = *at;
  }
  if (at < end) std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, decimal.exponent);
  while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') --decimal.count;
  return decimal;
}

// Whether digits * 10^power == odd * 2^exponent, exactly.
bool equals(uint64_t digits, int power, uint64_t odd, int exponent) {
  int twos = std::countr_zero(digits);
  if (twos + power != exponent) return false;
  digits >>= twos;
  uint64_t* side = power >= 0 ? &digits : &odd;
  for (int i = 0; i < std::abs(power); ++i) {
    if (__builtin_mul_overflow(*side, uint64_t{5}, side)) return false;  // the other side is below 2^64
  }
  return digits == odd;
}

// Whether the decimal lies half-way between `value` (> 0) and one of its neighbours.
template <typename T>
bool is_half_way(const Decimal& decimal, T value) {
  int exponent;
  std::frexp(value, &exponent);
  int lowest = std::numeric_limits<T>::min_exponent - std::numeric_limits<T>::digits;
  exponent = std::max(exponent - std::numeric_limits<T>::digits, lowest);
  auto mantissa = static_cast<uint64_t>(std::ldexp(value, -exponent));
  uint64_t digits = decimal.integer();
  int power = decimal.exponent - decimal.count + 1;
  if (equals(digits, power, 2 * mantissa + 1, exponent - 1)) return true;
  bool power_of_two = mantissa == uint64_t{1} << (std::numeric_limits<T>::digits - 1) && exponent > lowest;
  return power_of_two ? equals(digits, power, 4 * mantissa - 1, exponent - 2)
                      : equals(digits, power, 2 * mantissa - 1, exponent - 1);
}

template <typename T>
Decimal shortest(T value) {
  char buffer[48];
  auto written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  Decimal decimal = split(buffer, written.ptr);
  // Integers of moderate size are where half-way decimals can be short at all; elsewhere the test fails at once.
  for (int precision = decimal.count; is_half_way(decimal, value); ++precision) {
    written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific, precision);
    decimal = split(buffer, written.ptr);
  }
  return decimal;
}

template <typename T>
void append(std::string& out, T value) {
  if (std::signbit(value)) {
    out.push_back('-');
    value = -value;
  }
  if (value == 0) {
    out.push_back('0');
    return;
  }
  Decimal decimal = shortest(value);
  int exponent = decimal.exponent, count = decimal.count;
  if (exponent < -4 || exponent >= std::numeric_limits<T>::digits10) {
    out.push_back(decimal.digits[0]);
    if (count > 1) out.push_back('.');
    out.append(decimal.digits + 1, static_cast<size_t>(count - 1));
    out += exponent < 0 ? "e-" : "e+";
    int magnitude = std::abs(exponent);
    if (magnitude >= 100) out.push_back(static_cast<char>('0' + magnitude / 100));
    out.push_back(static_cast<char>('0' + magnitude / 10 % 10));
    out.push_back(static_cast<char>('0' + magnitude % 10));
    return;
  }
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-exponent - 1), '0');
    out.append(decimal.digits, static_cast<size_t>(count));
    return;
  }
  for (int i = 0; i <= exponent || i < count; ++i) {
    if (i == exponent + 1) out.push_back('.');
    out.push_back(i < count ? decimal.digits[i] : '0');
  }
}

}  // namespace

char* write_shortest_float(char* at, float value) {
  if (char* end = write_plain_float(at, value)) return end;
  if (value == 0 && !std::signbit(value)) {
    *at = '0';
    return at + 1;
  }
  std::string text;
  append(text, value);
  return std::copy(text.begin(), text.end(), at);
}

void append_shortest_float(std::string& out, float value) {
  char buffer[kShortestFloatSpace];
  out.append(buffer, static_cast<size_t>(write_shortest_float(buffer, value) - buffer));
}
void append_shortest_double(std::string& out, double value) { append(out, value); }

}  // namespace vecino::sql

#include "sqlfront/types/plain_float.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace vecino::sql {
namespace {

// A float between 1e-4 and 1e6 is mantissa * 2^-shift with a mantissa of 24 bits and a shift of 4 to 37. For each shift the power
// of ten by which the distance between two neighbouring floats, 2^-shift, gets to [1, 10): what reads back as the float are
// then the numbers less than half that distance away. Its product with the mantissa is below 2^64, so all of it is exact.
constexpr int kMinShift = 4, kMaxShift = 37;
struct Scale {
  uint64_t power = 1;  // of ten
  int digits = 0;      // its zeros
};
constexpr auto kScales = [] {
  std::array<Scale, kMaxShift + 1> scales{};
  for (int shift = kMinShift; shift <= kMaxShift; ++shift) {
    Scale& scale = scales[static_cast<size_t>(shift)];
    for (; scale.power < uint64_t{1} << shift; ++scale.digits) scale.power *= 10;
  }
  return scales;
}();
static_assert(kScales[kMaxShift].power <= ~uint64_t{0} >> 24 && kScales[kMinShift].power % 4 == 0);

// Eight decimal digits as bytes, the first one lowest.
uint64_t digit_bytes(uint32_t number) {
  uint64_t halves = number / 10000 | static_cast<uint64_t>(number % 10000) << 32;
  const uint64_t hundreds = halves * 10486 >> 20 & 0x7f0000007f;  // / 100, exact below 10,000
  halves = hundreds | (halves - hundreds * 100) << 16;
  const uint64_t tens = halves * 103 >> 10 & 0xf000f000f000f;  // / 10, exact below 100
  return tens | (halves - tens * 10) << 8;
}

// The nearest of the shortest decimals within half a distance, `number` / 10^`decimals`; of two as near the even one. The ends do not
// belong: readers may round them either way.
struct Decimal {
  uint32_t number;
  int decimals;
};
Decimal shortest_decimal(uint32_t mantissa, int shift) {
  const Scale& scale = kScales[static_cast<size_t>(shift)];
  const uint64_t product = mantissa * scale.power, half_distance = scale.power / 2;
  const auto whole = static_cast<uint32_t>(product >> shift);
  const uint32_t tens = whole / 10;
  // The distance is less than ten: one multiple of ten fits at most.
  const bool below = (uint64_t{tens} * 10 << shift) > product - half_distance;
  const bool above = (uint64_t{tens} * 10 + 10) << shift < product + half_distance;
  if (below != above) return {tens + above, scale.digits - 1};
  const uint64_t fraction = product & ((uint64_t{1} << shift) - 1), half = uint64_t{1} << (shift - 1);
  return {whole + (fraction > half || (fraction == half && (whole & 1) != 0)), scale.digits};
}

}  // namespace

char* write_plain_float(char* at, float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t fraction = bits & 0x7fffff;
  const float magnitude = std::bit_cast<float>(bits & 0x7fffffff);
  // Below a power of two the distance is another one.
  if (!(magnitude >= 1e-4f && magnitude < 1e6f) || fraction == 0) return nullptr;
  *at = '-';
  at += bits >> 31;
  const auto [number, decimals] = shortest_decimal(fraction | 0x800000, 150 - static_cast<int>(bits >> 23 & 0xff));

  constexpr int kZeros = 4, kEnd = kZeros + 9;
  const uint32_t first = number / 100'000'000;
  const uint64_t rest = digit_bytes(number - first * 100'000'000);
  if (rest == 0) return nullptr;
  char digits[32] = {'0', '0', '0', '0'};
  digits[kZeros] = static_cast<char>('0' + first);
  const uint64_t text = rest | 0x3030303030303030;
  std::memcpy(digits + kZeros + 1, &text, 8);
  const int count = first != 0 ? 9 : 8 - std::countr_zero(rest) / 8;
  const int zeros = std::countl_zero(rest) / 8;  // at the end
  const int integers = count > decimals ? count - decimals : 1;
  std::memcpy(at, digits + kEnd - decimals - integers, 8);
  at += integers;
  if (zeros >= decimals) return at;
  *at++ = '.';
  std::memcpy(at, digits + kEnd - decimals, 16);
  return at + decimals - zeros;
}

}  // namespace vecino::sql

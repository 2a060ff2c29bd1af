#include "sqlfront/types/shortest_float.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/unit/catch.h"

using namespace vecino::sql;

namespace {

std::string text(float value) {
  std::string out;
  append_shortest_float(out, value);
  return out;
}

// The fewest digits that read back, as C's library rounds them.
std::string reference(float value) {
  for (int digits = 0; digits < 17; ++digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, static_cast<double>(value));
    if (std::strtof(buffer, nullptr) == value) return buffer;
  }
  return "?";
}

}  // namespace

TEST_CASE("shortest float: plain decimals") {
  // From 1e-4 to 1e6, a prime apart: every exponent, all kinds of mantissas.
  const uint32_t last = std::bit_cast<uint32_t>(1e6f);
  size_t wrong = 0;
  for (uint32_t bits = std::bit_cast<uint32_t>(1e-4f); bits < last; bits += 2003) {
    const float value = std::bit_cast<float>(bits);
    if (text(value) == reference(value) && text(-value) == "-" + reference(value)) continue;
    if (wrong++ < 5) UNSCOPED_INFO(text(value) << " instead of " << reference(value));
  }
  CHECK(wrong == 0);
}

TEST_CASE("shortest float: ends, powers of two, and what needs an exponent") {
  CHECK(text(0.0f) == "0");
  CHECK(text(-0.0f) == "-0");
  CHECK(text(1.0f) == "1");
  CHECK(text(0.5f) == "0.5");
  CHECK(text(-2.0f) == "-2");
  CHECK(text(0.1f) == "0.1");
  CHECK(text(0.3f) == "0.3");
  CHECK(text(100000.0f) == "100000");
  CHECK(text(123456.0f) == "123456");
  CHECK(text(999999.94f) == "999999.94");
  CHECK(text(1e6f) == "1e+06");
  CHECK(text(1e-4f) == "0.0001");
  CHECK(text(std::nextafter(1e-4f, 0.0f)) == "9.999999e-05");
  CHECK(text(16777216.0f) == "1.6777216e+07");
  CHECK(text(1.17549435e-38f) == "1.1754944e-38");
  CHECK(text(1e-45f) == "1e-45");
  CHECK(text(3.4028235e38f) == "3.4028235e+38");
  CHECK(text(255.0f) == "255");
  CHECK(text(0.0625f) == "0.0625");
}

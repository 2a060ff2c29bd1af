#include "storage/util/memcmp_key.h"

#include <limits>
#include <vector>

#include "tests/unit/catch.h"

namespace vecino::memcmp_key {

template <typename T, typename F>
void check_order(const std::vector<T>& ascending, F append) {
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      std::string a, b, a_down, b_down;
      append(a, ascending[i]);
      append(b, ascending[j]);
      CHECK((a < b) == (i < j));
      CHECK((a == b) == (i == j));
      // What follows must not disturb the order.
      CHECK((a + '\xff' < b + '\0') == (i < j));
      a_down = a;
      b_down = b;
      invert_from(a_down, 0);
      invert_from(b_down, 0);
      CHECK((a_down < b_down) == (i > j));
      CHECK((a_down + '\xff' < b_down + '\0') == (i > j));
    }
  }
}

TEST_CASE("memcmp keys order like their values") {
  check_order<int64_t>({INT64_MIN, -1000, -1, 0, 1, 255, 256, INT64_MAX}, append_int64);
  double infinity = std::numeric_limits<double>::infinity();
  check_order<double>({-infinity, -1e300, -1.5, -1e-300, 0, 1e-300, 1.5, 1e300, infinity, std::nan("")},
                      append_float64);
  std::string zero(1, '\0');
  check_order<std::string>({"", zero, zero + zero, zero + "a", zero + "\xff", "a", "a" + zero, "a" + zero + "b", "aa",
                            "b", "\xff", "\xff\xff"},
                           append_bytes);
}

TEST_CASE("memcmp keys read back") {
  std::string key, bytes("x\0y\0\0\xff", 6), got;
  append_int64(key, -42);
  append_float64(key, -2.5);
  append_bytes(key, bytes);
  append_int64(key, 7);
  std::string_view rest = key;
  int64_t number;
  double real;
  REQUIRE(read_int64(rest, number));
  CHECK(number == -42);
  REQUIRE(read_float64(rest, real));
  CHECK(real == -2.5);
  REQUIRE(read_bytes(rest, got));
  CHECK(got == bytes);
  REQUIRE(read_int64(rest, number));
  CHECK(number == 7);
  CHECK(rest.empty());
  std::string minus_zero, plus_zero;
  append_float64(minus_zero, -0.0);
  append_float64(plus_zero, 0.0);
  CHECK(minus_zero == plus_zero);
}

TEST_CASE("varints and prefix successors") {
  for (uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{300}, UINT64_MAX}) {
    std::string text;
    append_varint(text, value);
    uint64_t got;
    CHECK(get_varint(text.data(), text.data() + text.size(), got) == text.data() + text.size());
    CHECK(got == value);
    CHECK(get_varint(text.data(), text.data() + text.size() - 1, got) == nullptr);
  }
  for (int64_t value : {int64_t{0}, int64_t{-1}, INT64_MIN, INT64_MAX}) CHECK(unzigzag(zigzag(value)) == value);
  CHECK(prefix_successor("ab") == "ac");
  CHECK(prefix_successor("a\xff\xff") == "b");
  CHECK(prefix_successor("\xff").empty());
}

}  // namespace vecino::memcmp_key

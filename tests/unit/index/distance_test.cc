#include "index/distance/distance.h"

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "tests/unit/catch.h"

namespace vecino::index {
namespace {

// Sums in double, the truth to compare with.
struct Truth {
  double l2 = 0, dot = 0, l1 = 0, norm_a = 0, norm_b = 0, magnitude = 0;
};
Truth truth_of(const std::vector<float>& a, const std::vector<float>& b) {
  Truth t;
  for (size_t i = 0; i < a.size(); ++i) {
    double x = a[i], y = b[i];
    t.l2 += (x - y) * (x - y);
    t.dot += x * y;
    t.l1 += std::fabs(x - y);
    t.norm_a += x * x;
    t.norm_b += y * y;
    t.magnitude += std::fabs(x * y);
  }
  return t;
}

std::vector<float> random_vector(std::mt19937& random, size_t n) {
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> v(n);
  for (float& x : v) x = normal(random);
  return v;
}

// The same floats at an odd address, with bytes after the end that would show in a sum.
struct Unaligned {
  explicit Unaligned(const std::vector<float>& v) : bytes(v.size() * 4 + 65, '\x7f') {
    std::memcpy(bytes.data() + 1, v.data(), v.size() * 4);
  }
  const void* data() const { return bytes.data() + 1; }
  std::vector<char> bytes;
};

void check_close(double got, double expected, double scale) {
  INFO("got " << got << " expected " << expected);
  REQUIRE(std::fabs(got - expected) <= 1e-5 * scale + 1e-6);
}

}  // namespace

TEST_CASE("distance kernels agree with sums in double for 1 to 1100 dimensions") {
  std::mt19937 random(7);
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    if (!isa_supported(isa)) continue;
    const KernelTable& k = kernels(isa);
    for (size_t n = 1; n <= 1100; n += n < 130 ? 1 : 13) {
      INFO(k.name << " n=" << n);
      std::vector<float> a = random_vector(random, n), b = random_vector(random, n);
      Truth t = truth_of(a, b);
      Unaligned ua(a), ub(b);
      check_close(k.l2_squared(ua.data(), ub.data(), n), t.l2, t.l2);
      check_close(k.inner_product(ua.data(), ub.data(), n), t.dot, t.magnitude);
      check_close(k.l1(ua.data(), ub.data(), n), t.l1, t.l1);
      check_close(k.norm_squared(ua.data(), n), t.norm_a, t.norm_a);
      CosineParts parts = k.cosine_parts(ua.data(), ub.data(), n);
      check_close(parts.dot, t.dot, t.magnitude);
      check_close(parts.norm_a, t.norm_a, t.norm_a);
      check_close(parts.norm_b, t.norm_b, t.norm_b);
      REQUIRE(k.l2_squared(ua.data(), ua.data(), n) == 0);
    }
  }
}

TEST_CASE("one-to-many kernels give exactly the one-to-one result") {
  std::mt19937 random(11);
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    if (!isa_supported(isa)) continue;
    const KernelTable& k = kernels(isa);
    for (size_t n : {1u, 3u, 8u, 31u, 96u, 129u, 768u}) {
      constexpr size_t kCount = 9;
      size_t stride = n * 4 + 4;
      std::vector<char> matrix(stride * kCount);
      std::vector<const void*> pointers;
      for (size_t i = 0; i < kCount; ++i) {
        std::vector<float> v = random_vector(random, n);
        std::memcpy(matrix.data() + i * stride, v.data(), n * 4);
        pointers.push_back(matrix.data() + i * stride);
      }
      std::vector<float> query = random_vector(random, n);
      float many[kCount], rows[kCount];
      k.l2_squared_many(query.data(), pointers.data(), kCount, n, many);
      k.l2_squared_rows(query.data(), matrix.data(), stride, kCount, n, rows);
      for (size_t i = 0; i < kCount; ++i) {
        REQUIRE(many[i] == k.l2_squared(query.data(), pointers[i], n));
        REQUIRE(rows[i] == many[i]);
      }
      k.l1_many(query.data(), pointers.data(), kCount, n, many);
      k.inner_product_rows(query.data(), matrix.data(), stride, kCount, n, rows);
      CosineParts parts[kCount];
      k.cosine_parts_many(query.data(), pointers.data(), kCount, n, parts);
      for (size_t i = 0; i < kCount; ++i) {
        REQUIRE(many[i] == k.l1(query.data(), pointers[i], n));
        REQUIRE(rows[i] == k.inner_product(query.data(), pointers[i], n));
        REQUIRE(parts[i].dot == k.cosine_parts(query.data(), pointers[i], n).dot);
      }
    }
  }
}

TEST_CASE("infinite and NaN sums come out as such") {
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    if (!isa_supported(isa)) continue;
    float a[1] = {3e38f}, b[1] = {-3e38f};
    REQUIRE(std::isinf(kernels(isa).l2_squared(a, b, 1)));
    REQUIRE(std::isinf(kernels(isa).l1(a, b, 1)));
    REQUIRE(kernels(isa).inner_product(a, b, 1) == -std::numeric_limits<float>::infinity());
  }
}

TEST_CASE("the instruction set can be forced") {
  REQUIRE(*select_isa("scalar") == Isa::kScalar);
  REQUIRE(*select_isa("") == best_isa());
  REQUIRE(*select_isa("auto") == best_isa());
  REQUIRE(select_isa("mmx").status().info().code == sqlstate::kInvalidParameterValue);
  if (!isa_supported(Isa::kAvx512)) REQUIRE(!select_isa("avx512").is_ok());
}

}  // namespace vecino::index

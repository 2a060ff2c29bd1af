#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "index/vector/split_values.h"
#include "index/vector/vector_store.h"
#include "tests/unit/catch.h"
#include "tests/unit/index/vector/vectors.h"

namespace vecino::index {
namespace {

uint32_t bits(float x) { return std::bit_cast<uint32_t>(x); }

bool equal_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) { return bits(x) == bits(y); });
}

// Vectors of many kinds: around a mean, around zero, integers, mostly zeros, all magnitudes a float32 can have.
std::vector<float> vector_of_kind(int kind, size_t n, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& v : x) {
    switch (kind) {
      case 0: v = 0.5f + 0.1f * normal(random); break;
      case 1: v = normal(random); break;
      case 2: v = static_cast<float>(random() % 256); break;
      case 3: v = random() % 8 == 0 ? normal(random) : 0.0f; break;
      case 4: v = std::ldexp(normal(random), static_cast<int>(random() % 250) - 125); break;
      default: v = random() % 2 == 0 ? -0.0f : std::bit_cast<float>(static_cast<uint32_t>(random() % 100)); break;
    }
  }
  return x;
}
constexpr int kKinds = 6;

}  // namespace

TEST_CASE("split kernels: every instruction set joins to the scalar bits") {
  std::mt19937 random(3);
  for (size_t n : {1u, 7u, 32u, 100u, 784u}) {
    for (int kind = 0; kind < kKinds; ++kind) {
      const std::vector<float> values = vector_of_kind(kind, n, random), mean = vector_of_kind(0, n, random);
      std::vector<int8_t> code(n);
      for (auto& c : code) c = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
      std::vector<uint16_t> low(n);
      std::vector<uint8_t> middle(n);
      SplitRow row{code.data(), mean.data(), 0.013f, 1.7f, low.data(), middle.data()};
      kScalarSplit.split(values.data(), n, row);
      std::vector<float> expected(n);
      kScalarSplit.join(row, n, expected.data());
      for (size_t i = 0; i < n; ++i) CHECK((bits(expected[i]) & 0xffffff) == (bits(values[i]) & 0xffffff));
      for (Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
        if (!isa_supported(isa)) continue;
        const SplitKernels& k = split_kernels(isa);
        std::vector<uint16_t> other_low(n);
        std::vector<uint8_t> other_middle(n);
        SplitRow other{code.data(), mean.data(), 0.013f, 1.7f, other_low.data(), other_middle.data()};
        k.split(values.data(), n, other);
        CHECK(other_low == low);
        CHECK(other_middle == middle);
        std::vector<float> joined(n);
        k.join(other, n, joined.data());
        CHECK(equal_bits(joined, expected));
      }
    }
  }
}

TEST_CASE("vector store: every value comes back bit for bit, whatever it is") {
  std::mt19937 random(4);
  for (Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kL1}) {
    for (size_t n : {5u, 32u, 100u, 1000u}) {
      std::vector<float> mean;
      if (metric == Metric::kL2) mean = vector_of_kind(0, n, random);
      VectorStore store(metric, static_cast<int>(n), mean);
      constexpr NodeId kCount = 200;
      REQUIRE(store.ensure(kCount).is_ok());
      std::vector<std::vector<float>> values;
      // Twice, so that slots are used again.
      for (int round = 0; round < 2; ++round) {
        values.clear();
        for (NodeId id = 0; id < kCount; ++id) {
          values.push_back(vector_of_kind(static_cast<int>(random() % kKinds), n, random));
          REQUIRE(store.put(id, values.back().data()).is_ok());
        }
      }
      std::vector<float> out(n);
      for (NodeId id = 0; id < kCount; ++id) {
        store.read(id, out.data());
        REQUIRE(equal_bits(out, values[id]));
        CHECK(store.same_values(id, values[id].data()));
      }
    }
  }
}

TEST_CASE("vector store: equal is equal to the bit") {
  std::mt19937 random(5);
  constexpr size_t kDimensions = 64;
  VectorStore store(Metric::kL2, kDimensions, {});
  REQUIRE(store.ensure(3).is_ok());
  for (int kind = 0; kind < kKinds; ++kind) {
    std::vector<float> x = vector_of_kind(kind, kDimensions, random);
    x[0] = 3;  // the largest, so that the codes of what follows are equal
    REQUIRE(store.put(0, x.data()).is_ok());
    REQUIRE(store.put(1, x.data()).is_ok());
    CHECK(store.same_values(NodeId{0}, NodeId{1}));
    for (size_t at : {size_t{1}, kDimensions - 1}) {
      std::vector<float> y = x;
      y[at] = std::bit_cast<float>(bits(y[at]) ^ 1);
      REQUIRE(store.put(2, y.data()).is_ok());
      CHECK_FALSE(store.same_values(NodeId{0}, NodeId{2}));
      CHECK_FALSE(store.same_values(0, y.data()));
      // The same lower bits, another exponent: only the list of corrections tells.
      y[at] = std::bit_cast<float>(bits(x[at]) ^ 0x01000000);
      REQUIRE(store.put(2, y.data()).is_ok());
      CHECK_FALSE(store.same_values(NodeId{0}, NodeId{2}));
    }
  }
}

TEST_CASE("split values: few components of usual data need a list, and lists are used again") {
  constexpr size_t kDimensions = 128;
  auto base = testing::clustered(2000, kDimensions, 7);
  VectorStore store(Metric::kL2, kDimensions, {});
  REQUIRE(store.ensure(base.size()).is_ok());
  auto put_all = [&] {
    for (size_t i = 0; i < base.size(); ++i) REQUIRE(store.put(static_cast<NodeId>(i), base[i].data()).is_ok());
    return store.memory_bytes(base.size());
  };
  const size_t first = put_all();
  CHECK(first < base.size() * (store.bytes_per_node() + 40));
  CHECK(store.bytes_per_node() < kDimensions * sizeof(float) + 24);
  CHECK(put_all() == first);
}

}  // namespace vecino::index

#include <random>

#include "index/vector/exact_order.h"
#include "tests/unit/catch.h"
#include "tests/unit/index/vector/vectors.h"

namespace vecino::index {

TEST_CASE("sq8 kernels: every instruction set gives the scalar integers") {
  std::mt19937 random(1);
  for (size_t n : {16u, 32u, 48u, 112u, 784u, 2000u}) {
    std::vector<int16_t> query(n);
    std::vector<std::vector<int8_t>> codes(4, std::vector<int8_t>(n));
    for (auto& q : query) q = static_cast<int16_t>(static_cast<int>(random() % 16383) - 8191);
    for (auto& code : codes)
      for (auto& c : code) c = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
    for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
      if (!isa_supported(isa)) continue;
      const Sq8Kernels& k = sq8_kernels(isa);
      int32_t four[4];
      k.dot4(query.data(), codes[0].data(), codes[1].data(), codes[2].data(), codes[3].data(), n, four);
      for (int i = 0; i < 4; ++i) {
        CHECK(k.dot(query.data(), codes[i].data(), n) == kScalarSq8.dot(query.data(), codes[i].data(), n));
        CHECK(four[i] == kScalarSq8.dot(query.data(), codes[i].data(), n));
        CHECK(k.dot_codes(codes[0].data(), codes[i].data(), n) == kScalarSq8.dot_codes(codes[0].data(), codes[i].data(), n));
      }
    }
  }
}

TEST_CASE("sq8 kernels: every instruction set encodes to the same bits") {
  for (size_t n : {3u, 32u, 100u, 785u}) {
    const auto values = testing::clustered(20, n, 3), means = testing::clustered(20, n, 4);
    for (size_t v = 0; v < values.size(); ++v) {
      std::vector<int8_t> expected(n), code(n);
      const Sq8Sums sums = kScalarSq8.encode(values[v].data(), means[v].data(), 0.7f, n, expected.data());
      CHECK(*std::max_element(expected.begin(), expected.end()) <= 127);
      for (Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
        if (!isa_supported(isa)) continue;
        const Sq8Sums other = sq8_kernels(isa).encode(values[v].data(), means[v].data(), 0.7f, n, code.data());
        CHECK(code == expected);
        CHECK(other.scale == sums.scale);
        CHECK(other.norm == sums.norm);
        CHECK(other.error == sums.error);
        CHECK(other.mean_dot == sums.mean_dot);
        CHECK(sq8_kernels(isa).largest(values[v].data(), means[v].data(), 0.7f, n) / 127 == sums.scale);
      }
    }
  }
}

TEST_CASE("vector store: estimates are close, bounds hold, exact order is exact") {
  for (Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kL1}) {
    for (size_t dimensions : {3u, 40u, 100u}) {
      auto base = testing::clustered(500, dimensions, 5);
      auto queries = testing::clustered(20, dimensions, 6);
      std::vector<float> mean;
      if (metric == Metric::kL2) mean = base[0];
      VectorStore store(metric, static_cast<int>(dimensions), mean);
      REQUIRE(store.ensure(base.size()).is_ok());
      for (size_t i = 0; i < base.size(); ++i) REQUIRE(store.put(static_cast<NodeId>(i), base[i].data()).is_ok());
      for (const auto& query : queries) {
        PreparedQuery prepared;
        store.prepare(query.data(), prepared);
        std::vector<NodeId> ids(base.size());
        std::vector<float> estimates(base.size());
        for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<NodeId>(i);
        store.estimate(prepared, ids.data(), ids.size(), estimates.data());
        std::vector<ExactOrder::Entry> candidates;
        for (size_t i = 0; i < ids.size(); ++i) {
          CHECK(store.lower_bound(prepared, estimates[i]) <= store.exact(prepared, ids[i]));
          CHECK(std::fabs(store.operator_distance(prepared, base[i].data()) -
                          testing::reference_distance(metric, query, base[i])) < 1e-3);
          candidates.push_back({estimates[i], ids[i]});
        }
        ExactOrder order;
        order.start_unsorted(store, prepared, candidates);
        ExactOrder::Entry entry{}, previous{-INFINITY, 0};
        size_t count = 0;
        while (order.next(entry)) {
          CHECK(entry.distance == store.exact(prepared, entry.id));
          CHECK(entry.distance >= previous.distance);
          previous = entry;
          ++count;
        }
        CHECK(count == base.size());
      }
    }
  }
}

}  // namespace vecino::index

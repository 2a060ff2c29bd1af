#include "index/ivfflat/kmeans.h"

#include <cmath>
#include <random>
#include <set>

#include "index/distance/distance.h"
#include "index/ivfflat/center_panels.h"
#include "tests/unit/catch.h"
#include "tests/unit/index/vector/vectors.h"

namespace vecino::index::ivfflat {
namespace {

std::vector<float> flat(const std::vector<std::vector<float>>& vectors, float offset = 0) {
  std::vector<float> result;
  for (const auto& v : vectors) {
    for (float x : v) result.push_back(x + offset);
  }
  return result;
}

double squared(const float* a, const float* b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

}  // namespace

TEST_CASE("k-means: no cluster goes without a centre, wherever they are") {
  const size_t d = 20;
  for (float offset : {0.0f, 5000.0f}) {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    std::vector<std::vector<float>> samples;
    for (size_t i = 0; i < 2000; ++i) {
      std::vector<float> v(d, 0.0f);
      v[i % 10] = 100;
      for (float& x : v) x += normal(random);
      samples.push_back(v);
    }
    KmeansOptions options;
    options.lists = 20;
    options.threads = 2;
    auto centers = kmeans(flat(samples, offset), d, options);
    REQUIRE(centers.is_ok());
    std::set<size_t> peaks;
    for (size_t c = 0; c < 20; ++c) {
      const float* center = centers->at(c);
      peaks.insert(static_cast<size_t>(std::max_element(center, center + d) - center));
    }
    CHECK(peaks.size() == 10);
  }
}

TEST_CASE("k-means: fewer samples than lists, none, and all alike") {
  KmeansOptions options;
  options.lists = 7;
  for (size_t n : {0u, 1u, 3u, 20u}) {
    for (bool spherical : {false, true}) {
      options.spherical = spherical;
      auto centers = kmeans(std::vector<float>(n * 4, 0.5f), 4, options);
      REQUIRE(centers.is_ok());
      CHECK(centers->count == 7);
      CHECK(centers->values.size() == 28);
      for (float x : centers->values) CHECK(std::isfinite(x));
    }
  }
}

TEST_CASE("center panels: the same nearest centre as one by one, also far from the origin") {
  for (float offset : {0.0f, 3000.0f}) {
    for (size_t d : {3u, 100u}) {
      Centers centers;
      centers.count = 45;
      centers.dimensions = d;
      centers.values = flat(testing::clustered(45, d, 1), offset);
      const auto vectors = flat(testing::clustered(333, d, 2), offset);
      std::vector<uint32_t> nearest(333);
      CenterPanels(centers).nearest(vectors.data(), 333, nearest.data());
      for (size_t i = 0; i < 333; ++i) {
        const float* x = vectors.data() + i * d;
        const double best = squared(x, centers.at(centers.nearest(x)), d);
        CHECK(squared(x, centers.at(nearest[i]), d) <= best * 1.001);
      }
    }
  }
}

TEST_CASE("center panels: a part of the centres, spherical ones, and the sums they give") {
  Centers centers;
  centers.count = 40;
  centers.dimensions = 12;
  centers.values = flat(testing::clustered(40, 12, 1));
  const auto vectors = flat(testing::clustered(50, 12, 2));
  std::vector<uint32_t> nearest(50);
  std::vector<float> least(50);
  for (bool spherical : {false, true}) {
    centers.spherical = spherical;
    CenterPanels(centers, 30, 10).nearest(vectors.data(), 50, nearest.data(), least.data());
    for (size_t i = 0; i < 50; ++i) {
      const float* x = vectors.data() + i * 12;
      REQUIRE(nearest[i] >= 30);
      REQUIRE(nearest[i] < 40);
      const float* c = centers.at(nearest[i]);
      const double expected = spherical ? -double{kernels().inner_product(x, c, 12)}
                                        : squared(x, c, 12) - kernels().norm_squared(x, 12);
      CHECK(least[i] == Approx(expected).margin(1e-3));
    }
  }
}

}  // namespace vecino::index::ivfflat

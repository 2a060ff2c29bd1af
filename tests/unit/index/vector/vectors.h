#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "index/vector/vector_store.h"

namespace vecino::index::testing {

// Clustered random vectors: a graph finds its way in them as in real data.
inline std::vector<std::vector<float>> clustered(size_t count, size_t dimensions, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> centers(32, std::vector<float>(dimensions)), result;
  for (auto& center : centers)
    for (float& x : center) x = normal(random) * 2;
  for (size_t i = 0; i < count; ++i) {
    std::vector<float> v = centers[random() % centers.size()];
    for (float& x : v) x += normal(random);
    result.push_back(std::move(v));
  }
  return result;
}

inline double reference_distance(Metric metric, const std::vector<float>& a, const std::vector<float>& b) {
  double l2 = 0, dot = 0, l1 = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    l2 += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    l1 += std::fabs(double{a[i]} - b[i]);
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  switch (metric) {
    case Metric::kInnerProduct: return -dot;
    case Metric::kCosine: return 1 - dot / std::sqrt(aa * bb);
    case Metric::kL1: return l1;
    default: return std::sqrt(l2);
  }
}

// Positions of the k nearest.
inline std::vector<size_t> exact_nearest(Metric metric, const std::vector<std::vector<float>>& base,
                                         const std::vector<float>& query, size_t k) {
  std::vector<std::pair<double, size_t>> all;
  for (size_t i = 0; i < base.size(); ++i) all.emplace_back(reference_distance(metric, query, base[i]), i);
  k = std::min(k, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(k), all.end());
  std::vector<size_t> result;
  for (size_t i = 0; i < k; ++i) result.push_back(all[i].second);
  return result;
}

}  // namespace vecino::index::testing

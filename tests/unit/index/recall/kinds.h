#pragma once

#include <cmath>
#include <random>
#include <string_view>
#include <vector>

#include "index/api/access_method.h"

namespace vecino::index::testing {

using Vectors = std::vector<std::vector<float>>;

// Kinds of data that ask different things of an index: every component alike, one corner that all inner products lead to, clusters
// without a way between, ties, norms that differ by orders of magnitude, a centre far from zero.
enum class Kind {
  kUniform, kGaussian, kProducts, kClustered, kFewValues, kNorms, kNegative, kSparse, kIntegers, kNearDuplicates, kOffset
};
inline constexpr Kind kAllKinds[] = {Kind::kUniform, Kind::kGaussian, Kind::kProducts, Kind::kClustered,
                                     Kind::kFewValues, Kind::kNorms, Kind::kNegative, Kind::kSparse,
                                     Kind::kIntegers, Kind::kNearDuplicates, Kind::kOffset};

inline std::string_view name_of(Kind kind) {
  constexpr std::string_view kNames[] = {"uniform", "gaussian", "products", "clustered", "few values", "norms",
                                         "negative", "sparse", "integers", "near duplicates", "offset"};
  return kNames[static_cast<size_t>(kind)];
}

// `seed` of the base and of its queries differ; what they have in common (centres) follows from `shared_seed`.
inline Vectors make_vectors(Kind kind, size_t count, size_t dimensions, uint32_t seed, uint32_t shared_seed = 11) {
  std::mt19937 shared(shared_seed), random(seed);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::normal_distribution<float> normal;
  Vectors centers(kind == Kind::kClustered ? 50 : kind == Kind::kNearDuplicates ? 200 : 0);
  for (auto& center : centers) {
    for (size_t d = 0; d < dimensions; ++d) center.push_back(kind == Kind::kClustered ? 4 * normal(shared) : uniform(shared));
  }
  Vectors result(count);
  for (auto& vector : result) {
    const float length = std::exp(1.5f * normal(random));
    const auto* center = centers.empty() ? nullptr : &centers[random() % centers.size()];
    for (size_t d = 0; d < dimensions; ++d) {
      switch (kind) {
        case Kind::kUniform: vector.push_back(uniform(random)); break;
        case Kind::kGaussian: vector.push_back(normal(random)); break;
        case Kind::kProducts: vector.push_back(uniform(random) * uniform(random)); break;
        case Kind::kClustered: vector.push_back((*center)[d] + normal(random)); break;
        case Kind::kFewValues: vector.push_back(static_cast<float>(1 + random() % 3)); break;
        case Kind::kNorms: vector.push_back(length * normal(random)); break;
        case Kind::kNegative: vector.push_back(-uniform(random)); break;
        case Kind::kSparse: vector.push_back(random() % 8 == 0 || d == random() % dimensions ? uniform(random) : 0.0f); break;
        case Kind::kIntegers: vector.push_back(static_cast<float>(random() % 256)); break;
        case Kind::kNearDuplicates: vector.push_back((*center)[d] + 0.001f * normal(random)); break;
        case Kind::kOffset: vector.push_back(1000 + normal(random)); break;
      }
    }
  }
  return result;
}

// Exact, for all of one query.
inline std::vector<double> distances_to_all(Metric metric, const Vectors& base, const std::vector<float>& query) {
  std::vector<double> result;
  result.reserve(base.size());
  for (const auto& x : base) {
    double l2 = 0, dot = 0, l1 = 0, xx = 0, qq = 0;
    for (size_t d = 0; d < x.size(); ++d) {
      const double a = x[d], b = query[d];
      l2 += (a - b) * (a - b);
      l1 += std::fabs(a - b);
      dot += a * b;
      xx += a * a;
      qq += b * b;
    }
    switch (metric) {
      case Metric::kInnerProduct: result.push_back(-dot); break;
      case Metric::kCosine: result.push_back(xx > 0 && qq > 0 ? 1 - dot / std::sqrt(xx * qq) : 2); break;
      case Metric::kL1: result.push_back(l1); break;
      default: result.push_back(std::sqrt(l2)); break;
    }
  }
  return result;
}

}  // namespace vecino::index::testing

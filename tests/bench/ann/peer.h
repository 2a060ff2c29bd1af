#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

// What the benchmark asks of an index; keeps hnswlib's headers in a file of its own with its own compiler flags.
class AnnPeer {
 public:
  virtual ~AnnPeer() = default;
  virtual void build(const float* base, size_t rows, int threads) = 0;
  // Ids of the k nearest, nearest first. Thread-safe.
  virtual void search(const float* query, size_t ef, size_t k, uint32_t* ids) = 0;
  virtual size_t memory_bytes() = 0;
};

enum class AnnMetric { kL2, kCosine };

std::unique_ptr<AnnPeer> make_vecino(AnnMetric metric, int dimensions, int m, int ef_construction);
std::unique_ptr<AnnPeer> make_hnswlib(AnnMetric metric, int dimensions, int m, int ef_construction);

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/api/access_method.h"

namespace vecino::index::ivfflat {

// Centres in a row-major matrix, compared by squared L2, or by the inner product where `spherical`.
struct Centers {
  size_t count = 0, dimensions = 0;
  bool spherical = false;  // unit length; for the inner product and the cosine
  std::vector<float> values;

  const float* at(size_t i) const { return values.data() + i * dimensions; }
  // Ascending is nearer. out[i] for every centre, or for `n` from `first` on.
  void distances(const float* vector, float* out) const { distances(vector, 0, count, out); }
  void distances(const float* vector, size_t first, size_t n, float* out) const;
  uint32_t nearest(const float* vector) const;
  // Of `n` vectors one after the other. Centres are taken in blocks that stay in the cache while all vectors pass.
  void nearest_many(const float* vectors, size_t n, uint32_t* out) const;
};

struct KmeansOptions {
  size_t lists = 100;
  bool spherical = false;  // samples must have unit length
  int threads = 1;
  uint64_t seed = 42;
  const CancelState* cancel = nullptr;
};

// Lloyd's algorithm from k-means++ (Arthur and Vassilvitskii 2007) starts; clusters that come out empty get a new centre near
// that of a large one. With fewer samples than lists the rest of the centres is random.
Result<Centers> kmeans(const std::vector<float>& samples, size_t dimensions, const KmeansOptions& options);

}  // namespace vecino::index::ivfflat

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
  // Ascending is nearer. out[i] for every centre.
  void distances(const float* vector, float* out) const;
  uint32_t nearest(const float* vector) const;
};

// Scales to length 1; a zero vector stays.
void to_unit(float* vector, size_t n);

struct KmeansOptions {
  size_t lists = 100;
  bool spherical = false;  // samples must have unit length
  int threads = 1;
  uint64_t seed = 42;
  const CancelState* cancel = nullptr;
};

// Lloyd's algorithm. Starts are drawn as k-means++ does (Arthur and Vassilvitskii 2007), but several in a round, with the
// distances of the round before (Bahmani et al. 2012, "Scalable k-means++"): rounds cost a pass over the samples. Clusters that
// come out empty get a new centre near that of a large one. With fewer samples than lists the rest of the centres is random.
Result<Centers> kmeans(std::vector<float> samples, size_t dimensions, const KmeansOptions& options);

}  // namespace vecino::index::ivfflat

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/distance/panels.h"
#include "index/ivfflat/kmeans.h"

namespace vecino::index::ivfflat {

// Centres packed for the question "which is nearest?" of many vectors at once: |x - c|^2 = |x|^2 + |c|^2 - 2 x.c, so that the
// work is a matrix product. Where norms are large beside distances, these would drown in float32's rounding: an `origin` is
// subtracted from centres and vectors first. Immutable; thread-safe.
class CenterPanels {
 public:
  // Moved to the centres' mean, unless they are spherical.
  explicit CenterPanels(const Centers& centers);
  // Of the centres `first` .. `first` + `count` - 1, where they are.
  CenterPanels(const Centers& centers, size_t first, size_t count) : CenterPanels(centers, first, count, {}) {}

  // Number of the nearest centre of each of `n` row-major vectors and, where `least` is not null, the square of the L2 distance to
  // it less the vector's own squared norm: |c|^2 - 2 x.c (x and c without the origin). For spherical centres: -x.c.
  void nearest(const float* vectors, size_t n, uint32_t* out, float* least = nullptr) const;

 private:
  CenterPanels(const Centers& centers, size_t first, size_t count, std::vector<float> origin);

  const size_t dimensions_, panel_count_;
  const uint32_t first_;
  const std::vector<float> origin_;  // empty: none
  std::vector<float> bias_, panels_;
};

}  // namespace vecino::index::ivfflat

#include "index/ivfflat/center_panels.h"

#include <algorithm>
#include <cmath>

#include "index/distance/distance.h"
#include "index/vector/mean_of_rows.h"

namespace vecino::index::ivfflat {
namespace {

constexpr size_t kTile = 24;            // rows: whole tiles of every instruction set
constexpr size_t kRowBytes = 128 << 10;  // of vectors that pass a panel together: both stay in the second-level cache

std::vector<float> mean_of(const Centers& centers) {
  MeanOfRows mean(centers.dimensions);
  if (!centers.spherical) mean.add(centers.values.data(), centers.count);
  return mean.value();
}

void move(const float* x, const std::vector<float>& origin, float* out) {
  for (size_t d = 0; d < origin.size(); ++d) out[d] = x[d] - origin[d];
}

}  // namespace

CenterPanels::CenterPanels(const Centers& centers) : CenterPanels(centers, 0, centers.count, mean_of(centers)) {}

CenterPanels::CenterPanels(const Centers& centers, size_t first, size_t count, std::vector<float> origin)
    : dimensions_(centers.dimensions),
      panel_count_((count + kPanelColumns - 1) / kPanelColumns),
      first_(static_cast<uint32_t>(first)),
      origin_(std::move(origin)) {
  bias_.assign(panel_count_ * kPanelColumns, INFINITY);
  panels_.assign(panel_count_ * dimensions_ * kPanelColumns, 0.0f);
  std::vector<float> moved(dimensions_);
  const float factor = centers.spherical ? -1.0f : -2.0f;
  for (size_t c = 0; c < count; ++c) {
    const float* center = centers.at(first + c);
    if (!origin_.empty()) {
      move(center, origin_, moved.data());
      center = moved.data();
    }
    bias_[c] = centers.spherical ? 0 : kernels().norm_squared(center, dimensions_);
    float* column = panels_.data() + (c / kPanelColumns) * dimensions_ * kPanelColumns + c % kPanelColumns;
    for (size_t d = 0; d < dimensions_; ++d) column[d * kPanelColumns] = factor * center[d];
  }
}

void CenterPanels::nearest(const float* vectors, size_t n, uint32_t* out, float* least) const {
  const size_t together = std::clamp<size_t>(kRowBytes / (dimensions_ * sizeof(float)) / kTile * kTile, kTile, 40 * kTile);
  const PanelKernels& kernel = panel_kernels(kernels().isa);
  thread_local std::vector<float> moved, best;
  best.resize(together);
  if (!origin_.empty()) moved.resize(together * dimensions_);
  for (size_t begin = 0; begin < n; begin += together) {
    const size_t count = std::min(together, n - begin);
    const float* rows = vectors + begin * dimensions_;
    if (!origin_.empty()) {
      for (size_t i = 0; i < count; ++i) move(rows + i * dimensions_, origin_, moved.data() + i * dimensions_);
      rows = moved.data();
    }
    float* sums = least != nullptr ? least + begin : best.data();
    std::fill_n(out + begin, count, first_);
    std::fill_n(sums, count, INFINITY);
    kernel.nearest(rows, count, dimensions_, panels_.data(), panel_count_, bias_.data(), first_, sums, out + begin);
  }
}

}  // namespace vecino::index::ivfflat

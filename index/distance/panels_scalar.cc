#include "index/distance/by_isa.h"
#include "index/distance/panels.h"

namespace vecino::index {
namespace {

constexpr size_t kTileRows = 1;

template <int kRows>
void tile(const float* rows, size_t n, const float* panel, const float* bias, float* sums) {
  for (size_t j = 0; j < kPanelColumns; ++j) sums[j] = bias[j];
  for (size_t d = 0; d < n; ++d) {
    for (size_t j = 0; j < kPanelColumns; ++j) sums[j] += rows[d] * panel[d * kPanelColumns + j];
  }
}

float least(const float* sums) {
  float m = sums[0];
  for (size_t j = 1; j < kPanelColumns; ++j) m = sums[j] < m ? sums[j] : m;
  return m;
}

#include "index/distance/panel_rows.inc"

}  // namespace

const PanelKernels kScalarPanels = {nearest};

const PanelKernels& panel_kernels(Isa isa) { return by_isa(isa, kScalarPanels, kAvx2Panels, kAvx512Panels); }

}  // namespace vecino::index

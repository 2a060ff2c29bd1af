#include <immintrin.h>

#include "index/distance/panels.h"

namespace vecino::index {
namespace {

// 6 x 2 sums, 2 columns and 1 broadcast value: 15 of the 16 registers.
constexpr size_t kTileRows = 6;

// Loops over rows are unrolled: only then does the compiler keep the sums in registers.
template <int kRows>
inline void tile(const float* rows, size_t n, const float* panel, const float* bias, float* sums) {
  __m256 low[kRows], high[kRows];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
    low[r] = _mm256_loadu_ps(bias);
    high[r] = _mm256_loadu_ps(bias + 8);
  }
  for (size_t d = 0; d < n; ++d, panel += kPanelColumns) {
    const __m256 c0 = _mm256_loadu_ps(panel), c1 = _mm256_loadu_ps(panel + 8);
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      const __m256 x = _mm256_broadcast_ss(rows + static_cast<size_t>(r) * n + d);
      low[r] = _mm256_fmadd_ps(x, c0, low[r]);
      high[r] = _mm256_fmadd_ps(x, c1, high[r]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
    _mm256_store_ps(sums + static_cast<size_t>(r) * kPanelColumns, low[r]);
    _mm256_store_ps(sums + static_cast<size_t>(r) * kPanelColumns + 8, high[r]);
  }
}

inline float least(const float* sums) {
  __m256 both = _mm256_min_ps(_mm256_load_ps(sums), _mm256_load_ps(sums + 8));
  __m128 m = _mm_min_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
  m = _mm_min_ps(m, _mm_movehl_ps(m, m));
  return _mm_cvtss_f32(_mm_min_ss(m, _mm_movehdup_ps(m)));
}

#include "index/distance/panel_rows.inc"

}  // namespace

const PanelKernels kAvx2Panels = {nearest};

}  // namespace vecino::index

#include <immintrin.h>

#include "index/distance/panels.h"

namespace vecino::index {
namespace {

// Enough independent sums to hide the latency of the multiply-adds of two units.
constexpr size_t kTileRows = 12;

// Loops over rows are unrolled: only then does the compiler keep the sums in registers.
template <int kRows>
inline void tile(const float* rows, size_t n, const float* panel, const float* bias, float* sums) {
  __m512 sum[kRows];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) sum[r] = _mm512_loadu_ps(bias);
  for (size_t d = 0; d < n; ++d, panel += kPanelColumns) {
    const __m512 column = _mm512_loadu_ps(panel);
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      sum[r] = _mm512_fmadd_ps(_mm512_set1_ps(rows[static_cast<size_t>(r) * n + d]), column, sum[r]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) _mm512_store_ps(sums + static_cast<size_t>(r) * kPanelColumns, sum[r]);
}

inline float least(const float* sums) { return _mm512_reduce_min_ps(_mm512_load_ps(sums)); }

#include "index/distance/panel_rows.inc"

}  // namespace

const PanelKernels kAvx512Panels = {nearest};

}  // namespace vecino::index

#pragma once

// Plain declarations only: compiled with several instruction sets (see kernel_table.h).
#include <stddef.h>
#include <stdint.h>

#include "index/distance/kernel_table.h"

namespace vecino::index {

// Columns of a panel: two AVX2 registers, one of AVX-512.
inline constexpr size_t kPanelColumns = 16;

// Nearest of many columns for many rows, as a matrix product that keeps a tile of sums in registers (the scheme of Goto and
// van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008). Columns are packed in panels of kPanelColumns:
// panels[(p * n + d) * kPanelColumns + j] is dimension d of column p * kPanelColumns + j.
struct PanelKernels {
  // For each of `count` rows of n floats, one after the other: the column with the least bias[column] + row . column is
  // compared with best[row], which it replaces when less, together with nearest[row]; `first` is the number of the first
  // column. bias has panels * kPanelColumns values, INFINITY for the columns that fill the last panel. Sums are
  // float32, in the order of the dimensions. Ties go to the first column. Pure; thread-safe.
  void (*nearest)(const float* rows, size_t count, size_t n, const float* panels, size_t panel_count, const float* bias,
                  uint32_t first, float* best, uint32_t* nearest);
};

extern const PanelKernels kScalarPanels;
extern const PanelKernels kAvx2Panels;
extern const PanelKernels kAvx512Panels;

const PanelKernels& panel_kernels(Isa isa);

}  // namespace vecino::index

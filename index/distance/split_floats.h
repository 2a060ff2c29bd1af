#pragma once

// Plain declarations only: compiled with several instruction sets (see kernel_table.h).
#include <stddef.h>
#include <stdint.h>

#include "index/distance/kernel_table.h"

namespace vecino::index {

// A vector of float32 in two parts: what its int8 code tells, and the lower 24 bits of every component. The code's guess is
// (code[i] * scale + mean[i]) * length.
struct SplitRow {
  const int8_t* code;
  const float* mean;
  float scale, length;
  uint16_t* low;    // bits 0 to 15
  uint8_t* middle;  // bits 16 to 23
};

// Pure but for what they write; thread-safe. All instruction sets give the same bits.
struct SplitKernels {
  // Writes low and middle of `values`.
  void (*split)(const float* values, size_t n, SplitRow& row);
  // out[i]: of the numbers with these lower bits the one nearest to the guess, counted in float32 steps; 0 where the lower bits
  // are 0 and the guess is nearer to 0 than a step of the code. That is the value itself, unless it is within
  // some half step of the code from 0 (its exponent may then be anything): such components are to be corrected.
  void (*join)(const SplitRow& row, size_t n, float* out);
};

extern const SplitKernels kScalarSplit;
extern const SplitKernels kAvx2Split;
extern const SplitKernels kAvx512Split;

const SplitKernels& split_kernels(Isa isa);

}  // namespace vecino::index

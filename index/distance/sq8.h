#pragma once

// Plain declarations only: compiled with several instruction sets (see kernel_table.h).
#include <stddef.h>
#include <stdint.h>

#include "index/distance/kernel_table.h"

namespace vecino::index {

// Of the codes' vector d, the vector x that it stands for, and the mean m: x is about d * scale.
struct Sq8Sums {
  float scale;
  double norm, error, mean_dot;  // d.d, (x - d).(x - d), d.m
};

// Codes, and integer dot products over them. `n` is a multiple of 16; code rows are padded with zeros. The query has at most 14
// bits with its sign, little enough that no sum overflows (Quantizer). All instruction sets give the same integers.
struct Sq8Kernels {
  int32_t (*dot)(const int16_t* query, const int8_t* code, size_t n);
  // Four codes at once: one load of the query feeds four streams.
  void (*dot4)(const int16_t* query, const int8_t* c0, const int8_t* c1, const int8_t* c2, const int8_t* c3, size_t n,
               int32_t* out);
  int32_t (*dot_codes)(const int8_t* a, const int8_t* b, size_t n);
  // The codes of x = values * factor - mean, scaled by the largest component: |code| <= 127. Any n; all instruction sets give the
  // same bits.
  Sq8Sums (*encode)(const float* values, const float* mean, float factor, size_t n, int8_t* code);
  float (*largest)(const float* values, const float* mean, float factor, size_t n);  // of |x|
};

extern const Sq8Kernels kScalarSq8;
extern const Sq8Kernels kAvx2Sq8;
extern const Sq8Kernels kAvx512Sq8;

const Sq8Kernels& sq8_kernels(Isa isa);

}  // namespace vecino::index

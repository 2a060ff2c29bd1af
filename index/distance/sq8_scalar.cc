#include "index/distance/by_isa.h"
#include "index/distance/sq8.h"

namespace vecino::index {
namespace {

int32_t dot(const int16_t* query, const int8_t* code, size_t n) {
  int32_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += int32_t{query[i]} * code[i];
  return sum;
}

void dot4(const int16_t* query, const int8_t* c0, const int8_t* c1, const int8_t* c2, const int8_t* c3, size_t n,
          int32_t* out) {
  out[0] = dot(query, c0, n);
  out[1] = dot(query, c1, n);
  out[2] = dot(query, c2, n);
  out[3] = dot(query, c3, n);
}

int32_t dot_codes(const int8_t* a, const int8_t* b, size_t n) {
  int32_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += int32_t{a[i]} * b[i];
  return sum;
}

#include "index/distance/sq8_encode.inc"

}  // namespace

const Sq8Kernels kScalarSq8 = {dot, dot4, dot_codes, encode, largest};

const Sq8Kernels& sq8_kernels(Isa isa) { return by_isa(isa, kScalarSq8, kAvx2Sq8, kAvx512Sq8); }

}  // namespace vecino::index

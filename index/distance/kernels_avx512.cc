// g++ 12 warns about its own intrinsics' "undefined" operands (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include "index/distance/kernel_table.h"

namespace vecino::index {
namespace {

inline const float* at(const void* base, size_t i) {
  return reinterpret_cast<const float*>(static_cast<const char*>(base) + i * sizeof(float));
}
inline __m512 load(const void* base, size_t i) { return _mm512_loadu_ps(at(base, i)); }
// Lanes < left are loaded, the others are 0. REQUIRES: left < 16
inline __mmask16 tail_mask(size_t left) { return static_cast<__mmask16>((1u << left) - 1); }
inline __m512 load_tail(const void* base, size_t i, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, at(base, i)); }

inline float total(__m512 s0, __m512 s1, __m512 s2, __m512 s3) {
  return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

// One step of each sum: s + f(a, b).
struct L2Step {
  static inline __m512 add(__m512 s, __m512 a, __m512 b) {
    __m512 d = _mm512_sub_ps(a, b);
    return _mm512_fmadd_ps(d, d, s);
  }
};
struct DotStep {
  static inline __m512 add(__m512 s, __m512 a, __m512 b) { return _mm512_fmadd_ps(a, b, s); }
};
struct L1Step {
  static inline __m512 add(__m512 s, __m512 a, __m512 b) {
    return _mm512_add_ps(s, _mm512_abs_ps(_mm512_sub_ps(a, b)));
  }
};

template <typename Step>
inline float sum_pairs(const void* a, const void* b, size_t n) {
  __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    s0 = Step::add(s0, load(a, i), load(b, i));
    s1 = Step::add(s1, load(a, i + 16), load(b, i + 16));
    s2 = Step::add(s2, load(a, i + 32), load(b, i + 32));
    s3 = Step::add(s3, load(a, i + 48), load(b, i + 48));
  }
  for (; i + 16 <= n; i += 16) s0 = Step::add(s0, load(a, i), load(b, i));
  if (i < n) {
    __mmask16 mask = tail_mask(n - i);
    s1 = Step::add(s1, load_tail(a, i, mask), load_tail(b, i, mask));
  }
  return total(s0, s1, s2, s3);
}

float l2_squared(const void* a, const void* b, size_t n) {
  if (n < kFewDimensions) return kScalarKernels.l2_squared(a, b, n);
  return sum_pairs<L2Step>(a, b, n);
}
float inner_product(const void* a, const void* b, size_t n) {
  if (n < kFewDimensions) return kScalarKernels.inner_product(a, b, n);
  return sum_pairs<DotStep>(a, b, n);
}
float l1(const void* a, const void* b, size_t n) {
  if (n < kFewDimensions) return kScalarKernels.l1(a, b, n);
  return sum_pairs<L1Step>(a, b, n);
}
float norm_squared(const void* a, size_t n) {
  if (n < kFewDimensions) return kScalarKernels.norm_squared(a, n);
  return sum_pairs<DotStep>(a, a, n);
}

CosineParts cosine_parts(const void* a, const void* b, size_t n) {
  if (n < kFewDimensions) return kScalarKernels.cosine_parts(a, b, n);
  __m512 zero = _mm512_setzero_ps();
  __m512 d0 = zero, d1 = zero, a0 = zero, a1 = zero, b0 = zero, b1 = zero;
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    __m512 x0 = load(a, i), y0 = load(b, i), x1 = load(a, i + 16), y1 = load(b, i + 16);
    d0 = _mm512_fmadd_ps(x0, y0, d0);
    d1 = _mm512_fmadd_ps(x1, y1, d1);
    a0 = _mm512_fmadd_ps(x0, x0, a0);
    a1 = _mm512_fmadd_ps(x1, x1, a1);
    b0 = _mm512_fmadd_ps(y0, y0, b0);
    b1 = _mm512_fmadd_ps(y1, y1, b1);
  }
  for (; i < n; i += 16) {
    __mmask16 mask = n - i >= 16 ? static_cast<__mmask16>(0xffff) : tail_mask(n - i);
    __m512 x = load_tail(a, i, mask), y = load_tail(b, i, mask);
    d0 = _mm512_fmadd_ps(x, y, d0);
    a0 = _mm512_fmadd_ps(x, x, a0);
    b0 = _mm512_fmadd_ps(y, y, b0);
  }
  return {_mm512_reduce_add_ps(_mm512_add_ps(d0, d1)), _mm512_reduce_add_ps(_mm512_add_ps(a0, a1)),
          _mm512_reduce_add_ps(_mm512_add_ps(b0, b1))};
}

#include "index/distance/kernel_many.inc"

}  // namespace

const KernelTable kAvx512Kernels = VECINO_KERNEL_TABLE(Isa::kAvx512, "avx512");

}  // namespace vecino::index

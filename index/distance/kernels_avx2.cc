#include <immintrin.h>

#include "index/distance/kernel_table.h"

namespace vecino::index {
namespace {

inline const float* at(const void* base, size_t i) {
  return reinterpret_cast<const float*>(static_cast<const char*>(base) + i * sizeof(float));
}
inline __m256 load(const void* base, size_t i) { return _mm256_loadu_ps(at(base, i)); }

// Lanes < left are loaded, the others are 0. REQUIRES: left < 8
alignas(32) const int32_t kMaskTable[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
inline __m256i tail_mask(size_t left) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMaskTable + 8 - left));
}
inline __m256 load_tail(const void* base, size_t i, __m256i mask) { return _mm256_maskload_ps(at(base, i), mask); }

inline float total(__m256 sums) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  s = _mm_add_ss(s, _mm_movehdup_ps(s));
  return _mm_cvtss_f32(s);
}
inline float total(__m256 s0, __m256 s1, __m256 s2, __m256 s3) {
  return total(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
}

// One step of each sum: s + f(a, b).
struct L2Step {
  static inline __m256 add(__m256 s, __m256 a, __m256 b) {
    __m256 d = _mm256_sub_ps(a, b);
    return _mm256_fmadd_ps(d, d, s);
  }
};
struct DotStep {
  static inline __m256 add(__m256 s, __m256 a, __m256 b) { return _mm256_fmadd_ps(a, b, s); }
};
struct L1Step {
  static inline __m256 add(__m256 s, __m256 a, __m256 b) {
    return _mm256_add_ps(s, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), _mm256_sub_ps(a, b)));
  }
};

template <typename Step>
inline float sum_pairs(const void* a, const void* b, size_t n) {
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    s0 = Step::add(s0, load(a, i), load(b, i));
    s1 = Step::add(s1, load(a, i + 8), load(b, i + 8));
    s2 = Step::add(s2, load(a, i + 16), load(b, i + 16));
    s3 = Step::add(s3, load(a, i + 24), load(b, i + 24));
  }
  for (; i + 8 <= n; i += 8) s0 = Step::add(s0, load(a, i), load(b, i));
  if (i < n) {
    __m256i mask = tail_mask(n - i);
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
  __m256 zero = _mm256_setzero_ps();
  __m256 d0 = zero, d1 = zero, a0 = zero, a1 = zero, b0 = zero, b1 = zero;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    __m256 x0 = load(a, i), y0 = load(b, i), x1 = load(a, i + 8), y1 = load(b, i + 8);
    d0 = _mm256_fmadd_ps(x0, y0, d0);
    d1 = _mm256_fmadd_ps(x1, y1, d1);
    a0 = _mm256_fmadd_ps(x0, x0, a0);
    a1 = _mm256_fmadd_ps(x1, x1, a1);
    b0 = _mm256_fmadd_ps(y0, y0, b0);
    b1 = _mm256_fmadd_ps(y1, y1, b1);
  }
  for (; i < n; i += 8) {
    __m256 x, y;
    if (i + 8 <= n) {
      x = load(a, i);
      y = load(b, i);
    } else {
      __m256i mask = tail_mask(n - i);
      x = load_tail(a, i, mask);
      y = load_tail(b, i, mask);
    }
    d0 = _mm256_fmadd_ps(x, y, d0);
    a0 = _mm256_fmadd_ps(x, x, a0);
    b0 = _mm256_fmadd_ps(y, y, b0);
  }
  return {total(_mm256_add_ps(d0, d1)), total(_mm256_add_ps(a0, a1)), total(_mm256_add_ps(b0, b1))};
}

#include "index/distance/kernel_many.inc"

}  // namespace

const KernelTable kAvx2Kernels = VECINO_KERNEL_TABLE(Isa::kAvx2, "avx2");

}  // namespace vecino::index

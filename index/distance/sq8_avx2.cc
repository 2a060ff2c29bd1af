#include <immintrin.h>

#include "index/distance/sq8.h"

namespace vecino::index {
namespace {

inline __m256i widen(const int8_t* code, size_t i) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(code + i)));
}
inline __m256i load(const int16_t* query, size_t i) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query + i));
}
inline int32_t total(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  return _mm_cvtsi128_si32(s);
}
inline void accumulate(__m256i& sum, __m256i a, __m256i b) { sum = _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }

int32_t dot(const int16_t* query, const int8_t* code, size_t n) {
  __m256i s0 = _mm256_setzero_si256(), s1 = s0;
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    accumulate(s0, load(query, i), widen(code, i));
    accumulate(s1, load(query, i + 16), widen(code, i + 16));
  }
  for (; i < n; i += 16) accumulate(s0, load(query, i), widen(code, i));
  return total(_mm256_add_epi32(s0, s1));
}

void dot4(const int16_t* query, const int8_t* c0, const int8_t* c1, const int8_t* c2, const int8_t* c3, size_t n,
          int32_t* out) {
  __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
  for (size_t i = 0; i < n; i += 16) {
    __m256i q = load(query, i);
    accumulate(s0, q, widen(c0, i));
    accumulate(s1, q, widen(c1, i));
    accumulate(s2, q, widen(c2, i));
    accumulate(s3, q, widen(c3, i));
  }
  // Four sums at once: two levels of pairwise additions, then the halves.
  __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(s0, s1), _mm256_hadd_epi32(s2, s3));
  __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), sums);
}

int32_t dot_codes(const int8_t* a, const int8_t* b, size_t n) {
  __m256i s0 = _mm256_setzero_si256(), s1 = s0;
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    accumulate(s0, widen(a, i), widen(b, i));
    accumulate(s1, widen(a, i + 16), widen(b, i + 16));
  }
  for (; i < n; i += 16) accumulate(s0, widen(a, i), widen(b, i));
  return total(_mm256_add_epi32(s0, s1));
}

#include "index/distance/sq8_encode.inc"

}  // namespace

const Sq8Kernels kAvx2Sq8 = {dot, dot4, dot_codes, encode, largest};

}  // namespace vecino::index

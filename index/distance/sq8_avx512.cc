#include <immintrin.h>

#include "index/distance/sq8.h"

namespace vecino::index {
namespace {

// Codes come in multiples of 16; an odd half is loaded with the upper lanes zero.
inline __m512i widen(const int8_t* code, size_t i, size_t n) {
  __m256i bytes = i + 32 <= n ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(code + i))
                              : _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(code + i)));
  return _mm512_cvtepi8_epi16(bytes);
}
inline __m512i load(const int16_t* query, size_t i, size_t n) {
  if (i + 32 <= n) return _mm512_loadu_si512(query + i);
  return _mm512_zextsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(query + i)));
}
inline void accumulate(__m512i& sum, __m512i a, __m512i b) { sum = _mm512_add_epi32(sum, _mm512_madd_epi16(a, b)); }

int32_t dot(const int16_t* query, const int8_t* code, size_t n) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += 32) accumulate(sum, load(query, i, n), widen(code, i, n));
  return _mm512_reduce_add_epi32(sum);
}

void dot4(const int16_t* query, const int8_t* c0, const int8_t* c1, const int8_t* c2, const int8_t* c3, size_t n,
          int32_t* out) {
  __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0;
  for (size_t i = 0; i < n; i += 32) {
    __m512i q = load(query, i, n);
    accumulate(s0, q, widen(c0, i, n));
    accumulate(s1, q, widen(c1, i, n));
    accumulate(s2, q, widen(c2, i, n));
    accumulate(s3, q, widen(c3, i, n));
  }
  out[0] = _mm512_reduce_add_epi32(s0);
  out[1] = _mm512_reduce_add_epi32(s1);
  out[2] = _mm512_reduce_add_epi32(s2);
  out[3] = _mm512_reduce_add_epi32(s3);
}

int32_t dot_codes(const int8_t* a, const int8_t* b, size_t n) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += 32) accumulate(sum, widen(a, i, n), widen(b, i, n));
  return _mm512_reduce_add_epi32(sum);
}

#include "index/distance/sq8_encode.inc"

}  // namespace

const Sq8Kernels kAvx512Sq8 = {dot, dot4, dot_codes, encode, largest};

}  // namespace vecino::index

#pragma once

#include <cstddef>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vecino::protocol {

// Position of the first of four bytes at or after `from` (bytes may repeat); text.size() = none. Sixteen bytes at a time: lines
// of COPY are long, and what is looked for is rare in them.
inline size_t find_any(std::string_view text, size_t from, char a, char b, char c, char d) {
  const char* data = text.data();
  size_t at = from;
#if defined(__SSE2__)
  const __m128i wanted[] = {_mm_set1_epi8(a), _mm_set1_epi8(b), _mm_set1_epi8(c), _mm_set1_epi8(d)};
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
    const __m128i hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, wanted[0]), _mm_cmpeq_epi8(bytes, wanted[1])),
                                      _mm_or_si128(_mm_cmpeq_epi8(bytes, wanted[2]), _mm_cmpeq_epi8(bytes, wanted[3])));
    if (const int mask = _mm_movemask_epi8(hits)) return at + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
  }
#endif
  for (; at < text.size(); ++at) {
    if (data[at] == a || data[at] == b || data[at] == c || data[at] == d) return at;
  }
  return text.size();
}

// Likewise the first control character up to \r, or one of two other bytes: what COPY's text format may have to escape.
inline size_t find_control_or(std::string_view text, size_t from, char a, char b) {
  const char* data = text.data();
  size_t at = from;
#if defined(__SSE2__)
  const __m128i wanted_a = _mm_set1_epi8(a), wanted_b = _mm_set1_epi8(b), last = _mm_set1_epi8('\r');
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
    const __m128i hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, wanted_a), _mm_cmpeq_epi8(bytes, wanted_b)),
                                      _mm_cmpeq_epi8(_mm_min_epu8(bytes, last), bytes));
    if (const int mask = _mm_movemask_epi8(hits)) return at + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
  }
#endif
  for (; at < text.size(); ++at) {
    if (static_cast<unsigned char>(data[at]) <= '\r' || data[at] == a || data[at] == b) return at;
  }
  return text.size();
}

}  // namespace vecino::protocol

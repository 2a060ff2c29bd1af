#include <math.h>
#include <string.h>

#include "index/distance/kernel_table.h"

namespace vecino::index {
namespace {

// Eight independent sums: the compiler may keep them in the baseline's SIMD registers without reassociating.
constexpr size_t kLanes = kFewDimensions;

struct Block {
  float lane[kLanes];
};

inline Block load(const void* base, size_t i) {
  Block block;
  memcpy(&block, static_cast<const char*>(base) + i * sizeof(float), sizeof block);
  return block;
}
inline float load_one(const void* base, size_t i) {
  float value;
  memcpy(&value, static_cast<const char*>(base) + i * sizeof(float), sizeof value);
  return value;
}
inline float total(const Block& s) {
  return ((s.lane[0] + s.lane[4]) + (s.lane[1] + s.lane[5])) + ((s.lane[2] + s.lane[6]) + (s.lane[3] + s.lane[7]));
}

// Below kLanes dimensions all instruction sets take this path, in the order of pgvector's builds for x86-64: what is
// printed for hand-written vectors is the same on every machine, and the same as there.
template <typename Term>
inline float sum_few(const void* a, const void* b, size_t n, Term term) {
  float sum = 0;
  size_t i = 0;
  if (n >= 4) {
    float t[4];
    for (; i < 4; ++i) t[i] = term(load_one(a, i), load_one(b, i));
    sum = (t[0] + t[2]) + (t[1] + t[3]);
  }
  for (; i < n; ++i) sum += term(load_one(a, i), load_one(b, i));
  return sum;
}

template <typename Term>
inline float sum_pairs(const void* a, const void* b, size_t n, Term term) {
  if (n < kLanes) return sum_few(a, b, n, term);
  Block sums{};
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Block x = load(a, i), y = load(b, i);
    for (size_t k = 0; k < kLanes; ++k) sums.lane[k] += term(x.lane[k], y.lane[k]);
  }
  for (size_t k = 0; i < n; ++i, ++k) sums.lane[k] += term(load_one(a, i), load_one(b, i));
  return total(sums);
}

float l2_squared(const void* a, const void* b, size_t n) {
  return sum_pairs(a, b, n, [](float x, float y) { return (x - y) * (x - y); });
}
float inner_product(const void* a, const void* b, size_t n) {
  return sum_pairs(a, b, n, [](float x, float y) { return x * y; });
}
float l1(const void* a, const void* b, size_t n) {
  return sum_pairs(a, b, n, [](float x, float y) { return __builtin_fabsf(x - y); });
}
float norm_squared(const void* a, size_t n) { return inner_product(a, a, n); }
// As sum_few, but those builds fuse the multiplication and the addition here.
inline float sum_few_fused(const void* a, const void* b, size_t n) {
  float sum = 0;
  size_t i = 0;
  if (n >= 4) {
    float t[4];
    for (; i < 4; ++i) t[i] = load_one(a, i) * load_one(b, i);
    sum = (t[0] + t[2]) + (t[1] + t[3]);
  }
  for (; i < n; ++i) sum = fmaf(load_one(a, i), load_one(b, i), sum);
  return sum;
}
CosineParts cosine_parts(const void* a, const void* b, size_t n) {
  if (n < kLanes) return {sum_few_fused(a, b, n), sum_few_fused(a, a, n), sum_few_fused(b, b, n)};
  return {inner_product(a, b, n), inner_product(a, a, n), inner_product(b, b, n)};
}

#include "index/distance/kernel_many.inc"

}  // namespace

const KernelTable kScalarKernels = VECINO_KERNEL_TABLE(Isa::kScalar, "scalar");

}  // namespace vecino::index

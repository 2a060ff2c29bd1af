#include <string.h>

#include "index/distance/kernel_table.h"

namespace vecino::index {
namespace {

// Eight independent sums: the compiler may keep them in the baseline's SIMD registers without reassociating.
constexpr size_t kLanes = 8;

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

template <typename Term>
inline float sum_pairs(const void* a, const void* b, size_t n, Term term) {
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
CosineParts cosine_parts(const void* a, const void* b, size_t n) {
  return {inner_product(a, b, n), inner_product(a, a, n), inner_product(b, b, n)};
}

#include "index/distance/kernel_many.inc"

}  // namespace

const KernelTable kScalarKernels = VECINO_KERNEL_TABLE(Isa::kScalar, "scalar");

}  // namespace vecino::index

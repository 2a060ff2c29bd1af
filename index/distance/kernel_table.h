#pragma once

// Plain declarations only: this header is compiled with several instruction sets, so nothing here may emit shared code.
#include <stddef.h>
#include <stdint.h>

namespace vecino::index {

enum class Isa : uint8_t { kScalar, kAvx2, kAvx512 };

// Sums of one pass over two vectors, for the cosine.
struct CosineParts {
  float dot, norm_a, norm_b;  // a.b, a.a, b.b
};

// Distance kernels over float32 vectors of n dimensions. Vectors are addressed as bytes: no alignment is required.
// Sums are accumulated in float32, as pgvector does. One-to-many variants give for each vector bit for bit what the
// one-to-one kernel of the same table gives; `stride` is in bytes. Pure functions; thread-safe.
struct KernelTable {
  Isa isa;
  const char* name;

  float (*l2_squared)(const void* a, const void* b, size_t n);
  float (*inner_product)(const void* a, const void* b, size_t n);
  CosineParts (*cosine_parts)(const void* a, const void* b, size_t n);
  float (*l1)(const void* a, const void* b, size_t n);
  float (*norm_squared)(const void* a, size_t n);

  void (*l2_squared_many)(const void* query, const void* const* vectors, size_t count, size_t n, float* out);
  void (*inner_product_many)(const void* query, const void* const* vectors, size_t count, size_t n, float* out);
  void (*cosine_parts_many)(const void* query, const void* const* vectors, size_t count, size_t n, CosineParts* out);
  void (*l1_many)(const void* query, const void* const* vectors, size_t count, size_t n, float* out);

  void (*l2_squared_rows)(const void* query, const void* rows, size_t stride, size_t count, size_t n, float* out);
  void (*inner_product_rows)(const void* query, const void* rows, size_t stride, size_t count, size_t n, float* out);
  void (*cosine_parts_rows)(const void* query, const void* rows, size_t stride, size_t count, size_t n,
                            CosineParts* out);
  void (*l1_rows)(const void* query, const void* rows, size_t stride, size_t count, size_t n, float* out);
};

// Vectors shorter than this go through the scalar kernels in every table, so that results are the same everywhere.
inline constexpr size_t kFewDimensions = 8;

extern const KernelTable kScalarKernels;
extern const KernelTable kAvx2Kernels;    // REQUIRES: AVX2, FMA
extern const KernelTable kAvx512Kernels;  // REQUIRES: AVX-512 F, BW, VL, DQ

}  // namespace vecino::index

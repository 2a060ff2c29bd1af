#pragma once

#include "sqlfront/functions/function.h"
#include "sqlfront/functions/registry_entries.h"

namespace vecino::sql {

// Rows of the vector extension, implemented in vector_*.cc and listed in vector_table.cc. Semantics are pgvector's:
// sums in float32, results may be infinite, a zero vector has cosine distance NaN.

// Distances: row and batch forms. Batches are fastest when one side is the same datum in every row.
#define VECINO_VECTOR_DISTANCES(ROW) \
  ROW(l2_distance)                   \
  ROW(l2_squared)                    \
  ROW(inner_product)                 \
  ROW(negative_inner_product)        \
  ROW(cosine_distance)               \
  ROW(l1_distance)                   \
  ROW(spherical_distance)
#define VECINO_DECLARE(name)                            \
  Datum name##_row(CallContext& context, const Datum* args); \
  void name##_batch(CallContext& context, const Datum* const* args, size_t rows, Datum* out);
VECINO_VECTOR_DISTANCES(VECINO_DECLARE)
#undef VECINO_DECLARE

Datum vector_dims(CallContext& context, const Datum* args);
Datum vector_norm(CallContext& context, const Datum* args);
Datum l2_normalize(CallContext& context, const Datum* args);
Datum binary_quantize(CallContext& context, const Datum* args);
Datum subvector(CallContext& context, const Datum* args);
Datum vector_add(CallContext& context, const Datum* args);
Datum vector_sub(CallContext& context, const Datum* args);
Datum vector_mul(CallContext& context, const Datum* args);
Datum vector_concat(CallContext& context, const Datum* args);
Datum vector_lt(CallContext& context, const Datum* args);
Datum vector_le(CallContext& context, const Datum* args);
Datum vector_eq(CallContext& context, const Datum* args);
Datum vector_ne(CallContext& context, const Datum* args);
Datum vector_ge(CallContext& context, const Datum* args);
Datum vector_gt(CallContext& context, const Datum* args);
Datum vector_cmp(CallContext& context, const Datum* args);
Datum vector_typmod_in(CallContext& context, const Datum* args);

// Aggregates and their transition functions over float8[] states.
extern const AggregateKernel kVectorAvg, kVectorSum;
Datum vector_accum(CallContext& context, const Datum* args);
Datum vector_combine(CallContext& context, const Datum* args);
Datum vector_avg(CallContext& context, const Datum* args);

// Casts.
Datum vector_to_vector(CallContext& context, const Datum* args);
Datum array_to_vector(CallContext& context, const Datum* args);
Datum vector_to_float4(CallContext& context, const Datum* args);

// Distances of bit strings.
Datum hamming_distance(CallContext& context, const Datum* args);
Datum jaccard_distance(CallContext& context, const Datum* args);

}  // namespace vecino::sql

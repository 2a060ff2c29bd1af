#include <cmath>

#include "sqlfront/functions/vector_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/bit.h"
#include "sqlfront/types/vector.h"

namespace vecino::sql {
namespace {

double norm_of(const VectorView& vector) {
  double sum = 0;
  for (int i = 0; i < vector.dimensions(); ++i) sum += static_cast<double>(vector[i]) * vector[i];
  return std::sqrt(sum);
}

template <typename Operation>
Datum element_wise(CallContext& context, const Datum* args, Operation operation) {
  check_same_dimensions(args[0], args[1]);
  VectorView a(args[0]), b(args[1]);
  VectorWriter result(*context.arena, a.dimensions());
  for (int i = 0; i < a.dimensions(); ++i) {
    float value = operation(a[i], b[i]);
    if (std::isinf(value)) throw_float_overflow();
    result.set(i, value);
  }
  return result.finish();
}

}  // namespace

Datum vector_dims(CallContext&, const Datum* args) { return Datum::from_int(VectorView(args[0]).dimensions()); }

Datum vector_norm(CallContext&, const Datum* args) { return Datum::from_float(norm_of(VectorView(args[0]))); }

Datum l2_normalize(CallContext& context, const Datum* args) {
  VectorView vector(args[0]);
  double norm = norm_of(vector);
  VectorWriter result(*context.arena, vector.dimensions());
  for (int i = 0; i < vector.dimensions(); ++i) {
    float value = norm > 0 ? static_cast<float>(vector[i] / norm) : 0.0f;
    if (std::isinf(value)) throw_float_overflow();
    result.set(i, value);
  }
  return result.finish();
}

Datum binary_quantize(CallContext& context, const Datum* args) {
  VectorView vector(args[0]);
  BitWriter bits(*context.arena, static_cast<uint32_t>(vector.dimensions()));
  for (int i = 0; i < vector.dimensions(); ++i) {
    if (vector[i] > 0) bits.set(static_cast<uint32_t>(i));
  }
  return bits.finish();
}

// subvector(v, start, count): as substring does, a start before the vector trims the count.
Datum subvector(CallContext& context, const Datum* args) {
  VectorView vector(args[0]);
  int64_t start = args[1].i64, count = args[2].i64;
  if (count < 1) check_vector_dimensions(0);
  int64_t end = std::min<int64_t>(start + count, vector.dimensions() + 1);
  if (start < 1) start = 1;
  if (start > vector.dimensions() || end <= start) check_vector_dimensions(0);
  return Datum::from_bytes(args[0].bytes().substr(static_cast<size_t>(start - 1) * 4,
                                                  static_cast<size_t>(end - start) * 4));
}

Datum vector_add(CallContext& context, const Datum* args) {
  return element_wise(context, args, [](float a, float b) { return a + b; });
}

Datum vector_sub(CallContext& context, const Datum* args) {
  return element_wise(context, args, [](float a, float b) { return a - b; });
}

Datum vector_mul(CallContext& context, const Datum* args) {
  return element_wise(context, args, [](float a, float b) {
    float product = a * b;
    if (product == 0 && a != 0 && b != 0) throw_float_underflow();
    return product;
  });
}

Datum vector_concat(CallContext& context, const Datum* args) {
  check_vector_dimensions(static_cast<int>((args[0].len + args[1].len) / 4));
  char* bytes = context.arena->allocate(args[0].len + args[1].len);
  std::memcpy(bytes, args[0].ptr, args[0].len);
  std::memcpy(bytes + args[0].len, args[1].ptr, args[1].len);
  return Datum::from_bytes({bytes, size_t{args[0].len} + args[1].len});
}

#define VECINO_DEFINE_COMPARISON(name, op)                      \
  Datum name(CallContext&, const Datum* args) {                 \
    return Datum::from_bool(vector_compare(args[0], args[1]) op 0); \
  }
VECINO_DEFINE_COMPARISON(vector_lt, <)
VECINO_DEFINE_COMPARISON(vector_le, <=)
VECINO_DEFINE_COMPARISON(vector_eq, ==)
VECINO_DEFINE_COMPARISON(vector_ne, !=)
VECINO_DEFINE_COMPARISON(vector_ge, >=)
VECINO_DEFINE_COMPARISON(vector_gt, >)
#undef VECINO_DEFINE_COMPARISON

Datum vector_cmp(CallContext&, const Datum* args) { return Datum::from_int(vector_compare(args[0], args[1])); }

Datum vector_typmod_in(CallContext&, const Datum* args) {
  ArrayView modifiers(args[0]);
  std::vector<int64_t> values;
  for (size_t i = 0; i < modifiers.size(); ++i) {
    values.push_back(std::strtoll(std::string(modifiers[i].bytes()).c_str(), nullptr, 10));
  }
  return Datum::from_int(vector_typmod(values));
}

}  // namespace vecino::sql

#include <string>

#include "sqlfront/functions/io_functions.h"
#include "sqlfront/functions/vector_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/vector.h"

namespace vecino::sql {
namespace {

float element_to_float(CallContext& context, Oid type, const Datum& element) {
  switch (type) {
    case type_id::kInt4: return static_cast<float>(element.i64);
    case type_id::kFloat4:
    case type_id::kFloat8: return static_cast<float>(element.f64);
    case type_id::kNumeric: {
      std::string text;
      append_text_form(context, type, element, text);
      return parse_float4(text, text);
    }
    default: throw SqlError(sqlstate::kDataException, "unsupported array type");
  }
}

}  // namespace

Datum vector_to_vector(CallContext&, const Datum* args) {
  check_vector_expected(static_cast<int32_t>(args[1].i64), VectorView(args[0]).dimensions());
  return args[0];
}

Datum array_to_vector(CallContext& context, const Datum* args) {
  ArrayView array(args[0]);
  if (array.ndim() > 1) throw SqlError(sqlstate::kDataException, "array must be 1-D");
  if (array.has_nulls()) throw SqlError(sqlstate::kNullValueNotAllowed, "array must not contain nulls");
  int dimensions = static_cast<int>(std::min<size_t>(array.size(), kVectorMaxDimensions + 1));
  check_vector_dimensions(dimensions);
  check_vector_expected(static_cast<int32_t>(args[1].i64), dimensions);
  VectorWriter result(*context.arena, dimensions);
  for (int i = 0; i < dimensions; ++i) {
    float value = element_to_float(context, array.element_type(), array[static_cast<size_t>(i)]);
    check_vector_element(value);
    result.set(i, value);
  }
  return result.finish();
}

Datum vector_to_float4(CallContext& context, const Datum* args) {
  VectorView vector(args[0]);
  ArrayBuilder builder(type_id::kFloat4, ElementCode::kFloat32);
  for (int i = 0; i < vector.dimensions(); ++i) builder.add(Datum::from_float(vector[i]));
  return builder.finish(*context.arena);
}

}  // namespace vecino::sql

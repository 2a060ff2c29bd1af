#include <cmath>
#include <new>
#include <vector>

#include "sqlfront/functions/vector_functions.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/vector.h"

namespace vecino::sql {
namespace {

// avg sums in double, so that it does not overflow where the result does not.
struct AvgState {
  int64_t count = 0;
  std::vector<double> sums;
};
struct SumState {
  std::vector<float> sums;
};

template <typename State>
void init(void* state) {
  new (state) State();
}
template <typename State>
void destroy(void* state) {
  static_cast<State*>(state)->~State();
}

void check_overflow(double sum) {
  if (std::isinf(sum)) throw_float_overflow();
}

void avg_step(CallContext&, void* opaque, const Datum* args) {
  auto& state = *static_cast<AvgState*>(opaque);
  VectorView vector(args[0]);
  if (state.count == 0) {
    state.sums.assign(static_cast<size_t>(vector.dimensions()), 0);
  } else {
    check_vector_expected(static_cast<int32_t>(state.sums.size()), vector.dimensions());
  }
  ++state.count;
  for (int i = 0; i < vector.dimensions(); ++i) check_overflow(state.sums[static_cast<size_t>(i)] += vector[i]);
}

void avg_combine(CallContext&, void* opaque, const void* other_opaque) {
  auto& state = *static_cast<AvgState*>(opaque);
  const auto& other = *static_cast<const AvgState*>(other_opaque);
  if (other.count == 0) return;
  if (state.count == 0) {
    state = other;
    return;
  }
  check_vector_expected(static_cast<int32_t>(state.sums.size()), static_cast<int>(other.sums.size()));
  state.count += other.count;
  for (size_t i = 0; i < state.sums.size(); ++i) check_overflow(state.sums[i] += other.sums[i]);
}

Datum average(CallContext& context, const double* sums, size_t dimensions, double count) {
  check_vector_dimensions(static_cast<int>(dimensions));
  VectorWriter result(*context.arena, static_cast<int>(dimensions));
  for (size_t i = 0; i < dimensions; ++i) {
    float value = static_cast<float>(sums[i] / count);
    check_vector_element(value);
    result.set(static_cast<int>(i), value);
  }
  return result.finish();
}

Datum avg_final(CallContext& context, void* opaque) {
  auto& state = *static_cast<AvgState*>(opaque);
  if (state.count == 0) return Datum::null();
  return average(context, state.sums.data(), state.sums.size(), static_cast<double>(state.count));
}

void add_to(SumState& state, size_t dimensions, const char* values) {
  Datum vector = Datum::from_bytes({values, dimensions * 4});
  VectorView view(vector);
  if (state.sums.empty()) {
    for (int i = 0; i < view.dimensions(); ++i) state.sums.push_back(view[i]);
    return;
  }
  if (state.sums.size() != dimensions) {
    throw_different_dimensions(static_cast<int>(state.sums.size()), view.dimensions());
  }
  for (int i = 0; i < view.dimensions(); ++i) check_overflow(state.sums[static_cast<size_t>(i)] += view[i]);
}

void sum_step(CallContext&, void* opaque, const Datum* args) {
  add_to(*static_cast<SumState*>(opaque), args[0].len / 4, args[0].ptr);
}

void sum_combine(CallContext&, void* opaque, const void* other_opaque) {
  const auto& other = *static_cast<const SumState*>(other_opaque);
  if (other.sums.empty()) return;
  add_to(*static_cast<SumState*>(opaque), other.sums.size(), reinterpret_cast<const char*>(other.sums.data()));
}

Datum sum_final(CallContext& context, void* opaque) {
  const auto& state = *static_cast<SumState*>(opaque);
  if (state.sums.empty()) return Datum::null();
  VectorWriter result(*context.arena, static_cast<int>(state.sums.size()));
  for (size_t i = 0; i < state.sums.size(); ++i) result.set(static_cast<int>(i), state.sums[i]);
  return result.finish();
}

// The SQL-visible state: float8[] {count, sum 1, sum 2, ...}.
std::vector<double> read_state(const Datum& value, const char* caller) {
  ArrayView array(value);
  bool fits = array.ndim() == 1 && array.size() >= 1 && !array.has_nulls() &&
              array.element_type() == type_id::kFloat8;
  if (!fits) throw SqlError(sqlstate::kInternalError, std::string(caller) + ": expected state array");
  std::vector<double> state;
  for (size_t i = 0; i < array.size(); ++i) state.push_back(array[i].f64);
  return state;
}

Datum write_state(CallContext& context, const std::vector<double>& state) {
  ArrayBuilder builder(type_id::kFloat8);
  for (double value : state) builder.add(Datum::from_float(value));
  return builder.finish(*context.arena);
}

}  // namespace

const AggregateKernel kVectorAvg = {sizeof(AvgState), init<AvgState>, avg_step, avg_combine, avg_final,
                                    destroy<AvgState>};
const AggregateKernel kVectorSum = {sizeof(SumState), init<SumState>, sum_step, sum_combine, sum_final,
                                    destroy<SumState>};

Datum vector_accum(CallContext& context, const Datum* args) {
  std::vector<double> state = read_state(args[0], "vector_accum");
  VectorView vector(args[1]);
  size_t dimensions = static_cast<size_t>(vector.dimensions());
  bool fresh = state.size() == 1;  // whatever the count says
  if (!fresh) check_vector_expected(static_cast<int32_t>(state.size() - 1), vector.dimensions());
  state.resize(dimensions + 1);
  state[0] += 1;
  for (size_t i = 0; i < dimensions; ++i) check_overflow(state[i + 1] += vector[static_cast<int>(i)]);
  return write_state(context, state);
}

Datum vector_combine(CallContext& context, const Datum* args) {
  std::vector<double> left = read_state(args[0], "vector_combine"), right = read_state(args[1], "vector_combine");
  if (left[0] == 0) return write_state(context, right);
  if (right[0] == 0) return write_state(context, left);
  check_vector_expected(static_cast<int32_t>(left.size() - 1), static_cast<int>(right.size() - 1));
  left[0] += right[0];
  for (size_t i = 1; i < left.size(); ++i) check_overflow(left[i] += right[i]);
  return write_state(context, left);
}

Datum vector_avg(CallContext& context, const Datum* args) {
  std::vector<double> state = read_state(args[0], "vector_avg");
  if (state[0] == 0) return Datum::null();
  return average(context, state.data() + 1, state.size() - 1, state[0]);
}

}  // namespace vecino::sql

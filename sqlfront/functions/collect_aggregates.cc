// Aggregates that collect their input in order: array_agg, string_agg (manual 9.21).
#include <memory>
#include <new>

#include "sqlfront/functions/array_support.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/types/value_size.h"

namespace vecino::sql {
namespace {

template <typename State>
void init(void* state) {
  new (state) State();
}
template <typename State>
void destroy(void* state) {
  static_cast<State*>(state)->~State();
}

// --- array_agg(anynonarray): NULLs are kept, no rows give NULL ---
struct CollectState {
  std::unique_ptr<ArrayBuilder> builder;
};
void collect_step(CallContext& context, void* opaque, const Datum* args) {
  auto& state = *static_cast<CollectState*>(opaque);
  if (!state.builder) state.builder = std::make_unique<ArrayBuilder>(context.arg_types[0]);
  state.builder->add(args[0]);
}
Datum collect_final(CallContext& context, void* opaque) {
  const auto& state = *static_cast<CollectState*>(opaque);
  return state.builder ? state.builder->finish(*context.arena) : Datum::null();
}
const AggregateKernel kArrayAgg = {sizeof(CollectState), init<CollectState>, collect_step, nullptr, collect_final,
                                   destroy<CollectState>};

// --- array_agg(anyarray): one dimension more ---
struct StackState {
  std::unique_ptr<ArrayBuilder> builder;
  int count = 0;
  std::vector<int> lengths, lowers;  // of each input
};
void stack_step(CallContext&, void* opaque, const Datum* args) {
  auto& state = *static_cast<StackState*>(opaque);
  if (args[0].is_null) throw SqlError(sqlstate::kNullValueNotAllowed, "cannot accumulate null arrays");
  ArrayView array(args[0]);
  if (array.ndim() == 0) throw_array_subscript("cannot accumulate empty arrays");
  if (!state.builder) {
    if (array.ndim() >= kMaxArrayDimensions) {
      throw SqlError(sqlstate::kProgramLimitExceeded,
                     "number of array dimensions (" + std::to_string(array.ndim() + 1) +
                         ") exceeds the maximum allowed (" + std::to_string(kMaxArrayDimensions) + ")");
    }
    state.builder = std::make_unique<ArrayBuilder>(array.element_type());
    state.lengths.assign(array.lengths().begin(), array.lengths().end());
    state.lowers.assign(array.lowers().begin(), array.lowers().end());
  } else if (!std::equal(state.lengths.begin(), state.lengths.end(), array.lengths().begin(), array.lengths().end()) ||
             !std::equal(state.lowers.begin(), state.lowers.end(), array.lowers().begin(), array.lowers().end())) {
    throw_array_subscript("cannot accumulate arrays of different dimensionality");
  }
  ++state.count;
  for (size_t i = 0; i < array.size(); ++i) {
    check_for_interrupts();
    state.builder->add(array[i]);
  }
}
Datum stack_final(CallContext& context, void* opaque) {
  const auto& state = *static_cast<StackState*>(opaque);
  if (!state.builder) return Datum::null();
  std::vector<int> lengths = state.lengths, lowers = state.lowers;
  lengths.insert(lengths.begin(), state.count);
  lowers.insert(lowers.begin(), 1);
  return state.builder->finish(*context.arena, lengths, lowers);
}
const AggregateKernel kArrayAggArray = {sizeof(StackState), init<StackState>, stack_step, nullptr, stack_final,
                                        destroy<StackState>};

// --- string_agg: NULL values are skipped; the delimiter goes before each value but the first ---
struct JoinState {
  bool has_value = false;
  std::string text;
};
void join_step(CallContext&, void* opaque, const Datum* args) {
  auto& state = *static_cast<JoinState*>(opaque);
  if (args[0].is_null) return;
  if (state.has_value && !args[1].is_null) append_checked(state.text, args[1].bytes());
  state.has_value = true;
  append_checked(state.text, args[0].bytes());
}
Datum join_final(CallContext& context, void* opaque) {
  const auto& state = *static_cast<JoinState*>(opaque);
  return state.has_value ? context.text(state.text) : Datum::null();
}
const AggregateKernel kStringAgg = {sizeof(JoinState), init<JoinState>, join_step, nullptr, join_final,
                                    destroy<JoinState>};

using namespace type_id;

const FunctionDef kFunctions[] = {
    {.oid = 2335, .name = "array_agg", .arg_types = {kAnyNonArray}, .result_type = kAnyArray, .strict = false,
     .kind = FunctionKind::kAggregate, .aggregate = &kArrayAgg},
    {.oid = 3538, .name = "string_agg", .arg_types = {kText, kText}, .result_type = kText, .strict = false,
     .kind = FunctionKind::kAggregate, .aggregate = &kStringAgg},
    {.oid = 3545, .name = "string_agg", .arg_types = {kBytea, kBytea}, .result_type = kBytea, .strict = false,
     .kind = FunctionKind::kAggregate, .aggregate = &kStringAgg},
    {.oid = 4053, .name = "array_agg", .arg_types = {kAnyArray}, .result_type = kAnyArray, .strict = false,
     .kind = FunctionKind::kAggregate, .aggregate = &kArrayAggArray},
};

}  // namespace

std::span<const FunctionDef> collect_aggregates() { return kFunctions; }

}  // namespace vecino::sql

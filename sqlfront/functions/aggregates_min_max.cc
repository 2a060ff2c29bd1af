#include "sqlfront/functions/aggregate_state.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/type.h"

// min and max of every type with an order, boolean and bitwise aggregates (manual 9.21).
namespace vecino::sql {
namespace {
using namespace tables;

enum class Pick : uint8_t { kSmallest, kGreatest };

// The comparison is that of the argument's actual type (anyarray: looked up at the first row).
template <Pick kPick>
struct Extreme {
  OwnedDatum best;
  const TypeInfo* type = nullptr;
  void offer(CallContext& context, const Datum& value) {
    if (type == nullptr) type = &type_info(context.arg_types[0]);
    if (best.has_value()) {
      int order = type->compare(value, best.get());
      if (kPick == Pick::kSmallest ? order >= 0 : order <= 0) return;
    }
    type->kind == PhysicalKind::kBytes ? best.set_bytes(value) : best.set_scalar(value);
  }
  void step(CallContext& context, const Datum* args) {
    if (!args[0].is_null) offer(context, args[0]);
  }
  void combine(CallContext& context, const Extreme& other) {
    if (other.best.has_value()) offer(context, other.best.get());
  }
  Datum final(CallContext& context) {
    if (!best.has_value()) return Datum::null();
    return type->kind == PhysicalKind::kBytes ? context.text(best.get().bytes()) : best.get();
  }
};
using Min = Extreme<Pick::kSmallest>;
using Max = Extreme<Pick::kGreatest>;

struct IntAnd {
  static int64_t apply(int64_t a, int64_t b) { return a & b; }
};
struct IntOr {
  static int64_t apply(int64_t a, int64_t b) { return a | b; }
};
struct IntXor {
  static int64_t apply(int64_t a, int64_t b) { return a ^ b; }
};
// Folds values kept in i64, booleans too.
template <typename Op>
struct Fold {
  int64_t value = 0;
  bool any = false;
  void add(int64_t next) {
    value = any ? Op::apply(value, next) : next;
    any = true;
  }
  void step(CallContext&, const Datum* args) {
    if (!args[0].is_null) add(args[0].i64);
  }
  void combine(CallContext&, const Fold& other) {
    if (other.any) add(other.value);
  }
  Datum final(CallContext&) { return any ? Datum::from_int(value) : Datum::null(); }
};

const FunctionDef kFunctions[] = {
    {.oid = 2133, .name = "min", .arg_types = {kInt2}, .result_type = kInt2, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2132, .name = "min", .arg_types = {kInt4}, .result_type = kInt4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2131, .name = "min", .arg_types = {kInt8}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2134, .name = "min", .arg_types = {kOid}, .result_type = kOid, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2135, .name = "min", .arg_types = {kFloat4}, .result_type = kFloat4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2136, .name = "min", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2146, .name = "min", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2138, .name = "min", .arg_types = {kDate}, .result_type = kDate, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2139, .name = "min", .arg_types = {kTime}, .result_type = kTime, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2140, .name = "min", .arg_types = {kTimetz}, .result_type = kTimetz, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2142, .name = "min", .arg_types = {kTimestamp}, .result_type = kTimestamp, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Min>},
    {.oid = 2143, .name = "min", .arg_types = {kTimestamptz}, .result_type = kTimestamptz, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Min>},
    {.oid = 2144, .name = "min", .arg_types = {kInterval}, .result_type = kInterval, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Min>},
    {.oid = 2145, .name = "min", .arg_types = {kText}, .result_type = kText, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2245, .name = "min", .arg_types = {kBpchar}, .result_type = kBpchar, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2798, .name = "min", .arg_types = {kTid}, .result_type = kTid, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2051, .name = "min", .arg_types = {kAnyArray}, .result_type = kAnyArray, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Min>},
    {.oid = 2117, .name = "max", .arg_types = {kInt2}, .result_type = kInt2, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2116, .name = "max", .arg_types = {kInt4}, .result_type = kInt4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2115, .name = "max", .arg_types = {kInt8}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2118, .name = "max", .arg_types = {kOid}, .result_type = kOid, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2119, .name = "max", .arg_types = {kFloat4}, .result_type = kFloat4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2120, .name = "max", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2130, .name = "max", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2122, .name = "max", .arg_types = {kDate}, .result_type = kDate, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2123, .name = "max", .arg_types = {kTime}, .result_type = kTime, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2124, .name = "max", .arg_types = {kTimetz}, .result_type = kTimetz, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2126, .name = "max", .arg_types = {kTimestamp}, .result_type = kTimestamp, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Max>},
    {.oid = 2127, .name = "max", .arg_types = {kTimestamptz}, .result_type = kTimestamptz, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Max>},
    {.oid = 2128, .name = "max", .arg_types = {kInterval}, .result_type = kInterval, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Max>},
    {.oid = 2129, .name = "max", .arg_types = {kText}, .result_type = kText, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2244, .name = "max", .arg_types = {kBpchar}, .result_type = kBpchar, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2797, .name = "max", .arg_types = {kTid}, .result_type = kTid, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 2050, .name = "max", .arg_types = {kAnyArray}, .result_type = kAnyArray, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<Max>},
    {.oid = 5099, .name = "max", .arg_types = {kXid8}, .result_type = kXid8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Max>},
    {.oid = 5100, .name = "min", .arg_types = {kXid8}, .result_type = kXid8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Min>},
    {.oid = 2517, .name = "bool_and", .arg_types = {kBool}, .result_type = kBool, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntAnd>>},
    {.oid = 2518, .name = "bool_or", .arg_types = {kBool}, .result_type = kBool, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntOr>>},
    {.oid = 2519, .name = "every", .arg_types = {kBool}, .result_type = kBool, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntAnd>>},
    {.oid = 2236, .name = "bit_and", .arg_types = {kInt2}, .result_type = kInt2, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntAnd>>},
    {.oid = 2238, .name = "bit_and", .arg_types = {kInt4}, .result_type = kInt4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntAnd>>},
    {.oid = 2240, .name = "bit_and", .arg_types = {kInt8}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntAnd>>},
    {.oid = 2237, .name = "bit_or", .arg_types = {kInt2}, .result_type = kInt2, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntOr>>},
    {.oid = 2239, .name = "bit_or", .arg_types = {kInt4}, .result_type = kInt4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntOr>>},
    {.oid = 2241, .name = "bit_or", .arg_types = {kInt8}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntOr>>},
    {.oid = 6164, .name = "bit_xor", .arg_types = {kInt2}, .result_type = kInt2, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntXor>>},
    {.oid = 6165, .name = "bit_xor", .arg_types = {kInt4}, .result_type = kInt4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntXor>>},
    {.oid = 6166, .name = "bit_xor", .arg_types = {kInt8}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<Fold<IntXor>>},
};

}  // namespace

std::span<const FunctionDef> min_max_aggregates() { return kFunctions; }

}  // namespace vecino::sql

#include <cmath>

#include "sqlfront/functions/aggregate_state.h"
#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/interval_arithmetic.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/numeric_value.h"

// count, sum and avg (manual 9.21). Rows with a NULL argument are skipped by every step, as the aggregates are strict in
// effect; the result over no rows is NULL (count: 0).
namespace vecino::sql {
namespace {
using namespace tables;

struct CountAll {
  int64_t rows = 0;
  void step(CallContext&, const Datum*) { ++rows; }
  void combine(CallContext&, const CountAll& other) { rows += other.rows; }
  Datum final(CallContext&) { return Datum::from_int(rows); }
};
struct CountValues {
  int64_t rows = 0;
  void step(CallContext&, const Datum* args) { rows += args[0].is_null ? 0 : 1; }
  void combine(CallContext&, const CountValues& other) { rows += other.rows; }
  Datum final(CallContext&) { return Datum::from_int(rows); }
};

// int2 and int4 sum into int8.
struct SumInt {
  int64_t sum = 0;
  bool any = false;
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null) return;
    sum = add_checked<int64_t>(sum, args[0].i64);
    any = true;
  }
  void combine(CallContext&, const SumInt& other) {
    sum = add_checked<int64_t>(sum, other.sum);
    any = any || other.any;
  }
  Datum final(CallContext&) { return any ? Datum::from_int(sum) : Datum::null(); }
};

// 128 bits cannot overflow: 2^63 rows of 2^63. Kept in two halves, because states are 8-aligned only.
template <bool kAverage>
struct WideIntAggregate {
  int64_t low = 0, high = 0, rows = 0;
  __int128 sum() const { return static_cast<__int128>(high) << 64 | static_cast<uint64_t>(low); }
  void set(__int128 value) {
    low = static_cast<int64_t>(value);
    high = static_cast<int64_t>(value >> 64);
  }
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null) return;
    set(sum() + args[0].i64);
    ++rows;
  }
  void combine(CallContext&, const WideIntAggregate& other) {
    set(sum() + other.sum());
    rows += other.rows;
  }
  Datum final(CallContext& context) {
    if (rows == 0) return Datum::null();
    Datum total = numeric_from_int128(*context.arena, sum());
    if (!kAverage) return total;
    return numeric_pack(*context.arena, numeric_divide(numeric_unpack(total), numeric_of(rows)));
  }
};

template <bool kAverage>
struct NumericAggregate {
  Numeric sum;
  int64_t rows = 0;
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null) return;
    add(numeric_unpack(args[0]), 1);
  }
  void combine(CallContext&, const NumericAggregate& other) { add(other.sum, other.rows); }
  void add(const Numeric& value, int64_t count) {
    if (sum.is_finite() && value.is_finite() && value.scale == sum.scale) {
      sum.unscaled += value.unscaled;
    } else {
      sum = numeric_add(sum, value);
    }
    rows += count;
  }
  Datum final(CallContext& context) {
    if (rows == 0) return Datum::null();
    return numeric_pack(*context.arena, kAverage ? numeric_divide(sum, numeric_of(rows)) : sum);
  }
};

struct SumFloat8 {
  double sum = 0;
  bool any = false;
  void add(double value) {
    double total = sum + value;
    if (std::isinf(total) && !std::isinf(sum) && !std::isinf(value)) {
      throw SqlError(sqlstate::kNumericValueOutOfRange, "value out of range: overflow");
    }
    sum = any ? total : value;
    any = true;
  }
  void step(CallContext&, const Datum* args) {
    if (!args[0].is_null) add(args[0].f64);
  }
  void combine(CallContext&, const SumFloat8& other) {
    if (other.any) add(other.sum);
  }
  Datum final(CallContext&) { return any ? Datum::from_float(sum) : Datum::null(); }
};
struct SumFloat4 {
  float sum = 0;
  bool any = false;
  void add(float value) {
    float total = sum + value;
    if (std::isinf(total) && !std::isinf(sum) && !std::isinf(value)) {
      throw SqlError(sqlstate::kNumericValueOutOfRange, "value out of range: overflow");
    }
    sum = any ? total : value;
    any = true;
  }
  void step(CallContext&, const Datum* args) {
    if (!args[0].is_null) add(static_cast<float>(args[0].f64));
  }
  void combine(CallContext&, const SumFloat4& other) {
    if (other.any) add(other.sum);
  }
  Datum final(CallContext&) { return any ? Datum::from_float(sum) : Datum::null(); }
};
struct AverageFloat {
  double sum = 0;
  int64_t rows = 0;
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null) return;
    sum += args[0].f64;
    ++rows;
  }
  void combine(CallContext&, const AverageFloat& other) {
    sum += other.sum;
    rows += other.rows;
  }
  Datum final(CallContext&) { return rows == 0 ? Datum::null() : Datum::from_float(sum / static_cast<double>(rows)); }
};

template <bool kAverage>
struct IntervalAggregate {
  Interval sum;
  int64_t rows = 0;
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null) return;
    sum = add_intervals(sum, load_interval(args[0]));
    ++rows;
  }
  void combine(CallContext&, const IntervalAggregate& other) {
    sum = add_intervals(sum, other.sum);
    rows += other.rows;
  }
  Datum final(CallContext& context) {
    if (rows == 0) return Datum::null();
    return store_interval(*context.arena, kAverage ? divide_interval(sum, static_cast<double>(rows)) : sum);
  }
};
const FunctionDef kFunctions[] = {
    {.oid = 2803, .name = "count", .arg_types = {}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<CountAll>},
    {.oid = 2147, .name = "count", .arg_types = {kAny}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<CountValues>},
    {.oid = 2109, .name = "sum", .arg_types = {kInt2}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<SumInt>},
    {.oid = 2108, .name = "sum", .arg_types = {kInt4}, .result_type = kInt8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<SumInt>},
    {.oid = 2107, .name = "sum", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<WideIntAggregate<false>>},
    {.oid = 2114, .name = "sum", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<NumericAggregate<false>>},
    {.oid = 2110, .name = "sum", .arg_types = {kFloat4}, .result_type = kFloat4, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<SumFloat4>},
    {.oid = 2111, .name = "sum", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<SumFloat8>},
    {.oid = 2113, .name = "sum", .arg_types = {kInterval}, .result_type = kInterval, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<IntervalAggregate<false>>},
    {.oid = 2102, .name = "avg", .arg_types = {kInt2}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<WideIntAggregate<true>>},
    {.oid = 2101, .name = "avg", .arg_types = {kInt4}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<WideIntAggregate<true>>},
    {.oid = 2100, .name = "avg", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<WideIntAggregate<true>>},
    {.oid = 2103, .name = "avg", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<NumericAggregate<true>>},
    {.oid = 2104, .name = "avg", .arg_types = {kFloat4}, .result_type = kFloat8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<AverageFloat>},
    {.oid = 2105, .name = "avg", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<AverageFloat>},
    {.oid = 2106, .name = "avg", .arg_types = {kInterval}, .result_type = kInterval, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<IntervalAggregate<true>>},
};

}  // namespace

std::span<const FunctionDef> number_aggregates() { return kFunctions; }

}  // namespace vecino::sql

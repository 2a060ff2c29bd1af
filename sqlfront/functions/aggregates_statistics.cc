#include <cmath>

#include "sqlfront/functions/aggregate_state.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/numeric_value.h"

// Standard deviation, variance, correlation and regression (manual 9.21, table 9.61). Exact in numeric for integers and
// numeric, by the numerically stable update of Youngs and Cramer for floats.
namespace vecino::sql {
namespace {
using namespace tables;

enum class Sample : uint8_t { kSample, kPopulation };
enum class Root : uint8_t { kVariance, kDeviation };

[[noreturn]] void throw_overflow() { throw SqlError(sqlstate::kNumericValueOutOfRange, "value out of range: overflow"); }

template <Sample kSample, Root kRoot>
struct FloatSpread {
  double rows = 0, sum = 0, squares = 0;  // squares: sum of (x - mean)^2
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null) return;
    double value = args[0].f64;
    rows += 1;
    sum += value;
    if (rows > 1) {
      double deviation = value * rows - sum;
      squares += deviation * deviation / (rows * (rows - 1));
      if (std::isinf(sum) || std::isinf(squares)) {
        if (!std::isinf(value) && !std::isnan(value) && !std::isinf(sum - value)) throw_overflow();
        squares = std::nan("");
      }
    } else if (std::isnan(value) || std::isinf(value)) {
      squares = std::nan("");
    }
  }
  void combine(CallContext&, const FloatSpread& other) {
    if (other.rows == 0) return;
    if (rows == 0) {
      *this = other;
      return;
    }
    double difference = sum / rows - other.sum / other.rows, total = rows + other.rows;
    squares += other.squares + rows * other.rows * difference * difference / total;
    sum += other.sum;
    rows = total;
  }
  Datum final(CallContext&) {
    double divisor = kSample == Sample::kSample ? rows - 1 : rows;
    if (divisor < 1) return Datum::null();
    double variance = squares / divisor;
    return Datum::from_float(kRoot == Root::kDeviation ? std::sqrt(variance) : variance);
  }
};

// Exact sums of x and x^2.
template <bool kInteger, Sample kSample, Root kRoot>
struct ExactSpread {
  Numeric sum, squares;
  int64_t rows = 0;
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null) return;
    Numeric value = kInteger ? numeric_of(args[0].i64) : numeric_unpack(args[0]);
    sum = numeric_add(sum, value);
    squares = numeric_add(squares, numeric_multiply(value, value));
    ++rows;
  }
  void combine(CallContext&, const ExactSpread& other) {
    sum = numeric_add(sum, other.sum);
    squares = numeric_add(squares, other.squares);
    rows += other.rows;
  }
  Datum final(CallContext& context) {
    int64_t divisor = kSample == Sample::kSample ? rows - 1 : rows;
    if (divisor < 1) return Datum::null();
    if (!sum.is_finite()) return numeric_pack(*context.arena, numeric_special(NumericForm::kNaN));
    Numeric count = numeric_of(rows);
    Numeric spread = numeric_subtract(numeric_multiply(count, squares), numeric_multiply(sum, sum));
    if (spread.sign() <= 0) return numeric_pack(*context.arena, Numeric());
    Numeric variance = numeric_divide(spread, numeric_multiply(count, numeric_of(divisor)));
    return numeric_pack(*context.arena, kRoot == Root::kDeviation ? numeric_sqrt(variance, variance.scale) : variance);
  }
};

// Pairs (y, x): counts, sums and centred sums.
struct Pairs {
  double rows = 0, sum_x = 0, sum_y = 0, xx = 0, yy = 0, xy = 0;
  void step(CallContext&, const Datum* args) {
    if (args[0].is_null || args[1].is_null) return;
    double y = args[0].f64, x = args[1].f64;
    rows += 1;
    sum_x += x;
    sum_y += y;
    if (rows > 1) {
      double dx = x * rows - sum_x, dy = y * rows - sum_y, scale = 1 / (rows * (rows - 1));
      xx += dx * dx * scale;
      yy += dy * dy * scale;
      xy += dx * dy * scale;
    } else {
      if (!std::isfinite(x)) xx = xy = std::nan("");
      if (!std::isfinite(y)) yy = xy = std::nan("");
    }
  }
  void combine(CallContext&, const Pairs& other) {
    if (other.rows == 0) return;
    if (rows == 0) {
      *this = other;
      return;
    }
    double total = rows + other.rows, weight = rows * other.rows / total;
    double dx = sum_x / rows - other.sum_x / other.rows, dy = sum_y / rows - other.sum_y / other.rows;
    xx += other.xx + weight * dx * dx;
    yy += other.yy + weight * dy * dy;
    xy += other.xy + weight * dx * dy;
    sum_x += other.sum_x;
    sum_y += other.sum_y;
    rows = total;
  }
};
using PairResult = std::optional<double> (*)(const Pairs&);
template <PairResult kResult>
struct PairAggregate : Pairs {
  void combine(CallContext& context, const PairAggregate& other) { Pairs::combine(context, other); }
  Datum final(CallContext&) {
    auto result = kResult(*this);
    return result ? Datum::from_float(*result) : Datum::null();
  }
};
struct PairCount : Pairs {
  void combine(CallContext& context, const PairCount& other) { Pairs::combine(context, other); }
  Datum final(CallContext&) { return Datum::from_int(static_cast<int64_t>(rows)); }
};

using Maybe = std::optional<double>;
Maybe covariance_population(const Pairs& p) { return p.rows < 1 ? Maybe() : p.xy / p.rows; }
Maybe covariance_sample(const Pairs& p) { return p.rows < 2 ? Maybe() : p.xy / (p.rows - 1); }
Maybe correlation(const Pairs& p) {
  if (p.rows < 1 || p.xx == 0 || p.yy == 0) return {};
  return p.xy / std::sqrt(p.xx * p.yy);
}
Maybe average_x(const Pairs& p) { return p.rows < 1 ? Maybe() : p.sum_x / p.rows; }
Maybe average_y(const Pairs& p) { return p.rows < 1 ? Maybe() : p.sum_y / p.rows; }
Maybe sum_xx(const Pairs& p) { return p.rows < 1 ? Maybe() : p.xx; }
Maybe sum_yy(const Pairs& p) { return p.rows < 1 ? Maybe() : p.yy; }
Maybe sum_xy(const Pairs& p) { return p.rows < 1 ? Maybe() : p.xy; }
Maybe slope(const Pairs& p) { return p.rows < 1 || p.xx == 0 ? Maybe() : p.xy / p.xx; }
Maybe intercept(const Pairs& p) {
  if (p.rows < 1 || p.xx == 0) return {};
  return (p.sum_y - p.sum_x * p.xy / p.xx) / p.rows;
}
Maybe determination(const Pairs& p) {
  if (p.rows < 1 || p.xx == 0) return {};
  if (p.yy == 0) return 1.0;
  return p.xy * p.xy / (p.xx * p.yy);
}

const FunctionDef kFunctions[] = {
    {.oid = 2150, .name = "variance", .arg_types = {kInt2}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kVariance>>},
    {.oid = 2149, .name = "variance", .arg_types = {kInt4}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kVariance>>},
    {.oid = 2148, .name = "variance", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kVariance>>},
    {.oid = 2153, .name = "variance", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<false, Sample::kSample, Root::kVariance>>},
    {.oid = 2151, .name = "variance", .arg_types = {kFloat4}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kVariance>>},
    {.oid = 2152, .name = "variance", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kVariance>>},
    {.oid = 2643, .name = "var_samp", .arg_types = {kInt2}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kVariance>>},
    {.oid = 2642, .name = "var_samp", .arg_types = {kInt4}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kVariance>>},
    {.oid = 2641, .name = "var_samp", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kVariance>>},
    {.oid = 2646, .name = "var_samp", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<false, Sample::kSample, Root::kVariance>>},
    {.oid = 2644, .name = "var_samp", .arg_types = {kFloat4}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kVariance>>},
    {.oid = 2645, .name = "var_samp", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kVariance>>},
    {.oid = 2720, .name = "var_pop", .arg_types = {kInt2}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<ExactSpread<true, Sample::kPopulation, Root::kVariance>>},
    {.oid = 2719, .name = "var_pop", .arg_types = {kInt4}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<ExactSpread<true, Sample::kPopulation, Root::kVariance>>},
    {.oid = 2718, .name = "var_pop", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<ExactSpread<true, Sample::kPopulation, Root::kVariance>>},
    {.oid = 2723, .name = "var_pop", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<false, Sample::kPopulation, Root::kVariance>>},
    {.oid = 2721, .name = "var_pop", .arg_types = {kFloat4}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kPopulation, Root::kVariance>>},
    {.oid = 2722, .name = "var_pop", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kPopulation, Root::kVariance>>},
    {.oid = 2156, .name = "stddev", .arg_types = {kInt2}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kDeviation>>},
    {.oid = 2155, .name = "stddev", .arg_types = {kInt4}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kDeviation>>},
    {.oid = 2154, .name = "stddev", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kDeviation>>},
    {.oid = 2159, .name = "stddev", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<false, Sample::kSample, Root::kDeviation>>},
    {.oid = 2157, .name = "stddev", .arg_types = {kFloat4}, .result_type = kFloat8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kDeviation>>},
    {.oid = 2158, .name = "stddev", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false, .kind = kAggregate,
     .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kDeviation>>},
    {.oid = 2714, .name = "stddev_samp", .arg_types = {kInt2}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kDeviation>>},
    {.oid = 2713, .name = "stddev_samp", .arg_types = {kInt4}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kDeviation>>},
    {.oid = 2712, .name = "stddev_samp", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kSample, Root::kDeviation>>},
    {.oid = 2717, .name = "stddev_samp", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<false, Sample::kSample, Root::kDeviation>>},
    {.oid = 2715, .name = "stddev_samp", .arg_types = {kFloat4}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kDeviation>>},
    {.oid = 2716, .name = "stddev_samp", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kSample, Root::kDeviation>>},
    {.oid = 2726, .name = "stddev_pop", .arg_types = {kInt2}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kPopulation, Root::kDeviation>>},
    {.oid = 2725, .name = "stddev_pop", .arg_types = {kInt4}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kPopulation, Root::kDeviation>>},
    {.oid = 2724, .name = "stddev_pop", .arg_types = {kInt8}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<true, Sample::kPopulation, Root::kDeviation>>},
    {.oid = 2729, .name = "stddev_pop", .arg_types = {kNumeric}, .result_type = kNumeric, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<ExactSpread<false, Sample::kPopulation, Root::kDeviation>>},
    {.oid = 2727, .name = "stddev_pop", .arg_types = {kFloat4}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kPopulation, Root::kDeviation>>},
    {.oid = 2728, .name = "stddev_pop", .arg_types = {kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<FloatSpread<Sample::kPopulation, Root::kDeviation>>},
    {.oid = 2818, .name = "regr_count", .arg_types = {kFloat8, kFloat8}, .result_type = kInt8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairCount>},
    {.oid = 2827, .name = "covar_pop", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<covariance_population>>},
    {.oid = 2828, .name = "covar_samp", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<covariance_sample>>},
    {.oid = 2829, .name = "corr", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<correlation>>},
    {.oid = 2822, .name = "regr_avgx", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<average_x>>},
    {.oid = 2823, .name = "regr_avgy", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<average_y>>},
    {.oid = 2819, .name = "regr_sxx", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<sum_xx>>},
    {.oid = 2820, .name = "regr_syy", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<sum_yy>>},
    {.oid = 2821, .name = "regr_sxy", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<sum_xy>>},
    {.oid = 2825, .name = "regr_slope", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<slope>>},
    {.oid = 2826, .name = "regr_intercept", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<intercept>>},
    {.oid = 2824, .name = "regr_r2", .arg_types = {kFloat8, kFloat8}, .result_type = kFloat8, .strict = false,
     .kind = kAggregate, .aggregate = &kKernel<PairAggregate<determination>>},
};

}  // namespace

std::span<const FunctionDef> statistics_aggregates() { return kFunctions; }

}  // namespace vecino::sql

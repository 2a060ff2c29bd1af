#include "sqlfront/exec/ops/range_limit.h"

#include <cmath>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/interval.h"
#include "sqlfront/types/numeric.h"

namespace vecino::sql {
namespace {

using namespace type_id;

enum class Arithmetic : uint8_t { kInteger, kFloat, kDate, kTime, kTimetz, kOperator };

Arithmetic arithmetic_of(TypeId column) {
  switch (column) {
    case kInt2: case kInt4: case kInt8: return Arithmetic::kInteger;
    case kFloat4: case kFloat8: return Arithmetic::kFloat;
    case kDate: return Arithmetic::kDate;
    case kTime: return Arithmetic::kTime;
    case kTimetz: return Arithmetic::kTimetz;
    default: return Arithmetic::kOperator;
  }
}

int three_way(__int128 left, __int128 right) { return left < right ? -1 : left > right ? 1 : 0; }

// NaN is the greatest value and equal to itself.
int three_way(double left, double right) {
  if (std::isnan(left) || std::isnan(right)) return static_cast<int>(std::isnan(left)) - static_cast<int>(std::isnan(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

}  // namespace

RangeLimit::RangeLimit(TypeId column, TypeId offset_type, RunState& run, Arena& arena)
    : column_(column), offset_type_(offset_type), run_(run), arena_(arena) {}

void RangeLimit::check_offset(const Datum& offset) const {
  bool good = true;
  switch (offset_type_) {
    case kInt2: case kInt4: case kInt8: good = offset.i64 >= 0; break;
    case kFloat4: case kFloat8: good = offset.f64 >= 0; break;
    case kNumeric: {
      Arena scratch;
      CallContext context{&scratch, run_.context.env, {}, kNumeric, -1};
      good = !numeric_is_nan(offset) && compare_values(type_info(kNumeric), offset, type_info(kNumeric).input(context, "0")) >= 0;
      break;
    }
    case kInterval: {
      const Interval interval = load_interval(offset);
      // A time of day is moved by the interval's time alone.
      good = column_ == kTime || column_ == kTimetz ? interval.micros >= 0 : interval_span(interval) >= 0;
      break;
    }
    default: break;
  }
  if (!good) throw SqlError(SqlState{"22013"}, "invalid preceding or following size in window function");
}

void RangeLimit::set(const Datum& base, const Datum& offset, bool add) {
  everything_ = false;
  switch (arithmetic_of(column_)) {
    case Arithmetic::kInteger:
      whole_ = add ? static_cast<__int128>(base.i64) + offset.i64 : static_cast<__int128>(base.i64) - offset.i64;
      return;
    case Arithmetic::kFloat:
      everything_ = std::isinf(offset.f64) && std::isinf(base.f64) && (base.f64 > 0) != add;
      real_ = add ? base.f64 + offset.f64 : base.f64 - offset.f64;
      return;
    case Arithmetic::kTime: {
      const __int128 micros = load_interval(offset).micros;
      whole_ = base.i64 + (add ? micros : -micros);
      return;
    }
    case Arithmetic::kTimetz: {
      TimeTz time = load_timetz(base);
      const int64_t micros = load_interval(offset).micros;
      if (__builtin_add_overflow(time.micros, add ? micros : -micros, &time.micros)) {
        throw SqlError(sqlstate::kDatetimeFieldOverflow, "time field value out of range");
      }
      limit_ = store_timetz(arena_, time);
      return;
    }
    case Arithmetic::kDate: whole_ = by_operator(base, offset, add).i64; return;
    case Arithmetic::kOperator:
      limit_ = by_operator(base, offset, add);
      everything_ = column_ == kNumeric && numeric_is_nan(limit_) && !numeric_is_nan(base);
      return;
  }
}

int RangeLimit::compare(const Datum& value) const {
  switch (arithmetic_of(column_)) {
    case Arithmetic::kInteger:
    case Arithmetic::kTime: return three_way(static_cast<__int128>(value.i64), whole_);
    case Arithmetic::kDate: return three_way(static_cast<__int128>(timestamp_of_date(value.i64)), whole_);
    case Arithmetic::kFloat: return three_way(value.f64, real_);
    default: return compare_values(type_info(column_), value, limit_);
  }
}

bool RangeLimit::within(const Datum& value, bool less) const {
  if (everything_) {
    const bool is_nan = arithmetic_of(column_) == Arithmetic::kFloat ? std::isnan(value.f64) : numeric_is_nan(value);
    return !is_nan || !less;
  }
  const int order = compare(value);
  return less ? order <= 0 : order >= 0;
}

Datum RangeLimit::by_operator(const Datum& base, const Datum& offset, bool add) {
  for (const OperatorDef* op : operators_named(add ? "+" : "-")) {
    const bool result_fits = op->result == column_ || (column_ == kDate && op->result == kTimestamp);
    if (op->left != column_ || op->right != offset_type_ || !result_fits) continue;
    BoundFunction call(function_of(*op), {column_, offset_type_}, {op->result, -1}, -1);
    Datum args[2] = {base, offset};
    return call.call(run_, arena_, args);
  }
  throw SqlError(sqlstate::kFeatureNotSupported,
                 "RANGE with offset PRECEDING/FOLLOWING is not supported for column type " + format_type(column_) +
                     " and offset type " + format_type(offset_type_));
}

}  // namespace vecino::sql

#include "sqlfront/functions/interval_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/time_zone.h"

namespace vecino::sql {
namespace {

template <typename T>
T add_field(T a, T b) {
  T out;
  if (__builtin_add_overflow(a, b, &out)) throw_interval_range();
  return out;
}
template <typename T>
T subtract_field(T a, T b) {
  T out;
  if (__builtin_sub_overflow(a, b, &out)) throw_interval_range();
  return out;
}

int32_t to_field(double value) {
  if (!(value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max())) throw_interval_range();
  return static_cast<int32_t>(value);
}
double round_micros(double value) { return std::rint(value * 1e6) / 1e6; }

// `scale` is applied to every field; what a field cannot hold goes to the next smaller one.
template <typename Scale>
Interval scale_interval(const Interval& value, Scale scale) {
  constexpr double kSecondsPerDay = 86400;
  Interval out;
  double months = scale(value.months), days = scale(value.days);
  out.months = to_field(months);
  out.days = to_field(days);
  double month_days = round_micros((months - out.months) * 30);
  double seconds = round_micros((days - out.days + month_days - std::trunc(month_days)) * kSecondsPerDay);
  if (std::abs(seconds) >= kSecondsPerDay) {
    out.days = add_field(out.days, static_cast<int32_t>(seconds / kSecondsPerDay));
    seconds -= std::trunc(seconds / kSecondsPerDay) * kSecondsPerDay;
  }
  out.days = add_field(out.days, to_field(std::trunc(month_days)));
  double micros = std::rint(scale(static_cast<double>(value.micros)) + seconds * static_cast<double>(kMicrosPerSecond));
  if (!(micros >= -9223372036854775808.0 && micros < 9223372036854775808.0)) throw_interval_range();
  out.micros = static_cast<int64_t>(micros);
  return out;
}

int64_t add_months(int64_t timestamp, int32_t months) {
  if (months == 0) return timestamp;
  DateTimeFields f = fields_of(timestamp);
  int64_t total = f.year * 12 + (f.month - 1) + months;
  int64_t year = floor_divide(total, 12);
  int month = static_cast<int>(total - year * 12) + 1;
  int day = std::min(f.day, days_in_month(year, month));
  return timestamp_of(year, month, day, timestamp - f.days * kMicrosPerDay);
}

int64_t add_days(int64_t timestamp, int32_t days) { return shift_timestamp(timestamp, days * kMicrosPerDay); }

void move_whole(int64_t* from, int64_t unit, int32_t* to) {
  int64_t whole = *from / unit;
  *from -= whole * unit;
  int64_t sum = *to + whole;
  if (sum != static_cast<int32_t>(sum)) throw_interval_range();
  *to = static_cast<int32_t>(sum);
}

}  // namespace

Interval add_intervals(const Interval& a, const Interval& b) {
  return {add_field(a.micros, b.micros), add_field(a.days, b.days), add_field(a.months, b.months)};
}
Interval subtract_intervals(const Interval& a, const Interval& b) {
  return {subtract_field(a.micros, b.micros), subtract_field(a.days, b.days), subtract_field(a.months, b.months)};
}
Interval negate_interval(const Interval& value) { return subtract_intervals(Interval(), value); }

Interval multiply_interval(const Interval& value, double factor) {
  return scale_interval(value, [factor](double field) { return field * factor; });
}
Interval divide_interval(const Interval& value, double divisor) {
  if (divisor == 0) throw_division_by_zero();
  return scale_interval(value, [divisor](double field) { return field / divisor; });
}

Interval justify_hours(Interval value) {
  move_whole(&value.micros, kMicrosPerDay, &value.days);
  if (value.days > 0 && value.micros < 0) {
    value.micros += kMicrosPerDay;
    --value.days;
  } else if (value.days < 0 && value.micros > 0) {
    value.micros -= kMicrosPerDay;
    ++value.days;
  }
  return value;
}

Interval justify_days(Interval value) {
  int64_t days = value.days;
  move_whole(&days, 30, &value.months);
  value.days = static_cast<int32_t>(days);
  if (value.months > 0 && value.days < 0) {
    value.days += 30;
    --value.months;
  } else if (value.months < 0 && value.days > 0) {
    value.days -= 30;
    ++value.months;
  }
  return value;
}

Interval justify_interval(Interval value) {
  move_whole(&value.micros, kMicrosPerDay, &value.days);
  int64_t days = value.days;
  move_whole(&days, 30, &value.months);
  value.days = static_cast<int32_t>(days);
  bool down = value.months > 0 && (value.days < 0 || (value.days == 0 && value.micros < 0));
  bool up = value.months < 0 && (value.days > 0 || (value.days == 0 && value.micros > 0));
  if (down || up) {
    value.days += down ? 30 : -30;
    value.months += down ? -1 : 1;
  }
  if (value.days > 0 && value.micros < 0) {
    value.micros += kMicrosPerDay;
    --value.days;
  } else if (value.days < 0 && value.micros > 0) {
    value.micros -= kMicrosPerDay;
    ++value.days;
  }
  return value;
}

int64_t add_to_timestamp(int64_t timestamp, const Interval& interval) {
  if (!is_finite_timestamp(timestamp)) return timestamp;
  return shift_timestamp(add_days(add_months(timestamp, interval.months), interval.days), interval.micros);
}

int64_t add_to_timestamptz(int64_t instant, const Interval& interval, const TimeZone* zone) {
  if (!is_finite_timestamp(instant)) return instant;
  if (interval.months != 0 || interval.days != 0) {
    instant = to_instant(add_days(add_months(to_local(instant, zone), interval.months), interval.days), zone);
  }
  return shift_timestamp(instant, interval.micros);
}

Interval timestamp_difference(int64_t a, int64_t b) {
  if (!is_finite_timestamp(a) || !is_finite_timestamp(b)) {
    throw SqlError(sqlstate::kDatetimeFieldOverflow, "cannot subtract infinite timestamps");
  }
  Interval out;
  out.micros = subtract_field(a, b);
  return justify_hours(out);
}

Interval age_between(int64_t a, int64_t b) {
  // PostgreSQL 15 takes infinity for the largest timestamp here, and only minus infinity for none.
  if (a == kTimestampNegativeInfinity || b == kTimestampNegativeInfinity) throw_timestamp_range();
  bool negative = a < b;
  DateTimeFields from = fields_of(negative ? a : b), to = fields_of(negative ? b : a);
  int64_t time = time_of(to.hour, to.minute, to.second, to.micros) - time_of(from.hour, from.minute, from.second, from.micros);
  int day = to.day - from.day, month = to.month - from.month;
  int64_t year = to.year - from.year;
  if (time < 0) {
    time += kMicrosPerDay;
    --day;
  }
  // Days are borrowed from the month of the earlier timestamp.
  while (day < 0) {
    day += days_in_month(from.year, from.month);
    --month;
  }
  while (month < 0) {
    month += 12;
    --year;
  }
  Interval out{time, day, static_cast<int32_t>(year * 12 + month)};
  return negative ? negate_interval(out) : out;
}

}  // namespace vecino::sql

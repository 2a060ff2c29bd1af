#pragma once

#include "sqlfront/types/interval.h"

namespace vecino::sql {

class TimeZone;

// All check for overflow: 22008 `interval out of range` / `timestamp out of range`.
Interval add_intervals(const Interval& a, const Interval& b);
Interval subtract_intervals(const Interval& a, const Interval& b);
Interval negate_interval(const Interval& value);
Interval multiply_interval(const Interval& value, double factor);  // fractions cascade to smaller fields
Interval divide_interval(const Interval& value, double divisor);   // 22012
Interval justify_hours(Interval value);
Interval justify_days(Interval value);
Interval justify_interval(Interval value);

// Months first (the day is clamped to the month's length), then days, then the time.
int64_t add_to_timestamp(int64_t timestamp, const Interval& interval);
// Months and days are local to the zone.
int64_t add_to_timestamptz(int64_t instant, const Interval& interval, const TimeZone* zone);
Interval timestamp_difference(int64_t a, int64_t b);
// Years, months and days instead of days only (manual 9.9: age).
Interval age_between(int64_t a, int64_t b);

}  // namespace vecino::sql

#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/interval_arithmetic.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/datetime_parse.h"
#include "sqlfront/types/time_zone.h"

// + - * / on dates, times and intervals, and the casts between them (manual 9.9).
namespace vecino::sql {
namespace {
using namespace tables;

const TimeZone* zone_of(CallContext& context) { return datetime_settings(context).zone; }
Datum put(CallContext& context, const Interval& value) { return store_interval(*context.arena, value); }
int64_t time_part(int64_t timestamp) { return timestamp - floor_divide(timestamp, kMicrosPerDay) * kMicrosPerDay; }
int64_t wrap_time(int64_t micros) {
  int64_t rest = micros % kMicrosPerDay;
  return rest < 0 ? rest + kMicrosPerDay : rest;
}

// date
int32_t date_minus_date(int64_t a, int64_t b) {
  if (!is_finite_date(a) || !is_finite_date(b)) {
    throw SqlError(sqlstate::kDatetimeFieldOverflow, "cannot subtract infinite dates");
  }
  return static_cast<int32_t>(a - b);
}
int64_t date_plus_days(int64_t date, int64_t days) {
  if (!is_finite_date(date)) return date;
  if (!is_valid_date(date + days)) throw_date_range();
  return date + days;
}
int64_t days_plus_date(int64_t days, int64_t date) { return date_plus_days(date, days); }
int64_t date_minus_days(int64_t date, int64_t days) { return date_plus_days(date, -days); }
int64_t date_plus_interval(int64_t date, Datum interval) {
  return add_to_timestamp(timestamp_of_date(date), load_interval(interval));
}
int64_t interval_plus_date(Datum interval, int64_t date) { return date_plus_interval(date, interval); }
int64_t date_minus_interval(int64_t date, Datum interval) {
  return add_to_timestamp(timestamp_of_date(date), negate_interval(load_interval(interval)));
}
int64_t date_plus_time(int64_t date, int64_t time) { return shift_timestamp(timestamp_of_date(date), time); }
int64_t time_plus_date(int64_t time, int64_t date) { return date_plus_time(date, time); }
int64_t date_plus_timetz(int64_t date, Datum time) {
  TimeTz value = load_timetz(time);
  return shift_timestamp(timestamp_of_date(date), value.micros + value.zone * kMicrosPerSecond);
}
int64_t timetz_plus_date(Datum time, int64_t date) { return date_plus_timetz(date, time); }

// time
Datum time_minus_time(CallContext& context, int64_t a, int64_t b) { return put(context, {a - b, 0, 0}); }
int64_t time_plus_interval(int64_t time, Datum interval) {
  return wrap_time(time + load_interval(interval).micros % kMicrosPerDay);
}
int64_t interval_plus_time(Datum interval, int64_t time) { return time_plus_interval(time, interval); }
int64_t time_minus_interval(int64_t time, Datum interval) {
  return wrap_time(time - load_interval(interval).micros % kMicrosPerDay);
}
Datum timetz_plus_interval(CallContext& context, Datum time, Datum interval) {
  TimeTz value = load_timetz(time);
  return store_timetz(*context.arena, {wrap_time(value.micros + load_interval(interval).micros % kMicrosPerDay), value.zone});
}
Datum interval_plus_timetz(CallContext& context, Datum interval, Datum time) {
  return timetz_plus_interval(context, time, interval);
}
Datum timetz_minus_interval(CallContext& context, Datum time, Datum interval) {
  TimeTz value = load_timetz(time);
  return store_timetz(*context.arena, {wrap_time(value.micros - load_interval(interval).micros % kMicrosPerDay), value.zone});
}

// timestamp, timestamptz
Datum timestamp_minus(CallContext& context, int64_t a, int64_t b) { return put(context, timestamp_difference(a, b)); }
int64_t timestamp_plus_interval(int64_t value, Datum interval) { return add_to_timestamp(value, load_interval(interval)); }
int64_t interval_plus_timestamp(Datum interval, int64_t value) { return add_to_timestamp(value, load_interval(interval)); }
int64_t timestamp_minus_interval(int64_t value, Datum interval) {
  return add_to_timestamp(value, negate_interval(load_interval(interval)));
}
int64_t instant_plus_interval(CallContext& context, int64_t value, Datum interval) {
  return add_to_timestamptz(value, load_interval(interval), zone_of(context));
}
int64_t interval_plus_instant(CallContext& context, Datum interval, int64_t value) {
  return instant_plus_interval(context, value, interval);
}
int64_t instant_minus_interval(CallContext& context, int64_t value, Datum interval) {
  return add_to_timestamptz(value, negate_interval(load_interval(interval)), zone_of(context));
}

// interval
Datum interval_add(CallContext& c, Datum a, Datum b) { return put(c, add_intervals(load_interval(a), load_interval(b))); }
Datum interval_subtract(CallContext& c, Datum a, Datum b) {
  return put(c, subtract_intervals(load_interval(a), load_interval(b)));
}
Datum interval_negate(CallContext& c, Datum a) { return put(c, negate_interval(load_interval(a))); }
Datum interval_multiply(CallContext& c, Datum a, double f) { return put(c, multiply_interval(load_interval(a), f)); }
Datum multiply_by_interval(CallContext& c, double f, Datum a) { return interval_multiply(c, a, f); }
Datum interval_divide(CallContext& c, Datum a, double f) { return put(c, divide_interval(load_interval(a), f)); }
Datum interval_justify_hours(CallContext& c, Datum a) { return put(c, justify_hours(load_interval(a))); }
Datum interval_justify_days(CallContext& c, Datum a) { return put(c, justify_days(load_interval(a))); }
Datum interval_justify(CallContext& c, Datum a) { return put(c, justify_interval(load_interval(a))); }

// age
Datum timestamp_age(CallContext& c, int64_t a, int64_t b) { return put(c, age_between(a, b)); }
Datum instant_age(CallContext& c, int64_t a, int64_t b) {
  return put(c, age_between(to_local(a, zone_of(c)), to_local(b, zone_of(c))));
}
int64_t midnight_today(CallContext& c) {
  return floor_divide(to_local(c.env->transaction_timestamp(), zone_of(c)), kMicrosPerDay) * kMicrosPerDay;
}
Datum timestamp_age_now(CallContext& c, int64_t value) { return put(c, age_between(midnight_today(c), value)); }
Datum instant_age_now(CallContext& c, int64_t value) {
  return put(c, age_between(midnight_today(c), to_local(value, zone_of(c))));
}

bool date_is_finite(int64_t value) { return is_finite_date(value); }
bool timestamp_is_finite(int64_t value) { return is_finite_timestamp(value); }
bool interval_is_finite(Datum) { return true; }

// Casts.
int64_t date_to_timestamp(int64_t date) { return timestamp_of_date(date); }
int64_t date_to_instant(CallContext& c, int64_t date) { return to_instant(timestamp_of_date(date), zone_of(c)); }
int64_t date_time_to_instant(CallContext& c, int64_t date, int64_t time) {
  return to_instant(date_plus_time(date, time), zone_of(c));
}
int64_t timestamp_to_date(int64_t value) { return date_of_timestamp(value); }
int64_t instant_to_date(CallContext& c, int64_t value) { return date_of_timestamp(to_local(value, zone_of(c))); }
int64_t timestamp_to_instant(CallContext& c, int64_t value) { return to_instant(value, zone_of(c)); }
int64_t instant_to_timestamp(CallContext& c, int64_t value) { return to_local(value, zone_of(c)); }
std::optional<int64_t> timestamp_to_time(int64_t value) {
  if (!is_finite_timestamp(value)) return std::nullopt;
  return time_part(value);
}
std::optional<int64_t> instant_to_time(CallContext& c, int64_t value) { return timestamp_to_time(to_local(value, zone_of(c))); }
std::optional<Datum> instant_to_timetz(CallContext& c, int64_t value) {
  if (!is_finite_timestamp(value)) return std::nullopt;
  int32_t offset = 0;
  int64_t local = to_local(value, zone_of(c), &offset);
  return store_timetz(*c.arena, {time_part(local), -offset});
}
Datum time_to_interval(CallContext& c, int64_t time) { return put(c, {time, 0, 0}); }
Datum time_to_timetz(CallContext& c, int64_t time) {
  int64_t today = midnight_today(c);
  return store_timetz(*c.arena, {time, -zone_of(c)->offset_at_local(unix_seconds_of(today + time))});
}
int64_t timetz_to_time(Datum value) { return load_timetz(value).micros; }
int64_t interval_to_time(Datum value) { return wrap_time(load_interval(value).micros % kMicrosPerDay); }
int64_t coerce_time(int64_t time, int32_t typmod) { return round_time(time, typmod); }
Datum coerce_timetz(CallContext& c, Datum value, int32_t typmod) {
  TimeTz v = load_timetz(value);
  return store_timetz(*c.arena, {round_time(v.micros, typmod), v.zone});
}
int64_t coerce_timestamp(int64_t value, int32_t typmod) {
  int64_t rounded = round_timestamp(value, typmod);
  if (is_finite_timestamp(rounded) && !is_valid_timestamp(rounded)) throw_timestamp_range();
  return rounded;
}
Datum coerce_interval(CallContext& c, Datum value, int32_t typmod) {
  return put(c, apply_interval_typmod(load_interval(value), typmod));
}

const FunctionDef kFunctions[] = {
    {1140, "date_mi", {kDate, kDate}, kInt4, kImmutable, kStrict, row<date_minus_date>},
    {1141, "date_pli", {kDate, kInt4}, kDate, kImmutable, kStrict, row<date_plus_days>},
    {1142, "date_mii", {kDate, kInt4}, kDate, kImmutable, kStrict, row<date_minus_days>},
    {2550, "integer_pl_date", {kInt4, kDate}, kDate, kImmutable, kStrict, row<days_plus_date>},
    {2071, "date_pl_interval", {kDate, kInterval}, kTimestamp, kImmutable, kStrict, row<date_plus_interval>},
    {2072, "date_mi_interval", {kDate, kInterval}, kTimestamp, kImmutable, kStrict, row<date_minus_interval>},
    {2546, "interval_pl_date", {kInterval, kDate}, kTimestamp, kImmutable, kStrict, row<interval_plus_date>},
    {1272, "datetime_pl", {kDate, kTime}, kTimestamp, kImmutable, kStrict, row<date_plus_time>},
    {1296, "timedate_pl", {kTime, kDate}, kTimestamp, kImmutable, kStrict, row<time_plus_date>},
    {1297, "datetimetz_pl", {kDate, kTimetz}, kTimestamptz, kImmutable, kStrict, row<date_plus_timetz>},
    {1298, "timetzdate_pl", {kTimetz, kDate}, kTimestamptz, kImmutable, kStrict, row<timetz_plus_date>},
    {1176, "timestamptz", {kDate, kTime}, kTimestamptz, kStable, kStrict, row<date_time_to_instant>},
    {1359, "timestamptz", {kDate, kTimetz}, kTimestamptz, kImmutable, kStrict, row<date_plus_timetz>},
    {2025, "timestamp", {kDate, kTime}, kTimestamp, kImmutable, kStrict, row<date_plus_time>},
    {1690, "time_mi_time", {kTime, kTime}, kInterval, kImmutable, kStrict, row<time_minus_time>},
    {1747, "time_pl_interval", {kTime, kInterval}, kTime, kImmutable, kStrict, row<time_plus_interval>},
    {1748, "time_mi_interval", {kTime, kInterval}, kTime, kImmutable, kStrict, row<time_minus_interval>},
    {1848, "interval_pl_time", {kInterval, kTime}, kTime, kImmutable, kStrict, row<interval_plus_time>},
    {1749, "timetz_pl_interval", {kTimetz, kInterval}, kTimetz, kImmutable, kStrict, row<timetz_plus_interval>},
    {1750, "timetz_mi_interval", {kTimetz, kInterval}, kTimetz, kImmutable, kStrict, row<timetz_minus_interval>},
    {2547, "interval_pl_timetz", {kInterval, kTimetz}, kTimetz, kImmutable, kStrict, row<interval_plus_timetz>},
    {2031, "timestamp_mi", {kTimestamp, kTimestamp}, kInterval, kImmutable, kStrict, row<timestamp_minus>},
    {2032, "timestamp_pl_interval", {kTimestamp, kInterval}, kTimestamp, kImmutable, kStrict,
     row<timestamp_plus_interval>},
    {2033, "timestamp_mi_interval", {kTimestamp, kInterval}, kTimestamp, kImmutable, kStrict,
     row<timestamp_minus_interval>},
    {2548, "interval_pl_timestamp", {kInterval, kTimestamp}, kTimestamp, kImmutable, kStrict,
     row<interval_plus_timestamp>},
    {1188, "timestamptz_mi", {kTimestamptz, kTimestamptz}, kInterval, kImmutable, kStrict, row<timestamp_minus>},
    {1189, "timestamptz_pl_interval", {kTimestamptz, kInterval}, kTimestamptz, kStable, kStrict,
     row<instant_plus_interval>},
    {1190, "timestamptz_mi_interval", {kTimestamptz, kInterval}, kTimestamptz, kStable, kStrict,
     row<instant_minus_interval>},
    {2549, "interval_pl_timestamptz", {kInterval, kTimestamptz}, kTimestamptz, kStable, kStrict,
     row<interval_plus_instant>},
    {1169, "interval_pl", {kInterval, kInterval}, kInterval, kImmutable, kStrict, row<interval_add>},
    {1170, "interval_mi", {kInterval, kInterval}, kInterval, kImmutable, kStrict, row<interval_subtract>},
    {1168, "interval_um", {kInterval}, kInterval, kImmutable, kStrict, row<interval_negate>},
    {1618, "interval_mul", {kInterval, kFloat8}, kInterval, kImmutable, kStrict, row<interval_multiply>},
    {1624, "mul_d_interval", {kFloat8, kInterval}, kInterval, kImmutable, kStrict, row<multiply_by_interval>},
    {1326, "interval_div", {kInterval, kFloat8}, kInterval, kImmutable, kStrict, row<interval_divide>},
    {1175, "justify_hours", {kInterval}, kInterval, kImmutable, kStrict, row<interval_justify_hours>},
    {1295, "justify_days", {kInterval}, kInterval, kImmutable, kStrict, row<interval_justify_days>},
    {2711, "justify_interval", {kInterval}, kInterval, kImmutable, kStrict, row<interval_justify>},
    {2058, "age", {kTimestamp, kTimestamp}, kInterval, kImmutable, kStrict, row<timestamp_age>},
    {1199, "age", {kTimestamptz, kTimestamptz}, kInterval, kImmutable, kStrict, row<instant_age>},
    {2059, "age", {kTimestamp}, kInterval, kStable, kStrict, row<timestamp_age_now>},
    {1386, "age", {kTimestamptz}, kInterval, kStable, kStrict, row<instant_age_now>},
    {1373, "isfinite", {kDate}, kBool, kImmutable, kStrict, row<date_is_finite>},
    {2048, "isfinite", {kTimestamp}, kBool, kImmutable, kStrict, row<timestamp_is_finite>},
    {1389, "isfinite", {kTimestamptz}, kBool, kImmutable, kStrict, row<timestamp_is_finite>},
    {1390, "isfinite", {kInterval}, kBool, kImmutable, kStrict, row<interval_is_finite>},
    {2024, "timestamp", {kDate}, kTimestamp, kImmutable, kStrict, row<date_to_timestamp>},
    {1174, "timestamptz", {kDate}, kTimestamptz, kStable, kStrict, row<date_to_instant>},
    {2029, "date", {kTimestamp}, kDate, kImmutable, kStrict, row<timestamp_to_date>},
    {1178, "date", {kTimestamptz}, kDate, kStable, kStrict, row<instant_to_date>},
    {2028, "timestamptz", {kTimestamp}, kTimestamptz, kStable, kStrict, row<timestamp_to_instant>},
    {2027, "timestamp", {kTimestamptz}, kTimestamp, kStable, kStrict, row<instant_to_timestamp>},
    {1316, "time", {kTimestamp}, kTime, kImmutable, kStrict, row<timestamp_to_time>},
    {2019, "time", {kTimestamptz}, kTime, kStable, kStrict, row<instant_to_time>},
    {2046, "time", {kTimetz}, kTime, kImmutable, kStrict, row<timetz_to_time>},
    {1419, "time", {kInterval}, kTime, kImmutable, kStrict, row<interval_to_time>},
    {1388, "timetz", {kTimestamptz}, kTimetz, kStable, kStrict, row<instant_to_timetz>},
    {2047, "timetz", {kTime}, kTimetz, kStable, kStrict, row<time_to_timetz>},
    {1370, "interval", {kTime}, kInterval, kImmutable, kStrict, row<time_to_interval>},
    {1968, "time", {kTime, kInt4}, kTime, kImmutable, kStrict, row<coerce_time>},
    {1969, "timetz", {kTimetz, kInt4}, kTimetz, kImmutable, kStrict, row<coerce_timetz>},
    {1961, "timestamp", {kTimestamp, kInt4}, kTimestamp, kImmutable, kStrict, row<coerce_timestamp>},
    {1967, "timestamptz", {kTimestamptz, kInt4}, kTimestamptz, kImmutable, kStrict, row<coerce_timestamp>},
    {1200, "interval", {kInterval, kInt4}, kInterval, kImmutable, kStrict, row<coerce_interval>},
};

}  // namespace

std::span<const FunctionDef> datetime_arithmetic_functions() { return kFunctions; }

}  // namespace vecino::sql

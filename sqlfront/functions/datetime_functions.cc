#include <cmath>

#include "sqlfront/functions/arithmetic.h"
#include "sqlfront/functions/datetime_fields.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/interval_arithmetic.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/datetime_parse.h"
#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

// date_trunc, date_bin, make_*, timezone() / AT TIME ZONE, OVERLAPS, to_timestamp(epoch) (manual 9.9).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

const TimeZone* zone_of(CallContext& c) { return datetime_settings(c).zone; }

// First instant of the field's unit that holds the timestamp.
int64_t truncate_local(sv units, int64_t value, sv type) {
  Field field = parse_field(units, type);
  DateTimeFields f = fields_of(value);
  auto first_of = [](int64_t year, int month) { return timestamp_of(year, month, 1, 0); };
  auto down = [&](int64_t unit) { return value - (value - f.days * kMicrosPerDay) % unit; };
  switch (field) {
    // Years before 1 count backwards: century -1 starts in -99 (astronomical).
    case Field::kMillennium: return first_of(f.year > 0 ? (f.year + 999) / 1000 * 1000 - 999 : -((999 - (f.year - 1)) / 1000) * 1000 + 1, 1);
    case Field::kCentury: return first_of(f.year > 0 ? (f.year + 99) / 100 * 100 - 99 : -((99 - (f.year - 1)) / 100) * 100 + 1, 1);
    case Field::kDecade: return first_of(f.year > 0 ? f.year / 10 * 10 : -((8 - (f.year - 1)) / 10) * 10, 1);
    case Field::kYear: return first_of(f.year, 1);
    case Field::kQuarter: return first_of(f.year, (f.month - 1) / 3 * 3 + 1);
    case Field::kMonth: return first_of(f.year, f.month);
    case Field::kWeek: return shift_timestamp(f.days * kMicrosPerDay, -int64_t{(day_of_week(f.days) + 6) % 7} * kMicrosPerDay);
    case Field::kDay: return f.days * kMicrosPerDay;
    case Field::kHour: return down(kMicrosPerHour);
    case Field::kMinute: return down(kMicrosPerMinute);
    case Field::kSecond: return down(kMicrosPerSecond);
    case Field::kMillisecond: return down(1000);
    case Field::kMicrosecond: return value;
    default: throw_unsupported_field(units, type);
  }
}
int64_t truncate_timestamp(sv units, int64_t value) {
  constexpr sv kType = "timestamp without time zone";
  if (!is_finite_timestamp(value)) {
    truncate_local(units, 0, kType);  // for the error
    return value;
  }
  return truncate_local(units, value, kType);
}
int64_t truncate_in_zone(sv units, int64_t value, const ZoneReference& zone) {
  constexpr sv kType = "timestamp with time zone";
  if (!is_finite_timestamp(value)) {
    truncate_local(units, 0, kType);
    return value;
  }
  int64_t offset = zone_offset_at(zone, unix_seconds_of(value)) * kMicrosPerSecond;
  int64_t local = truncate_local(units, value + offset, kType);
  // Units below a day keep the offset: the hour before a change of daylight saving exists twice.
  Field field = parse_field(units, kType);
  if (field > Field::kHour) offset = zone_offset_at_local(zone, unix_seconds_of(local)) * kMicrosPerSecond;
  return shift_timestamp(local, -offset);
}
int64_t truncate_instant(CallContext& c, sv units, int64_t value) {
  return truncate_in_zone(units, value, {zone_of(c), 0});
}
int64_t truncate_instant_in(sv units, int64_t value, sv zone) { return truncate_in_zone(units, value, resolve_zone(zone)); }

Datum truncate_interval(CallContext& c, sv units, Datum interval) {
  Interval v = load_interval(interval);
  Field field = parse_field(units, "interval");
  auto months = [&](int32_t unit) { return store_interval(*c.arena, {0, 0, v.months / unit * unit}); };
  auto micros = [&](int64_t unit) { return store_interval(*c.arena, {v.micros / unit * unit, v.days, v.months}); };
  switch (field) {
    case Field::kMillennium: return months(12000);
    case Field::kCentury: return months(1200);
    case Field::kDecade: return months(120);
    case Field::kYear: return months(12);
    case Field::kQuarter: return months(3);
    case Field::kMonth: return months(1);
    case Field::kDay: return store_interval(*c.arena, {0, v.days, v.months});
    case Field::kHour: return micros(kMicrosPerHour);
    case Field::kMinute: return micros(kMicrosPerMinute);
    case Field::kSecond: return micros(kMicrosPerSecond);
    case Field::kMillisecond: return micros(1000);
    case Field::kMicrosecond: return interval;
    case Field::kWeek:
      throw SqlError(sqlstate::kFeatureNotSupported, "unit \"" + lower_ascii(units) + "\" not supported for type interval")
          .detail("Months usually have fractional weeks.");
    default: throw_unsupported_field(units, "interval");
  }
}

int64_t bin(Datum stride, int64_t value, int64_t origin) {
  if (!is_finite_timestamp(value)) return value;
  if (!is_finite_timestamp(origin)) throw SqlError(sqlstate::kDatetimeFieldOverflow, "origin out of range");
  Interval v = load_interval(stride);
  if (v.months != 0) {
    throw SqlError(sqlstate::kFeatureNotSupported, "timestamps cannot be binned into intervals containing months or years");
  }
  int64_t width;
  if (__builtin_mul_overflow(int64_t{v.days}, kMicrosPerDay, &width) || __builtin_add_overflow(width, v.micros, &width)) {
    throw_interval_range();
  }
  if (width <= 0) throw SqlError(sqlstate::kDatetimeFieldOverflow, "stride must be greater than zero");
  int64_t distance;
  if (__builtin_sub_overflow(value, origin, &distance)) throw_interval_range();
  int64_t rest = distance % width;
  return shift_timestamp(value, -(rest < 0 ? rest + width : rest));
}

// make_*
std::string padded(int64_t value, int width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (static_cast<int>(digits.size()) < width) digits.insert(0, static_cast<size_t>(width) - digits.size(), '0');
  return (value < 0 ? "-" : "") + digits;
}
int64_t make_date(int32_t year, int32_t month, int32_t day) {
  int64_t astronomical = year < 0 ? year + 1 : year;
  bool valid = year != 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(astronomical, month);
  int64_t date = valid ? days_from_civil(astronomical, month, day) : 0;
  if (!valid || !is_valid_date(date)) {
    std::string text = padded(year, 1) + "-" + padded(month, 2) + "-" + padded(day, 2);
    throw SqlError(sqlstate::kDatetimeFieldOverflow, std::string("date ") + (valid ? "out of range: " : "field value out of range: ") + text);
  }
  return date;
}
int64_t make_time(int32_t hour, int32_t minute, double second) {
  double micros = std::rint(second * 1e6);
  bool valid = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60 && !std::isnan(second);
  int64_t time = valid ? time_of(hour, minute, 0, 0) + static_cast<int64_t>(micros) : 0;
  if (!valid || time > kMicrosPerDay) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%02g", second);
    throw SqlError(sqlstate::kDatetimeFieldOverflow,
                   "time field value out of range: " + std::to_string(hour) + ":" + padded(minute, 2) + ":" + buffer);
  }
  return time;
}
int64_t make_timestamp(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute, double second) {
  return shift_timestamp(timestamp_of_date(make_date(year, month, day)), make_time(hour, minute, second));
}
int64_t make_timestamptz(CallContext& c, int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute, double second) {
  return to_instant(make_timestamp(year, month, day, hour, minute, second), zone_of(c));
}
int64_t make_timestamptz_in(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute, double second, sv zone) {
  int64_t local = make_timestamp(year, month, day, hour, minute, second);
  // Unlike elsewhere, a bare offset here counts east.
  if (auto offset = parse_zone_offset(zone)) return shift_timestamp(local, -*offset * kMicrosPerSecond);
  return shift_timestamp(local, -zone_offset_at_local(resolve_zone(zone), unix_seconds_of(local)) * kMicrosPerSecond);
}
Datum make_interval(CallContext& c, int32_t years, int32_t months, int32_t weeks, int32_t days, int32_t hours, int32_t minutes,
                    double seconds) {
  auto fits = [](int64_t value) {
    if (value != static_cast<int32_t>(value)) throw_interval_range();
    return static_cast<int32_t>(value);
  };
  if (!std::isfinite(seconds) || std::abs(seconds) > 9e12) throw_interval_range();
  Interval out;
  out.months = fits(int64_t{years} * 12 + months);
  out.days = fits(int64_t{weeks} * 7 + days);
  out.micros = hours * kMicrosPerHour + minutes * kMicrosPerMinute + std::llrint(seconds * 1e6);
  return store_interval(*c.arena, out);
}

int64_t to_timestamp(double epoch) {
  if (std::isnan(epoch)) throw SqlError(sqlstate::kDatetimeFieldOverflow, "timestamp cannot be NaN");
  if (std::isinf(epoch)) return epoch > 0 ? kTimestampInfinity : kTimestampNegativeInfinity;
  double seconds = epoch + static_cast<double>(kUnixEpochDays) * 86400;
  double micros = std::rint(seconds * 1e6);
  bool valid = micros >= static_cast<double>(kTimestampMin) && micros < static_cast<double>(kTimestampEnd);
  if (!valid) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%g", epoch);
    throw SqlError(sqlstate::kDatetimeFieldOverflow, std::string("timestamp out of range: \"") + buffer + "\"");
  }
  return static_cast<int64_t>(micros);
}

// AT TIME ZONE
ZoneReference interval_zone(Datum interval) {
  Interval v = load_interval(interval);
  if (v.months != 0 || v.days != 0) {
    std::string text;
    append_interval(text, v, IntervalStyle::kPostgres);
    throw SqlError(sqlstate::kInvalidParameterValue, "interval time zone \"" + text + "\" must not include months or days");
  }
  return {nullptr, static_cast<int32_t>(v.micros / kMicrosPerSecond)};
}
int64_t at_zone(const ZoneReference& zone, int64_t instant) {
  if (!is_finite_timestamp(instant)) return instant;
  return shift_timestamp(instant, zone_offset_at(zone, unix_seconds_of(instant)) * kMicrosPerSecond);
}
int64_t from_zone(const ZoneReference& zone, int64_t local) {
  if (!is_finite_timestamp(local)) return local;
  return shift_timestamp(local, -zone_offset_at_local(zone, unix_seconds_of(local)) * kMicrosPerSecond);
}
Datum timetz_in_zone(CallContext& c, const ZoneReference& zone, Datum value) {
  TimeTz v = load_timetz(value);
  int32_t east = zone_offset_at(zone, unix_seconds_of(c.env->transaction_timestamp()));
  int64_t micros = (v.micros + (v.zone + east) * kMicrosPerSecond) % kMicrosPerDay;
  return store_timetz(*c.arena, {micros < 0 ? micros + kMicrosPerDay : micros, -east});
}
int64_t instant_at(sv zone, int64_t value) { return at_zone(resolve_zone(zone), value); }
int64_t timestamp_in(sv zone, int64_t value) { return from_zone(resolve_zone(zone), value); }
Datum timetz_at(CallContext& c, sv zone, Datum value) { return timetz_in_zone(c, resolve_zone(zone), value); }
int64_t instant_at_offset(Datum offset, int64_t value) { return at_zone(interval_zone(offset), value); }
int64_t timestamp_in_offset(Datum offset, int64_t value) { return from_zone(interval_zone(offset), value); }
Datum timetz_at_offset(CallContext& c, Datum offset, Datum value) { return timetz_in_zone(c, interval_zone(offset), value); }

// (start, end) OVERLAPS (start, end): half-open periods; NULL where the answer depends on a NULL.
struct Period {
  std::optional<int64_t> start, end;
};
std::optional<bool> overlap(Period a, Period b) {
  // Order each period; a NULL end of a known start stays.
  for (Period* p : {&a, &b}) {
    if (!p->start && !p->end) return std::nullopt;
    if (!p->start) std::swap(p->start, p->end);
    if (p->end && *p->end < *p->start) std::swap(p->start, p->end);
  }
  if (*a.start > *b.start) std::swap(a, b);
  if (*a.start == *b.start) {
    if (!a.end || !b.end) return std::nullopt;
    return true;
  }
  // a starts first: they overlap when it ends after b's start.
  if (!a.end) return std::nullopt;
  return *b.start < *a.end;
}
std::optional<int64_t> int_of(const Datum& value) { return value.is_null ? std::nullopt : std::optional(value.i64); }
using Shift = int64_t (*)(CallContext&, int64_t, const Interval&);
std::optional<int64_t> end_of(CallContext& c, const Datum& start, const Datum& length, Shift shift) {
  if (start.is_null || length.is_null) return std::nullopt;
  return shift(c, start.i64, load_interval(length));
}
int64_t shift_local(CallContext&, int64_t value, const Interval& length) { return add_to_timestamp(value, length); }
int64_t shift_instant(CallContext& c, int64_t value, const Interval& length) {
  return add_to_timestamptz(value, length, zone_of(c));
}
int64_t shift_time(CallContext&, int64_t value, const Interval& length) {
  int64_t out = (value + length.micros) % kMicrosPerDay;
  return out < 0 ? out + kMicrosPerDay : out;
}
Datum put(const std::optional<bool>& value) { return value ? Datum::from_bool(*value) : Datum::null(); }
Datum overlaps(CallContext&, const Datum* a) {
  return put(overlap({int_of(a[0]), int_of(a[1])}, {int_of(a[2]), int_of(a[3])}));
}
template <Shift kShift>
Datum overlaps_lengths(CallContext& c, const Datum* a) {
  return put(overlap({int_of(a[0]), end_of(c, a[0], a[1], kShift)}, {int_of(a[2]), end_of(c, a[2], a[3], kShift)}));
}
template <Shift kShift>
Datum overlaps_second_length(CallContext& c, const Datum* a) {
  return put(overlap({int_of(a[0]), int_of(a[1])}, {int_of(a[2]), end_of(c, a[2], a[3], kShift)}));
}
template <Shift kShift>
Datum overlaps_first_length(CallContext& c, const Datum* a) {
  return put(overlap({int_of(a[0]), end_of(c, a[0], a[1], kShift)}, {int_of(a[2]), int_of(a[3])}));
}

const FunctionDef kFunctions[] = {
    {2020, "date_trunc", {kText, kTimestamp}, kTimestamp, kImmutable, kStrict, row<truncate_timestamp>},
    {1217, "date_trunc", {kText, kTimestamptz}, kTimestamptz, kStable, kStrict, row<truncate_instant>},
    {1284, "date_trunc", {kText, kTimestamptz, kText}, kTimestamptz, kStable, kStrict, row<truncate_instant_in>},
    {1218, "date_trunc", {kText, kInterval}, kInterval, kImmutable, kStrict, row<truncate_interval>},
    {6177, "date_bin", {kInterval, kTimestamp, kTimestamp}, kTimestamp, kImmutable, kStrict, row<bin>},
    {6178, "date_bin", {kInterval, kTimestamptz, kTimestamptz}, kTimestamptz, kImmutable, kStrict, row<bin>},
    {3846, "make_date", {kInt4, kInt4, kInt4}, kDate, kImmutable, kStrict, row<make_date>},
    {3847, "make_time", {kInt4, kInt4, kFloat8}, kTime, kImmutable, kStrict, row<make_time>},
    {3461, "make_timestamp", {kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8}, kTimestamp, kImmutable, kStrict,
     row<make_timestamp>},
    {3462, "make_timestamptz", {kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8}, kTimestamptz, kStable, kStrict,
     row<make_timestamptz>},
    {3463, "make_timestamptz", {kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8, kText}, kTimestamptz, kStable, kStrict,
     row<make_timestamptz_in>},
    {.oid = 3464, .name = "make_interval", .arg_types = {kInt4, kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8},
     .result_type = kInterval, .volatility = kImmutable, .strict = kStrict, .row = row<make_interval>, .defaults = {"0",
     "0", "0", "0", "0", "0", "0.0"}, .arg_names = {"years", "months", "weeks", "days", "hours", "mins", "secs"}},
    {1158, "to_timestamp", {kFloat8}, kTimestamptz, kImmutable, kStrict, row<to_timestamp>},
    {1159, "timezone", {kText, kTimestamptz}, kTimestamp, kImmutable, kStrict, row<instant_at>},
    {2069, "timezone", {kText, kTimestamp}, kTimestamptz, kImmutable, kStrict, row<timestamp_in>},
    {2037, "timezone", {kText, kTimetz}, kTimetz, kStable, kStrict, row<timetz_at>},
    {1026, "timezone", {kInterval, kTimestamptz}, kTimestamp, kImmutable, kStrict, row<instant_at_offset>},
    {2070, "timezone", {kInterval, kTimestamp}, kTimestamptz, kImmutable, kStrict, row<timestamp_in_offset>},
    {2038, "timezone", {kInterval, kTimetz}, kTimetz, kImmutable, kStrict, row<timetz_at_offset>},
    {2041, "overlaps", {kTimestamp, kTimestamp, kTimestamp, kTimestamp}, kBool, kImmutable, kCalledOnNull,
     row<overlaps>},
    {1304, "overlaps", {kTimestamptz, kTimestamptz, kTimestamptz, kTimestamptz}, kBool, kImmutable, kCalledOnNull,
     row<overlaps>},
    {1308, "overlaps", {kTime, kTime, kTime, kTime}, kBool, kImmutable, kCalledOnNull, row<overlaps>},
    {2042, "overlaps", {kTimestamp, kInterval, kTimestamp, kInterval}, kBool, kImmutable, kCalledOnNull,
     row<overlaps_lengths<shift_local>>},
    {1305, "overlaps", {kTimestamptz, kInterval, kTimestamptz, kInterval}, kBool, kStable, kCalledOnNull,
     row<overlaps_lengths<shift_instant>>},
    {1309, "overlaps", {kTime, kInterval, kTime, kInterval}, kBool, kImmutable, kCalledOnNull,
     row<overlaps_lengths<shift_time>>},
    {2043, "overlaps", {kTimestamp, kTimestamp, kTimestamp, kInterval}, kBool, kImmutable, kCalledOnNull,
     row<overlaps_second_length<shift_local>>},
    {1306, "overlaps", {kTimestamptz, kTimestamptz, kTimestamptz, kInterval}, kBool, kStable, kCalledOnNull,
     row<overlaps_second_length<shift_instant>>},
    {1310, "overlaps", {kTime, kTime, kTime, kInterval}, kBool, kImmutable, kCalledOnNull,
     row<overlaps_second_length<shift_time>>},
    {2044, "overlaps", {kTimestamp, kInterval, kTimestamp, kTimestamp}, kBool, kImmutable, kCalledOnNull,
     row<overlaps_first_length<shift_local>>},
    {1307, "overlaps", {kTimestamptz, kInterval, kTimestamptz, kTimestamptz}, kBool, kStable, kCalledOnNull,
     row<overlaps_first_length<shift_instant>>},
    {1311, "overlaps", {kTime, kInterval, kTime, kTime}, kBool, kImmutable, kCalledOnNull,
     row<overlaps_first_length<shift_time>>},
};

}  // namespace

std::span<const FunctionDef> datetime_functions() { return kFunctions; }

}  // namespace vecino::sql

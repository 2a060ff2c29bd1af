#include <cmath>

#include "sqlfront/functions/datetime_fields.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/interval.h"
#include "sqlfront/types/numeric_value.h"
#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

// EXTRACT and date_part (manual 9.9.1): one routine per type finds the exact value; extract() shows it as numeric,
// date_part() as double precision.
namespace vecino::sql {
namespace {
using namespace tables;

// value / 10^scale; or nothing; or +-infinity; or a numeric that needs division (julian).
struct FieldValue {
  enum class Kind : uint8_t { kExact, kNull, kInfinity, kNegativeInfinity, kJulian } kind = Kind::kExact;
  int64_t value = 0;
  int scale = 0;
  int64_t micros = 0;  // kJulian: microseconds since midnight
};

FieldValue exact(int64_t value, int scale = 0) { return {FieldValue::Kind::kExact, value, scale, 0}; }

// Fields that grow with time are infinite for infinite values, the others NULL.
FieldValue of_infinite(Field field, bool positive) {
  switch (field) {
    case Field::kYear:
    case Field::kDecade:
    case Field::kCentury:
    case Field::kMillennium:
    case Field::kJulian:
    case Field::kIsoYear:
    case Field::kEpoch: return {positive ? FieldValue::Kind::kInfinity : FieldValue::Kind::kNegativeInfinity, 0, 0, 0};
    default: return {FieldValue::Kind::kNull, 0, 0, 0};
  }
}

int64_t shown_year(int64_t year) { return year > 0 ? year : year - 1; }

std::optional<FieldValue> date_field(Field field, int64_t days) {
  CivilDate d = civil_from_days(days);
  switch (field) {
    case Field::kDay: return exact(d.day);
    case Field::kMonth: return exact(d.month);
    case Field::kQuarter: return exact((d.month - 1) / 3 + 1);
    case Field::kWeek: return exact(iso_week(days).week);
    case Field::kYear: return exact(shown_year(d.year));
    case Field::kIsoYear: return exact(shown_year(iso_week(days).year));
    case Field::kDecade: return exact(d.year >= 0 ? d.year / 10 : -((8 - (d.year - 1)) / 10));
    case Field::kCentury: return exact(d.year > 0 ? (d.year + 99) / 100 : -((99 - (d.year - 1)) / 100));
    case Field::kMillennium: return exact(d.year > 0 ? (d.year + 999) / 1000 : -((999 - (d.year - 1)) / 1000));
    case Field::kDayOfWeek: return exact(day_of_week(days));
    case Field::kIsoDayOfWeek: return exact(day_of_week(days) == 0 ? 7 : day_of_week(days));
    case Field::kDayOfYear: return exact(days - days_from_civil(d.year, 1, 1) + 1);
    default: return std::nullopt;
  }
}

std::optional<FieldValue> time_field(Field field, int64_t micros) {
  switch (field) {
    case Field::kHour: return exact(micros / kMicrosPerHour);
    case Field::kMinute: return exact(micros / kMicrosPerMinute % 60);
    case Field::kSecond: return exact(micros % kMicrosPerMinute, 6);
    case Field::kMillisecond: return exact(micros % kMicrosPerMinute, 3);
    case Field::kMicrosecond: return exact(micros % kMicrosPerMinute);
    default: return std::nullopt;
  }
}

std::optional<FieldValue> zone_field(Field field, int32_t east) {
  switch (field) {
    case Field::kTimezone: return exact(east);
    case Field::kTimezoneHour: return exact(east / 3600);
    case Field::kTimezoneMinute: return exact(east / 60 % 60);
    default: return std::nullopt;
  }
}

FieldValue timestamp_value(std::string_view units, int64_t value, const TimeZone* zone) {
  std::string_view type = zone ? "timestamp with time zone" : "timestamp without time zone";
  Field field = parse_field(units, type);
  if (!is_finite_timestamp(value)) {
    bool known = date_field(field, 0) || time_field(field, 0) || (zone && zone_field(field, 0)) ||
                 field == Field::kEpoch || field == Field::kJulian;
    if (!known) throw_unsupported_field(units, type);
    return of_infinite(field, value == kTimestampInfinity);
  }
  if (field == Field::kEpoch) {
    int64_t micros;
    if (__builtin_sub_overflow(value, kUnixEpochMicros, &micros)) throw_timestamp_range();
    return exact(micros, 6);
  }
  int32_t offset = 0;
  int64_t local = zone ? to_local(value, zone, &offset) : value;
  int64_t days = floor_divide(local, kMicrosPerDay), micros = local - days * kMicrosPerDay;
  if (auto out = date_field(field, days)) return *out;
  if (auto out = time_field(field, micros)) return *out;
  if (field == Field::kJulian) return {FieldValue::Kind::kJulian, days + kJulianOf2000, 0, micros};
  if (auto out = zone ? zone_field(field, offset) : std::nullopt) return *out;
  throw_unsupported_field(units, type);
}

FieldValue date_value(std::string_view units, int64_t date) {
  Field field = parse_field(units, "date");
  bool known = date_field(field, 0) || field == Field::kEpoch || field == Field::kJulian;
  if (!known) throw_unsupported_field(units, "date");
  if (!is_finite_date(date)) return of_infinite(field, date == kDateInfinity);
  if (field == Field::kEpoch) return exact((date - kUnixEpochDays) * 86400);
  if (field == Field::kJulian) return exact(date + kJulianOf2000);
  return *date_field(field, date);
}

FieldValue time_value(std::string_view units, int64_t micros) {
  Field field = parse_field(units, "time without time zone");
  if (field == Field::kEpoch) return exact(micros, 6);
  if (auto out = time_field(field, micros)) return *out;
  throw_unsupported_field(units, "time without time zone");
}

FieldValue timetz_value(std::string_view units, TimeTz value) {
  Field field = parse_field(units, "time with time zone");
  if (field == Field::kEpoch) return exact(value.micros + value.zone * kMicrosPerSecond, 6);
  if (auto out = time_field(field, value.micros)) return *out;
  if (auto out = zone_field(field, -value.zone)) return *out;
  throw_unsupported_field(units, "time with time zone");
}

FieldValue interval_value(std::string_view units, const Interval& v) {
  Field field = parse_field(units, "interval");
  switch (field) {
    case Field::kDay: return exact(v.days);
    case Field::kMonth: return exact(v.months % 12);
    case Field::kQuarter: return exact(v.months % 12 / 3 + 1);
    case Field::kYear: return exact(v.months / 12);
    case Field::kDecade: return exact(v.months / 12 / 10);
    case Field::kCentury: return exact(v.months / 12 / 100);
    case Field::kMillennium: return exact(v.months / 12 / 1000);
    case Field::kEpoch: {
      // A year has 365.25 days here.
      int64_t seconds = int64_t{v.months / 12} * 31557600 + int64_t{v.months % 12} * 2592000 + int64_t{v.days} * 86400;
      int64_t micros;
      bool overflow = __builtin_mul_overflow(seconds, kMicrosPerSecond, &micros) || __builtin_add_overflow(micros, v.micros, &micros);
      if (overflow) throw_interval_range();
      return exact(micros, 6);
    }
    default: break;
  }
  if (auto out = time_field(field, v.micros)) return *out;
  throw_unsupported_field(units, "interval");
}

std::optional<Datum> as_numeric(CallContext& context, const FieldValue& field) {
  Arena& arena = *context.arena;
  switch (field.kind) {
    case FieldValue::Kind::kNull: return std::nullopt;
    case FieldValue::Kind::kInfinity: return numeric_pack(arena, numeric_special(NumericForm::kInfinity));
    case FieldValue::Kind::kNegativeInfinity: return numeric_pack(arena, numeric_special(NumericForm::kNegativeInfinity));
    case FieldValue::Kind::kJulian:
      return numeric_pack(arena, numeric_add(numeric_of(field.value),
                                             numeric_divide(numeric_of(field.micros), numeric_of(kMicrosPerDay))));
    case FieldValue::Kind::kExact: break;
  }
  return numeric_pack(arena, numeric_of(field.value, field.scale));
}

std::optional<double> as_float(const FieldValue& field) {
  switch (field.kind) {
    case FieldValue::Kind::kNull: return std::nullopt;
    case FieldValue::Kind::kInfinity: return HUGE_VAL;
    case FieldValue::Kind::kNegativeInfinity: return -HUGE_VAL;
    case FieldValue::Kind::kJulian:
      return static_cast<double>(field.value) + static_cast<double>(field.micros) / static_cast<double>(kMicrosPerDay);
    case FieldValue::Kind::kExact: break;
  }
  static constexpr double kUnits[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6};
  return static_cast<double>(field.value) / kUnits[field.scale];
}

using sv = std::string_view;
const TimeZone* zone_of(CallContext& c) { return datetime_settings(c).zone; }

std::optional<Datum> extract_timestamp(CallContext& c, sv units, int64_t v) {
  return as_numeric(c, timestamp_value(units, v, nullptr));
}
std::optional<Datum> extract_instant(CallContext& c, sv units, int64_t v) {
  return as_numeric(c, timestamp_value(units, v, zone_of(c)));
}
std::optional<Datum> extract_date(CallContext& c, sv units, int64_t v) { return as_numeric(c, date_value(units, v)); }
std::optional<Datum> extract_time(CallContext& c, sv units, int64_t v) { return as_numeric(c, time_value(units, v)); }
std::optional<Datum> extract_timetz(CallContext& c, sv units, Datum v) {
  return as_numeric(c, timetz_value(units, load_timetz(v)));
}
std::optional<Datum> extract_interval(CallContext& c, sv units, Datum v) {
  return as_numeric(c, interval_value(units, load_interval(v)));
}
std::optional<double> part_of_timestamp(sv units, int64_t v) { return as_float(timestamp_value(units, v, nullptr)); }
std::optional<double> part_of_instant(CallContext& c, sv units, int64_t v) {
  return as_float(timestamp_value(units, v, zone_of(c)));
}
// date_part of a date goes through timestamp, so that hours and minutes are there (as zero).
std::optional<double> part_of_date(sv units, int64_t v) {
  return as_float(timestamp_value(units, timestamp_of_date(v), nullptr));
}
std::optional<double> part_of_time(sv units, int64_t v) { return as_float(time_value(units, v)); }
std::optional<double> part_of_timetz(sv units, Datum v) { return as_float(timetz_value(units, load_timetz(v))); }
std::optional<double> part_of_interval(sv units, Datum v) { return as_float(interval_value(units, load_interval(v))); }

const FunctionDef kFunctions[] = {
    {6202, "extract", {kText, kTimestamp}, kNumeric, kImmutable, kStrict, row<extract_timestamp>},
    {6203, "extract", {kText, kTimestamptz}, kNumeric, kStable, kStrict, row<extract_instant>},
    {6199, "extract", {kText, kDate}, kNumeric, kImmutable, kStrict, row<extract_date>},
    {6200, "extract", {kText, kTime}, kNumeric, kImmutable, kStrict, row<extract_time>},
    {6201, "extract", {kText, kTimetz}, kNumeric, kImmutable, kStrict, row<extract_timetz>},
    {6204, "extract", {kText, kInterval}, kNumeric, kImmutable, kStrict, row<extract_interval>},
    {2021, "date_part", {kText, kTimestamp}, kFloat8, kImmutable, kStrict, row<part_of_timestamp>},
    {1171, "date_part", {kText, kTimestamptz}, kFloat8, kStable, kStrict, row<part_of_instant>},
    {1384, "date_part", {kText, kDate}, kFloat8, kImmutable, kStrict, row<part_of_date>},
    {1385, "date_part", {kText, kTime}, kFloat8, kImmutable, kStrict, row<part_of_time>},
    {1273, "date_part", {kText, kTimetz}, kFloat8, kImmutable, kStrict, row<part_of_timetz>},
    {1172, "date_part", {kText, kInterval}, kFloat8, kImmutable, kStrict, row<part_of_interval>},
};

}  // namespace

std::span<const FunctionDef> datetime_extract_functions() { return kFunctions; }

}  // namespace vecino::sql

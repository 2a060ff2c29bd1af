#include "sqlfront/types/datetime.h"

#include <cstring>

#include "sqlfront/types/datetime_parse.h"
#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

using Special = ParsedDateTime::Special;

int64_t now_of(CallContext& context) { return context.env == nullptr ? 0 : context.env->transaction_timestamp(); }

[[noreturn]] void throw_range_of(const char* type, std::string_view text) {
  throw SqlError(sqlstate::kDatetimeFieldOverflow, std::string(type) + " out of range: \"" + std::string(text) + "\"");
}

int32_t offset_for(const ParsedDateTime& parsed, int64_t local, const TimeZone* session_zone) {
  if (!parsed.has_zone) return session_zone->offset_at_local(unix_seconds_of(local));
  if (parsed.zone != nullptr) return parsed.zone->offset_at_local(unix_seconds_of(local));
  return parsed.offset;
}

// Today's date in the session's zone, moved by the word; -1..1 days.
int64_t relative_day(CallContext& context, const DateTimeSettings& settings, Special special) {
  int64_t today = date_of_timestamp(to_local(now_of(context), settings.zone));
  return today + (special == Special::kTomorrow ? 1 : special == Special::kYesterday ? -1 : 0);
}

}  // namespace

void throw_timestamp_range() { throw SqlError(sqlstate::kDatetimeFieldOverflow, "timestamp out of range"); }
void throw_date_range() { throw SqlError(sqlstate::kDatetimeFieldOverflow, "date out of range"); }

TimeTz load_timetz(const Datum& value) { return {load<int64_t>(value.ptr), load<int32_t>(value.ptr + 8)}; }
Datum store_timetz(Arena& arena, TimeTz value) {
  char* bytes = arena.allocate(12, 1);
  std::memcpy(bytes, &value.micros, 8);
  std::memcpy(bytes + 8, &value.zone, 4);
  return Datum::from_bytes({bytes, 12});
}

int64_t unix_seconds_of(int64_t timestamp) { return floor_divide(timestamp, kMicrosPerSecond) - kUnixEpochDays * 86400; }

int64_t timestamp_of(int64_t year, int month, int day, int64_t time_micros) {
  int64_t days = days_from_civil(year, month, day), value;
  bool overflow = __builtin_mul_overflow(days, kMicrosPerDay, &value) || __builtin_add_overflow(value, time_micros, &value);
  if (overflow || !is_valid_timestamp(value)) throw_timestamp_range();
  return value;
}

int64_t timestamp_of_date(int64_t date) {
  if (date == kDateInfinity) return kTimestampInfinity;
  if (date == kDateNegativeInfinity) return kTimestampNegativeInfinity;
  int64_t value;
  if (__builtin_mul_overflow(date, kMicrosPerDay, &value) || !is_valid_timestamp(value)) {
    throw SqlError(sqlstate::kDatetimeFieldOverflow, "date out of range for timestamp");
  }
  return value;
}

int64_t date_of_timestamp(int64_t timestamp) {
  if (timestamp == kTimestampInfinity) return kDateInfinity;
  if (timestamp == kTimestampNegativeInfinity) return kDateNegativeInfinity;
  return floor_divide(timestamp, kMicrosPerDay);
}

int64_t shift_timestamp(int64_t value, int64_t micros) {
  if (!is_finite_timestamp(value)) return value;
  int64_t out;
  if (__builtin_add_overflow(value, micros, &out) || !is_valid_timestamp(out)) throw_timestamp_range();
  return out;
}

int64_t to_instant(int64_t local, const TimeZone* zone) {
  if (!is_finite_timestamp(local)) return local;
  return shift_timestamp(local, -int64_t{zone->offset_at_local(unix_seconds_of(local))} * kMicrosPerSecond);
}

int64_t to_local(int64_t instant, const TimeZone* zone, int32_t* offset) {
  if (!is_finite_timestamp(instant)) return instant;
  int32_t east = zone->offset_at(unix_seconds_of(instant));
  if (offset != nullptr) *offset = east;
  return instant + int64_t{east} * kMicrosPerSecond;
}

int64_t round_time(int64_t micros, int32_t precision) {
  static constexpr int64_t kUnits[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
  if (precision < 0 || precision >= 6) return micros;
  int64_t unit = kUnits[precision];
  return micros >= 0 ? (micros + unit / 2) / unit * unit : -((-micros + unit / 2) / unit * unit);
}

int64_t round_timestamp(int64_t value, int32_t precision) {
  if (!is_finite_timestamp(value)) return value;
  return round_time(value, precision);
}

int64_t parse_date(CallContext& context, std::string_view text) {
  DateTimeSettings settings = datetime_settings(context);
  ParsedDateTime parsed = parse_datetime(text, settings.order, "date");
  switch (parsed.special) {
    case Special::kInfinity: return kDateInfinity;
    case Special::kNegativeInfinity: return kDateNegativeInfinity;
    case Special::kEpoch: return kUnixEpochDays;
    case Special::kNone: break;
    default: return relative_day(context, settings, parsed.special);
  }
  if (!parsed.has_date) throw_datetime_syntax("date", text);
  int64_t date = days_from_civil(parsed.year, parsed.month, parsed.day);
  if (!is_valid_date(date)) throw_range_of("date", text);
  return date;
}

namespace {
// The local timestamp that text stands for; `instant` is set for words that name an instant.
int64_t local_timestamp(CallContext& context, const DateTimeSettings& settings, const ParsedDateTime& parsed,
                        std::string_view text, const char* type) {
  int64_t days;
  if (parsed.special == Special::kNone) {
    if (!parsed.has_date) throw_datetime_syntax(type, text);
    days = days_from_civil(parsed.year, parsed.month, parsed.day);
  } else {
    days = relative_day(context, settings, parsed.special);
  }
  int64_t value, time = parsed.has_time ? parsed.time_micros() : 0;
  bool overflow = __builtin_mul_overflow(days, kMicrosPerDay, &value) || __builtin_add_overflow(value, time, &value);
  // A zone can bring a value at the edge back into range, by a day at most.
  if (overflow || !is_valid_timestamp(value + (value < 0 ? kMicrosPerDay : -kMicrosPerDay))) throw_range_of("timestamp", text);
  return value;
}
}  // namespace

int64_t parse_timestamp(CallContext& context, std::string_view text) {
  DateTimeSettings settings = datetime_settings(context);
  ParsedDateTime parsed = parse_datetime(text, settings.order, "timestamp");
  switch (parsed.special) {
    case Special::kInfinity: return kTimestampInfinity;
    case Special::kNegativeInfinity: return kTimestampNegativeInfinity;
    case Special::kEpoch: return kUnixEpochMicros;
    case Special::kNow: return to_local(now_of(context), settings.zone);
    default: break;
  }
  int64_t value = local_timestamp(context, settings, parsed, text, "timestamp");
  if (!is_valid_timestamp(value)) throw_range_of("timestamp", text);
  return value;
}

int64_t parse_timestamptz(CallContext& context, std::string_view text) {
  DateTimeSettings settings = datetime_settings(context);
  ParsedDateTime parsed = parse_datetime(text, settings.order, "timestamp with time zone");
  switch (parsed.special) {
    case Special::kInfinity: return kTimestampInfinity;
    case Special::kNegativeInfinity: return kTimestampNegativeInfinity;
    case Special::kEpoch: return kUnixEpochMicros;
    case Special::kNow: return now_of(context);
    default: break;
  }
  int64_t local = local_timestamp(context, settings, parsed, text, "timestamp with time zone");
  int64_t value = local - int64_t{offset_for(parsed, local, settings.zone)} * kMicrosPerSecond;
  if (!is_valid_timestamp(value)) throw_range_of("timestamp", text);
  return value;
}

int64_t parse_time(CallContext& context, std::string_view text) {
  DateTimeSettings settings = datetime_settings(context);
  ParsedDateTime parsed = parse_datetime(text, settings.order, "time");
  if (parsed.special == Special::kNow) {
    int64_t local = to_local(now_of(context), settings.zone);
    return local - floor_divide(local, kMicrosPerDay) * kMicrosPerDay;
  }
  if (parsed.special != Special::kNone || !parsed.has_time) throw_datetime_syntax("time", text);
  if (parsed.zone != nullptr && !parsed.has_date) throw_datetime_syntax("time", text);
  return parsed.time_micros();
}

TimeTz parse_timetz(CallContext& context, std::string_view text) {
  DateTimeSettings settings = datetime_settings(context);
  ParsedDateTime parsed = parse_datetime(text, settings.order, "time with time zone");
  if (parsed.special == Special::kNow) {
    int32_t offset = 0;
    int64_t local = to_local(now_of(context), settings.zone, &offset);
    return {local - floor_divide(local, kMicrosPerDay) * kMicrosPerDay, -offset};
  }
  if (parsed.special != Special::kNone || !parsed.has_time) throw_datetime_syntax("time with time zone", text);
  if (parsed.zone != nullptr && !parsed.has_date) throw_datetime_syntax("time with time zone", text);
  int64_t days = parsed.has_date ? days_from_civil(parsed.year, parsed.month, parsed.day)
                                 : date_of_timestamp(to_local(now_of(context), settings.zone));
  int32_t offset = offset_for(parsed, days * kMicrosPerDay + parsed.time_micros(), settings.zone);
  return {parsed.time_micros(), -offset};
}

}  // namespace vecino::sql

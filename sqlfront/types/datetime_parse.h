#pragma once

#include <optional>
#include <string_view>

#include "sqlfront/functions/call_context.h"
#include "sqlfront/types/calendar.h"
#include "sqlfront/types/datetime_settings.h"

namespace vecino::sql {

class TimeZone;

// Result of reading date/time text (manual 8.5.1, appendix B).
struct ParsedDateTime {
  enum class Special : uint8_t { kNone, kNow, kToday, kTomorrow, kYesterday, kEpoch, kInfinity, kNegativeInfinity };
  Special special = Special::kNone;
  bool has_date = false, has_time = false, has_zone = false;
  int64_t year = 2000;  // astronomical
  int month = 1, day = 1;
  int hour = 0, minute = 0, second = 0, micros = 0;  // micros may be 1000000 after rounding; hour 24, second 60 allowed
  int32_t offset = 0;               // seconds east, when has_zone and zone == nullptr
  const TimeZone* zone = nullptr;   // a named zone; its offset depends on the time
  bool zone_is_daylight = false;

  int64_t time_micros() const { return time_of(hour, minute, second, micros); }
};

// `type` is the SQL name for errors: 22007 `invalid input syntax for type date: "x"`, 22008 `date/time field value out of
// range`, 22009, 22023 `time zone "x" not recognized`.
ParsedDateTime parse_datetime(std::string_view text, DateOrder order, std::string_view type);

// [+-]hh[[:]mm[[:]ss]] -> seconds east; nullopt = not one.
std::optional<int32_t> parse_zone_offset(std::string_view text);
// Month and weekday names, three letters or more: 1..12 / 0..6 (Sunday = 0); 0 / -1 = none.
int month_by_name(std::string_view word);
int weekday_by_name(std::string_view word);

[[noreturn]] void throw_datetime_syntax(std::string_view type, std::string_view text);
[[noreturn]] void throw_datetime_overflow(std::string_view text);
[[noreturn]] void throw_unknown_zone(std::string_view zone);

// timezone() and AT TIME ZONE: a name, abbreviation, POSIX specification. 22023 when unknown.
struct ZoneReference {
  const TimeZone* zone = nullptr;
  int32_t offset = 0;  // when zone is null
};
ZoneReference resolve_zone(std::string_view name);
int32_t zone_offset_at(const ZoneReference& zone, int64_t unix_seconds);
int32_t zone_offset_at_local(const ZoneReference& zone, int64_t local_seconds);

}  // namespace vecino::sql

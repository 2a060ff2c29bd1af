#pragma once

#include <cstdint>
#include <string_view>

namespace vecino::sql {

// Field names of EXTRACT and date_trunc, with PostgreSQL's abbreviations.
enum class Field : uint8_t {
  kMicrosecond, kMillisecond, kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear, kDecade, kCentury,
  kMillennium, kIsoYear, kDayOfWeek, kIsoDayOfWeek, kDayOfYear, kJulian, kEpoch, kTimezone, kTimezoneHour, kTimezoneMinute
};

// 22023 `unit "x" not recognized for type date`
Field parse_field(std::string_view units, std::string_view type);
// 0A000 `unit "hour" not supported for type date`
[[noreturn]] void throw_unsupported_field(std::string_view units, std::string_view type);

struct IsoWeek {
  int64_t year;
  int week;  // 1..53
};
IsoWeek iso_week(int64_t days);
int64_t iso_week_start(int64_t year, int week);  // its Monday, in days since 2000-01-01

}  // namespace vecino::sql

#pragma once

#include <cstdint>
#include <limits>

namespace vecino::sql {

// The proleptic Gregorian calendar of PostgreSQL's date and timestamp (manual 8.5): days and microseconds since
// 2000-01-01. Years are astronomical here: 0 = 1 BC.
inline constexpr int64_t kMicrosPerSecond = 1'000'000, kMicrosPerMinute = 60 * kMicrosPerSecond,
                         kMicrosPerHour = 60 * kMicrosPerMinute, kMicrosPerDay = 24 * kMicrosPerHour;
inline constexpr int64_t kUnixEpochDays = -10957;  // 1970-01-01
inline constexpr int64_t kUnixEpochMicros = kUnixEpochDays * kMicrosPerDay;
inline constexpr int64_t kJulianOf2000 = 2451545;  // Julian day number of 2000-01-01

inline constexpr int64_t kDateInfinity = std::numeric_limits<int32_t>::max();
inline constexpr int64_t kDateNegativeInfinity = std::numeric_limits<int32_t>::min();
inline constexpr int64_t kDateMin = -kJulianOf2000, kDateEnd = 2147483494 - kJulianOf2000;  // [min, end)
inline constexpr int64_t kTimestampInfinity = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kTimestampNegativeInfinity = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kTimestampMin = -211813488000000000, kTimestampEnd = 9223371331200000000;

inline bool is_finite_date(int64_t date) { return date != kDateInfinity && date != kDateNegativeInfinity; }
inline bool is_finite_timestamp(int64_t value) {
  return value != kTimestampInfinity && value != kTimestampNegativeInfinity;
}
inline bool is_valid_date(int64_t date) { return date >= kDateMin && date < kDateEnd; }
inline bool is_valid_timestamp(int64_t value) { return value >= kTimestampMin && value < kTimestampEnd; }

inline constexpr bool is_leap_year(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
inline constexpr int days_in_month(int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

struct CivilDate {
  int64_t year;
  int month, day;
};

inline constexpr int64_t floor_divide(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

// Days since 2000-01-01. Counts from 1 March so that leap days come last.
inline constexpr int64_t days_from_civil(int64_t year, int month, int day) {
  int64_t y = year - (month <= 2 ? 1 : 0);
  int64_t era = floor_divide(y, 400);
  int64_t year_of_era = y - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 730425;
}

inline constexpr CivilDate civil_from_days(int64_t days) {
  int64_t shifted = days + 730425;
  int64_t era = floor_divide(shifted, 146097);
  int64_t day_of_era = shifted - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month_index = (5 * day_of_year + 2) / 153;
  int month = static_cast<int>(month_index + (month_index < 10 ? 3 : -9));
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, static_cast<int>(day_of_year - (153 * month_index + 2) / 5 + 1)};
}

// 0 = Sunday.
inline constexpr int day_of_week(int64_t days) { return static_cast<int>(((days + 6) % 7 + 7) % 7); }

// A timestamp taken apart.
struct DateTimeFields {
  int64_t year = 0;
  int month = 1, day = 1, hour = 0, minute = 0, second = 0, micros = 0;
  int64_t days = 0;  // date part as days since 2000-01-01
  int offset = 0;    // seconds east of UTC of the zone it is shown in
};

// REQUIRES: finite.
inline constexpr DateTimeFields fields_of(int64_t timestamp) {
  DateTimeFields f;
  f.days = floor_divide(timestamp, kMicrosPerDay);
  int64_t time = timestamp - f.days * kMicrosPerDay;
  CivilDate date = civil_from_days(f.days);
  f.year = date.year;
  f.month = date.month;
  f.day = date.day;
  f.hour = static_cast<int>(time / kMicrosPerHour);
  f.minute = static_cast<int>(time / kMicrosPerMinute % 60);
  f.second = static_cast<int>(time / kMicrosPerSecond % 60);
  f.micros = static_cast<int>(time % kMicrosPerSecond);
  return f;
}

inline constexpr int64_t time_of(int hour, int minute, int second, int micros) {
  return hour * kMicrosPerHour + minute * kMicrosPerMinute + second * kMicrosPerSecond + micros;
}

}  // namespace vecino::sql

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sqlfront/types/calendar.h"
#include "sqlfront/types/datetime_settings.h"

namespace vecino::sql {

// date, time, timetz, timestamp, timestamptz: conversions between the values (calendar.h) and text or each other.
// All throw SqlError 22008 `timestamp out of range` / `date out of range` when the result does not fit.

struct TimeTz {
  int64_t micros;  // since midnight, local
  int32_t zone;    // seconds WEST of UTC, as PostgreSQL stores it
};
TimeTz load_timetz(const Datum& value);
Datum store_timetz(Arena& arena, TimeTz value);

int64_t parse_date(CallContext& context, std::string_view text);
int64_t parse_time(CallContext& context, std::string_view text);
TimeTz parse_timetz(CallContext& context, std::string_view text);
int64_t parse_timestamp(CallContext& context, std::string_view text);
int64_t parse_timestamptz(CallContext& context, std::string_view text);

void append_date(std::string& out, int64_t date, const DateTimeSettings& settings);
void append_time(std::string& out, int64_t micros);
void append_timetz(std::string& out, TimeTz value);
void append_timestamp(std::string& out, int64_t value, const DateTimeSettings& settings);
void append_timestamptz(std::string& out, int64_t value, const DateTimeSettings& settings);
// +hh[:mm[:ss]]
void append_offset(std::string& out, int32_t seconds_east);

// Fractional seconds kept by a (p) modifier, -1 = all.
int64_t round_time(int64_t micros, int32_t precision);
int64_t round_timestamp(int64_t value, int32_t precision);

int64_t timestamp_of_date(int64_t date);
int64_t timestamp_of(int64_t year, int month, int day, int64_t time_micros);  // checked
int64_t date_of_timestamp(int64_t timestamp);
// Local wall clock -> instant in a zone, and back. Infinities stay.
int64_t to_instant(int64_t local_timestamp, const TimeZone* zone);
int64_t to_local(int64_t instant, const TimeZone* zone, int32_t* offset = nullptr);
int64_t shift_timestamp(int64_t value, int64_t micros);  // checked; infinities stay
int64_t unix_seconds_of(int64_t timestamp);              // floor

[[noreturn]] void throw_timestamp_range();
[[noreturn]] void throw_date_range();

}  // namespace vecino::sql

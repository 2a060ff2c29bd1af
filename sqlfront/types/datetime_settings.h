#pragma once

#include <cstdint>
#include <string>

#include "sqlfront/functions/call_context.h"

namespace vecino::sql {

class TimeZone;

enum class DateStyle : uint8_t { kIso, kSql, kPostgres, kGerman };
enum class DateOrder : uint8_t { kYmd, kDmy, kMdy };
enum class IntervalStyle : uint8_t { kPostgres, kPostgresVerbose, kSqlStandard, kIso8601 };  // order of the setting's values

// DateStyle, IntervalStyle and TimeZone of the session, parsed.
struct DateTimeSettings {
  DateStyle style = DateStyle::kIso;
  DateOrder order = DateOrder::kMdy;
  IntervalStyle interval_style = IntervalStyle::kPostgres;
  const TimeZone* zone = nullptr;  // never null
};
DateTimeSettings datetime_settings(CallContext& context);

// Parses "ISO, MDY" in any order and case on top of `base`; false = unknown word or a conflict.
bool parse_datestyle(std::string_view text, DateTimeSettings* base);

// Check hooks for the settings (SessionSettings::set_check_hook): validate and bring into canonical form.
Status check_datestyle_setting(std::string& value);
Status check_timezone_setting(std::string& value);

}  // namespace vecino::sql

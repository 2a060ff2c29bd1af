#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql {

// Template patterns of to_char(), to_date() and to_timestamp() for dates (manual table 9.26).
enum class Pattern : uint8_t {
  kLiteral, kHour12, kHour24, kMinute, kSecond, kMilli, kMicro, kFraction, kSecondOfDay, kMeridian, kMeridianDots,
  kYearComma, kYear4, kYear3, kYear2, kYear1, kIsoYear4, kIsoYear3, kIsoYear2, kIsoYear1, kEra, kEraDots, kMonthName,
  kMonthShort, kMonth, kDayName, kDayShort, kDayOfYear, kIsoDayOfYear, kDay, kDayOfWeek, kIsoDayOfWeek, kWeekOfMonth,
  kWeekOfYear, kIsoWeek, kCentury, kJulian, kQuarter, kRoman, kZone, kZoneHour, kZoneMinute, kOffset
};
enum class LetterCase : uint8_t { kUpper, kInitial, kLower };

struct TemplateItem {
  Pattern pattern = Pattern::kLiteral;
  LetterCase letters = LetterCase::kUpper;
  bool fill_mode = false;                   // FM: no padding
  bool ordinal = false, ordinal_upper = false;  // th, TH
  int digits = 0;                           // FF1 .. FF6
  std::string text;                         // the pattern as written, or the literal
  bool quoted = false;                      // literal from "..."
};
struct DateTemplate {
  std::vector<TemplateItem> items;
  bool exact = false;  // FX
};
DateTemplate parse_date_template(std::string_view format);

// "st", "nd", "rd", "th"
std::string_view ordinal_suffix(int64_t value, bool upper);

}  // namespace vecino::sql

#include "sqlfront/functions/datetime_fields.h"

#include "sqlfront/sql_error.h"
#include "sqlfront/types/calendar.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

struct FieldName {
  std::string_view name;
  Field field;
};
constexpr FieldName kFields[] = {
    {"us", Field::kMicrosecond}, {"usec", Field::kMicrosecond}, {"usecs", Field::kMicrosecond}, {"useconds", Field::kMicrosecond},
    {"microsecond", Field::kMicrosecond}, {"microseconds", Field::kMicrosecond}, {"ms", Field::kMillisecond},
    {"msec", Field::kMillisecond}, {"msecs", Field::kMillisecond}, {"mseconds", Field::kMillisecond},
    {"millisecond", Field::kMillisecond}, {"milliseconds", Field::kMillisecond}, {"s", Field::kSecond}, {"sec", Field::kSecond},
    {"secs", Field::kSecond}, {"second", Field::kSecond}, {"seconds", Field::kSecond}, {"m", Field::kMinute},
    {"min", Field::kMinute}, {"mins", Field::kMinute}, {"minute", Field::kMinute}, {"minutes", Field::kMinute},
    {"h", Field::kHour}, {"hr", Field::kHour}, {"hrs", Field::kHour}, {"hour", Field::kHour}, {"hours", Field::kHour},
    {"d", Field::kDay}, {"day", Field::kDay}, {"days", Field::kDay}, {"w", Field::kWeek}, {"week", Field::kWeek},
    {"weeks", Field::kWeek}, {"mon", Field::kMonth}, {"mons", Field::kMonth}, {"month", Field::kMonth}, {"months", Field::kMonth},
    {"qtr", Field::kQuarter}, {"quarter", Field::kQuarter}, {"y", Field::kYear}, {"yr", Field::kYear}, {"yrs", Field::kYear},
    {"year", Field::kYear}, {"years", Field::kYear}, {"dec", Field::kDecade}, {"decs", Field::kDecade},
    {"decade", Field::kDecade}, {"decades", Field::kDecade}, {"c", Field::kCentury}, {"cent", Field::kCentury},
    {"century", Field::kCentury}, {"centuries", Field::kCentury}, {"mil", Field::kMillennium}, {"mils", Field::kMillennium},
    {"millennia", Field::kMillennium}, {"millennium", Field::kMillennium}, {"isoyear", Field::kIsoYear},
    {"dow", Field::kDayOfWeek}, {"isodow", Field::kIsoDayOfWeek}, {"doy", Field::kDayOfYear}, {"julian", Field::kJulian},
    {"jd", Field::kJulian}, {"j", Field::kJulian}, {"epoch", Field::kEpoch}, {"timezone", Field::kTimezone},
    {"timezone_h", Field::kTimezoneHour}, {"timezone_hour", Field::kTimezoneHour}, {"timezone_m", Field::kTimezoneMinute},
    {"timezone_minute", Field::kTimezoneMinute}};

}  // namespace

Field parse_field(std::string_view units, std::string_view type) {
  std::string lower = lower_ascii(units);
  for (const FieldName& row : kFields) {
    if (row.name == lower) return row.field;
  }
  throw SqlError(sqlstate::kInvalidParameterValue, "unit \"" + lower + "\" not recognized for type " + std::string(type));
}

void throw_unsupported_field(std::string_view units, std::string_view type) {
  throw SqlError(sqlstate::kFeatureNotSupported,
                 "unit \"" + lower_ascii(units) + "\" not supported for type " + std::string(type));
}

int64_t iso_week_start(int64_t year, int week) {
  // Week 1 has the year's first Thursday, and so 4 January.
  int64_t fourth = days_from_civil(year, 1, 4);
  return fourth - (day_of_week(fourth) + 6) % 7 + int64_t{week - 1} * 7;
}

IsoWeek iso_week(int64_t days) {
  int64_t thursday = days - (day_of_week(days) + 6) % 7 + 3;
  int64_t year = civil_from_days(thursday).year;
  return {year, static_cast<int>((thursday - days_from_civil(year, 1, 1)) / 7) + 1};
}

}  // namespace vecino::sql

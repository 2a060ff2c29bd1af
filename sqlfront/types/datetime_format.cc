#include "sqlfront/types/datetime.h"
#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

// Output of dates and times in the four styles of DateStyle (manual 8.5.2).
namespace vecino::sql {
namespace {

constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr const char* kWeekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

void append_padded(std::string& out, int64_t value, int width) {
  char buffer[24];
  int length = 0;
  do {
    buffer[length++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (length < width) buffer[length++] = '0';
  while (length > 0) out.push_back(buffer[--length]);
}

void append_year(std::string& out, int64_t year) { append_padded(out, year > 0 ? year : 1 - year, 4); }
void append_era(std::string& out, int64_t year) {
  if (year <= 0) out += " BC";
}

// Seconds with the fraction that is there.
void append_seconds(std::string& out, int second, int micros) {
  append_padded(out, second, 2);
  if (micros == 0) return;
  out.push_back('.');
  std::string digits;
  append_padded(digits, micros, 6);
  while (digits.back() == '0') digits.pop_back();
  out += digits;
}

void append_clock(std::string& out, const DateTimeFields& f) {
  append_padded(out, f.hour, 2);
  out.push_back(':');
  append_padded(out, f.minute, 2);
  out.push_back(':');
  append_seconds(out, f.second, f.micros);
}

void append_day_parts(std::string& out, const DateTimeFields& f, char separator, DateOrder order) {
  bool month_first = order != DateOrder::kDmy;
  append_padded(out, month_first ? f.month : f.day, 2);
  out.push_back(separator);
  append_padded(out, month_first ? f.day : f.month, 2);
}

void append_date_fields(std::string& out, const DateTimeFields& f, const DateTimeSettings& settings) {
  switch (settings.style) {
    case DateStyle::kIso:
      append_year(out, f.year);
      out.push_back('-');
      append_padded(out, f.month, 2);
      out.push_back('-');
      append_padded(out, f.day, 2);
      break;
    case DateStyle::kSql:
    case DateStyle::kPostgres: {
      char separator = settings.style == DateStyle::kSql ? '/' : '-';
      append_day_parts(out, f, separator, settings.order);
      out.push_back(separator);
      append_year(out, f.year);
      break;
    }
    case DateStyle::kGerman:
      append_day_parts(out, f, '.', DateOrder::kDmy);
      out.push_back('.');
      append_year(out, f.year);
      break;
  }
}

bool append_infinite(std::string& out, int64_t value) {
  if (value == kTimestampInfinity) {
    out += "infinity";
  } else if (value == kTimestampNegativeInfinity) {
    out += "-infinity";
  } else {
    return false;
  }
  return true;
}

// `abbreviation` null = no zone; the zone is a number in ISO style and an abbreviation otherwise.
void append_local(std::string& out, int64_t local, const DateTimeSettings& settings, const TimeZone::Period* period) {
  DateTimeFields f = fields_of(local);
  if (settings.style == DateStyle::kPostgres) {
    out += kWeekdays[day_of_week(f.days)];
    out.push_back(' ');
    bool day_first = settings.order == DateOrder::kDmy;
    if (day_first) {
      append_padded(out, f.day, 2);
      out.push_back(' ');
    }
    out += kMonths[f.month - 1];
    out.push_back(' ');
    if (!day_first) {
      append_padded(out, f.day, 2);
      out.push_back(' ');
    }
    append_clock(out, f);
    out.push_back(' ');
    append_year(out, f.year);
  } else {
    append_date_fields(out, f, settings);
    out.push_back(' ');
    append_clock(out, f);
  }
  if (period != nullptr) {
    bool numeric = settings.style == DateStyle::kIso || period->abbreviation.empty() || !is_alpha(period->abbreviation[0]);
    if (!numeric || settings.style == DateStyle::kPostgres) out.push_back(' ');
    numeric ? append_offset(out, period->offset) : (void)(out += period->abbreviation);
  }
  append_era(out, f.year);
}

}  // namespace

void append_offset(std::string& out, int32_t seconds_east) {
  out.push_back(seconds_east < 0 ? '-' : '+');
  int32_t magnitude = seconds_east < 0 ? -seconds_east : seconds_east;
  append_padded(out, magnitude / 3600, 2);
  if (magnitude % 3600 == 0) return;
  out.push_back(':');
  append_padded(out, magnitude / 60 % 60, 2);
  if (magnitude % 60 == 0) return;
  out.push_back(':');
  append_padded(out, magnitude % 60, 2);
}

void append_date(std::string& out, int64_t date, const DateTimeSettings& settings) {
  if (date == kDateInfinity) {
    out += "infinity";
  } else if (date == kDateNegativeInfinity) {
    out += "-infinity";
  } else {
    DateTimeFields f;
    CivilDate civil = civil_from_days(date);
    f.year = civil.year;
    f.month = civil.month;
    f.day = civil.day;
    append_date_fields(out, f, settings);
    append_era(out, f.year);
  }
}

void append_time(std::string& out, int64_t micros) {
  DateTimeFields f;
  f.hour = static_cast<int>(micros / kMicrosPerHour);  // 24 for the end of the day
  f.minute = static_cast<int>(micros / kMicrosPerMinute % 60);
  f.second = static_cast<int>(micros / kMicrosPerSecond % 60);
  f.micros = static_cast<int>(micros % kMicrosPerSecond);
  append_clock(out, f);
}

void append_timetz(std::string& out, TimeTz value) {
  append_time(out, value.micros);
  append_offset(out, -value.zone);
}

void append_timestamp(std::string& out, int64_t value, const DateTimeSettings& settings) {
  if (!append_infinite(out, value)) append_local(out, value, settings, nullptr);
}

void append_timestamptz(std::string& out, int64_t value, const DateTimeSettings& settings) {
  if (append_infinite(out, value)) return;
  TimeZone::Period period = settings.zone->at(unix_seconds_of(value));
  append_local(out, value + int64_t{period.offset} * kMicrosPerSecond, settings, &period);
}

}  // namespace vecino::sql

#include <algorithm>
#include <cmath>

#include "sqlfront/functions/datetime_fields.h"
#include "sqlfront/functions/datetime_template.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/datetime_parse.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

// to_timestamp(text, format) and to_date (manual 9.8).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

constexpr sv kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                          "july",    "august",   "september", "october", "november", "december"};
constexpr sv kDays[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
constexpr sv kRoman[] = {"xii", "xi", "x", "ix", "viii", "vii", "vi", "v", "iv", "iii", "ii", "i"};

struct Parsed {
  std::optional<int64_t> year, iso_year, century, day_of_year, iso_day_of_year, week, iso_week, week_of_month, day_of_week,
      iso_day_of_week, julian, seconds_of_day;
  int year_digits = 4;
  std::optional<int64_t> month, day;
  int64_t hour = 0, minute = 0, second = 0, micros = 0;
  bool twelve_hours = false, pm = false, meridian = false, before_christ = false;
  std::optional<int> zone_sign;
  int64_t zone_hour = 0, zone_minute = 0;
  std::optional<int32_t> zone_offset;
};

class Reader {
 public:
  Reader(sv text, const DateTemplate& format) : text_(text), rest_(text), format_(format) {}

  Parsed run() {
    for (size_t i = 0; i < format_.items.size(); ++i) {
      const TemplateItem& item = format_.items[i];
      if (item.pattern == Pattern::kLiteral) {
        literal(item);
        continue;
      }
      if (!format_.exact) skip_spaces();
      if (rest_.empty()) break;
      field(item, next_is_field(i));
      if (item.ordinal) rest_.remove_prefix(std::min<size_t>(2, rest_.size()));
    }
    return std::move(out_);
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
  }
  static bool is_separator(char c) { return static_cast<uint8_t>(c) < 0x80 && !is_alpha(c) && !is_digit(c); }
  // Digits directly followed by another numeric pattern are read by width, others as long as they go.
  bool next_is_field(size_t i) const {
    if (i + 1 >= format_.items.size()) return false;
    const TemplateItem& next = format_.items[i + 1];
    return next.pattern != Pattern::kLiteral || (!next.text.empty() && is_digit(next.text[0]));
  }
  void literal(const TemplateItem& item) {
    if (rest_.empty()) return;
    char wanted = item.text[0];
    if (!item.quoted && is_separator(wanted)) {
      if (format_.exact) {
        rest_.remove_prefix(1);
        return;
      }
      skip_spaces();
      // A sign before a number stays: it may belong to it.
      bool sign = !rest_.empty() && (rest_[0] == '-' || rest_[0] == '+') && wanted != rest_[0] && wanted == ' ';
      if (!rest_.empty() && is_separator(rest_[0]) && !sign) rest_.remove_prefix(1);
      return;
    }
    if (!format_.exact) skip_spaces();
    if (!rest_.empty() && (item.quoted || rest_[0] == wanted || !is_digit(rest_[0]))) rest_.remove_prefix(1);
  }

  [[noreturn]] void fail_value(const TemplateItem& item, sv value, const char* detail) const {
    throw SqlError(sqlstate::kInvalidDatetimeFormat,
                   "invalid value \"" + std::string(value) + "\" for \"" + item.text + "\"")
        .detail(detail);
  }
  int64_t integer(const TemplateItem& item, size_t width, bool fixed, int* digits_read = nullptr) {
    size_t at = 0;
    if (!rest_.empty() && (rest_[0] == '-' || rest_[0] == '+')) at = 1;
    size_t start = at;
    size_t limit = fixed && !item.fill_mode ? start + width : rest_.size();
    int64_t value = 0;
    while (at < rest_.size() && at < limit && is_digit(rest_[at])) {
      value = value * 10 + (rest_[at++] - '0');
      if (value > 0x7fffffff) {
        throw SqlError(sqlstate::kDatetimeFieldOverflow,
                       "value for \"" + item.text + "\" in source string is out of range")
            .detail("Value must be in the range -2147483648 to 2147483647.");
      }
    }
    if (at == start) {
      size_t shown = std::min(width, rest_.size());
      fail_value(item, rest_.substr(0, shown), "Value must be an integer.");
    }
    if (digits_read != nullptr) *digits_read = static_cast<int>(at - start);
    if (rest_[0] == '-') value = -value;
    rest_.remove_prefix(at);
    return value;
  }
  template <size_t N>
  size_t name(const TemplateItem& item, const sv (&names)[N], bool full) {
    for (size_t i = 0; i < N; ++i) {
      sv wanted = full ? names[i] : names[i].substr(0, 3);
      if (equals_ignore_case(rest_.substr(0, wanted.size()), wanted)) {
        rest_.remove_prefix(wanted.size());
        return i;
      }
    }
    size_t end = 0;
    while (end < rest_.size() && !is_space(rest_[end])) ++end;
    fail_value(item, rest_.substr(0, end), "The given value did not match any of the allowed values for this field.");
  }
  bool word(sv wanted) {
    if (!equals_ignore_case(rest_.substr(0, wanted.size()), wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }
  void set(const TemplateItem& item, std::optional<int64_t>* target, int64_t value) {
    if (*target && **target != value) {
      throw SqlError(sqlstate::kInvalidDatetimeFormat,
                     "conflicting values for \"" + item.text + "\" field in formatting string")
          .detail("This value contradicts a previous setting for the same field type.");
    }
    *target = value;
  }
  void fraction(const TemplateItem& item, int digits) {
    int read = 0;
    int64_t value = integer(item, static_cast<size_t>(digits), true, &read);
    for (; read < 6; ++read) value *= 10;
    out_.micros = value;
  }
  void year(const TemplateItem& item, int digits, bool fixed, bool iso) {
    int read = 0;
    int64_t value = integer(item, static_cast<size_t>(digits), fixed, &read);
    // 1 to 3 digits stand for the year nearest to 2020.
    if (read < 4 && digits < 4) {
      if (value < 70) {
        value += 2000;
      } else if (value < 100) {
        value += 1900;
      } else if (value < 520) {
        value += 2000;
      } else if (value < 1000) {
        value += 1000;
      }
    }
    out_.year_digits = digits;
    set(item, iso ? &out_.iso_year : &out_.year, value);
  }
  void zone() {
    if (rest_[0] == '+' || rest_[0] == '-') {
      size_t end = 1;
      while (end < rest_.size() && (is_digit(rest_[end]) || rest_[end] == ':')) ++end;
      if (auto offset = parse_zone_offset(rest_.substr(0, end))) out_.zone_offset = *offset;
      rest_.remove_prefix(end);
      return;
    }
    size_t end = 0;
    while (end < rest_.size() && is_alpha(rest_[end])) ++end;
    const TimeZoneAbbreviation* known = find_time_zone_abbreviation(rest_.substr(0, end));
    if (known == nullptr) throw SqlError(sqlstate::kInvalidDatetimeFormat, "invalid value \"" + std::string(rest_.substr(0, end)) + "\" for \"TZ\"");
    out_.zone_offset = known->offset;
    rest_.remove_prefix(end);
  }

  void field(const TemplateItem& item, bool fixed) {
    switch (item.pattern) {
      case Pattern::kHour12:
        out_.hour = integer(item, 2, fixed);
        out_.twelve_hours = true;
        break;
      case Pattern::kHour24: out_.hour = integer(item, 2, fixed); break;
      case Pattern::kMinute: out_.minute = integer(item, 2, fixed); break;
      case Pattern::kSecond: out_.second = integer(item, 2, fixed); break;
      case Pattern::kMilli: fraction(item, 3); break;
      case Pattern::kMicro: fraction(item, 6); break;
      case Pattern::kFraction: fraction(item, item.digits); break;
      case Pattern::kSecondOfDay: out_.seconds_of_day = integer(item, 5, fixed); break;
      case Pattern::kMeridian:
      case Pattern::kMeridianDots: meridian(item); break;
      case Pattern::kYearComma: year_with_comma(item); break;
      case Pattern::kYear4: year(item, 4, fixed, false); break;
      case Pattern::kYear3: year(item, 3, fixed, false); break;
      case Pattern::kYear2: year(item, 2, fixed, false); break;
      case Pattern::kYear1: year(item, 1, fixed, false); break;
      case Pattern::kIsoYear4: year(item, 4, fixed, true); break;
      case Pattern::kIsoYear3: year(item, 3, fixed, true); break;
      case Pattern::kIsoYear2: year(item, 2, fixed, true); break;
      case Pattern::kIsoYear1: year(item, 1, fixed, true); break;
      case Pattern::kEra:
      case Pattern::kEraDots:
        if (word("B.C.") || word("BC")) {
          out_.before_christ = true;
        } else if (!word("A.D.") && !word("AD")) {
          fail_value(item, rest_.substr(0, 2), "The given value did not match any of the allowed values for this field.");
        }
        break;
      case Pattern::kMonthName: set(item, &out_.month, static_cast<int64_t>(name(item, kMonths, true)) + 1); break;
      case Pattern::kMonthShort: set(item, &out_.month, static_cast<int64_t>(name(item, kMonths, false)) + 1); break;
      case Pattern::kMonth: set(item, &out_.month, integer(item, 2, fixed)); break;
      case Pattern::kDayName: out_.day_of_week = static_cast<int64_t>(name(item, kDays, true)) + 1; break;
      case Pattern::kDayShort: out_.day_of_week = static_cast<int64_t>(name(item, kDays, false)) + 1; break;
      case Pattern::kDayOfYear: set(item, &out_.day_of_year, integer(item, 3, fixed)); break;
      case Pattern::kIsoDayOfYear: set(item, &out_.iso_day_of_year, integer(item, 3, fixed)); break;
      case Pattern::kDay: set(item, &out_.day, integer(item, 2, fixed)); break;
      case Pattern::kDayOfWeek: out_.day_of_week = integer(item, 1, fixed); break;
      case Pattern::kIsoDayOfWeek: out_.iso_day_of_week = integer(item, 1, fixed); break;
      case Pattern::kWeekOfMonth: out_.week_of_month = integer(item, 1, fixed); break;
      case Pattern::kWeekOfYear: out_.week = integer(item, 2, fixed); break;
      case Pattern::kIsoWeek: out_.iso_week = integer(item, 2, fixed); break;
      case Pattern::kCentury: out_.century = integer(item, 2, fixed); break;
      case Pattern::kJulian: out_.julian = integer(item, 7, false); break;
      case Pattern::kQuarter: integer(item, 1, fixed); break;  // ignored: it says less than the month
      case Pattern::kRoman: set(item, &out_.month, 12 - static_cast<int64_t>(name(item, kRoman, true))); break;
      case Pattern::kZone: zone(); break;
      case Pattern::kZoneHour:
        out_.zone_sign = rest_[0] == '-' ? -1 : 1;
        out_.zone_hour = std::abs(integer(item, 2, true));
        break;
      case Pattern::kZoneMinute:
        if (!out_.zone_sign) out_.zone_sign = 1;
        out_.zone_minute = integer(item, 2, fixed);
        break;
      case Pattern::kOffset:
        throw SqlError(sqlstate::kFeatureNotSupported, "formatting field \"OF\" is only supported in to_char");
      case Pattern::kLiteral: break;
    }
  }
  void meridian(const TemplateItem& item) {
    out_.meridian = true;
    out_.twelve_hours = true;
    if (word("p.m.") || word("pm")) {
      out_.pm = true;
    } else if (!word("a.m.") && !word("am")) {
      fail_value(item, rest_.substr(0, 2), "The given value did not match any of the allowed values for this field.");
    }
  }
  void year_with_comma(const TemplateItem& item) {
    int64_t thousands = integer(item, 1, false);
    if (rest_.empty() || rest_[0] != ',') {
      throw SqlError(sqlstate::kInvalidDatetimeFormat, "invalid input string for \"Y,YYY\"");
    }
    rest_.remove_prefix(1);
    set(item, &out_.year, thousands * 1000 + integer(item, 3, true));
  }

  sv text_, rest_;
  const DateTemplate& format_;
  Parsed out_;
};

[[noreturn]] void throw_field(sv text) { throw_datetime_overflow(text); }

// The date in days since 2000-01-01; without a year it is 1 BC, as in PostgreSQL.
int64_t date_of(const Parsed& p, sv text) {
  if (p.julian) return *p.julian - kJulianOf2000;
  int64_t year = 0;
  bool have_year = p.year.has_value() || p.century.has_value();
  if (p.year) {
    year = *p.year;
    if (p.century && p.year_digits <= 2) {
      int64_t base = year % 100;
      year = base == 0 ? *p.century * 100 : (*p.century - 1) * 100 + base;
    }
    if (p.before_christ && year > 0) {
      year = 1 - year;
    } else if (year < 0 || p.before_christ) {
      year = year < 0 && !p.before_christ ? year + 1 : -year;
    }
  } else if (p.century) {
    year = (*p.century - 1) * 100 + 1;
    if (p.before_christ) year = 1 - *p.century * 100;
  }
  if (p.iso_week || p.iso_day_of_year) {
    if (p.day || p.month) {
      throw SqlError(sqlstate::kInvalidDatetimeFormat, "invalid combination of date conventions")
          .hint("Do not mix Gregorian and ISO week date conventions in a formatting template.");
    }
    int64_t iso_year = p.iso_year.value_or(year);
    if (p.iso_day_of_year) return iso_week_start(iso_year, 1) + *p.iso_day_of_year - 1;
    int64_t weekday = p.iso_day_of_week ? *p.iso_day_of_week : p.day_of_week ? (*p.day_of_week + 5) % 7 + 1 : 1;
    return iso_week_start(iso_year, static_cast<int>(*p.iso_week)) + weekday - 1;
  }
  if (p.iso_year && !have_year) year = *p.iso_year;
  if (p.day_of_year) {
    if (*p.day_of_year < 1 || *p.day_of_year > (is_leap_year(year) ? 366 : 365)) throw_field(text);
    return days_from_civil(year, 1, 1) + *p.day_of_year - 1;
  }
  if (p.week && !p.day) return days_from_civil(year, 1, 1) + (*p.week - 1) * 7;
  int64_t month = p.month.value_or(1), day = p.day.value_or(p.week_of_month ? (*p.week_of_month - 1) * 7 + 1 : 1);
  bool valid = month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, static_cast<int>(month));
  if (!valid) throw_field(text);
  return days_from_civil(year, static_cast<int>(month), static_cast<int>(day));
}

int64_t time_of_parsed(const Parsed& p, sv text) {
  int64_t hour = p.hour;
  if (p.twelve_hours) {
    if (hour < 1 || hour > 12) {
      throw SqlError(sqlstate::kInvalidDatetimeFormat, "hour \"" + std::to_string(hour) + "\" is invalid for the 12-hour clock")
          .hint("Use the 24-hour clock, or give an hour between 1 and 12.");
    }
    if (p.pm && hour < 12) hour += 12;
    if (!p.pm && hour == 12) hour = 0;
  }
  if (p.seconds_of_day) {
    if (*p.seconds_of_day < 0 || *p.seconds_of_day >= 86400) throw_field(text);
    return *p.seconds_of_day * kMicrosPerSecond + p.micros;
  }
  bool valid = hour >= 0 && hour < 24 && p.minute >= 0 && p.minute < 60 && p.second >= 0 && p.second < 60;
  if (!valid) throw_field(text);
  return time_of(static_cast<int>(hour), static_cast<int>(p.minute), static_cast<int>(p.second), static_cast<int>(p.micros));
}

int64_t parse_instant(CallContext& context, sv text, sv format) {
  DateTemplate pattern = parse_date_template(format);
  Parsed p = Reader(text, pattern).run();
  int64_t local = shift_timestamp(timestamp_of_date(date_of(p, text)), time_of_parsed(p, text));
  if (p.zone_offset) return shift_timestamp(local, -*p.zone_offset * kMicrosPerSecond);
  if (p.zone_sign) {
    return shift_timestamp(local, -*p.zone_sign * (p.zone_hour * kMicrosPerHour + p.zone_minute * kMicrosPerMinute));
  }
  return to_instant(local, datetime_settings(context).zone);
}

int64_t parse_date_by(sv text, sv format) {
  DateTemplate pattern = parse_date_template(format);
  Parsed p = Reader(text, pattern).run();
  int64_t date = date_of(p, text);
  if (!is_valid_date(date)) throw SqlError(sqlstate::kDatetimeFieldOverflow, "date out of range: \"" + std::string(text) + "\"");
  return date;
}

const FunctionDef kFunctions[] = {
    {1778, "to_timestamp", {kText, kText}, kTimestamptz, kStable, kStrict, row<parse_instant>},
    {1780, "to_date", {kText, kText}, kDate, kStable, kStrict, row<parse_date_by>},
};

}  // namespace

std::span<const FunctionDef> to_timestamp_functions() { return kFunctions; }

}  // namespace vecino::sql

#include "sqlfront/functions/datetime_fields.h"
#include "sqlfront/functions/datetime_template.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/registry_entries.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/interval.h"
#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

// to_char() of dates, times and intervals (manual 9.8).
namespace vecino::sql {
namespace {
using namespace tables;
using sv = std::string_view;

constexpr sv kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                          "July",    "August",   "September", "October", "November", "December"};
constexpr sv kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr sv kRoman[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};

// What a template can show. Hours of intervals are not limited to 24.
struct Source {
  int64_t year = 0;
  int month = 0, day = 0;
  int64_t hour = 0;
  int minute = 0, second = 0, micros = 0;
  int64_t days = 0;  // since 2000-01-01
  bool is_interval = false;
  bool has_zone = false;
  int32_t offset = 0;
  std::string abbreviation;
};

std::string in_case(sv word, LetterCase letters) {
  std::string out(word);
  for (size_t i = 0; i < out.size(); ++i) {
    bool upper = letters == LetterCase::kUpper || (letters == LetterCase::kInitial && i == 0);
    out[i] = upper ? to_upper(out[i]) : to_lower(out[i]);
  }
  return out;
}

class Printer {
 public:
  explicit Printer(const Source& source) : s_(source) {}

  std::string run(const DateTemplate& format) {
    for (const TemplateItem& item : format.items) print(item);
    return std::move(out_);
  }

 private:
  // Width counts digits, a minus needs one more place; except for days, where it takes one of the digits'.
  void number(const TemplateItem& item, int64_t value, size_t width) {
    bool days = item.pattern == Pattern::kDay || item.pattern == Pattern::kDayOfYear;
    if (value < 0 && days) --width;
    std::string digits = std::to_string(value < 0 ? -value : value);
    if (!item.fill_mode && digits.size() < width) digits.insert(0, width - digits.size(), '0');
    if (value < 0) out_.push_back('-');
    out_ += digits;
    if (item.ordinal) out_ += ordinal_suffix(value, item.ordinal_upper);
  }
  void word(const TemplateItem& item, std::string text, size_t width) {
    if (!item.fill_mode && text.size() < width) text.append(width - text.size(), ' ');
    out_ += text;
  }
  [[noreturn]] void fail_interval() const {
    throw SqlError(sqlstate::kInvalidDatetimeFormat, "invalid format specification for an interval value")
        .hint("Intervals are not tied to specific calendar dates.");
  }
  void require_date() const {
    if (s_.is_interval) fail_interval();
  }
  int64_t shown_year() const { return s_.is_interval || s_.year > 0 ? s_.year : 1 - s_.year; }
  int64_t iso_year() const {
    int64_t year = iso_week(s_.days).year;
    return s_.is_interval ? s_.year : year > 0 ? year : 1 - year;
  }
  int64_t day_of_year() const { return s_.days - days_from_civil(s_.year, 1, 1) + 1; }
  int64_t seconds_of_day() const { return s_.hour * 3600 + s_.minute * 60 + s_.second; }
  void meridian(const TemplateItem& item, sv before_noon, sv after_noon) {
    out_ += in_case(((s_.hour % 24) + 24) % 24 >= 12 ? after_noon : before_noon, item.letters);
  }
  void fraction(const TemplateItem& item, int digits) {
    std::string text = std::to_string(1000000 + (s_.micros < 0 ? -s_.micros : s_.micros)).substr(1, static_cast<size_t>(digits));
    if (s_.micros < 0) text.insert(0, 1, '-');
    out_ += text;
    if (item.ordinal) out_ += ordinal_suffix(std::stoll(text), item.ordinal_upper);
  }
  void offset(const TemplateItem& item) {
    require_date();
    int32_t magnitude = s_.offset < 0 ? -s_.offset : s_.offset;
    out_.push_back(s_.offset < 0 ? '-' : '+');
    std::string hours = std::to_string(magnitude / 3600);
    if (!item.fill_mode && hours.size() < 2) hours.insert(0, 1, '0');
    out_ += hours;
    if (magnitude % 3600 == 0) return;
    out_.push_back(':');
    two_digits(magnitude / 60 % 60);
  }
  void two_digits(int64_t value) {
    out_.push_back(static_cast<char>('0' + value / 10));
    out_.push_back(static_cast<char>('0' + value % 10));
  }
  int64_t century() const {
    if (s_.is_interval) return s_.year / 100;
    return s_.year > 0 ? (s_.year - 1) / 100 + 1 : -(99 - (s_.year - 1)) / 100;
  }
  void roman_month(const TemplateItem& item) {
    if (s_.month == 0) return;
    int month = s_.month > 0 ? s_.month : 13 + s_.month;
    word(item, in_case(kRoman[month - 1], item.letters), 4);
  }
  void year_with_comma(const TemplateItem& item) {
    int64_t year = shown_year();
    std::string rest = std::to_string(1000 + year % 1000).substr(1);
    out_ += std::to_string(year / 1000) + "," + rest;
    if (item.ordinal) out_ += ordinal_suffix(year, item.ordinal_upper);
  }

  void print(const TemplateItem& item) {
    switch (item.pattern) {
      case Pattern::kLiteral: out_ += item.text; break;
      case Pattern::kHour12: number(item, s_.hour % 12 == 0 ? 12 : s_.hour % 12, 2); break;
      case Pattern::kHour24: number(item, s_.hour, 2); break;
      case Pattern::kMinute: number(item, s_.minute, 2); break;
      case Pattern::kSecond: number(item, s_.second, 2); break;
      case Pattern::kMilli: fraction(item, 3); break;
      case Pattern::kMicro: fraction(item, 6); break;
      case Pattern::kFraction: fraction(item, item.digits); break;
      case Pattern::kSecondOfDay: number(item, seconds_of_day(), 1); break;
      case Pattern::kMeridian: meridian(item, "AM", "PM"); break;
      case Pattern::kMeridianDots: meridian(item, "A.M.", "P.M."); break;
      case Pattern::kYearComma: year_with_comma(item); break;
      case Pattern::kYear4: number(item, shown_year(), 4); break;
      case Pattern::kYear3: number(item, shown_year() % 1000, 3); break;
      case Pattern::kYear2: number(item, shown_year() % 100, 2); break;
      case Pattern::kYear1: number(item, shown_year() % 10, 1); break;
      case Pattern::kIsoYear4: number(item, iso_year(), 4); break;
      case Pattern::kIsoYear3: number(item, iso_year() % 1000, 3); break;
      case Pattern::kIsoYear2: number(item, iso_year() % 100, 2); break;
      case Pattern::kIsoYear1: number(item, iso_year() % 10, 1); break;
      case Pattern::kEra:
        require_date();
        out_ += in_case(s_.year > 0 ? "AD" : "BC", item.letters);
        break;
      case Pattern::kEraDots:
        require_date();
        out_ += in_case(s_.year > 0 ? "A.D." : "B.C.", item.letters);
        break;
      case Pattern::kMonthName:
        require_date();
        word(item, in_case(kMonths[s_.month - 1], item.letters), 9);
        break;
      case Pattern::kMonthShort:
        require_date();
        out_ += in_case(kMonths[s_.month - 1].substr(0, 3), item.letters);
        break;
      case Pattern::kMonth: number(item, s_.month, 2); break;
      case Pattern::kDayName:
        require_date();
        word(item, in_case(kDays[day_of_week(s_.days)], item.letters), 9);
        break;
      case Pattern::kDayShort:
        require_date();
        out_ += in_case(kDays[day_of_week(s_.days)].substr(0, 3), item.letters);
        break;
      case Pattern::kDayOfYear: number(item, s_.is_interval ? s_.day : day_of_year(), 3); break;
      case Pattern::kIsoDayOfYear:
        require_date();
        number(item, s_.days - iso_week_start(iso_week(s_.days).year, 1) + 1, 3);
        break;
      case Pattern::kDay: number(item, s_.day, 2); break;
      case Pattern::kDayOfWeek:
        require_date();
        number(item, day_of_week(s_.days) + 1, 1);
        break;
      case Pattern::kIsoDayOfWeek:
        require_date();
        number(item, day_of_week(s_.days) == 0 ? 7 : day_of_week(s_.days), 1);
        break;
      case Pattern::kWeekOfMonth: number(item, (s_.day - 1) / 7 + 1, 1); break;
      case Pattern::kWeekOfYear: number(item, s_.is_interval ? (s_.day - 1) / 7 + 1 : (day_of_year() - 1) / 7 + 1, 2); break;
      case Pattern::kIsoWeek:
        require_date();
        number(item, iso_week(s_.days).week, 2);
        break;
      case Pattern::kCentury: number(item, century(), 2); break;
      case Pattern::kJulian: number(item, s_.is_interval ? s_.days : s_.days + kJulianOf2000, 1); break;
      case Pattern::kQuarter:
        if (s_.month != 0) number(item, (s_.month - 1) / 3 + 1, 1);
        break;
      case Pattern::kRoman: roman_month(item); break;
      case Pattern::kZone:
        require_date();
        if (s_.has_zone) out_ += in_case(s_.abbreviation, item.letters);
        break;
      case Pattern::kZoneHour:
        require_date();
        out_.push_back(s_.offset < 0 ? '-' : '+');
        two_digits((s_.offset < 0 ? -s_.offset : s_.offset) / 3600);
        break;
      case Pattern::kZoneMinute:
        require_date();
        two_digits((s_.offset < 0 ? -s_.offset : s_.offset) / 60 % 60);
        break;
      case Pattern::kOffset: offset(item); break;
    }
  }

  const Source& s_;
  std::string out_;
};

Source from_local(int64_t local) {
  DateTimeFields f = fields_of(local);
  Source s;
  s.year = f.year;
  s.month = f.month;
  s.day = f.day;
  s.hour = f.hour;
  s.minute = f.minute;
  s.second = f.second;
  s.micros = f.micros;
  s.days = f.days;
  return s;
}

std::optional<Datum> print(CallContext& context, const Source& source, sv format) {
  if (format.empty()) return std::nullopt;
  return context.text(Printer(source).run(parse_date_template(format)));
}

std::optional<Datum> timestamp_to_char(CallContext& context, int64_t value, sv format) {
  if (!is_finite_timestamp(value)) return std::nullopt;
  return print(context, from_local(value), format);
}
std::optional<Datum> instant_to_char(CallContext& context, int64_t value, sv format) {
  if (!is_finite_timestamp(value)) return std::nullopt;
  TimeZone::Period period = datetime_settings(context).zone->at(unix_seconds_of(value));
  Source source = from_local(value + period.offset * kMicrosPerSecond);
  source.has_zone = true;
  source.offset = period.offset;
  source.abbreviation = period.abbreviation;
  return print(context, source, format);
}
std::optional<Datum> interval_to_char(CallContext& context, Datum interval, sv format) {
  Interval v = load_interval(interval);
  Source s;
  s.is_interval = true;
  s.year = v.months / 12;
  s.month = v.months % 12;
  s.day = v.days;
  s.hour = v.micros / kMicrosPerHour;
  s.minute = static_cast<int>(v.micros / kMicrosPerMinute % 60);
  s.second = static_cast<int>(v.micros / kMicrosPerSecond % 60);
  s.micros = static_cast<int>(v.micros % kMicrosPerSecond);
  s.days = int64_t{v.months} * 30 + v.days;
  return print(context, s, format);
}

const FunctionDef kFunctions[] = {
    {2049, "to_char", {kTimestamp, kText}, kText, kStable, kStrict, row<timestamp_to_char>},
    {1770, "to_char", {kTimestamptz, kText}, kText, kStable, kStrict, row<instant_to_char>},
    {1768, "to_char", {kInterval, kText}, kText, kStable, kStrict, row<interval_to_char>},
};

}  // namespace

std::span<const FunctionDef> to_char_datetime_functions() { return kFunctions; }

}  // namespace vecino::sql

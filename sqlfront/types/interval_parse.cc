#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <vector>

#include "sqlfront/types/interval.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

enum class Unit : uint8_t {
  kMicrosecond, kMillisecond, kSecond, kMinute, kHour, kDay, kWeek, kMonth, kYear, kDecade, kCentury,
  kMillennium, kNone
};

struct UnitWord {
  std::string_view word;
  Unit unit;
};
constexpr UnitWord kUnitWords[] = {
    {"us", Unit::kMicrosecond}, {"usec", Unit::kMicrosecond}, {"usecs", Unit::kMicrosecond}, {"usecond", Unit::kMicrosecond},
    {"useconds", Unit::kMicrosecond}, {"microsecon", Unit::kMicrosecond},
    {"ms", Unit::kMillisecond}, {"msec", Unit::kMillisecond}, {"msecs", Unit::kMillisecond}, {"msecond", Unit::kMillisecond},
    {"mseconds", Unit::kMillisecond}, {"millisecon", Unit::kMillisecond},
    {"s", Unit::kSecond}, {"sec", Unit::kSecond}, {"secs", Unit::kSecond}, {"second", Unit::kSecond}, {"seconds", Unit::kSecond},
    {"m", Unit::kMinute}, {"min", Unit::kMinute}, {"mins", Unit::kMinute}, {"minute", Unit::kMinute}, {"minutes", Unit::kMinute},
    {"h", Unit::kHour}, {"hr", Unit::kHour}, {"hrs", Unit::kHour}, {"hour", Unit::kHour}, {"hours", Unit::kHour},
    {"d", Unit::kDay}, {"day", Unit::kDay}, {"days", Unit::kDay},
    {"w", Unit::kWeek}, {"week", Unit::kWeek}, {"weeks", Unit::kWeek},
    {"mon", Unit::kMonth}, {"mons", Unit::kMonth}, {"month", Unit::kMonth}, {"months", Unit::kMonth},
    {"y", Unit::kYear}, {"yr", Unit::kYear}, {"yrs", Unit::kYear}, {"year", Unit::kYear}, {"years", Unit::kYear},
    {"dec", Unit::kDecade}, {"decs", Unit::kDecade}, {"decade", Unit::kDecade}, {"decades", Unit::kDecade},
    {"c", Unit::kCentury}, {"cent", Unit::kCentury}, {"century", Unit::kCentury}, {"centuries", Unit::kCentury},
    {"mil", Unit::kMillennium}, {"mils", Unit::kMillennium}, {"millennia", Unit::kMillennium}, {"millennium", Unit::kMillennium}};

Unit unit_by_name(std::string_view word) {
  if (word.starts_with("microsecon")) word = "us";
  if (word.starts_with("millisecon")) word = "ms";
  for (const UnitWord& row : kUnitWords) {
    if (row.word == word) return row.unit;
  }
  return Unit::kNone;
}

// Sums fields, checking every step.
class Accumulator {
 public:
  explicit Accumulator(std::string_view text) : text_(text) {}

  [[noreturn]] void fail_range() const {
    throw SqlError(sqlstate::kIntervalFieldOverflow, "interval field value out of range: \"" + std::string(text_) + "\"");
  }
  void add_months(int64_t months) { add32(&value.months, months); }
  void add_days(int64_t days) { add32(&value.days, days); }
  void add_micros(int64_t micros) {
    if (__builtin_add_overflow(value.micros, micros, &value.micros)) fail_range();
  }
  // whole + fraction units; fractions of a month go to days, of a day to microseconds.
  void add(Unit unit, int64_t whole, double fraction) {
    switch (unit) {
      case Unit::kMicrosecond: add_micros(whole + std::llrint(fraction)); break;
      case Unit::kMillisecond: add_scaled(whole, fraction, 1000); break;
      case Unit::kSecond: add_scaled(whole, fraction, kMicrosPerSecond); break;
      case Unit::kMinute: add_scaled(whole, fraction, kMicrosPerMinute); break;
      case Unit::kHour: add_scaled(whole, fraction, kMicrosPerHour); break;
      case Unit::kDay:
        add_days(whole);
        add_day_fraction(fraction);
        break;
      case Unit::kWeek:
        add_days(checked(whole, 7));
        add_fractional_days(fraction * 7);
        break;
      case Unit::kMonth:
        add_months(whole);
        add_fractional_days(fraction * 30);
        break;
      case Unit::kYear: add_year_units(whole, fraction, 12); break;
      case Unit::kDecade: add_year_units(whole, fraction, 120); break;
      case Unit::kCentury: add_year_units(whole, fraction, 1200); break;
      case Unit::kMillennium: add_year_units(whole, fraction, 12000); break;
      case Unit::kNone: break;
    }
  }

  Interval value;

 private:
  void add32(int32_t* field, int64_t amount) {
    int64_t sum = 0;
    bool overflow = __builtin_add_overflow(int64_t{*field}, amount, &sum) || sum > std::numeric_limits<int32_t>::max() ||
                    sum < std::numeric_limits<int32_t>::min();
    if (overflow) fail_range();
    *field = static_cast<int32_t>(sum);
  }
  int64_t checked(int64_t value_in, int64_t factor) const {
    int64_t product;
    if (__builtin_mul_overflow(value_in, factor, &product)) fail_range();
    return product;
  }
  void add_scaled(int64_t whole, double fraction, int64_t unit) {
    add_micros(checked(whole, unit));
    add_micros(std::llrint(fraction * static_cast<double>(unit)));
  }
  void add_day_fraction(double fraction) { add_micros(std::llrint(fraction * static_cast<double>(kMicrosPerDay))); }
  void add_fractional_days(double days) {
    double whole = std::trunc(days);
    add_days(static_cast<int64_t>(whole));
    add_day_fraction(days - whole);
  }
  void add_year_units(int64_t whole, double fraction, int months) {
    add_months(checked(whole, months));
    add_months(std::llrint(fraction * months));
  }
  std::string_view text_;
};

struct Number {
  bool negative = false;
  int64_t whole = 0;    // carries the sign
  double fraction = 0;  // carries the sign
};

class IntervalParser {
 public:
  IntervalParser(std::string_view text, int range, IntervalStyle style)
      : text_(text), lower_(lower_ascii(text)), range_(range), style_(style), sum_(text) {}

  Interval run() {
    skip_spaces();
    if (peek() == 'p') {
      iso8601();
      return sum_.value;
    }
    bool any = false, ago = false;
    all_negative_ = style_ == IntervalStyle::kSqlStandard && leading_minus_only();
    while (skip_spaces(), at_ < lower_.size()) {
      if (ago) fail();
      if (peek() == '@') {
        ++at_;
      } else if (is_alpha(peek())) {
        if (!any || take_word() != "ago") fail();
        ago = true;
      } else {
        field();
        any = true;
      }
    }
    if (!any) fail();
    if (ago) negate();
    return sum_.value;
  }

 private:
  [[noreturn]] void fail() const {
    throw SqlError(sqlstate::kInvalidDatetimeFormat, "invalid input syntax for type interval: \"" + std::string(text_) + "\"");
  }
  char peek(size_t ahead = 0) const { return at_ + ahead < lower_.size() ? lower_[at_ + ahead] : '\0'; }
  void skip_spaces() {
    while (at_ < lower_.size() && (is_space(lower_[at_]) || lower_[at_] == ',')) ++at_;
  }
  std::string take_word() {
    size_t start = at_;
    while (is_alpha(peek())) ++at_;
    return lower_.substr(start, at_ - start);
  }
  void negate() {
    auto flip = [&](auto& field) {
      if (__builtin_sub_overflow(decltype(+field){0}, field, &field)) sum_.fail_range();
    };
    flip(sum_.value.micros);
    flip(sum_.value.days);
    flip(sum_.value.months);
  }

  // SQL standard: a minus in front of the only sign covers all fields.
  bool leading_minus_only() const {
    size_t first = lower_.find_first_not_of(" \t");
    if (first == std::string::npos || lower_[first] != '-') return false;
    for (size_t i = first + 1; i < lower_.size(); ++i) {
      bool sign = lower_[i] == '+' || (lower_[i] == '-' && !is_digit(lower_[i - 1]));
      if (sign || is_alpha(lower_[i])) return false;
    }
    return true;
  }

  int64_t digits() {
    int64_t value = 0;
    auto [end, error] = std::from_chars(lower_.data() + at_, lower_.data() + lower_.size(), value);
    if (error == std::errc::result_out_of_range) sum_.fail_range();
    if (error != std::errc() || !is_digit(peek())) fail();
    at_ = static_cast<size_t>(end - lower_.data());
    return value;
  }
  double fraction() {  // at the '.'
    size_t start = at_++;
    while (is_digit(peek())) ++at_;
    std::string text = "0" + lower_.substr(start, at_ - start);
    return std::strtod(text.c_str(), nullptr);
  }

  Number number() {
    Number n;
    n.negative = peek() == '-';
    if (n.negative || peek() == '+') ++at_;
    skip_spaces();
    if (all_negative_) n.negative = true;
    if (is_digit(peek())) {
      n.whole = digits();
    } else if (!(peek() == '.' && is_digit(peek(1)))) {
      fail();
    }
    if (peek() == '.') n.fraction = fraction();
    if (n.negative) {
      n.whole = -n.whole;
      n.fraction = -n.fraction;
    }
    return n;
  }

  // One of: 1-2 (years-months), 4:05[:06.7], 3 days, 3 (meaning by what follows or by the declared fields).
  void field() {
    Number n = number();
    if (peek() == ':' && n.fraction == 0) {
      clock(n);
      return;
    }
    if (peek() == '-' && n.fraction == 0 && is_digit(peek(1))) {
      ++at_;
      int64_t months = digits();
      if (months >= 12) sum_.fail_range();
      sum_.add(Unit::kYear, n.whole, 0);
      sum_.add_months(n.negative ? -months : months);
      mark(Unit::kYear);
      return;
    }
    skip_spaces();
    if (is_alpha(peek())) {
      size_t saved = at_;
      std::string word = take_word();
      Unit unit = unit_by_name(word);
      if (unit == Unit::kNone) {
        if (word != "ago") fail();
        at_ = saved;
        plain(n);
        return;
      }
      mark(unit);
      sum_.add(unit, n.whole, n.fraction);
      return;
    }
    plain(n);
  }

  void mark(Unit unit) {
    unsigned bit = 1u << static_cast<unsigned>(unit);
    if (seen_ & bit) fail();
    seen_ |= bit;
  }

  // A number without a unit: days before a time, else the last declared field, else seconds.
  void plain(const Number& n) {
    Unit unit = Unit::kSecond;
    if (time_follows()) {
      unit = Unit::kDay;
    } else if ((range_ & kIntervalFullRange) != kIntervalFullRange) {
      if (range_ & kFieldSecond) {
        unit = Unit::kSecond;
      } else if (range_ & kFieldMinute) {
        unit = Unit::kMinute;
      } else if (range_ & kFieldHour) {
        unit = Unit::kHour;
      } else if (range_ & kFieldDay) {
        unit = Unit::kDay;
      } else if (range_ & kFieldMonth) {
        unit = Unit::kMonth;
      } else {
        unit = Unit::kYear;
      }
    }
    mark(unit);
    sum_.add(unit, n.whole, n.fraction);
  }
  bool time_follows() const {
    size_t i = at_;
    while (i < lower_.size() && is_space(lower_[i])) ++i;
    if (i < lower_.size() && (lower_[i] == '-' || lower_[i] == '+')) ++i;
    while (i < lower_.size() && is_digit(lower_[i])) ++i;
    return i < lower_.size() && lower_[i] == ':';
  }

  void clock(const Number& first) {
    mark(Unit::kHour);
    int64_t parts[3] = {first.negative ? -first.whole : first.whole, 0, 0};
    double rest = 0;
    int count = 1;
    while (peek() == ':' && count < 3) {
      ++at_;
      if (!is_digit(peek())) break;
      parts[count++] = digits();
    }
    if (peek() == '.') rest = fraction();
    // mm:ss when only minutes and seconds are declared, or the fraction says so
    bool minutes_first = count == 2 && (rest != 0 || range_ == (kFieldMinute | kFieldSecond));
    if (minutes_first) {
      parts[2] = parts[1];
      parts[1] = parts[0];
      parts[0] = 0;
      if (parts[2] > 59) sum_.fail_range();
    } else if (parts[1] > 59 || parts[2] > 60) {
      sum_.fail_range();
    }
    Accumulator time(text_);
    time.add(Unit::kHour, parts[0], 0);
    time.add(Unit::kMinute, parts[1], 0);
    time.add(Unit::kSecond, parts[2], rest);
    sum_.add_micros(first.negative ? -time.value.micros : time.value.micros);
  }

  // P1Y2M3DT4H5M6S, P3W, P0001-02-03T04:05:06
  void iso8601() {
    ++at_;
    bool time = false, any = false;
    while (at_ < lower_.size()) {
      if (peek() == 't') {
        if (time) fail();
        time = true;
        ++at_;
        continue;
      }
      size_t start = at_;
      Number n = number();
      char designator = peek();
      if (!is_alpha(designator)) {
        at_ = start;
        alternative(time);
        return;
      }
      ++at_;
      any = true;
      sum_.add(designated(designator, time), n.whole, n.fraction);
    }
    if (!any) fail();
  }
  Unit designated(char c, bool time) const {
    if (time) {
      if (c == 'h') return Unit::kHour;
      if (c == 'm') return Unit::kMinute;
      if (c == 's') return Unit::kSecond;
    } else {
      if (c == 'y') return Unit::kYear;
      if (c == 'm') return Unit::kMonth;
      if (c == 'w') return Unit::kWeek;
      if (c == 'd') return Unit::kDay;
    }
    fail();
  }
  void alternative(bool time) {
    static constexpr Unit kDateUnits[] = {Unit::kYear, Unit::kMonth, Unit::kDay};
    static constexpr Unit kTimeUnits[] = {Unit::kHour, Unit::kMinute, Unit::kSecond};
    for (int i = 0; i < 3 && !time && at_ < lower_.size(); ++i) {
      Number n = number();
      sum_.add(kDateUnits[i], n.whole, n.fraction);
      if (peek() != '-') break;
      ++at_;
    }
    if (peek() == 't') {
      time = true;
      ++at_;
    }
    for (int i = 0; i < 3 && time && at_ < lower_.size(); ++i) {
      Number n = number();
      sum_.add(kTimeUnits[i], n.whole, n.fraction);
      if (peek() != ':') break;
      ++at_;
    }
    if (at_ != lower_.size()) fail();
  }

  std::string_view text_;
  std::string lower_;
  int range_;
  IntervalStyle style_;
  Accumulator sum_;
  size_t at_ = 0;
  unsigned seen_ = 0;
  bool all_negative_ = false;
};

}  // namespace

Interval parse_interval(std::string_view text, int32_t typmod, IntervalStyle style) {
  return apply_interval_typmod(IntervalParser(text, interval_range(typmod), style).run(), typmod);
}

}  // namespace vecino::sql

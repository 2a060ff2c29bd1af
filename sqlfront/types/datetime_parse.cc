#include "sqlfront/types/datetime_parse.h"

#include <charconv>
#include <cmath>
#include <vector>

#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

using Special = ParsedDateTime::Special;

constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};
constexpr std::string_view kWeekdays[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

struct SpecialWord {
  std::string_view word;
  Special special;
};
constexpr SpecialWord kSpecialWords[] = {
    {"now", Special::kNow},           {"today", Special::kToday},
    {"tomorrow", Special::kTomorrow}, {"yesterday", Special::kYesterday},
    {"epoch", Special::kEpoch},       {"infinity", Special::kInfinity},
    {"-infinity", Special::kNegativeInfinity}, {"+infinity", Special::kInfinity}};

// Numbers and words of one input, e.g. `2024-01-05T10:20:30.5+02`, `Jan 5, 2024 3 pm`, `20240105`.
enum class TokenKind : uint8_t { kNumber, kDate, kTime, kWord, kOffset };
struct Token {
  TokenKind kind;
  std::string text;  // lower case
};

bool all_digits(std::string_view text) {
  for (char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

int to_number(std::string_view digits) {
  int value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? value : -1;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view text, bool time_only) : text_(lower_ascii(text)), time_only_(time_only) {}

  // False = a character that cannot be part of a date or time.
  bool run(std::vector<Token>* tokens) {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (is_space(c)) {
        ++at_;
      } else if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
        tokens->push_back(number_token());
      } else if (is_alpha(c)) {
        tokens->push_back(word_token());
      } else if (c == '+' || c == '-') {
        if (!sign_token(tokens)) return false;
      } else if (c == ',' || c == '(' || c == ')' || c == '.' || c == '/' || c == '@' || c == ';' || c == '\'') {
        ++at_;
      } else {
        return false;
      }
    }
    return true;
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  template <typename Accept>
  std::string take_while(Accept accept) {
    size_t start = at_;
    while (at_ < text_.size() && accept(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  static bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }

  Token number_token() {
    std::string text = take_while(is_digit);
    char next = peek();
    if (next == ':') {
      text += take_while([](char c) { return is_digit(c) || c == ':' || c == '.'; });
      return {TokenKind::kTime, text};
    }
    // 040506-08 is a time with a zone where no date can be.
    bool zoned_time = time_only_ && next == '-' && (text.size() == 6 || text.size() == 4) &&
                      text_.find('-', at_ + 1) == std::string::npos;
    if (zoned_time) return {TokenKind::kNumber, text};
    if ((next == '-' || next == '/') && is_alnum(peek(1))) return date_token(std::move(text), next);
    if (next == '.') {
      std::string rest = take_while([](char c) { return is_digit(c) || c == '.'; });
      bool date = rest.find('.', 1) != std::string::npos && rest.back() != '.';
      if (date || is_alpha(peek())) {
        if (is_alpha(peek()) && rest == ".") return date_token(text + rest, '.');
      }
      return {date ? TokenKind::kDate : TokenKind::kNumber, text + rest};
    }
    return {TokenKind::kNumber, text};
  }

  // The rest of 2024-01-05, 5-Jan-2024, 1/2/2024. After two delimiters only digits belong to it, so that a following T
  // does not.
  Token date_token(std::string text, char delimiter) {
    if (text.back() != delimiter) {
      text.push_back(delimiter);
      ++at_;
    }
    bool word = is_alpha(peek());
    text += word ? take_while(is_alpha) : take_while(is_digit);
    if (peek() == delimiter && is_alnum(peek(1))) {
      text.push_back(delimiter);
      ++at_;
      text += take_while(is_digit);
    }
    return {TokenKind::kDate, text};
  }

  Token word_token() {
    std::string text = take_while(is_alpha);
    char next = peek();
    bool month = month_by_name(text) != 0;
    if (month && (next == '-' || next == '/' || next == '.') && is_digit(peek(1))) {
      text += take_while([&](char c) { return is_digit(c) || c == next; });
      return {TokenKind::kDate, text};
    }
    // America/New_York, Etc/GMT+3, EST5EDT, UTC+3
    bool marker = text == "t" || text == "j" || text == "z" || month;
    bool zone = next == '/' || next == '_' || (!marker && is_digit(next) && text.size() > 2) ||
                (!marker && (next == '+' || next == '-') && text.size() > 2 && is_digit(peek(1)));
    if (zone) {
      text += take_while([](char c) { return is_alnum(c) || c == '/' || c == '_' || c == '+' || c == '-' || c == ':'; });
    }
    return {TokenKind::kWord, text};
  }

  bool sign_token(std::vector<Token>* tokens) {
    std::string text(1, text_[at_++]);
    while (is_space(peek())) ++at_;
    if (is_digit(peek())) {
      text += take_while([](char c) { return is_digit(c) || c == ':'; });
      tokens->push_back({TokenKind::kOffset, text});
      return true;
    }
    if (is_alpha(peek())) {
      text += take_while(is_alpha);
      tokens->push_back({TokenKind::kWord, text});
      return true;
    }
    return false;
  }

  std::string text_;
  bool time_only_;
  size_t at_ = 0;
};

// Assembles the tokens. All failures end in throw_* with the original text.
class Assembler {
 public:
  Assembler(std::string_view text, DateOrder order, std::string_view type) : text_(text), order_(order), type_(type) {}

  ParsedDateTime run() {
    std::vector<Token> tokens;
    if (!Tokenizer(text_, time_type()).run(&tokens) || tokens.empty()) fail();
    for (size_t i = 0; i < tokens.size(); ++i) take(tokens, &i);
    finish_date();
    finish_time();
    return out_;
  }

 private:
  [[noreturn]] void fail() const { throw_datetime_syntax(type_, text_); }
  [[noreturn]] void fail_range() const { throw_datetime_overflow(text_); }
  [[noreturn]] void fail_field() const {
    throw SqlError(sqlstate::kDatetimeFieldOverflow, "date/time field value out of range: \"" + std::string(text_) + "\"")
        .hint("Perhaps you need a different \"datestyle\" setting.");
  }

  void take(const std::vector<Token>& tokens, size_t* i) {
    const Token& token = tokens[*i];
    switch (token.kind) {
      case TokenKind::kDate: take_date(token.text); break;
      case TokenKind::kTime: take_time(token.text); break;
      case TokenKind::kNumber: take_number(token.text); break;
      case TokenKind::kOffset: take_offset(token.text); break;
      case TokenKind::kWord:
        if (token.text == "j" && *i + 1 < tokens.size() && tokens[*i + 1].kind == TokenKind::kNumber) {
          take_julian(tokens[++*i].text);
        } else {
          take_word(token.text);
        }
        break;
    }
  }

  void take_julian(const std::string& text) {
    if (have_date_) fail();
    size_t dot = text.find('.');
    int64_t day = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + std::min(dot, text.size()), day);
    if (error != std::errc()) fail_range();
    CivilDate date = civil_from_days(day - kJulianOf2000);
    set_whole_date(date.year, date.month, date.day);
    if (dot != std::string::npos) {
      double fraction = std::strtod(text.c_str() + dot, nullptr);
      set_day_fraction(fraction);
    }
    (void)end;
  }
  void set_day_fraction(double fraction) {
    auto micros = static_cast<int64_t>(std::llrint(fraction * static_cast<double>(kMicrosPerDay)));
    DateTimeFields fields = fields_of(micros);
    out_.hour = fields.hour;
    out_.minute = fields.minute;
    out_.second = fields.second;
    out_.micros = fields.micros;
    out_.has_time = true;
  }
  void set_whole_date(int64_t year, int month, int day) {
    if (have_date_ || year_ || month_ || day_) fail();
    year_ = year;
    month_ = month;
    day_ = day;
    have_date_ = true;
    year_is_astronomical_ = true;
  }

  // Parts of one token with delimiters.
  void take_date(const std::string& text) {
    if (have_date_ || year_ || day_) fail();
    std::vector<std::string> parts(1);
    for (char c : text) {
      if (is_digit(c) || is_alpha(c)) {
        if (!parts.back().empty() && is_digit(parts.back().back()) != is_digit(c)) parts.emplace_back();
        parts.back().push_back(c);
      } else {
        parts.emplace_back();
      }
    }
    std::vector<std::string> numbers;
    for (const std::string& part : parts) {
      if (part.empty()) fail();
      if (is_alpha(part[0])) {
        int month = month_by_name(part);
        if (month == 0 || month_) fail();
        month_ = month;
      } else {
        numbers.push_back(part);
      }
    }
    for (const std::string& number : numbers) free_number(number);
    if (numbers.size() + (parts.size() - numbers.size()) > 3) fail();
    have_date_ = year_ && month_ && day_;
    if (!have_date_ && numbers.size() == 2 && parts.size() == 2 && numbers[0].size() >= 3 && numbers[1].size() == 3) fail();
  }

  // A bare 1..n digit field whose meaning depends on what is known already.
  void free_number(const std::string& digits) {
    int value = to_number(digits);
    if (value < 0) fail_range();
    size_t length = digits.size();
    if (length == 3 && year_ && !month_ && !day_) {  // day of the year
      CivilDate date = civil_from_days(days_from_civil(*year_, 1, 1) + value - 1);
      if (value < 1 || date.year != *year_) fail_range();
      month_ = date.month;
      day_ = date.day;
      return;
    }
    if (!year_ && length >= 3) {
      set_year(value, length);
    } else if (year_ && !month_) {
      month_ = value;
    } else if (year_ && month_ && !day_) {
      day_ = value;
    } else if (!year_ && !month_ && !day_) {
      first_number(value, length);
    } else if (!year_ && month_ && !day_) {
      month_from_word_or_order(value, length);
    } else if (!year_ && day_ && !month_) {
      month_ = value;
    } else if (!year_) {
      set_year(value, length);
    } else if (!day_) {
      day_ = value;
    } else {
      fail();
    }
  }
  void first_number(int value, size_t length) {
    switch (order_) {
      case DateOrder::kYmd: set_year(value, length); break;
      case DateOrder::kDmy: day_ = value; break;
      case DateOrder::kMdy: month_ = value; break;
    }
  }
  void month_from_word_or_order(int value, size_t length) {
    if (order_ == DateOrder::kYmd && length <= 2 && month_word_) {
      set_year(value, length);
    } else {
      day_ = value;
    }
  }
  void set_year(int value, size_t length) {
    year_ = value;
    two_digit_year_ = length <= 2;
  }

  bool time_type() const { return type_ == "time" || type_ == "time with time zone"; }

  void take_number(const std::string& text) {
    size_t dot = text.find('.');
    std::string whole = text.substr(0, dot);
    bool fraction = dot != std::string::npos;
    bool date_known = have_date_ || (year_ && month_ && day_);
    // `040506` is a time where only a time is wanted.
    bool compact = time_type() && !year_ && !month_ && !day_ && (whole.size() == 6 || whole.size() == 4);
    if (expect_time_ || date_known || compact) {
      if (out_.has_time) fail();
      if (whole.size() == 6 || (whole.size() == 4 && !fraction) || (whole.size() == 2 && expect_time_)) {
        compact_time(text, whole);
        return;
      }
      bare_hour_ = to_number(whole);  // `3 pm`
      if (fraction || bare_hour_ > 12 || !all_digits(whole)) fail();
      return;
    }
    if (whole.size() == 8 && !year_ && !month_ && !day_) {
      year_ = to_number(whole.substr(0, 4));
      month_ = to_number(whole.substr(4, 2));
      day_ = to_number(whole.substr(6, 2));
      if (fraction) set_day_fraction(std::strtod(text.c_str() + dot, nullptr));
      have_date_ = true;
      return;
    }
    if (whole.size() == 6 && !year_ && !month_ && !day_) {
      set_year(to_number(whole.substr(0, 2)), 2);
      month_ = to_number(whole.substr(2, 2));
      day_ = to_number(whole.substr(4, 2));
      have_date_ = true;
      return;
    }
    if (fraction) {
      // 1999.123: year and day of the year; hhmmss.ss without a date
      std::string rest = text.substr(dot + 1);
      if (whole.size() == 4 && rest.size() == 3) {
        set_year(to_number(whole), 4);
        free_number(rest);
        have_date_ = true;
        return;
      }
      if (whole.size() == 6) {
        compact_time(text, whole);
        return;
      }
      fail();
    }
    if (!all_digits(whole)) fail();
    free_number(whole);
  }

  void compact_time(const std::string& text, const std::string& whole) {
    out_.hour = to_number(whole.substr(0, 2));
    out_.minute = whole.size() >= 4 ? to_number(whole.substr(2, 2)) : 0;
    out_.second = whole.size() >= 6 ? to_number(whole.substr(4, 2)) : 0;
    size_t dot = text.find('.');
    if (dot != std::string::npos) out_.micros = fraction_micros(std::string_view(text).substr(dot));
    out_.has_time = true;
    expect_time_ = false;
  }

  // ".123456"
  static int fraction_micros(std::string_view text) {
    if (text.size() <= 1) return 0;
    std::string copy(text);
    return static_cast<int>(std::llrint(std::strtod(copy.c_str(), nullptr) * 1e6));
  }

  void take_time(const std::string& text) {
    if (out_.has_time) fail();
    int values[3] = {0, 0, 0};
    std::string_view rest = text;
    for (int i = 0; i < 3; ++i) {
      size_t end = rest.find_first_of(":.");
      values[i] = to_number(rest.substr(0, end));
      if (values[i] < 0) rest.substr(0, end).size() > 9 ? fail_range() : fail();
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
      if (rest.empty() || rest[0] == '.') break;
      if (i == 2) fail();
      rest.remove_prefix(1);
      if (rest.empty()) break;
    }
    if (!rest.empty()) {
      if (rest.find_first_of(".:", 1) != std::string_view::npos) fail();
      out_.micros = fraction_micros(rest);
    }
    out_.hour = values[0];
    out_.minute = values[1];
    out_.second = values[2];
    out_.has_time = true;
    expect_time_ = false;
  }

  void take_offset(const std::string& text) {
    if (out_.has_zone) fail();
    auto offset = parse_zone_offset(text);
    if (!offset) {
      throw SqlError(sqlstate::kInvalidTimeZoneDisplacement,
                     "time zone displacement out of range: \"" + std::string(text_) + "\"");
    }
    if (!out_.has_time && bare_hour_ < 0) fail();
    out_.has_zone = true;
    out_.offset = *offset;
  }

  void take_word(const std::string& word) {
    for (const SpecialWord& special : kSpecialWords) {
      if (special.word == word) {
        if (out_.special != Special::kNone || have_date_) fail();
        out_.special = special.special;
        return;
      }
    }
    if (int month = month_by_name(word)) {
      // `5 January 2024`: what was taken for a month was the day.
      if (month_ && !month_word_ && !day_) {
        day_ = month_;
      } else if (month_) {
        fail();
      }
      month_ = month;
      month_word_ = true;
    } else if (weekday_by_name(word) >= 0 || word == "at" || word == "on") {
      // Not checked, as in PostgreSQL.
    } else if (word == "t") {
      if (!date_seen()) fail();
      expect_time_ = true;
    } else if (word == "am" || word == "pm") {
      meridian_ = word[0];
    } else if (word == "bc" || word == "ad") {
      before_christ_ = word == "bc";
    } else if (word == "allballs") {
      out_.has_time = true;
      out_.has_zone = true;
    } else if (word == "dst" && out_.has_zone) {
      out_.offset += 3600;
    } else {
      take_zone(word);
    }
  }
  bool date_seen() const { return have_date_ || (year_ && month_ && day_) || out_.special != Special::kNone; }

  void take_zone(const std::string& word) {
    if (out_.has_zone) fail();
    if (word == "z" || word == "zulu" || word == "ut") {
      out_.has_zone = true;
      return;
    }
    if (const TimeZoneAbbreviation* known = find_time_zone_abbreviation(word)) {
      out_.has_zone = true;
      out_.zone = known->zone.empty() ? nullptr : find_time_zone(known->zone);
      out_.offset = known->offset;
      out_.zone_is_daylight = known->daylight;
      return;
    }
    bool zone_like = word.size() > 2;
    const TimeZone* zone = zone_like ? find_time_zone(word) : nullptr;
    if (zone == nullptr) {
      if (word.find('/') != std::string::npos || word.find('_') != std::string::npos) throw_unknown_zone(word);
      fail();
    }
    out_.has_zone = true;
    out_.zone = zone;
  }

  void finish_date() {
    if (!year_ && !month_ && !day_) return;
    if (out_.special != Special::kNone) fail();
    if (!year_ || !month_ || !day_) fail();
    out_.has_date = true;
    int64_t year = *year_;
    if (!year_is_astronomical_) {
      if (before_christ_) {
        if (year <= 0) fail_range();
        year = 1 - year;
      } else if (two_digit_year_) {
        year += year < 70 ? 2000 : 1900;
      } else if (year <= 0) {
        fail_range();
      }
    }
    if (*month_ < 1 || *month_ > 12 || *day_ < 1 || *day_ > 31) fail_field();
    if (*day_ > days_in_month(year, *month_)) fail_range();
    out_.year = year;
    out_.month = *month_;
    out_.day = *day_;
  }

  void finish_time() {
    if (bare_hour_ >= 0) {
      if (meridian_ == 0) fail();
      out_.hour = bare_hour_;
      out_.has_time = true;
    }
    if (meridian_ != 0) {
      if (out_.hour > 12) fail_range();
      if (meridian_ == 'a' && out_.hour == 12) out_.hour = 0;
      if (meridian_ == 'p' && out_.hour != 12) out_.hour += 12;
    }
    if (!out_.has_time) return;
    bool in_range = out_.hour >= 0 && out_.hour <= 24 && out_.minute >= 0 && out_.minute < 60 && out_.second >= 0 &&
                    out_.second <= 60 && out_.time_micros() <= kMicrosPerDay;
    if (!in_range) fail_range();
    if (expect_time_) fail();
  }

  std::string_view text_;
  DateOrder order_;
  std::string_view type_;
  ParsedDateTime out_;
  std::optional<int64_t> year_;
  std::optional<int> month_, day_;
  bool have_date_ = false, two_digit_year_ = false, year_is_astronomical_ = false, month_word_ = false;
  bool before_christ_ = false, expect_time_ = false;
  int bare_hour_ = -1;
  char meridian_ = 0;
};

bool is_name_prefix(std::string_view word, std::string_view name) {
  return word == name || (word.size() == 3 && name.substr(0, 3) == word);
}

}  // namespace

int month_by_name(std::string_view word) {
  for (int i = 0; i < 12; ++i) {
    if (is_name_prefix(word, kMonths[i])) return i + 1;
  }
  return word == "sept" ? 9 : 0;
}

int weekday_by_name(std::string_view word) {
  for (int i = 0; i < 7; ++i) {
    if (is_name_prefix(word, kWeekdays[i])) return i;
  }
  if (word == "tues") return 2;
  if (word == "weds" || word == "wednes") return 3;
  if (word == "thur" || word == "thurs") return 4;
  return -1;
}

void throw_datetime_syntax(std::string_view type, std::string_view text) {
  throw SqlError(sqlstate::kInvalidDatetimeFormat,
                 "invalid input syntax for type " + std::string(type) + ": \"" + std::string(text) + "\"");
}
void throw_datetime_overflow(std::string_view text) {
  throw SqlError(sqlstate::kDatetimeFieldOverflow, "date/time field value out of range: \"" + std::string(text) + "\"");
}
void throw_unknown_zone(std::string_view zone) {
  throw SqlError(sqlstate::kInvalidParameterValue, "time zone \"" + std::string(zone) + "\" not recognized");
}

std::optional<int32_t> parse_zone_offset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  bool negative = text[0] == '-';
  text.remove_prefix(1);
  int parts[3] = {0, 0, 0};
  if (text.find(':') == std::string_view::npos) {
    size_t hour_digits = text.size() <= 2 ? text.size() : text.size() - (text.size() > 4 ? 4 : 2);
    parts[0] = to_number(text.substr(0, hour_digits));
    if (text.size() > 2) parts[1] = to_number(text.substr(hour_digits, 2));
    if (text.size() > 4) parts[2] = to_number(text.substr(hour_digits + 2, 2));
  } else {
    for (int i = 0; i < 3 && !text.empty(); ++i) {
      size_t colon = text.find(':');
      parts[i] = to_number(text.substr(0, colon));
      text = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    }
    if (!text.empty()) return std::nullopt;
  }
  bool valid = parts[0] >= 0 && parts[0] <= 15 && parts[1] >= 0 && parts[1] < 60 && parts[2] >= 0 && parts[2] < 60;
  if (!valid) return std::nullopt;
  int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  return negative ? -seconds : seconds;
}

ParsedDateTime parse_datetime(std::string_view text, DateOrder order, std::string_view type) {
  return Assembler(text, order, type).run();
}

ZoneReference resolve_zone(std::string_view name) {
  if (const TimeZoneAbbreviation* known = find_time_zone_abbreviation(name)) {
    if (known->zone.empty()) return {nullptr, known->offset};
    return {find_time_zone(known->zone), 0};
  }
  if (auto offset = parse_zone_offset(name)) return {nullptr, -*offset};  // a POSIX specification: west is positive
  if (const TimeZone* zone = find_time_zone(name)) return {zone, 0};
  throw_unknown_zone(name);
}

int32_t zone_offset_at(const ZoneReference& zone, int64_t unix_seconds) {
  return zone.zone == nullptr ? zone.offset : zone.zone->offset_at(unix_seconds);
}
int32_t zone_offset_at_local(const ZoneReference& zone, int64_t local_seconds) {
  return zone.zone == nullptr ? zone.offset : zone.zone->offset_at_local(local_seconds);
}

}  // namespace vecino::sql

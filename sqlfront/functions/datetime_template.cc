#include "sqlfront/functions/datetime_template.h"

#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

struct Keyword {
  std::string_view text;
  Pattern pattern;
  LetterCase letters = LetterCase::kUpper;
  bool any_case = true;  // the case of the letters has no meaning
  int digits = 0;
};

// Longer words before their prefixes.
constexpr Keyword kKeywords[] = {
    {"A.D.", Pattern::kEraDots, LetterCase::kUpper, false},
    {"a.d.", Pattern::kEraDots, LetterCase::kLower, false},
    {"A.M.", Pattern::kMeridianDots, LetterCase::kUpper, false},
    {"a.m.", Pattern::kMeridianDots, LetterCase::kLower, false},
    {"B.C.", Pattern::kEraDots, LetterCase::kUpper, false},
    {"b.c.", Pattern::kEraDots, LetterCase::kLower, false},
    {"P.M.", Pattern::kMeridianDots, LetterCase::kUpper, false},
    {"p.m.", Pattern::kMeridianDots, LetterCase::kLower, false},
    {"AD", Pattern::kEra, LetterCase::kUpper, false},
    {"ad", Pattern::kEra, LetterCase::kLower, false},
    {"BC", Pattern::kEra, LetterCase::kUpper, false},
    {"bc", Pattern::kEra, LetterCase::kLower, false},
    {"AM", Pattern::kMeridian, LetterCase::kUpper, false},
    {"am", Pattern::kMeridian, LetterCase::kLower, false},
    {"PM", Pattern::kMeridian, LetterCase::kUpper, false},
    {"pm", Pattern::kMeridian, LetterCase::kLower, false},
    {"CC", Pattern::kCentury},
    {"DAY", Pattern::kDayName, LetterCase::kUpper, false},
    {"Day", Pattern::kDayName, LetterCase::kInitial, false},
    {"day", Pattern::kDayName, LetterCase::kLower, false},
    {"DDD", Pattern::kDayOfYear},
    {"DD", Pattern::kDay},
    {"DY", Pattern::kDayShort, LetterCase::kUpper, false},
    {"Dy", Pattern::kDayShort, LetterCase::kInitial, false},
    {"dy", Pattern::kDayShort, LetterCase::kLower, false},
    {"D", Pattern::kDayOfWeek},
    {"FF1", Pattern::kFraction, LetterCase::kUpper, true, 1},
    {"FF2", Pattern::kFraction, LetterCase::kUpper, true, 2},
    {"FF3", Pattern::kFraction, LetterCase::kUpper, true, 3},
    {"FF4", Pattern::kFraction, LetterCase::kUpper, true, 4},
    {"FF5", Pattern::kFraction, LetterCase::kUpper, true, 5},
    {"FF6", Pattern::kFraction, LetterCase::kUpper, true, 6},
    {"HH24", Pattern::kHour24},
    {"HH12", Pattern::kHour12},
    {"HH", Pattern::kHour12},
    {"IDDD", Pattern::kIsoDayOfYear},
    {"ID", Pattern::kIsoDayOfWeek},
    {"IW", Pattern::kIsoWeek},
    {"IYYY", Pattern::kIsoYear4},
    {"IYY", Pattern::kIsoYear3},
    {"IY", Pattern::kIsoYear2},
    {"I", Pattern::kIsoYear1},
    {"J", Pattern::kJulian},
    {"MI", Pattern::kMinute},
    {"MM", Pattern::kMonth},
    {"MONTH", Pattern::kMonthName, LetterCase::kUpper, false},
    {"Month", Pattern::kMonthName, LetterCase::kInitial, false},
    {"month", Pattern::kMonthName, LetterCase::kLower, false},
    {"MON", Pattern::kMonthShort, LetterCase::kUpper, false},
    {"Mon", Pattern::kMonthShort, LetterCase::kInitial, false},
    {"mon", Pattern::kMonthShort, LetterCase::kLower, false},
    {"MS", Pattern::kMilli},
    {"OF", Pattern::kOffset},
    {"Q", Pattern::kQuarter},
    {"RM", Pattern::kRoman, LetterCase::kUpper, false},
    {"rm", Pattern::kRoman, LetterCase::kLower, false},
    {"SSSSS", Pattern::kSecondOfDay},
    {"SSSS", Pattern::kSecondOfDay},
    {"SS", Pattern::kSecond},
    {"TZH", Pattern::kZoneHour},
    {"TZM", Pattern::kZoneMinute},
    {"TZ", Pattern::kZone, LetterCase::kUpper, false},
    {"tz", Pattern::kZone, LetterCase::kLower, false},
    {"US", Pattern::kMicro},
    {"WW", Pattern::kWeekOfYear},
    {"W", Pattern::kWeekOfMonth},
    {"Y,YYY", Pattern::kYearComma},
    {"YYYY", Pattern::kYear4},
    {"YYY", Pattern::kYear3},
    {"YY", Pattern::kYear2},
    {"Y", Pattern::kYear1},
};

const Keyword* match_keyword(std::string_view rest) {
  for (const Keyword& keyword : kKeywords) {
    std::string_view head = rest.substr(0, keyword.text.size());
    bool exact = head == keyword.text;
    bool lower = keyword.any_case && head == lower_ascii(keyword.text);
    if (exact || lower) return &keyword;
  }
  return nullptr;
}

bool take_prefix(std::string_view* rest, std::string_view upper, std::string_view lower) {
  if (!rest->starts_with(upper) && !rest->starts_with(lower)) return false;
  rest->remove_prefix(upper.size());
  return true;
}

void add_literal(DateTemplate* out, char c, bool quoted) {
  TemplateItem item;
  item.text.assign(1, c);
  item.quoted = quoted;
  out->items.push_back(std::move(item));
}

}  // namespace

DateTemplate parse_date_template(std::string_view rest) {
  DateTemplate out;
  while (!rest.empty()) {
    bool fill_mode = false;
    std::string_view saved = rest;
    while (true) {
      if (take_prefix(&rest, "FM", "fm")) {
        fill_mode = true;
      } else if (take_prefix(&rest, "FX", "fx")) {
        out.exact = true;
      } else if (!take_prefix(&rest, "TM", "tm")) {
        break;
      }
    }
    if (const Keyword* keyword = match_keyword(rest)) {
      TemplateItem item;
      item.pattern = keyword->pattern;
      item.letters = keyword->letters;
      item.digits = keyword->digits;
      item.fill_mode = fill_mode;
      item.text = std::string(keyword->text);
      rest.remove_prefix(keyword->text.size());
      if (rest.starts_with("TH") || rest.starts_with("th")) {
        item.ordinal = true;
        item.ordinal_upper = rest[0] == 'T';
        rest.remove_prefix(2);
      }
      out.items.push_back(std::move(item));
      continue;
    }
    if (saved.size() != rest.size()) continue;  // modifiers alone
    if (rest[0] == '"') {
      rest.remove_prefix(1);
      while (!rest.empty() && rest[0] != '"') {
        if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
        add_literal(&out, rest[0], true);
        rest.remove_prefix(1);
      }
      if (!rest.empty()) rest.remove_prefix(1);
      continue;
    }
    if (rest[0] == '\\' && rest.size() > 1 && rest[1] == '"') rest.remove_prefix(1);
    add_literal(&out, rest[0], false);
    rest.remove_prefix(1);
  }
  return out;
}

std::string_view ordinal_suffix(int64_t value, bool upper) {
  int64_t magnitude = value < 0 ? -value : value;
  int last = static_cast<int>(magnitude % 10);
  if (magnitude % 100 / 10 == 1) last = 0;
  switch (last) {
    case 1: return upper ? "ST" : "st";
    case 2: return upper ? "ND" : "nd";
    case 3: return upper ? "RD" : "rd";
    default: return upper ? "TH" : "th";
  }
}

}  // namespace vecino::sql

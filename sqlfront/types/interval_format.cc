#include "sqlfront/types/interval.h"
#include "sqlfront/types/type_helpers.h"

// The four styles of IntervalStyle (manual 8.5.5).
namespace vecino::sql {
namespace {

struct Parts {
  int64_t years, months, days, hours, minutes, seconds, micros;
};
Parts split(const Interval& value) {
  int64_t seconds = value.micros / kMicrosPerSecond;
  return {value.months / 12, value.months % 12,   value.days, seconds / 3600,
          seconds / 60 % 60, seconds % 60, value.micros % kMicrosPerSecond};
}

int64_t magnitude(int64_t value) { return value < 0 ? -value : value; }

void append_two(std::string& out, int64_t value) {
  if (value < 10) out.push_back('0');
  append_int(out, value);
}

void append_fraction(std::string& out, int64_t micros) {
  if (micros == 0) return;
  std::string digits = std::to_string(1000000 + magnitude(micros)).substr(1);
  while (digits.back() == '0') digits.pop_back();
  out.push_back('.');
  out += digits;
}

void append_clock(std::string& out, const Parts& p) {
  append_two(out, magnitude(p.hours));
  out.push_back(':');
  append_two(out, magnitude(p.minutes));
  out.push_back(':');
  append_two(out, magnitude(p.seconds));
  append_fraction(out, p.micros);
}
bool negative_time(const Parts& p) { return p.hours < 0 || p.minutes < 0 || p.seconds < 0 || p.micros < 0; }
bool has_time(const Parts& p) { return p.hours != 0 || p.minutes != 0 || p.seconds != 0 || p.micros != 0; }

void append_postgres(std::string& out, const Parts& p) {
  bool first = true, after_negative = false;
  auto part = [&](int64_t value, const char* unit) {
    if (value == 0) return;
    if (!first) out.push_back(' ');
    if (after_negative && value > 0) out.push_back('+');
    append_int(out, value);
    out.push_back(' ');
    out += unit;
    if (value != 1) out.push_back('s');
    after_negative = value < 0;
    first = false;
  };
  part(p.years, "year");
  part(p.months, "mon");
  part(p.days, "day");
  if (!first && !has_time(p)) return;
  bool minus = negative_time(p);
  if (!first) out.push_back(' ');
  out += minus ? "-" : after_negative ? "+" : "";
  append_clock(out, p);
}

void append_verbose(std::string& out, const Parts& p) {
  out.push_back('@');
  bool first = true, negated = false;
  auto part = [&](int64_t value, const char* unit) {
    if (value == 0) return;
    if (first) {
      negated = value < 0;
      value = magnitude(value);
    } else if (negated) {
      value = -value;
    }
    out.push_back(' ');
    append_int(out, value);
    out.push_back(' ');
    out += unit;
    if (value != 1) out.push_back('s');
    first = false;
  };
  part(p.years, "year");
  part(p.months, "mon");
  part(p.days, "day");
  part(p.hours, "hour");
  part(p.minutes, "min");
  if (p.seconds != 0 || p.micros != 0) {
    bool minus = p.seconds < 0 || p.micros < 0;
    out.push_back(' ');
    if (first) {
      negated = minus;
    } else if (minus != negated) {
      out.push_back('-');
    }
    append_int(out, magnitude(p.seconds));
    append_fraction(out, p.micros);
    out += " sec";
    if (magnitude(p.seconds) != 1 || p.micros != 0) out.push_back('s');
    first = false;
  }
  if (first) out += " 0";
  if (negated) out += " ago";
}

void append_sql(std::string& out, Parts p) {
  bool negative = p.years < 0 || p.months < 0 || p.days < 0 || negative_time(p);
  bool positive = p.years > 0 || p.months > 0 || p.days > 0 || p.hours > 0 || p.minutes > 0 || p.seconds > 0 || p.micros > 0;
  bool year_month = p.years != 0 || p.months != 0, day_time = p.days != 0 || has_time(p);
  if (!year_month && !day_time) {
    out.push_back('0');
    return;
  }
  // Mixed signs or both parts: every field group carries its sign, so that the text reads back as it was.
  bool standard = !(negative && positive) && !(year_month && day_time);
  auto year_month_text = [&] {
    append_int(out, magnitude(p.years));
    out.push_back('-');
    append_int(out, magnitude(p.months));
  };
  auto time_text = [&] {
    append_int(out, magnitude(p.hours));
    out.push_back(':');
    append_two(out, magnitude(p.minutes));
    out.push_back(':');
    append_two(out, magnitude(p.seconds));
    append_fraction(out, p.micros);
  };
  if (!standard) {
    out.push_back(p.years < 0 || p.months < 0 ? '-' : '+');
    year_month_text();
    out += p.days < 0 ? " -" : " +";
    append_int(out, magnitude(p.days));
    out += negative_time(p) ? " -" : " +";
    time_text();
    return;
  }
  if (negative) out.push_back('-');
  if (year_month) {
    year_month_text();
    return;
  }
  if (p.days != 0) {
    append_int(out, magnitude(p.days));
    out.push_back(' ');
  }
  time_text();
}

void append_iso(std::string& out, const Parts& p) {
  auto part = [&](int64_t value, char unit) {
    if (value == 0) return;
    append_int(out, value);
    out.push_back(unit);
  };
  size_t start = out.size();
  out.push_back('P');
  part(p.years, 'Y');
  part(p.months, 'M');
  part(p.days, 'D');
  if (has_time(p)) {
    out.push_back('T');
    part(p.hours, 'H');
    part(p.minutes, 'M');
    if (p.seconds != 0 || p.micros != 0) {
      if (p.seconds < 0 || p.micros < 0) out.push_back('-');
      append_int(out, magnitude(p.seconds));
      append_fraction(out, p.micros);
      out.push_back('S');
    }
  }
  if (out.size() == start + 1) out += "T0S";
}

}  // namespace

void append_interval(std::string& out, const Interval& value, IntervalStyle style) {
  Parts parts = split(value);
  switch (style) {
    case IntervalStyle::kPostgres: append_postgres(out, parts); break;
    case IntervalStyle::kPostgresVerbose: append_verbose(out, parts); break;
    case IntervalStyle::kSqlStandard: append_sql(out, parts); break;
    case IntervalStyle::kIso8601: append_iso(out, parts); break;
  }
}

}  // namespace vecino::sql

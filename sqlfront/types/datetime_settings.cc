#include "sqlfront/types/datetime_settings.h"

#include <charconv>
#include <cmath>

#include "sqlfront/types/time_zone.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

// The last settings seen by this thread; keyed by the settings' texts, so that sessions cannot mix.
struct ParsedCache {
  std::string datestyle, timezone;
  DateTimeSettings parsed;
  bool filled = false;
};

}  // namespace

bool parse_datestyle(std::string_view text, DateTimeSettings* base) {
  bool have_style = false, have_order = false, ok = true;
  auto set_style = [&](DateStyle style) {
    ok = ok && (!have_style || base->style == style);
    base->style = style;
    have_style = true;
  };
  auto set_order = [&](DateOrder order) {
    ok = ok && (!have_order || base->order == order);
    base->order = order;
    have_order = true;
  };
  while (true) {
    size_t comma = text.find(',');
    std::string word = lower_ascii(trim_spaces(text.substr(0, comma)));
    if (word == "iso") {
      set_style(DateStyle::kIso);
    } else if (word == "sql") {
      set_style(DateStyle::kSql);
    } else if (word.starts_with("postgres")) {
      set_style(DateStyle::kPostgres);
    } else if (word == "german") {
      set_style(DateStyle::kGerman);
      if (!have_order) base->order = DateOrder::kDmy;
    } else if (word == "ymd") {
      set_order(DateOrder::kYmd);
    } else if (word == "dmy" || word.starts_with("euro")) {
      set_order(DateOrder::kDmy);
    } else if (word == "mdy" || word.starts_with("noneuro") || word == "us") {
      set_order(DateOrder::kMdy);
    } else if (word == "default") {
      if (!have_style) base->style = DateStyle::kIso;
      if (!have_order) base->order = DateOrder::kMdy;
    } else {
      return false;
    }
    if (comma == std::string_view::npos) return ok;
    text.remove_prefix(comma + 1);
  }
}

DateTimeSettings datetime_settings(CallContext& context) {
  if (context.env == nullptr) {
    DateTimeSettings defaults;
    defaults.zone = utc_zone();
    return defaults;
  }
  thread_local ParsedCache cache;
  conf::SessionSettings& settings = context.env->settings();
  const std::string& datestyle = settings.get_string(conf::SettingId::datestyle);
  const std::string& timezone = settings.get_string(conf::SettingId::timezone);
  if (!cache.filled || cache.datestyle != datestyle || cache.timezone != timezone) {
    DateTimeSettings parsed;
    parse_datestyle(datestyle, &parsed);
    parsed.zone = find_time_zone(timezone);
    if (parsed.zone == nullptr) parsed.zone = utc_zone();
    cache = {datestyle, timezone, parsed, true};
  }
  DateTimeSettings out = cache.parsed;
  out.interval_style = static_cast<IntervalStyle>(settings.get_enum(conf::SettingId::intervalstyle));
  return out;
}

Status check_datestyle_setting(std::string& value) {
  DateTimeSettings parsed;
  if (!parse_datestyle(value, &parsed)) {
    return Status::error(sqlstate::kInvalidParameterValue, "invalid value for parameter \"DateStyle\": \"" + value + "\"",
                         "Unrecognized key word or conflicting \"datestyle\" specifications.");
  }
  static constexpr const char* kStyles[] = {"ISO", "SQL", "Postgres", "German"};
  static constexpr const char* kOrders[] = {"YMD", "DMY", "MDY"};
  value = std::string(kStyles[static_cast<int>(parsed.style)]) + ", " + kOrders[static_cast<int>(parsed.order)];
  return Status::ok();
}

Status check_timezone_setting(std::string& value) {
  // A number is hours east of UTC.
  double hours = 0;
  const bool plus = value.size() > 1 && value[0] == '+' && value[1] != '-';
  auto [end, error] = std::from_chars(value.data() + (plus ? 1 : 0), value.data() + value.size(), hours);
  if (error == std::errc() && end == value.data() + value.size() && std::abs(hours) < 168) {
    value = fixed_offset_zone(static_cast<int32_t>(hours * 3600))->name();
    return Status::ok();
  }
  const TimeZone* zone = find_time_zone(value);
  if (zone == nullptr) {
    return Status::error(sqlstate::kInvalidParameterValue, "invalid value for parameter \"TimeZone\": \"" + value + "\"");
  }
  if (zone->offset_at(946684800) % 60 != 0) {
    return Status::error(sqlstate::kInvalidParameterValue, "time zone \"" + value + "\" appears to use leap seconds",
                         "PostgreSQL does not support leap seconds.");
  }
  value = zone->name();
  return Status::ok();
}

}  // namespace vecino::sql

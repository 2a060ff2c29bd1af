#include "conf/setting_value.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>

namespace vecino::conf {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

Status invalid(const SettingInfo& info, std::string_view text, std::string detail = {}, std::string hint = {}) {
  return Status::error(sqlstate::kInvalidParameterValue,
                       "invalid value for parameter \"" + std::string(info.name) + "\": \"" + std::string(text) + "\"",
                       std::move(detail), std::move(hint));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

// ---- booleans: any unambiguous prefix of true, false, yes, no; on, off; 1, 0

bool is_prefix_of(std::string_view text, std::string_view word) {
  return text.size() <= word.size() && equals_ignoring_case(text, word.substr(0, text.size()));
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text.empty()) return std::nullopt;
  switch (lower(text[0])) {
    case 't':
      return is_prefix_of(text, "true") ? std::optional(true) : std::nullopt;
    case 'f':
      return is_prefix_of(text, "false") ? std::optional(false) : std::nullopt;
    case 'y':
      return is_prefix_of(text, "yes") ? std::optional(true) : std::nullopt;
    case 'n':
      return is_prefix_of(text, "no") ? std::optional(false) : std::nullopt;
    case 'o':
      if (equals_ignoring_case(text, "on")) return true;
      if (text.size() >= 2 && is_prefix_of(text, "off")) return false;
      return std::nullopt;
    case '1':
      return text.size() == 1 ? std::optional(true) : std::nullopt;
    case '0':
      return text.size() == 1 ? std::optional(false) : std::nullopt;
    default:
      return std::nullopt;
  }
}

// ---- units

struct Unit {
  std::string_view name;
  double factor;  // in bytes or milliseconds
};
constexpr Unit kMemoryUnits[] = {
    {"TB", 1099511627776.0}, {"GB", 1073741824.0}, {"MB", 1048576.0}, {"kB", 1024.0}, {"B", 1.0}};
constexpr Unit kTimeUnits[] = {{"d", 86400000.0}, {"h", 3600000.0}, {"min", 60000.0},
                               {"s", 1000.0},     {"ms", 1.0},      {"us", 0.001}};

double base_factor(std::string_view unit) {
  if (unit == "8kB") return 8192.0;
  for (const Unit& u : kMemoryUnits) {
    if (u.name == unit) return u.factor;
  }
  for (const Unit& u : kTimeUnits) {
    if (u.name == unit) return u.factor;
  }
  return 0;
}
bool is_memory_unit(std::string_view unit) { return !unit.empty() && unit.back() == 'B'; }
std::span<const Unit> units_of(std::string_view base) {
  return is_memory_unit(base) ? std::span<const Unit>(kMemoryUnits) : std::span<const Unit>(kTimeUnits);
}
std::string units_hint(const SettingInfo& info) {
  return is_memory_unit(info.unit)
             ? "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."
             : "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";
}

// Parses `number[unit]` into the setting's base unit. As PostgreSQL: integers may be written as reals, hex or octal; a
// fraction of one unit is rounded to a multiple of the next smaller unit.
Result<double> parse_number(const SettingInfo& info, std::string_view text) {
  std::string copy(text);
  const char* begin = copy.c_str();
  char* end = nullptr;
  errno = 0;
  double value;
  if (info.type == SettingType::kInt) {
    long long integer = std::strtoll(begin, &end, 0);
    value = static_cast<double>(integer);
    if (*end == '.' || *end == 'e' || *end == 'E' || errno == ERANGE) {
      errno = 0;
      value = std::strtod(begin, &end);
    }
  } else {
    value = std::strtod(begin, &end);
  }
  if (end == begin || errno == ERANGE || std::isnan(value)) return invalid(info, text);
  std::string_view rest = trim(std::string_view(end));
  if (rest.empty()) return value;
  if (info.unit.empty()) return invalid(info, text);
  std::span<const Unit> units = units_of(info.unit);
  double base = base_factor(info.unit);
  for (size_t i = 0; i < units.size(); ++i) {
    if (units[i].name != rest) continue;
    double converted = value * units[i].factor / base;
    if (i + 1 < units.size() && info.type == SettingType::kInt) {
      double smaller = units[i + 1].factor / base;
      if (smaller < units[i].factor / base) converted = std::rint(converted / smaller) * smaller;
    }
    return converted;
  }
  return invalid(info, text, {}, units_hint(info));
}

Status out_of_range(const SettingInfo& info, const std::string& value, const std::string& min, const std::string& max) {
  std::string unit = info.unit.empty() ? "" : " " + std::string(info.unit);
  return Status::error(sqlstate::kInvalidParameterValue, value + unit + " is outside the valid range for parameter \"" +
                                                             std::string(info.name) + "\" (" + min + " .. " + max +
                                                             ")");
}

Status parse_int(const SettingInfo& info, std::string_view text, SettingValue& value) {
  ASSIGN_OR_RETURN(double number, parse_number(info, text));
  number = std::rint(number);
  if (number > 2147483647.0 || number < -2147483648.0) return invalid(info, text, {}, "Value exceeds integer range.");
  if (number < info.min || number > info.max) {
    return out_of_range(info, std::to_string(static_cast<int64_t>(number)),
                        std::to_string(static_cast<int64_t>(info.min)), std::to_string(static_cast<int64_t>(info.max)));
  }
  value.number = static_cast<int64_t>(number);
  value.text = std::to_string(value.number);
  return Status::ok();
}

Status parse_real(const SettingInfo& info, std::string_view text, SettingValue& value) {
  ASSIGN_OR_RETURN(double number, parse_number(info, text));
  if (number < info.min || number > info.max) {
    return out_of_range(info, format_real(number), format_real(info.min), format_real(info.max));
  }
  value.real = number;
  value.number = static_cast<int64_t>(number);
  value.text = format_real(number);
  return Status::ok();
}

// ---- enums

// Calls visit(item) for each comma-separated item until it returns true.
template <typename Visit>
bool any_item(std::string_view list, Visit visit) {
  while (!list.empty()) {
    size_t comma = list.find(',');
    if (visit(list.substr(0, comma))) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

bool find_visible(std::string_view visible, std::string_view text, SettingValue& value) {
  int position = 0;
  return any_item(visible, [&](std::string_view item) {
    if (equals_ignoring_case(item, text)) {
      value.number = position;
      value.text = item;
      return true;
    }
    ++position;
    return false;
  });
}

bool find_hidden(std::string_view visible, std::string_view hidden, std::string_view text, SettingValue& value) {
  int position = 0;
  any_item(visible, [&](std::string_view) { return ++position, false; });
  return any_item(hidden, [&](std::string_view item) {
    size_t equals = item.find('=');
    bool same = equals_ignoring_case(item.substr(0, equals), text);
    if (equals != std::string_view::npos) return same && find_visible(visible, item.substr(equals + 1), value);
    if (same) {
      value.number = position;
      value.text = item;
    }
    ++position;  // only spellings with a value of their own count
    return same;
  });
}

Status parse_enum(const SettingInfo& info, std::string_view text, SettingValue& value) {
  size_t bar = info.enum_values.find('|');
  std::string_view visible = info.enum_values.substr(0, bar);
  std::string_view hidden = bar == std::string_view::npos ? std::string_view() : info.enum_values.substr(bar + 1);
  if (find_visible(visible, text, value) || find_hidden(visible, hidden, text, value)) return Status::ok();
  std::string values;
  any_item(visible, [&](std::string_view item) {
    if (!item.empty()) values += (values.empty() ? "" : ", ") + std::string(item);
    return false;
  });
  return invalid(info, text, {}, "Available values: " + values + ".");
}

Status parse_by_type(const SettingInfo& info, std::string_view text, SettingValue& value) {
  switch (info.type) {
    case SettingType::kBool: {
      std::optional<bool> parsed = parse_bool(text);
      if (!parsed) {
        return Status::error(sqlstate::kInvalidParameterValue,
                             "parameter \"" + std::string(info.name) + "\" requires a Boolean value");
      }
      value.number = *parsed;
      value.text = *parsed ? "on" : "off";
      return Status::ok();
    }
    case SettingType::kInt:
      return parse_int(info, text, value);
    case SettingType::kReal:
      return parse_real(info, text, value);
    case SettingType::kEnum:
      return parse_enum(info, text, value);
    case SettingType::kString:
      value.text = text;
      return Status::ok();
  }
  return Status::ok();
}

bool is_octal(SettingId id) {
  return id == SettingId::data_directory_mode || id == SettingId::log_file_mode ||
         id == SettingId::unix_socket_permissions;
}

std::string with_unit(const SettingInfo& info, double number, const std::string& plain) {
  if (info.unit.empty() || number <= 0) return plain;
  double base = base_factor(info.unit);
  for (const Unit& unit : units_of(info.unit)) {
    double count = number * base / unit.factor;
    if (count >= 1 && count == std::floor(count)) {
      return format_real(count).find('e') == std::string::npos
                 ? format_real(count) + std::string(unit.name)
                 : std::to_string(static_cast<int64_t>(count)) + std::string(unit.name);
    }
  }
  return plain + std::string(info.unit);
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string format_real(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", value);
  return buffer;
}

std::string format_setting(const SettingInfo& info, const SettingValue& value) {
  if (is_octal(info.id)) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%04o", static_cast<unsigned>(value.number));
    return buffer;
  }
  if (info.type == SettingType::kInt) return with_unit(info, static_cast<double>(value.number), value.text);
  if (info.type == SettingType::kReal) return with_unit(info, value.real, value.text);
  return value.text;
}

Result<SettingValue> parse_setting(const SettingInfo& info, std::string_view text) {
  SettingValue value;
  RETURN_IF_ERROR(parse_by_type(info, text, value));
  if (SessionSettings::CheckHook hook = check_hook(info.id)) {
    Status checked = hook(value.text);
    if (!checked.is_ok()) {
      if (!checked.info().message.empty()) return checked;
      return invalid(info, text, checked.info().detail, checked.info().hint);
    }
  }
  return value;
}

}  // namespace vecino::conf

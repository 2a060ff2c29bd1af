#include "conf/check_hooks.h"

#include <locale.h>

#include <array>
#include <vector>

#include "conf/operation_settings.h"
#include "conf/setting_value.h"
#include "storage/util/encoding.h"

namespace vecino::conf {
namespace {

using CheckHook = SessionSettings::CheckHook;

Status with_detail(std::string detail) {
  return Status::error(sqlstate::kInvalidParameterValue, "", std::move(detail));
}

// Comma-separated identifiers, each plain or double-quoted. False = bad syntax.
bool split_identifiers(std::string_view text, std::vector<std::string>& items) {
  auto is_space = [](char c) { return isspace(static_cast<unsigned char>(c)) != 0; };
  size_t at = 0;
  auto skip = [&] {
    while (at < text.size() && is_space(text[at])) ++at;
  };
  skip();
  if (at == text.size()) return true;
  while (true) {
    std::string item;
    if (text[at] == '"') {
      for (++at;; ++at) {
        if (at >= text.size()) return false;
        if (text[at] == '"') {
          if (at + 1 >= text.size() || text[at + 1] != '"') break;
          ++at;
        }
        item += text[at];
      }
      ++at;
    } else {
      while (at < text.size() && text[at] != ',' && !is_space(text[at])) item += text[at++];
      if (item.empty()) return false;
    }
    items.push_back(std::move(item));
    skip();
    if (at == text.size()) return true;
    if (text[at++] != ',') return false;
    skip();
    if (at == text.size()) return false;
  }
}

Status check_identifier_list(std::string& value) {
  std::vector<std::string> items;
  return split_identifiers(value, items) ? Status::ok() : with_detail("List syntax is invalid.");
}

Status check_printable(std::string& value) {
  for (char& c : value) {
    if (c < 32 || c > 126) c = '?';
  }
  return Status::ok();
}

Status check_client_encoding(std::string& value) {
  const Encoding* encoding = find_encoding(value);
  if (encoding == nullptr) return with_detail("");
  if (encoding->converter == nullptr && encoding->name != "SQL_ASCII") {
    return Status::error(sqlstate::kFeatureNotSupported,
                         "conversion between " + std::string(encoding->name) + " and UTF8 is not supported");
  }
  value = encoding->name;
  return Status::ok();
}

Status check_access_method(std::string& value) {
  if (value.empty()) return with_detail("default_table_access_method cannot be empty.");
  if (value != "heap") return with_detail("Table access method \"" + value + "\" does not exist.");
  return Status::ok();
}

Status check_tablespace(std::string& value) {
  if (value.empty() || value == "pg_default") return Status::ok();
  return with_detail("Tablespace \"" + value + "\" does not exist.");
}

// language[_TERRITORY][.encoding][@modifier]
bool is_locale_name(std::string_view text) {
  auto take = [&](auto&& belongs) {
    size_t count = 0;
    while (count < text.size() && belongs(static_cast<unsigned char>(text[count]))) ++count;
    text.remove_prefix(count);
    return count;
  };
  auto follows = [&](char c) {
    if (text.empty() || text[0] != c) return false;
    text.remove_prefix(1);
    return true;
  };
  const size_t language = take([](int c) { return c >= 'a' && c <= 'z'; });
  if (language < 2 || language > 3) return false;
  if (follows('_') && take([](int c) { return c >= 'A' && c <= 'Z'; }) != 2) return false;
  if (follows('.') && take([](int c) { return isalnum(c) || c == '-'; }) == 0) return false;
  if (follows('@') && take([](int c) { return c >= 'a' && c <= 'z'; }) == 0) return false;
  return text.empty();
}

Status check_locale(std::string& value) {
  if (value.empty() || value == "C" || value == "POSIX") return Status::ok();
  locale_t locale = newlocale(LC_ALL_MASK, value.c_str(), nullptr);
  if (locale != nullptr) {
    freelocale(locale);
    return Status::ok();
  }
  // Messages and formats are English whatever is chosen, so that a locale that is only not installed here, as in the file that
  // initdb wrote elsewhere, does no harm.
  return is_locale_name(value) ? Status::ok() : with_detail("");
}

Status check_log_destination(std::string& value) {
  std::vector<std::string> words;
  if (!split_identifiers(value, words)) return with_detail("List syntax is invalid.");
  for (const std::string& word : words) {
    if (equals_ignoring_case(word, "stderr") || equals_ignoring_case(word, "csvlog") ||
        equals_ignoring_case(word, "jsonlog")) {
      continue;
    }
    return with_detail("Unrecognized key word: \"" + word + "\".");
  }
  return Status::ok();
}

using HookTable = std::array<CheckHook, static_cast<size_t>(setting::kEnd)>;
HookTable make_hooks() {
  HookTable hooks{};
  auto put = [&](SettingId id, CheckHook hook) { hooks[static_cast<size_t>(id)] = hook; };
  put(SettingId::application_name, check_printable);
  put(SettingId::client_encoding, check_client_encoding);
  put(SettingId::cluster_name, check_printable);
  put(SettingId::default_table_access_method, check_access_method);
  put(SettingId::default_tablespace, check_tablespace);
  put(SettingId::lc_messages, check_locale);
  put(SettingId::lc_monetary, check_locale);
  put(SettingId::lc_numeric, check_locale);
  put(SettingId::lc_time, check_locale);
  put(SettingId::log_destination, check_log_destination);
  put(SettingId::search_path, check_identifier_list);
  put(SettingId::temp_tablespaces, check_identifier_list);
  return hooks;
}
HookTable& hook_table() {
  static HookTable hooks = make_hooks();
  return hooks;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
  return result;
}

struct DateStyle {
  std::string style, order;
  bool has_style = false, has_order = false, conflict = false;
  void set_style(const char* value) {
    if (has_style && style != value) conflict = true;
    style = value;
    has_style = true;
  }
  void set_order(const char* value) {
    if (has_order && order != value) conflict = true;
    order = value;
    has_order = true;
  }
};

bool apply_datestyle_word(const std::string& word, DateStyle& result) {
  if (word == "iso") return result.set_style("ISO"), true;
  if (word == "sql") return result.set_style("SQL"), true;
  if (word.starts_with("postgres")) return result.set_style("Postgres"), true;
  if (word.starts_with("german")) {
    result.set_style("German");
    if (!result.has_order) result.order = "DMY";
    return true;
  }
  if (word == "ymd") return result.set_order("YMD"), true;
  if (word == "dmy" || word.starts_with("euro")) return result.set_order("DMY"), true;
  if (word == "mdy" || word == "us" || word.starts_with("noneuro")) return result.set_order("MDY"), true;
  return false;
}

}  // namespace

CheckHook check_hook(SettingId id) { return hook_table()[static_cast<size_t>(id)]; }

void SessionSettings::set_check_hook(SettingId id, CheckHook hook) { hook_table()[index(id)] = hook; }

Result<std::string> merge_datestyle(std::string_view text, std::string_view current, std::string_view reset_value) {
  std::vector<std::string> words;
  if (!split_identifiers(text, words)) return with_detail("List syntax is invalid.");
  DateStyle result;
  size_t comma = current.find(',');
  result.style = current.substr(0, comma);
  result.order = comma == std::string_view::npos ? "MDY" : current.substr(current.find_last_of(' ') + 1);
  for (const std::string& original : words) {
    std::string word = lower(original);
    if (word == "default") {
      DateStyle reset;
      size_t at = reset_value.find(',');
      reset.style = reset_value.substr(0, at);
      reset.order = reset_value.substr(reset_value.find_last_of(' ') + 1);
      if (!result.has_style) result.style = reset.style;
      if (!result.has_order) result.order = reset.order;
    } else if (!apply_datestyle_word(word, result)) {
      return with_detail("Unrecognized key word: \"" + original + "\".");
    }
  }
  if (result.conflict) return with_detail("Conflicting \"datestyle\" specifications.");
  return result.style + ", " + result.order;
}

}  // namespace vecino::conf

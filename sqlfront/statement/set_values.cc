#include "sqlfront/statement/set_values.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "sqlfront/parse/def_elem.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

namespace {

// Settings whose value is a list of identifiers: elements that need it are quoted (search_path = "$user", public).
bool is_identifier_list(std::string_view name) {
  return name == "search_path" || name == "temp_tablespaces" || name == "session_preload_libraries" ||
         name == "local_preload_libraries" || name == "shared_preload_libraries";
}

std::string quote_if_needed(const std::string& text) {
  bool plain = !text.empty() && !(text[0] >= '0' && text[0] <= '9');
  for (char c : text) plain = plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  if (plain) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string const_text(const ast::Const& value) {
  switch (value.value_kind) {
    case ast::ConstKind::kInteger: return std::to_string(value.integer);
    case ast::ConstKind::kBoolean: return value.boolean ? "true" : "false";
    case ast::ConstKind::kNull: return "";
    default: return value.text;
  }
}

// SET TIME ZONE INTERVAL '+05:30' HOUR TO MINUTE: seconds east become PostgreSQL's "<+05:30>-05:30".
std::string interval_zone(const std::string& text) {
  int sign = 1, hours = 0, minutes = 0;
  const char* at = text.c_str();
  if (*at == '-' || *at == '+') sign = *at++ == '-' ? -1 : 1;
  if (std::sscanf(at, "%d:%d", &hours, &minutes) < 1) {
    throw SqlError(sqlstate::kInvalidParameterValue, "invalid value for parameter \"TimeZone\": \"" + text + "\"");
  }
  // POSIX spelling: the sign after the name is west-positive.
  char offset[16], zone[48];
  if (minutes) {
    std::snprintf(offset, sizeof offset, "%02d:%02d", hours, minutes);
  } else {
    std::snprintf(offset, sizeof offset, "%02d", hours);
  }
  std::snprintf(zone, sizeof zone, "<%c%s>%c%s", sign < 0 ? '-' : '+', offset, sign < 0 ? '+' : '-', offset);
  return zone;
}

std::string arg_text(const ast::Node& arg) {
  if (const auto* value = ast::try_as<ast::Const>(&arg)) return const_text(*value);
  if (const auto* cast = ast::try_as<ast::TypeCast>(&arg)) {
    if (const auto* inner = ast::try_as<ast::Const>(cast->arg)) return interval_zone(const_text(*inner));
  }
  if (const auto* text = ast::try_as<ast::StringNode>(&arg)) return text->value;
  throw SqlError(sqlstate::kInvalidParameterValue, "SET requires constant arguments", arg.location);
}

void apply_mode(const ast::DefElem& option, TransactionModes& modes) {
  std::string value;
  if (const auto* constant = ast::try_as<ast::Const>(option.arg)) {
    value = const_text(*constant);
  } else if (const auto* integer = ast::try_as<ast::IntegerNode>(option.arg)) {
    value = std::to_string(integer->value);
  } else {
    value = ast::def_string(option);
  }
  const bool truth = value == "1" || value == "true" || value == "on";
  if (option.name == "transaction_isolation") modes.isolation = value;
  if (option.name == "transaction_read_only") modes.read_only = truth;
  if (option.name == "transaction_deferrable") modes.deferrable = truth;
}

}  // namespace

std::string set_value_text(const ast::VariableSetStmt& statement) {
  std::string name = statement.name;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool identifiers = is_identifier_list(name);
  if (statement.args.size() > 1 && !identifiers && name != "datestyle") {
    throw SqlError(sqlstate::kInvalidParameterValue, "SET " + statement.name + " takes only one argument");
  }
  std::string text;
  for (const auto& arg : statement.args) {
    if (!text.empty() || &arg != &statement.args.front()) text += ", ";
    text += identifiers ? quote_if_needed(arg_text(*arg)) : arg_text(*arg);
  }
  return text;
}

TransactionModes transaction_modes(const ast::DefList& options) {
  TransactionModes modes;
  for (const auto& option : options) apply_mode(*option, modes);
  return modes;
}

TransactionModes transaction_modes(const ast::NodeList& options) {
  TransactionModes modes;
  for (const auto& option : options) {
    if (const auto* element = ast::try_as<ast::DefElem>(option)) apply_mode(*element, modes);
  }
  return modes;
}

std::optional<TransactionModes> modes_of_setting(const std::string& name, const conf::SessionSettings& settings) {
  const conf::SettingInfo* info = conf::find_setting(name);
  if (info == nullptr) return std::nullopt;
  TransactionModes modes;
  const std::string value = settings.lookup(info->name).value_or("");
  if (info->name == "transaction_isolation") {
    modes.isolation = value;
  } else if (info->name == "transaction_read_only") {
    modes.read_only = value == "on";
  } else if (info->name == "transaction_deferrable") {
    modes.deferrable = value == "on";
  } else {
    return std::nullopt;
  }
  return modes;
}

std::vector<std::pair<std::string, std::string>> session_characteristics(const ast::NodeList& options) {
  TransactionModes modes = transaction_modes(options);
  std::vector<std::pair<std::string, std::string>> changes;
  if (modes.isolation) changes.emplace_back("default_transaction_isolation", *modes.isolation);
  if (modes.read_only) changes.emplace_back("default_transaction_read_only", *modes.read_only ? "on" : "off");
  if (modes.deferrable) changes.emplace_back("default_transaction_deferrable", *modes.deferrable ? "on" : "off");
  return changes;
}

}  // namespace vecino::sql

#include <cctype>

#include "conf/setting_value.h"

namespace vecino::conf {
namespace {

// Prefixes that extensions have claimed (MarkGUCPrefixReserved): an unknown name under them is a spelling mistake.
constexpr std::string_view kReservedPrefixes[] = {"hnsw", "ivfflat", "vecino"};

bool is_start(char c) { return isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80); }
bool is_part(char c) { return is_start(c) || isdigit(static_cast<unsigned char>(c)) || c == '$'; }

bool is_dotted_identifiers(std::string_view name) {
  bool at_start = true;
  for (char c : name) {
    if (c == '.') {
      if (at_start) return false;
      at_start = true;
    } else if (at_start ? is_start(c) : is_part(c)) {
      at_start = false;
    } else {
      return false;
    }
  }
  return !at_start;
}

}  // namespace

Status check_custom_name(std::string_view name) {
  size_t dot = name.find('.');
  if (dot == std::string_view::npos) {
    return Status::error(sqlstate::kUndefinedObject,
                         "unrecognized configuration parameter \"" + std::string(name) + "\"");
  }
  std::string message = "invalid configuration parameter name \"" + std::string(name) + "\"";
  if (!is_dotted_identifiers(name)) {
    return Status::error(sqlstate::kInvalidName, message,
                         "Custom parameter names must be two or more simple identifiers separated by dots.");
  }
  for (std::string_view prefix : kReservedPrefixes) {
    // PostgreSQL compares the prefix case-sensitively.
    if (name.substr(0, dot) == prefix) {
      return Status::error(sqlstate::kInvalidName, message, "\"" + std::string(prefix) + "\" is a reserved prefix.");
    }
  }
  return Status::ok();
}

}  // namespace vecino::conf

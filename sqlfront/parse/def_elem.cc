#include "sqlfront/parse/def_elem.h"

#include <charconv>
#include <strings.h>

#include "sqlfront/parse/ast.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql::ast {

namespace {

std::string join_names(const Name& name) {
  std::string out;
  for (const std::string& part : name) {
    if (!out.empty()) out += '.';
    out += part;
  }
  return out;
}

[[noreturn]] void throw_syntax(const DefElem& option, const char* what) {
  throw SqlError(sqlstate::kSyntaxError, option.name + what, option.location);
}

std::string const_text(const Const& value) {
  switch (value.value_kind) {
    case ConstKind::kInteger: return std::to_string(value.integer);
    case ConstKind::kBoolean: return value.boolean ? "true" : "false";
    case ConstKind::kNull: return "";
    default: return value.text;
  }
}

}  // namespace

std::string def_string(const DefElem& option) {
  if (option.arg == nullptr) throw_syntax(option, " requires a parameter");
  const Node* arg = option.arg.get();
  if (auto* node = try_as<StringNode>(arg)) return node->value;
  if (auto* node = try_as<IntegerNode>(arg)) return std::to_string(node->value);
  if (auto* node = try_as<FloatNode>(arg)) return node->value;
  if (auto* node = try_as<BooleanNode>(arg)) return node->value ? "true" : "false";
  if (auto* node = try_as<TypeName>(arg)) return join_names(node->names);
  if (auto* node = try_as<Const>(arg)) return const_text(*node);
  if (try_as<StarNode>(arg) != nullptr) return "*";
  if (auto* node = try_as<ListNode>(arg)) {
    Name parts;
    for (const NodePtr& item : node->items) {
      if (auto* part = try_as<StringNode>(item)) parts.push_back(part->value);
    }
    return join_names(parts);
  }
  throw_syntax(option, " requires a parameter");
}

int64_t def_int(const DefElem& option) {
  const Node* arg = option.arg.get();
  if (arg == nullptr) throw_syntax(option, " requires an integer value");
  if (auto* node = try_as<IntegerNode>(arg)) return node->value;
  if (auto* node = try_as<Const>(arg); node != nullptr && node->value_kind == ConstKind::kInteger) {
    return node->integer;
  }
  std::string digits;
  if (auto* node = try_as<FloatNode>(arg)) digits = node->value;
  if (auto* node = try_as<Const>(arg); node != nullptr && node->value_kind == ConstKind::kFloat) digits = node->text;
  if (digits.empty()) throw_syntax(option, " requires a numeric value");
  int64_t value = 0;
  const char* begin = digits.data() + (digits[0] == '+' ? 1 : 0);
  auto [end, error] = std::from_chars(begin, digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) {
    throw SqlError(sqlstate::kNumericValueOutOfRange,
                   "value \"" + digits + "\" is out of range for type bigint", option.location);
  }
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw SqlError(sqlstate::kInvalidTextRepresentation,
                   "invalid input syntax for type bigint: \"" + digits + "\"", option.location);
  }
  return value;
}

bool def_bool(const DefElem& option) {
  const Node* arg = option.arg.get();
  if (arg == nullptr) return true;
  if (auto* node = try_as<BooleanNode>(arg)) return node->value;
  if (auto* node = try_as<IntegerNode>(arg); node != nullptr && (node->value == 0 || node->value == 1)) {
    return node->value == 1;
  }
  if (try_as<IntegerNode>(arg) == nullptr) {
    std::string text = def_string(option);
    for (const char* word : {"true", "on", "1"}) {
      if (strcasecmp(text.c_str(), word) == 0) return true;
    }
    for (const char* word : {"false", "off", "0"}) {
      if (strcasecmp(text.c_str(), word) == 0) return false;
    }
  }
  throw_syntax(option, " requires a Boolean value");
}

const DefElem* find_def(const DefList& options, std::string_view name) {
  for (const auto& option : options) {
    if (option->name == name) return option.get();
  }
  return nullptr;
}

}  // namespace vecino::sql::ast

#include "sqlfront/types/registry_entries.h"
#include "sqlfront/types/type_helpers.h"
#include "sqlfront/types/scalar_text.h"

namespace vecino::sql {

// Any unambiguous prefix of true/false/yes/no, on/off, 1/0 (manual 8.6).
std::optional<bool> parse_bool(std::string_view text) {
  text = trim_spaces(text);
  if (text.empty()) return std::nullopt;
  auto is_prefix_of = [&](std::string_view word) {
    return text.size() <= word.size() && equals_ignore_case(text, word.substr(0, text.size()));
  };
  if (is_prefix_of("true") || is_prefix_of("yes") || text == "1") return true;
  if (is_prefix_of("false") || is_prefix_of("no") || text == "0") return false;
  if (equals_ignore_case(text, "on")) return true;
  if (text.size() >= 2 && is_prefix_of("off")) return false;
  return std::nullopt;
}

namespace {

Datum bool_input(CallContext&, std::string_view text) {
  if (auto value = parse_bool(text)) return Datum::from_bool(*value);
  throw_invalid_syntax("boolean", text);
}
void bool_output(CallContext&, const Datum& value, std::string& out) { out.push_back(value.boolean() ? 't' : 'f'); }
Datum bool_receive(CallContext&, std::string_view bytes) {
  require_length(bytes, 1);
  return Datum::from_bool(bytes[0] != 0);
}
void bool_send(CallContext&, const Datum& value, std::string& out) { out.push_back(value.boolean() ? 1 : 0); }

constexpr TypeInfo kTypes[] = {
    {type_id::kBool, "bool", 1000, kInvalidOid, PhysicalKind::kInt, 1, 'b', 'B', true, true, 'c', 'p', ',', bool_input,
     bool_output, bool_receive, bool_send, compare_ints, hash_int, {encode_int_key}},
};

}  // namespace

std::span<const TypeInfo> bool_types() { return kTypes; }

}  // namespace vecino::sql

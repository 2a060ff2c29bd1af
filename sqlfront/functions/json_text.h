#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql {

// One value inside a json text, as the type json needs it: where it stands, unchanged.
enum class JsonShape : char { kScalar, kArray, kObject };
struct JsonChild {
  std::string key;         // of an object's member
  std::string_view text;   // slice of the parsed text
  bool is_null = false;
  bool is_string = false;
  std::string string;      // the string with escapes resolved
};
struct JsonText {
  JsonShape shape = JsonShape::kScalar;
  JsonChild self;                   // scalars: the value itself; else only `text`
  std::vector<JsonChild> children;  // outermost elements or members, in order, duplicates included
};
// One level of structure. Deeper levels are checked, not kept.
JsonText read_json(std::string_view text);
// ->> and friends: strings unquoted, null = nullopt, else the text as written.
std::optional<std::string_view> json_child_text(const JsonChild& child);

}  // namespace vecino::sql

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vecino::sql {

// A JSON text reader with PostgreSQL's checks and messages (RFC 8259; manual 8.14): 22P02 `invalid input syntax for type
// json` with DETAIL and CONTEXT, 22P05 for \u0000 where strings are converted, 54001 for very deep nesting.
enum class JsonScalar : uint8_t { kNull, kFalse, kTrue, kNumber, kString };

class JsonHandler {
 public:
  virtual ~JsonHandler() = default;
  // Offsets into the text: where the value begins, and one past its end.
  virtual void object_start(size_t begin) {}
  virtual void object_end(size_t end) {}
  virtual void array_start(size_t begin) {}
  virtual void array_end(size_t end) {}
  virtual void key(std::string_view text) {}
  // `text`: the number as written, or the string with escapes resolved.
  virtual void scalar(JsonScalar kind, std::string_view text, size_t begin, size_t end) {}
};

enum class JsonStrings : bool { kKeep, kConvert };  // kKeep: escapes are checked but not resolved
void parse_json(std::string_view text, JsonHandler& handler, JsonStrings strings);

// A JSON string literal with quotes.
void append_json_string(std::string& out, std::string_view text);
// Whether the text is a number as JSON spells it.
bool is_json_number(std::string_view text);

}  // namespace vecino::sql

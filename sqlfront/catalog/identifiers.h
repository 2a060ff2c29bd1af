#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vecino::sql {

struct Keyword {
  std::string_view word;
  char category;  // pg_get_keywords().catcode: U unreserved, C column name, T type or function name, R reserved
  bool bare_label;
};
std::span<const Keyword> keywords();  // sorted by word
const Keyword* find_keyword(std::string_view word);

// As quote_ident() does: quotes only when needed.
std::string quote_identifier(std::string_view name);
void append_identifier(std::string& out, std::string_view name);
std::string quote_qualified(std::string_view schema, std::string_view name);  // schema empty: only the name
// As quote_literal() does.
std::string quote_string_literal(std::string_view text);

}  // namespace vecino::sql

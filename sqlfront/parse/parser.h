#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "sqlfront/parse/ast.h"

namespace vecino::sql {

struct ParsedStatement {
  std::unique_ptr<ast::Node> node;
  int location = 0;  // of the statement in the text, 0-based bytes (leading blanks skipped)
  int length = 0;    // without the semicolon
};

// Splits and parses a query string (PostgreSQL 15 grammar). Empty statements are left out. Throws SqlError 42601 and the
// other errors of PostgreSQL's scanner and grammar; 54001 when nested too deeply. Thread-safe.
std::vector<ParsedStatement> parse_sql(std::string_view sql);

// Parses one expression, as stored in the catalog. Locations are offsets into `expression`.
std::unique_ptr<ast::Node> parse_expression(std::string_view expression);

// Command tag of a statement as CommandComplete prints it, without row counts: "SELECT", "CREATE TABLE", "DROP INDEX".
std::string_view command_tag(const ast::Node& statement);

}  // namespace vecino::sql

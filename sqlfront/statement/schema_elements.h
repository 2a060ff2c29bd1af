#pragma once

#include <string_view>
#include <vector>

#include "sqlfront/parse/ast.h"

namespace vecino::sql {

// The statements inside CREATE SCHEMA in the order in which they are carried out: sequences, tables, views, indexes, then
// grants, each as written (manual, CREATE SCHEMA). Throws 42P15 if one of them names another schema than the new
// one, 0A000 for a statement that Vecino does not know.
std::vector<const ast::Node*> order_schema_elements(const ast::CreateSchemaStmt& statement, std::string_view schema);

}  // namespace vecino::sql

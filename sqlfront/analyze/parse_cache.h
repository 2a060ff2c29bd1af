#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sqlfront/parse/ast.h"

namespace vecino::sql::analysis {

// Texts kept in the catalog (defaults, checks, views) are parsed once per thread and kept while they are in use.
std::shared_ptr<const ast::Node> cached_expression(std::string_view sql);
std::shared_ptr<const ast::Node> cached_statement(std::string_view sql);

}  // namespace vecino::sql::analysis

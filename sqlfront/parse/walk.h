#pragma once

#include <functional>

#include "sqlfront/parse/ast.h"

namespace vecino::sql::ast {

// Visits every direct child of a query or expression node (not of DDL statements). Null children are left out.
void for_each_child(const Node& node, const std::function<void(const Node&)>& visit);

}  // namespace vecino::sql::ast

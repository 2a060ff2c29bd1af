#pragma once

#include <cstdint>
#include <string>

#include "sqlfront/parse/ast_node.h"

namespace vecino::sql::ast {

// Values of options (PostgreSQL's defGetString & co). Errors: 42601 `%s requires a parameter`, `%s requires an integer
// value`, `%s requires a Boolean value`.
std::string def_string(const DefElem& option);
int64_t def_int(const DefElem& option);
bool def_bool(const DefElem& option);  // no value = true
// nullptr = not given.
const DefElem* find_def(const DefList& options, std::string_view name);

}  // namespace vecino::sql::ast

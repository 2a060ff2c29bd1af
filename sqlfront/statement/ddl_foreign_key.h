#pragma once

#include "sqlfront/statement/ddl_table.h"

namespace vecino::sql {

// FOREIGN KEY and REFERENCES of a new table.
void add_foreign_keys(DdlContext& context, TableWork& work);
[[noreturn]] void refuse_foreign_key(const ast::Constraint& constraint);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/statement/ddl_table.h"

namespace vecino::sql {

// FOREIGN KEY and REFERENCES of a new table, or of a new column: the table and its keys are stored already.
enum class ExistingRows : uint8_t { kNone, kCheck };
void add_foreign_keys(DdlContext& context, TableWork& work, ExistingRows rows);
// ALTER TABLE ADD FOREIGN KEY.
void add_foreign_key(DdlContext& context, Oid table, const ast::Constraint& constraint);
// ALTER TABLE VALIDATE CONSTRAINT. False = no foreign key of that name.
bool validate_foreign_key(DdlContext& context, Oid table, const std::string& name);
// After a column's type has changed: its keys must still be comparable, and their rows there.
void recheck_foreign_keys(DdlContext& context, Oid table, AttrNumber column);

}  // namespace vecino::sql

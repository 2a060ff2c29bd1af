#pragma once

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// ALTER TABLE subcommands, by family. The relation is locked; each sees what the ones before it did.
void alter_add_column(DdlContext& context, Oid table, const ast::AlterTableCommand& command);
void alter_drop_column(DdlContext& context, Oid table, const ast::AlterTableCommand& command);
void alter_column_type(DdlContext& context, Oid table, const ast::AlterTableCommand& command);
void alter_column_default(DdlContext& context, Oid table, const ast::AlterTableCommand& command);
void alter_column_not_null(DdlContext& context, Oid table, const ast::AlterTableCommand& command);
void alter_column_identity(DdlContext& context, Oid table, const ast::AlterTableCommand& command);
void alter_column_property(DdlContext& context, Oid table, const ast::AlterTableCommand& command);
void alter_constraint(DdlContext& context, Oid table, const ast::AlterTableCommand& command);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/statement/ddl_table.h"

namespace vecino::sql {

std::string create_sequence(const ast::CreateSequenceStmt& statement, DdlContext& context);
std::string alter_sequence(const ast::AlterSequenceStmt& statement, DdlContext& context);
// The sequence of a serial or identity column, owned by it.
RelationPtr create_owned_sequence(DdlContext& context, const RelationDesc& table, const PendingSequence& pending);
// 22023 unless a column of the type can be an identity column.
void check_identity_type(TypeId type);
// ALTER TABLE ... ALTER COLUMN ... SET GENERATED / RESTART / SET <sequence option>.
void alter_sequence_options(DdlContext& context, const RelationDesc& sequence, const ast::DefList& options);
// TRUNCATE ... RESTART IDENTITY. Transactional: a new storage starts over.
void restart_sequence(DdlContext& context, const RelationDesc& sequence);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// One function per statement; each returns the command tag. Definitions in the file named like the family.

std::string drop_objects(const ast::DropStmt& statement, DdlContext& context);  // ddl_drop.cc
std::string truncate(const ast::TruncateStmt& statement, DdlContext& context);  // ddl_truncate.cc
void truncate_table(DdlContext& context, const RelationDesc& table);

// ddl_schema.cc
std::string create_schema(const ast::CreateSchemaStmt& statement, DdlContext& context);
std::string create_extension(const ast::CreateExtensionStmt& statement, DdlContext& context);
std::string alter_extension(const ast::AlterExtensionStmt& statement, DdlContext& context);

std::string create_view(const ast::CreateViewStmt& statement, DdlContext& context);  // ddl_view.cc
void check_view_options(const ast::DefList& options);

// ddl_database.cc
std::string create_database(const ast::CreateDatabaseStmt& statement, DdlContext& context);
std::string alter_database(const ast::AlterDatabaseStmt& statement, DdlContext& context);
std::string alter_database_set(const ast::AlterDatabaseSetStmt& statement, DdlContext& context);
std::string drop_database(const ast::DropDatabaseStmt& statement, DdlContext& context);
DatabasePtr require_database(DdlContext& context, const std::string& name);  // 3D000
void set_database_setting(DdlContext& context, const std::string& name, const ast::VariableSetStmt& set);

// ddl_role.cc
std::string create_role(const ast::CreateRoleStmt& statement, DdlContext& context);
std::string alter_role(const ast::AlterRoleStmt& statement, DdlContext& context);
std::string alter_role_set(const ast::AlterRoleSetStmt& statement, DdlContext& context);
std::string grant_role(const ast::GrantRoleStmt& statement, DdlContext& context);  // role_members.cc

// ddl_role_owned.cc
std::string drop_role(const ast::DropRoleStmt& statement, DdlContext& context);
std::string reassign_owned(const ast::ReassignOwnedStmt& statement, DdlContext& context);
std::string drop_owned(const ast::DropOwnedStmt& statement, DdlContext& context);

std::string grant(const ast::GrantStmt& statement, DdlContext& context);  // ddl_grant.cc

// ddl_rename.cc
std::string rename_object(const ast::RenameStmt& statement, DdlContext& context);
std::string alter_owner(const ast::AlterOwnerStmt& statement, DdlContext& context);
std::string alter_object_schema(const ast::AlterObjectSchemaStmt& statement, DdlContext& context);
// With the privileges that follow the owner; asked for nothing.
void set_relation_owner(DdlContext& context, const RelationDesc& relation, Oid owner);
void set_schema_owner(DdlContext& context, const SchemaDesc& schema, Oid owner);
void set_database_owner(DdlContext& context, const DatabaseDesc& database, Oid owner);
void alter_relation_owner(DdlContext& context, const RelationDesc& relation, Oid owner);  // ALTER ... OWNER TO

std::string comment_on(const ast::CommentStmt& statement, DdlContext& context);  // ddl_comment.cc
std::string alter_table(const ast::AlterTableStmt& statement, DdlContext& context);  // ddl_alter_table.cc

}  // namespace vecino::sql

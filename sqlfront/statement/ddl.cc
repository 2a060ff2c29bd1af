#include "sqlfront/statement/ddl.h"

#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_sequence.h"
#include "sqlfront/statement/ddl_table.h"

namespace vecino::sql {
namespace {

template <typename Statement, std::string (*run)(const Statement&, DdlContext&)>
std::string call(const ast::Node& node, DdlContext& context) {
  return run(static_cast<const Statement&>(node), context);
}

struct DdlStatement {
  ast::NodeKind kind;
  std::string (*run)(const ast::Node& statement, DdlContext& context);
};

#define VECINO_DDL(Statement, function) {ast::Statement::kKind, &call<ast::Statement, &function>}
constexpr DdlStatement kStatements[] = {
    VECINO_DDL(CreateTableStmt, create_table),
    VECINO_DDL(AlterTableStmt, alter_table),
    VECINO_DDL(DropStmt, drop_objects),
    VECINO_DDL(TruncateStmt, truncate),
    VECINO_DDL(CommentStmt, comment_on),
    VECINO_DDL(RenameStmt, rename_object),
    VECINO_DDL(AlterOwnerStmt, alter_owner),
    VECINO_DDL(AlterObjectSchemaStmt, alter_object_schema),
    VECINO_DDL(IndexStmt, create_index_statement),
    VECINO_DDL(ReindexStmt, reindex),
    VECINO_DDL(CreateSequenceStmt, create_sequence),
    VECINO_DDL(AlterSequenceStmt, alter_sequence),
    VECINO_DDL(CreateSchemaStmt, create_schema),
    VECINO_DDL(CreateViewStmt, create_view),
    VECINO_DDL(CreateExtensionStmt, create_extension),
    VECINO_DDL(AlterExtensionStmt, alter_extension),
    VECINO_DDL(CreateDatabaseStmt, create_database),
    VECINO_DDL(AlterDatabaseStmt, alter_database),
    VECINO_DDL(AlterDatabaseSetStmt, alter_database_set),
    VECINO_DDL(DropDatabaseStmt, drop_database),
    VECINO_DDL(CreateRoleStmt, create_role),
    VECINO_DDL(AlterRoleStmt, alter_role),
    VECINO_DDL(AlterRoleSetStmt, alter_role_set),
    VECINO_DDL(DropRoleStmt, drop_role),
    VECINO_DDL(GrantStmt, grant),
    VECINO_DDL(GrantRoleStmt, grant_role),
    VECINO_DDL(DropOwnedStmt, drop_owned),
    VECINO_DDL(ReassignOwnedStmt, reassign_owned),
};
#undef VECINO_DDL

const DdlStatement* find_statement(ast::NodeKind kind) {
  for (const DdlStatement& statement : kStatements) {
    if (statement.kind == kind) return &statement;
  }
  return nullptr;
}

}  // namespace

bool is_ddl(const ast::Node& statement) { return find_statement(statement.kind) != nullptr; }

std::string execute_ddl(const ast::Node& statement, DdlContext& context) {
  const DdlStatement* found = find_statement(statement.kind);
  if (!found) throw SqlError(sqlstate::kInternalError, "not a definition statement");
  context.catalog->refresh();
  context.exec.catalog = context.catalog;
  return found->run(statement, context);
}

}  // namespace vecino::sql

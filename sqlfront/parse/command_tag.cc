#include <string>

#include "sqlfront/parse/parser.h"

namespace vecino::sql {

using namespace ast;

namespace {

// "DROP TABLE" and the like per object type; views into static storage.
std::string_view tagged(std::string_view verb, ObjectType type) {
  struct Row {
    std::string_view verb;
    ObjectType type;
    std::string text;
  };
  static const std::vector<Row> rows = [] {
    std::vector<Row> out;
    for (std::string_view v : {"DROP ", "ALTER "}) {
      for (int t = 0; t <= static_cast<int>(ObjectType::kView); ++t) {
        auto object = static_cast<ObjectType>(t);
        std::string_view name = object_type_name(object);
        if (object == ObjectType::kColumn || object == ObjectType::kTableConstraint) name = "TABLE";
        out.push_back({v, object, std::string(v) + std::string(name)});
      }
    }
    return out;
  }();
  for (const Row& row : rows) {
    if (row.verb == verb && row.type == type) return row.text;
  }
  return "ALTER";
}

std::string_view transaction_tag(TransactionOp op) {
  switch (op) {
    case TransactionOp::kBegin: return "BEGIN";
    case TransactionOp::kStart: return "START TRANSACTION";
    case TransactionOp::kCommit: return "COMMIT";
    case TransactionOp::kRollback:
    case TransactionOp::kRollbackTo: return "ROLLBACK";
    case TransactionOp::kSavepoint: return "SAVEPOINT";
    case TransactionOp::kRelease: return "RELEASE";
    case TransactionOp::kPrepare: return "PREPARE TRANSACTION";
    case TransactionOp::kCommitPrepared: return "COMMIT PREPARED";
    case TransactionOp::kRollbackPrepared: return "ROLLBACK PREPARED";
  }
  return "";
}

std::string_view set_tag(const VariableSetStmt& set) {
  return set.set == VariableSetKind::kReset || set.set == VariableSetKind::kResetAll ? "RESET" : "SET";
}

std::string_view discard_tag(DiscardTarget target) {
  switch (target) {
    case DiscardTarget::kAll: return "DISCARD ALL";
    case DiscardTarget::kPlans: return "DISCARD PLANS";
    case DiscardTarget::kSequences: return "DISCARD SEQUENCES";
    case DiscardTarget::kTemp: return "DISCARD TEMP";
  }
  return "DISCARD";
}

std::string_view rename_tag(const RenameStmt& rename) {
  if (rename.object_type == ObjectType::kTableConstraint) return "ALTER TABLE";  // the grammar names no kind of relation
  return tagged("ALTER ", rename.object_type == ObjectType::kColumn ? rename.relation_type : rename.object_type);
}

}  // namespace

std::string_view command_tag(const Node& statement) {
  switch (statement.kind) {
    case NodeKind::kSelectStmt: return as<SelectStmt>(statement).into != nullptr ? "SELECT INTO" : "SELECT";
    case NodeKind::kInsertStmt: return "INSERT";
    case NodeKind::kUpdateStmt: return "UPDATE";
    case NodeKind::kDeleteStmt: return "DELETE";
    case NodeKind::kMergeStmt: return "MERGE";
    case NodeKind::kCreateTableStmt: return "CREATE TABLE";
    case NodeKind::kCreateTableAsStmt:
      if (as<CreateTableAsStmt>(statement).materialized_view) return "CREATE MATERIALIZED VIEW";
      return as<CreateTableAsStmt>(statement).select_into ? "SELECT INTO" : "CREATE TABLE AS";
    case NodeKind::kAlterTableStmt: return tagged("ALTER ", as<AlterTableStmt>(statement).object_type);
    case NodeKind::kDropStmt: return tagged("DROP ", as<DropStmt>(statement).object_type);
    case NodeKind::kTruncateStmt: return "TRUNCATE TABLE";
    case NodeKind::kCommentStmt: return "COMMENT";
    case NodeKind::kRenameStmt: return rename_tag(as<RenameStmt>(statement));
    case NodeKind::kAlterOwnerStmt: return tagged("ALTER ", as<AlterOwnerStmt>(statement).object_type);
    case NodeKind::kAlterObjectSchemaStmt: return tagged("ALTER ", as<AlterObjectSchemaStmt>(statement).object_type);
    case NodeKind::kIndexStmt: return "CREATE INDEX";
    case NodeKind::kCreateSequenceStmt: return "CREATE SEQUENCE";
    case NodeKind::kAlterSequenceStmt: return "ALTER SEQUENCE";
    case NodeKind::kCreateSchemaStmt: return "CREATE SCHEMA";
    case NodeKind::kCreateViewStmt: return "CREATE VIEW";
    case NodeKind::kCreateExtensionStmt: return "CREATE EXTENSION";
    case NodeKind::kAlterExtensionStmt: return "ALTER EXTENSION";
    case NodeKind::kCreateDatabaseStmt: return "CREATE DATABASE";
    case NodeKind::kAlterDatabaseStmt:
    case NodeKind::kAlterDatabaseSetStmt: return "ALTER DATABASE";
    case NodeKind::kDropDatabaseStmt: return "DROP DATABASE";
    case NodeKind::kCreateRoleStmt: return "CREATE ROLE";
    case NodeKind::kAlterRoleStmt:
    case NodeKind::kAlterRoleSetStmt: return "ALTER ROLE";
    case NodeKind::kDropRoleStmt: return "DROP ROLE";
    case NodeKind::kGrantStmt:
      if (as<GrantStmt>(statement).target == GrantTarget::kDefaults) return "ALTER DEFAULT PRIVILEGES";
      return as<GrantStmt>(statement).is_grant ? "GRANT" : "REVOKE";
    case NodeKind::kGrantRoleStmt: return as<GrantRoleStmt>(statement).is_grant ? "GRANT ROLE" : "REVOKE ROLE";
    case NodeKind::kDropOwnedStmt: return "DROP OWNED";
    case NodeKind::kReassignOwnedStmt: return "REASSIGN OWNED";
    case NodeKind::kReindexStmt: return "REINDEX";
    case NodeKind::kClusterStmt: return "CLUSTER";
    case NodeKind::kVacuumStmt: return as<VacuumStmt>(statement).is_vacuum ? "VACUUM" : "ANALYZE";
    case NodeKind::kTransactionStmt: return transaction_tag(as<TransactionStmt>(statement).op);
    case NodeKind::kVariableSetStmt: return set_tag(as<VariableSetStmt>(statement));
    case NodeKind::kVariableShowStmt: return "SHOW";
    case NodeKind::kAlterSystemStmt: return "ALTER SYSTEM";
    case NodeKind::kPrepareStmt: return "PREPARE";
    case NodeKind::kExecuteStmt: return "EXECUTE";
    case NodeKind::kDeallocateStmt: return as<DeallocateStmt>(statement).name.empty() ? "DEALLOCATE ALL" : "DEALLOCATE";
    case NodeKind::kDeclareCursorStmt: return "DECLARE CURSOR";
    case NodeKind::kFetchStmt: return as<FetchStmt>(statement).is_move ? "MOVE" : "FETCH";
    case NodeKind::kClosePortalStmt: return as<ClosePortalStmt>(statement).name.empty() ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
    case NodeKind::kCopyStmt: return "COPY";
    case NodeKind::kExplainStmt: return "EXPLAIN";
    case NodeKind::kLockStmt: return "LOCK TABLE";
    case NodeKind::kDiscardStmt: return discard_tag(as<DiscardStmt>(statement).target);
    case NodeKind::kListenStmt: return "LISTEN";
    case NodeKind::kNotifyStmt: return "NOTIFY";
    case NodeKind::kUnlistenStmt: return "UNLISTEN";
    case NodeKind::kCheckPointStmt: return "CHECKPOINT";
    case NodeKind::kDoStmt: return "DO";
    case NodeKind::kConstraintsSetStmt: return "SET CONSTRAINTS";
    case NodeKind::kLoadStmt: return "LOAD";
    case NodeKind::kCallStmt: return "CALL";
    case NodeKind::kUnsupportedStatement: return as<UnsupportedStatement>(statement).tag;
    default: return "???";
  }
}

}  // namespace vecino::sql

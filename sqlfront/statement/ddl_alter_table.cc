#include <algorithm>

#include "sqlfront/catalog/row_security.h"
#include "sqlfront/parse/parser.h"
#include "sqlfront/statement/ddl_alter.h"
#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_table.h"

namespace vecino::sql {
namespace {

using ast::AlterTableOp;
using storage::LockMode;

// Manual: ALTER TABLE says which forms need less than ACCESS EXCLUSIVE.
LockMode lock_mode_of(const ast::AlterTableStmt& statement) {
  LockMode mode = LockMode::kShareUpdateExclusive;
  for (const auto& command : statement.commands) {
    switch (command->op) {
      case AlterTableOp::kSetStatistics:
      case AlterTableOp::kSetRelOptions:
      case AlterTableOp::kResetRelOptions:
      case AlterTableOp::kValidateConstraint:
      case AlterTableOp::kClusterOn:
      case AlterTableOp::kDropCluster: break;
      default: mode = LockMode::kAccessExclusive;
    }
  }
  return mode;
}

void set_options(DdlContext& context, const RelationDesc& relation, const ast::AlterTableCommand& command) {
  auto changed = copy_relation(relation);
  auto pairs = option_pairs(command.options);
  if (command.op == AlterTableOp::kSetRelOptions) {
    if (relation.index) {
      pairs = index_options(require_access_method(relation.index->access_method), command.options);
    } else if (relation.kind == 'v') {
      check_view_options(command.options);
    } else {
      check_table_options(command.options);
    }
  }
  for (const auto& pair : pairs) {
    std::erase_if(changed->options, [&](const auto& option) { return option.first == pair.first; });
    if (command.op == AlterTableOp::kSetRelOptions) changed->options.push_back(pair);
  }
  if (changed->index) changed->index->options = changed->options;
  store(context, std::move(changed));
}

void set_persistence(DdlContext& context, const RelationDesc& relation, char persistence) {
  if (relation.is_temporary()) {
    throw SqlError(sqlstate::kInvalidTableDefinition,
                   "cannot change logged status of table \"" + relation.name + "\" because it is temporary");
  }
  auto changed = copy_relation(relation);
  changed->persistence = persistence;
  store(context, std::move(changed));
  for (Oid oid : relation.indexes) {
    auto index = copy_relation(*reload(context, oid));
    index->persistence = persistence;
    store(context, std::move(index));
  }
}

// pg_dump --disable-triggers and loaders send these; there are no triggers that could stay enabled.
bool is_harmless_without_triggers(const std::string& what) {
  return what == "ENABLE TRIGGER ALL" || what == "DISABLE TRIGGER ALL" || what == "ENABLE TRIGGER USER" ||
         what == "DISABLE TRIGGER USER";
}

// ENABLE ROW LEVEL SECURITY and its like. False = something else.
bool set_row_security(DdlContext& context, const RelationDesc& relation, std::string_view what) {
  std::string_view name = row_security::kEnabled;
  bool on = what == "ENABLE ROW LEVEL SECURITY";
  if (what == "FORCE ROW LEVEL SECURITY" || what == "NO FORCE ROW LEVEL SECURITY") {
    name = row_security::kForced;
    on = what == "FORCE ROW LEVEL SECURITY";
  } else if (!on && what != "DISABLE ROW LEVEL SECURITY") {
    return false;
  }
  auto changed = copy_relation(relation);
  std::erase_if(changed->options, [&](const auto& option) { return option.first == name; });
  if (on) changed->options.emplace_back(name, "");
  store(context, std::move(changed));
  return true;
}

void require_table(const RelationDesc& relation, const ast::AlterTableCommand& command) {
  switch (command.op) {
    case AlterTableOp::kChangeOwner:
    case AlterTableOp::kSetRelOptions:
    case AlterTableOp::kResetRelOptions:
    case AlterTableOp::kSetStatistics:
    case AlterTableOp::kSetTablespace: return;
    default: break;
  }
  if (relation.kind == 'r') return;
  if (relation.kind == 'v' && command.op == AlterTableOp::kColumnDefault) {
    throw SqlError(sqlstate::kFeatureNotSupported, "defaults of view columns are not supported");
  }
  throw SqlError(sqlstate::kWrongObjectType, "\"" + relation.name + "\" is not a table");
}

void dispatch(DdlContext& context, Oid oid, const ast::AlterTableCommand& command) {
  RelationPtr relation = reload(context, oid);
  require_table(*relation, command);
  switch (command.op) {
    case AlterTableOp::kAddColumn: alter_add_column(context, oid, command); break;
    case AlterTableOp::kDropColumn: alter_drop_column(context, oid, command); break;
    case AlterTableOp::kAlterColumnType: alter_column_type(context, oid, command); break;
    case AlterTableOp::kColumnDefault: alter_column_default(context, oid, command); break;
    case AlterTableOp::kSetNotNull:
    case AlterTableOp::kDropNotNull: alter_column_not_null(context, oid, command); break;
    case AlterTableOp::kAddIdentity:
    case AlterTableOp::kSetIdentity:
    case AlterTableOp::kDropIdentity: alter_column_identity(context, oid, command); break;
    case AlterTableOp::kDropExpression:
    case AlterTableOp::kSetStatistics:
    case AlterTableOp::kSetStorage:
    case AlterTableOp::kSetCompression: alter_column_property(context, oid, command); break;
    case AlterTableOp::kAddConstraint:
    case AlterTableOp::kAlterConstraint:
    case AlterTableOp::kValidateConstraint:
    case AlterTableOp::kDropConstraint: alter_constraint(context, oid, command); break;
    case AlterTableOp::kChangeOwner: alter_relation_owner(context, *relation, resolve_role(context, *command.owner)); break;
    case AlterTableOp::kSetRelOptions:
    case AlterTableOp::kResetRelOptions: set_options(context, *relation, command); break;
    case AlterTableOp::kSetLogged: set_persistence(context, *relation, 'p'); break;
    case AlterTableOp::kSetUnlogged: set_persistence(context, *relation, 'u'); break;
    case AlterTableOp::kSetTablespace:
      if (command.name != "pg_default") {
        throw SqlError(sqlstate::kUndefinedObject, "tablespace \"" + command.name + "\" does not exist");
      }
      break;
    case AlterTableOp::kSetOptions:
    case AlterTableOp::kResetOptions:
      throw SqlError(sqlstate::kFeatureNotSupported, "ALTER COLUMN ... SET (...) is not supported");
    case AlterTableOp::kClusterOn:
    case AlterTableOp::kDropCluster:
      throw SqlError(sqlstate::kFeatureNotSupported, "CLUSTER ON is not supported");
    case AlterTableOp::kReplicaIdentity:
      throw SqlError(sqlstate::kFeatureNotSupported, "REPLICA IDENTITY is not supported");
    case AlterTableOp::kUnsupported:
      if (is_harmless_without_triggers(command.name) || set_row_security(context, *relation, command.name)) break;
      throw SqlError(sqlstate::kFeatureNotSupported, "ALTER TABLE ... " + command.name + " is not supported");
  }
}

// PostgreSQL has no query text at hand here: its errors have no position, but for expressions of USING.
void run(DdlContext& context, Oid oid, const ast::AlterTableCommand& command) {
  try {
    dispatch(context, oid, command);
  } catch (SqlError& error) {
    if (command.op == AlterTableOp::kAlterColumnType) throw;
    throw SqlError(error.info());
  }
}

void check_kind(const RelationDesc& relation, ast::ObjectType type) {
  auto refuse = [&](const char* what) {
    throw SqlError(sqlstate::kWrongObjectType, "\"" + relation.name + "\" is not " + what);
  };
  if (type == ast::ObjectType::kIndex && relation.kind != 'i') refuse("an index");
  if (type == ast::ObjectType::kSequence && relation.kind != 'S') refuse("a sequence");
  if (type == ast::ObjectType::kView && relation.kind != 'v') refuse("a view");
}

}  // namespace

std::string alter_table(const ast::AlterTableStmt& statement, DdlContext& context) {
  std::string tag(command_tag(statement));
  RelationPtr relation = open_relation(context, *statement.relation, lock_mode_of(statement),
                                       statement.if_exists ? OnMissing::kReturnNull : OnMissing::kFail,
                                       &require_relation_owner);
  if (!relation) {
    notice(context, sqlstate::kSuccess,
           "relation \"" + written_name(*statement.relation) + "\" does not exist, skipping");
    return tag;
  }
  refuse_system_relation(context, *relation);
  check_kind(*relation, statement.object_type);
  refuse_pending_events(context, *relation, "ALTER TABLE");
  // PostgreSQL's passes: what removes comes first, what adds columns next, constraints last.
  auto pass_of = [](AlterTableOp op) {
    switch (op) {
      case AlterTableOp::kDropColumn:
      case AlterTableOp::kDropConstraint:
      case AlterTableOp::kDropNotNull: return 0;
      case AlterTableOp::kAlterColumnType: return 1;
      case AlterTableOp::kAddColumn: return 2;
      case AlterTableOp::kAddConstraint: return 4;
      default: return 3;
    }
  };
  for (int pass = 0; pass <= 4; ++pass) {
    for (const auto& command : statement.commands) {
      if (pass_of(command->op) == pass) run(context, relation->oid, *command);
    }
  }
  return tag;
}

}  // namespace vecino::sql

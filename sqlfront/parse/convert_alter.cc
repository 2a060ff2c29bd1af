#include "sqlfront/parse/convert.h"

namespace vecino::sql::parse {

using namespace ast;

namespace {

struct AlterRow {
  PgQuery__AlterTableType type;
  AlterTableOp op;
  const char* description;  // for kUnsupported
};
constexpr AlterRow kAlterTable[] = {
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn, AlterTableOp::kAddColumn, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault, AlterTableOp::kColumnDefault, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull, AlterTableOp::kDropNotNull, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull, AlterTableOp::kSetNotNull, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression, AlterTableOp::kDropExpression, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics, AlterTableOp::kSetStatistics, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions, AlterTableOp::kSetOptions, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions, AlterTableOp::kResetOptions, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage, AlterTableOp::kSetStorage, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression, AlterTableOp::kSetCompression, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn, AlterTableOp::kDropColumn, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint, AlterTableOp::kAddConstraint, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint, AlterTableOp::kAlterConstraint, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint, AlterTableOp::kValidateConstraint, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint, AlterTableOp::kDropConstraint, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType, AlterTableOp::kAlterColumnType, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner, AlterTableOp::kChangeOwner, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn, AlterTableOp::kClusterOn, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster, AlterTableOp::kDropCluster, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged, AlterTableOp::kSetLogged, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged, AlterTableOp::kSetUnlogged, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace, AlterTableOp::kSetTablespace, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions, AlterTableOp::kSetRelOptions, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions, AlterTableOp::kResetRelOptions, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity, AlterTableOp::kReplicaIdentity, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity, AlterTableOp::kAddIdentity, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity, AlterTableOp::kSetIdentity, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity, AlterTableOp::kDropIdentity, ""},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig, AlterTableOp::kUnsupported, "ENABLE TRIGGER"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig, AlterTableOp::kUnsupported, "ENABLE ALWAYS TRIGGER"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig, AlterTableOp::kUnsupported, "ENABLE REPLICA TRIGGER"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig, AlterTableOp::kUnsupported, "DISABLE TRIGGER"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll, AlterTableOp::kUnsupported, "ENABLE TRIGGER ALL"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll, AlterTableOp::kUnsupported, "DISABLE TRIGGER ALL"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser, AlterTableOp::kUnsupported, "ENABLE TRIGGER USER"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser, AlterTableOp::kUnsupported, "DISABLE TRIGGER USER"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRule, AlterTableOp::kUnsupported, "ENABLE RULE"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysRule, AlterTableOp::kUnsupported, "ENABLE ALWAYS RULE"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaRule, AlterTableOp::kUnsupported, "ENABLE REPLICA RULE"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRule, AlterTableOp::kUnsupported, "DISABLE RULE"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit, AlterTableOp::kUnsupported, "INHERIT"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit, AlterTableOp::kUnsupported, "NO INHERIT"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AddOf, AlterTableOp::kUnsupported, "OF"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DropOf, AlterTableOp::kUnsupported, "NOT OF"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod, AlterTableOp::kUnsupported, "SET ACCESS METHOD"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity, AlterTableOp::kUnsupported, "ENABLE ROW LEVEL SECURITY"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity, AlterTableOp::kUnsupported, "DISABLE ROW LEVEL SECURITY"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity, AlterTableOp::kUnsupported, "FORCE ROW LEVEL SECURITY"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity, AlterTableOp::kUnsupported, "NO FORCE ROW LEVEL SECURITY"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition, AlterTableOp::kUnsupported, "ATTACH PARTITION"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition, AlterTableOp::kUnsupported, "DETACH PARTITION"},
    {PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize, AlterTableOp::kUnsupported, "DETACH PARTITION"},
};

std::unique_ptr<ReindexStmt> reindex_base(const PgQuery__ReindexStmt& in) {
  auto out = std::make_unique<ReindexStmt>();
  out->target = same_order<ReindexTarget>(in.kind);
  out->name = text(in.name);
  return out;
}

}  // namespace

std::unique_ptr<AlterTableCommand> Converter::alter_table_command(const PgQuery__AlterTableCmd& in) {
  auto out = std::make_unique<AlterTableCommand>();
  out->name = text(in.name);
  out->number = in.num;
  out->owner = role_spec(in.newowner);
  out->behavior = drop_behavior(in.behavior);
  out->if_exists = in.missing_ok;
  for (const AlterRow& row : kAlterTable) {
    if (row.type != in.subtype) continue;
    out->op = row.op;
    if (row.op == AlterTableOp::kUnsupported) out->name = row.description;
  }
  if (out->op == AlterTableOp::kUnsupported) {
    if (out->name.empty()) out->name = "this subcommand";
    return out;
  }
  if (in.def == nullptr) return out;
  switch (in.def->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_DEF:
      out->definition = column_def(*in.def->column_def);
      out->location = out->definition->location;
      break;
    case PG_QUERY__NODE__NODE_CONSTRAINT:
      out->definition = constraint(*in.def->constraint);
      out->location = out->definition->location;
      break;
    case PG_QUERY__NODE__NODE_LIST: out->options = def_list(in.def->list->n_items, in.def->list->items); break;
    case PG_QUERY__NODE__NODE_REPLICA_IDENTITY_STMT: {
      auto identity = std::make_unique<StringNode>();
      identity->value = text(in.def->replica_identity_stmt->identity_type);
      out->definition = std::move(identity);
      out->name = text(in.def->replica_identity_stmt->name);
      break;
    }
    default: out->definition = expr(in.def); break;
  }
  return out;
}

NodePtr Converter::alter_table(const PgQuery__AlterTableStmt& in) {
  auto out = std::make_unique<AlterTableStmt>();
  out->relation = range_var(in.relation);
  for (size_t i = 0; i < in.n_cmds; ++i) {
    if (in.cmds[i]->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) {
      out->commands.push_back(alter_table_command(*in.cmds[i]->alter_table_cmd));
    }
  }
  out->object_type = object_type(in.objtype);
  out->if_exists = in.missing_ok;
  return out;
}

NodePtr Converter::definition(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return create_table(*node.create_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: return create_table_as(*node.create_table_as_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return alter_table(*node.alter_table_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT: return index(*node.index_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT: return drop(*node.drop_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return rename(*node.rename_stmt);
    case PG_QUERY__NODE__NODE_GRANT_STMT: return grant(*node.grant_stmt);
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
      return default_privileges(*node.alter_default_privileges_stmt);
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT: return grant_role(*node.grant_role_stmt);
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT: {
      auto out = std::make_unique<TruncateStmt>();
      out->relations = range_vars(node.truncate_stmt->n_relations, node.truncate_stmt->relations);
      out->restart_identity = node.truncate_stmt->restart_seqs;
      out->behavior = drop_behavior(node.truncate_stmt->behavior);
      return out;
    }
    case PG_QUERY__NODE__NODE_COMMENT_STMT: {
      auto out = std::make_unique<CommentStmt>();
      out->object_type = object_type(node.comment_stmt->objtype);
      out->object = object_name(node.comment_stmt->object);
      out->comment = text(node.comment_stmt->comment);
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT: {
      auto out = std::make_unique<AlterOwnerStmt>();
      out->object_type = object_type(node.alter_owner_stmt->object_type);
      out->object = object_name(node.alter_owner_stmt->object);
      out->owner = role_spec(node.alter_owner_stmt->newowner);
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: {
      const PgQuery__AlterObjectSchemaStmt& in = *node.alter_object_schema_stmt;
      auto out = std::make_unique<AlterObjectSchemaStmt>();
      out->object_type = object_type(in.object_type);
      out->relation = range_var(in.relation);
      if (in.object != nullptr) out->object = object_name(in.object);
      out->new_schema = text(in.newschema);
      out->if_exists = in.missing_ok;
      return out;
    }
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: {
      auto out = std::make_unique<CreateSequenceStmt>();
      out->sequence = range_var(node.create_seq_stmt->sequence);
      out->options = def_list(node.create_seq_stmt->n_options, node.create_seq_stmt->options);
      out->if_not_exists = node.create_seq_stmt->if_not_exists;
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: {
      auto out = std::make_unique<AlterSequenceStmt>();
      out->sequence = range_var(node.alter_seq_stmt->sequence);
      out->options = def_list(node.alter_seq_stmt->n_options, node.alter_seq_stmt->options);
      out->if_exists = node.alter_seq_stmt->missing_ok;
      return out;
    }
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: {
      const PgQuery__CreateSchemaStmt& in = *node.create_schema_stmt;
      auto out = std::make_unique<CreateSchemaStmt>();
      out->name = text(in.schemaname);
      out->role = role_spec(in.authrole);
      for (size_t i = 0; i < in.n_schema_elts; ++i) out->elements.push_back(statement(*in.schema_elts[i]));
      out->if_not_exists = in.if_not_exists;
      return out;
    }
    case PG_QUERY__NODE__NODE_VIEW_STMT: {
      const PgQuery__ViewStmt& in = *node.view_stmt;
      auto out = std::make_unique<CreateViewStmt>();
      out->view = range_var(in.view);
      out->columns = strings(in.n_aliases, in.aliases);
      if (in.query != nullptr) out->query = statement(*in.query);
      out->replace = in.replace;
      out->options = def_list(in.n_options, in.options);
      if (in.with_check_option == PG_QUERY__VIEW_CHECK_OPTION__LOCAL_CHECK_OPTION) out->check_option = 'l';
      if (in.with_check_option == PG_QUERY__VIEW_CHECK_OPTION__CASCADED_CHECK_OPTION) out->check_option = 'c';
      return out;
    }
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT: {
      auto out = std::make_unique<CreateExtensionStmt>();
      out->name = text(node.create_extension_stmt->extname);
      out->if_not_exists = node.create_extension_stmt->if_not_exists;
      out->options = def_list(node.create_extension_stmt->n_options, node.create_extension_stmt->options);
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_EXTENSION_STMT: {
      auto out = std::make_unique<AlterExtensionStmt>();
      out->name = text(node.alter_extension_stmt->extname);
      out->options = def_list(node.alter_extension_stmt->n_options, node.alter_extension_stmt->options);
      return out;
    }
    case PG_QUERY__NODE__NODE_CREATEDB_STMT: {
      auto out = std::make_unique<CreateDatabaseStmt>();
      out->name = text(node.createdb_stmt->dbname);
      out->options = def_list(node.createdb_stmt->n_options, node.createdb_stmt->options);
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT: {
      auto out = std::make_unique<AlterDatabaseStmt>();
      out->name = text(node.alter_database_stmt->dbname);
      out->options = def_list(node.alter_database_stmt->n_options, node.alter_database_stmt->options);
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_SET_STMT: {
      auto out = std::make_unique<AlterDatabaseSetStmt>();
      out->name = text(node.alter_database_set_stmt->dbname);
      out->set = variable_set(node.alter_database_set_stmt->setstmt);
      return out;
    }
    case PG_QUERY__NODE__NODE_DROPDB_STMT: {
      auto out = std::make_unique<DropDatabaseStmt>();
      out->name = text(node.dropdb_stmt->dbname);
      out->if_exists = node.dropdb_stmt->missing_ok;
      out->options = def_list(node.dropdb_stmt->n_options, node.dropdb_stmt->options);
      return out;
    }
    case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT: {
      auto out = std::make_unique<CreateRoleStmt>();
      out->stmt_kind = same_order<RoleStmtKind>(node.create_role_stmt->stmt_type);
      out->name = text(node.create_role_stmt->role);
      out->options = def_list(node.create_role_stmt->n_options, node.create_role_stmt->options);
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_ROLE_STMT: {
      auto out = std::make_unique<AlterRoleStmt>();
      out->role = role_spec(node.alter_role_stmt->role);
      out->options = def_list(node.alter_role_stmt->n_options, node.alter_role_stmt->options);
      out->action = node.alter_role_stmt->action;
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_ROLE_SET_STMT: {
      auto out = std::make_unique<AlterRoleSetStmt>();
      out->role = role_spec(node.alter_role_set_stmt->role);
      out->database = text(node.alter_role_set_stmt->database);
      out->set = variable_set(node.alter_role_set_stmt->setstmt);
      return out;
    }
    case PG_QUERY__NODE__NODE_DROP_ROLE_STMT: {
      auto out = std::make_unique<DropRoleStmt>();
      out->roles = role_specs(node.drop_role_stmt->n_roles, node.drop_role_stmt->roles);
      out->if_exists = node.drop_role_stmt->missing_ok;
      return out;
    }
    case PG_QUERY__NODE__NODE_DROP_OWNED_STMT: {
      auto out = std::make_unique<DropOwnedStmt>();
      out->roles = role_specs(node.drop_owned_stmt->n_roles, node.drop_owned_stmt->roles);
      out->behavior = drop_behavior(node.drop_owned_stmt->behavior);
      return out;
    }
    case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT: {
      auto out = std::make_unique<ReassignOwnedStmt>();
      out->roles = role_specs(node.reassign_owned_stmt->n_roles, node.reassign_owned_stmt->roles);
      out->new_role = role_spec(node.reassign_owned_stmt->newrole);
      return out;
    }
    case PG_QUERY__NODE__NODE_REINDEX_STMT: {
      auto out = reindex_base(*node.reindex_stmt);
      out->relation = range_var(node.reindex_stmt->relation);
      out->options = def_list(node.reindex_stmt->n_params, node.reindex_stmt->params);
      return out;
    }
    case PG_QUERY__NODE__NODE_CLUSTER_STMT: {
      auto out = std::make_unique<ClusterStmt>();
      out->relation = range_var(node.cluster_stmt->relation);
      out->index = text(node.cluster_stmt->indexname);
      out->options = def_list(node.cluster_stmt->n_params, node.cluster_stmt->params);
      return out;
    }
    case PG_QUERY__NODE__NODE_VACUUM_STMT: {
      const PgQuery__VacuumStmt& in = *node.vacuum_stmt;
      auto out = std::make_unique<VacuumStmt>();
      out->is_vacuum = in.is_vacuumcmd;
      out->options = def_list(in.n_options, in.options);
      for (size_t i = 0; i < in.n_rels; ++i) {
        const PgQuery__VacuumRelation& relation = *in.rels[i]->vacuum_relation;
        auto item = std::make_unique<VacuumRelation>();
        item->relation = range_var(relation.relation);
        item->columns = strings(relation.n_va_cols, relation.va_cols);
        out->relations.push_back(std::move(item));
      }
      return out;
    }
    default: return nullptr;
  }
}

}  // namespace vecino::sql::parse

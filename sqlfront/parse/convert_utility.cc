#include "sqlfront/parse/convert.h"

namespace vecino::sql::parse {

using namespace ast;

std::unique_ptr<VariableSetStmt> Converter::variable_set(const PgQuery__VariableSetStmt* in) {
  if (in == nullptr) return nullptr;
  auto out = std::make_unique<VariableSetStmt>();
  out->set = same_order<VariableSetKind>(in->kind);
  out->name = text(in->name);
  out->args = exprs(in->n_args, in->args);
  out->is_local = in->is_local;
  return out;
}

NodePtr Converter::copy(const PgQuery__CopyStmt& in) {
  auto out = std::make_unique<CopyStmt>();
  out->relation = range_var(in.relation);
  if (in.query != nullptr) out->query = statement(*in.query);
  out->columns = strings(in.n_attlist, in.attlist);
  out->has_columns = in.n_attlist > 0;
  out->is_from = in.is_from;
  out->is_program = in.is_program;
  out->filename = text(in.filename);
  out->options = def_list(in.n_options, in.options);
  out->where = expr(in.where_clause);
  return out;
}

NodePtr Converter::utility(const PgQuery__Node& node) {
  switch (node.node_case) {
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: {
      const PgQuery__TransactionStmt& in = *node.transaction_stmt;
      auto out = std::make_unique<TransactionStmt>();
      out->op = same_order<TransactionOp>(in.kind);
      out->options = def_list(in.n_options, in.options);
      out->savepoint = text(in.savepoint_name);
      out->gid = text(in.gid);
      out->chain = in.chain;
      return out;
    }
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: return variable_set(node.variable_set_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT: {
      auto out = std::make_unique<VariableShowStmt>();
      out->name = text(node.variable_show_stmt->name);
      return out;
    }
    case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT: {
      auto out = std::make_unique<AlterSystemStmt>();
      out->set = variable_set(node.alter_system_stmt->setstmt);
      return out;
    }
    case PG_QUERY__NODE__NODE_PREPARE_STMT: {
      const PgQuery__PrepareStmt& in = *node.prepare_stmt;
      auto out = std::make_unique<PrepareStmt>();
      out->name = text(in.name);
      for (size_t i = 0; i < in.n_argtypes; ++i) out->types.push_back(type_name(in.argtypes[i]->type_name));
      if (in.query != nullptr) out->query = statement(*in.query);
      return out;
    }
    case PG_QUERY__NODE__NODE_EXECUTE_STMT: {
      auto out = std::make_unique<ExecuteStmt>();
      out->name = text(node.execute_stmt->name);
      out->args = exprs(node.execute_stmt->n_params, node.execute_stmt->params);
      return out;
    }
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT: {
      auto out = std::make_unique<DeallocateStmt>();
      out->name = text(node.deallocate_stmt->name);
      return out;
    }
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT: {
      auto out = std::make_unique<DeclareCursorStmt>();
      out->name = text(node.declare_cursor_stmt->portalname);
      out->options = node.declare_cursor_stmt->options;
      if (node.declare_cursor_stmt->query != nullptr) out->query = statement(*node.declare_cursor_stmt->query);
      return out;
    }
    case PG_QUERY__NODE__NODE_FETCH_STMT: {
      auto out = std::make_unique<FetchStmt>();
      out->direction = same_order<FetchDirection>(node.fetch_stmt->direction);
      out->count = node.fetch_stmt->how_many;
      out->cursor = text(node.fetch_stmt->portalname);
      out->is_move = node.fetch_stmt->ismove;
      return out;
    }
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT: {
      auto out = std::make_unique<ClosePortalStmt>();
      out->name = text(node.close_portal_stmt->portalname);
      return out;
    }
    case PG_QUERY__NODE__NODE_COPY_STMT: return copy(*node.copy_stmt);
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT: {
      auto out = std::make_unique<ExplainStmt>();
      if (node.explain_stmt->query != nullptr) out->query = statement(*node.explain_stmt->query);
      out->options = def_list(node.explain_stmt->n_options, node.explain_stmt->options);
      return out;
    }
    case PG_QUERY__NODE__NODE_LOCK_STMT: {
      auto out = std::make_unique<LockStmt>();
      out->relations = range_vars(node.lock_stmt->n_relations, node.lock_stmt->relations);
      out->mode = node.lock_stmt->mode;
      out->nowait = node.lock_stmt->nowait;
      return out;
    }
    case PG_QUERY__NODE__NODE_DISCARD_STMT: {
      auto out = std::make_unique<DiscardStmt>();
      out->target = same_order<DiscardTarget>(node.discard_stmt->target);
      return out;
    }
    case PG_QUERY__NODE__NODE_LISTEN_STMT: {
      auto out = std::make_unique<ListenStmt>();
      out->channel = text(node.listen_stmt->conditionname);
      return out;
    }
    case PG_QUERY__NODE__NODE_NOTIFY_STMT: {
      auto out = std::make_unique<NotifyStmt>();
      out->channel = text(node.notify_stmt->conditionname);
      out->payload = text(node.notify_stmt->payload);
      return out;
    }
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT: {
      auto out = std::make_unique<UnlistenStmt>();
      out->channel = text(node.unlisten_stmt->conditionname);
      return out;
    }
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT: return std::make_unique<CheckPointStmt>();
    case PG_QUERY__NODE__NODE_DO_STMT: {
      auto out = std::make_unique<DoStmt>();
      out->args = def_list(node.do_stmt->n_args, node.do_stmt->args);
      return out;
    }
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT: {
      auto out = std::make_unique<ConstraintsSetStmt>();
      out->constraints = range_vars(node.constraints_set_stmt->n_constraints, node.constraints_set_stmt->constraints);
      out->deferred = node.constraints_set_stmt->deferred;
      return out;
    }
    case PG_QUERY__NODE__NODE_LOAD_STMT: {
      auto out = std::make_unique<LoadStmt>();
      out->filename = text(node.load_stmt->filename);
      return out;
    }
    case PG_QUERY__NODE__NODE_CALL_STMT: {
      auto out = std::make_unique<CallStmt>();
      if (node.call_stmt->funccall != nullptr) out->call = func_call(*node.call_stmt->funccall);
      return out;
    }
    default: return nullptr;
  }
}

namespace {

struct UnsupportedRow {
  PgQuery__Node__NodeCase kind;
  const char* tag;
};
constexpr UnsupportedRow kUnsupported[] = {
    {PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT, "ALTER DOMAIN"},
    {PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT, "ALTER FUNCTION"},
    {PG_QUERY__NODE__NODE_RULE_STMT, "CREATE RULE"},
    {PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT, "CREATE DOMAIN"},
    {PG_QUERY__NODE__NODE_CREATE_TRIG_STMT, "CREATE TRIGGER"},
    {PG_QUERY__NODE__NODE_CREATE_PLANG_STMT, "CREATE LANGUAGE"},
    {PG_QUERY__NODE__NODE_ALTER_DATABASE_REFRESH_COLL_STMT, "ALTER DATABASE REFRESH COLLATION VERSION"},
    {PG_QUERY__NODE__NODE_CREATE_CONVERSION_STMT, "CREATE CONVERSION"},
    {PG_QUERY__NODE__NODE_CREATE_CAST_STMT, "CREATE CAST"},
    {PG_QUERY__NODE__NODE_CREATE_OP_CLASS_STMT, "CREATE OPERATOR CLASS"},
    {PG_QUERY__NODE__NODE_CREATE_OP_FAMILY_STMT, "CREATE OPERATOR FAMILY"},
    {PG_QUERY__NODE__NODE_ALTER_OP_FAMILY_STMT, "ALTER OPERATOR FAMILY"},
    {PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT, "CREATE TABLESPACE"},
    {PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT, "DROP TABLESPACE"},
    {PG_QUERY__NODE__NODE_ALTER_OBJECT_DEPENDS_STMT, "ALTER ... DEPENDS ON EXTENSION"},
    {PG_QUERY__NODE__NODE_ALTER_OPERATOR_STMT, "ALTER OPERATOR"},
    {PG_QUERY__NODE__NODE_ALTER_TYPE_STMT, "ALTER TYPE"},
    {PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT, "CREATE TYPE"},
    {PG_QUERY__NODE__NODE_CREATE_ENUM_STMT, "CREATE TYPE"},
    {PG_QUERY__NODE__NODE_CREATE_RANGE_STMT, "CREATE TYPE"},
    {PG_QUERY__NODE__NODE_ALTER_ENUM_STMT, "ALTER TYPE"},
    {PG_QUERY__NODE__NODE_ALTER_TSDICTIONARY_STMT, "ALTER TEXT SEARCH DICTIONARY"},
    {PG_QUERY__NODE__NODE_ALTER_TSCONFIGURATION_STMT, "ALTER TEXT SEARCH CONFIGURATION"},
    {PG_QUERY__NODE__NODE_CREATE_FDW_STMT, "CREATE FOREIGN DATA WRAPPER"},
    {PG_QUERY__NODE__NODE_ALTER_FDW_STMT, "ALTER FOREIGN DATA WRAPPER"},
    {PG_QUERY__NODE__NODE_CREATE_FOREIGN_SERVER_STMT, "CREATE SERVER"},
    {PG_QUERY__NODE__NODE_ALTER_FOREIGN_SERVER_STMT, "ALTER SERVER"},
    {PG_QUERY__NODE__NODE_CREATE_USER_MAPPING_STMT, "CREATE USER MAPPING"},
    {PG_QUERY__NODE__NODE_ALTER_USER_MAPPING_STMT, "ALTER USER MAPPING"},
    {PG_QUERY__NODE__NODE_DROP_USER_MAPPING_STMT, "DROP USER MAPPING"},
    {PG_QUERY__NODE__NODE_ALTER_TABLE_SPACE_OPTIONS_STMT, "ALTER TABLESPACE"},
    {PG_QUERY__NODE__NODE_ALTER_TABLE_MOVE_ALL_STMT, "ALTER TABLE"},
    {PG_QUERY__NODE__NODE_SEC_LABEL_STMT, "SECURITY LABEL"},
    {PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT, "CREATE FOREIGN TABLE"},
    {PG_QUERY__NODE__NODE_IMPORT_FOREIGN_SCHEMA_STMT, "IMPORT FOREIGN SCHEMA"},
    {PG_QUERY__NODE__NODE_ALTER_EXTENSION_CONTENTS_STMT, "ALTER EXTENSION"},
    {PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT, "CREATE EVENT TRIGGER"},
    {PG_QUERY__NODE__NODE_ALTER_EVENT_TRIG_STMT, "ALTER EVENT TRIGGER"},
    {PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT, "REFRESH MATERIALIZED VIEW"},
    {PG_QUERY__NODE__NODE_CREATE_POLICY_STMT, "CREATE POLICY"},
    {PG_QUERY__NODE__NODE_ALTER_POLICY_STMT, "ALTER POLICY"},
    {PG_QUERY__NODE__NODE_CREATE_TRANSFORM_STMT, "CREATE TRANSFORM"},
    {PG_QUERY__NODE__NODE_CREATE_AM_STMT, "CREATE ACCESS METHOD"},
    {PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT, "CREATE PUBLICATION"},
    {PG_QUERY__NODE__NODE_ALTER_PUBLICATION_STMT, "ALTER PUBLICATION"},
    {PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT, "CREATE SUBSCRIPTION"},
    {PG_QUERY__NODE__NODE_ALTER_SUBSCRIPTION_STMT, "ALTER SUBSCRIPTION"},
    {PG_QUERY__NODE__NODE_DROP_SUBSCRIPTION_STMT, "DROP SUBSCRIPTION"},
    {PG_QUERY__NODE__NODE_CREATE_STATS_STMT, "CREATE STATISTICS"},
    {PG_QUERY__NODE__NODE_ALTER_STATS_STMT, "ALTER STATISTICS"},
    {PG_QUERY__NODE__NODE_ALTER_COLLATION_STMT, "ALTER COLLATION"},
};

std::string unsupported_tag(const PgQuery__Node& node) {
  if (node.node_case == PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT) {
    return node.create_function_stmt->is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
  }
  if (node.node_case == PG_QUERY__NODE__NODE_DEFINE_STMT) {
    return "CREATE " + std::string(object_type_name(object_type(node.define_stmt->kind)));
  }
  for (const UnsupportedRow& row : kUnsupported) {
    if (row.kind == node.node_case) return row.tag;
  }
  return "this statement";
}

}  // namespace

NodePtr Converter::unsupported(const PgQuery__Node& node) {
  auto out = std::make_unique<UnsupportedStatement>();
  out->tag = unsupported_tag(node);
  out->description = out->tag;
  return out;
}

}  // namespace vecino::sql::parse

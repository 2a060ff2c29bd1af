#include "sqlfront/plan/explain.h"
#include "sqlfront/analyze/permissions.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/plan/statistics.h"
#include "sqlfront/statement/copy_in.h"
#include "sqlfront/statement/ddl.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/session_impl.h"
#include "sqlfront/statement/set_values.h"

namespace vecino::sql {

using ast::NodeKind;
using conf::SettingId;

namespace {

[[noreturn]] void not_supported(std::string what) {
  throw SqlError(sqlstate::kFeatureNotSupported, std::move(what) + " is not supported");
}

std::string fixed_tag(std::string_view tag) { return std::string(tag); }

}  // namespace

// Columns of utility statements that return rows.
void SessionImpl::describe_utility(PreparedStatement& statement) {
  statement.has_result = false;
  statement.columns.clear();
  switch (statement.node->kind) {
    case NodeKind::kVariableShowStmt: {
      const std::string& name = ast::as<ast::VariableShowStmt>(*statement.node).name;
      if (name == "all") {
        for (const char* column : {"name", "setting", "description"}) statement.columns.push_back(text_column(column));
      } else {
        const conf::SettingInfo* info = conf::find_setting(name);
        statement.columns.push_back(text_column(info ? std::string(info->name) : name));
      }
      statement.has_result = true;
      break;
    }
    case NodeKind::kExplainStmt: {
      ExplainOptions options = explain_options(ast::as<ast::ExplainStmt>(*statement.node));
      TypeId type = options.format == ExplainFormat::kJson ? type_id::kJson : type_id::kText;
      statement.columns.push_back(text_column("QUERY PLAN", type));
      statement.has_result = true;
      const auto& explain = ast::as<ast::ExplainStmt>(*statement.node);
      if (statement.variable_parameters && explain.query->kind != NodeKind::kExecuteStmt &&
          explain.query->kind != NodeKind::kCreateTableAsStmt && explain.query->kind != NodeKind::kDeclareCursorStmt) {
        (void)analyze_query(*explain.query, analyze_context(&statement.parameter_types, true));
      }
      break;
    }
    case NodeKind::kFetchStmt: {
      const auto& fetch = ast::as<ast::FetchStmt>(*statement.node);
      auto cursor = portals_.find(fetch.cursor);
      if (fetch.is_move || cursor == portals_.end()) break;
      statement.columns = cursor->second->columns;
      statement.has_result = cursor->second->has_result;
      break;
    }
    case NodeKind::kExecuteStmt: {
      auto prepared = statements_.find(ast::as<ast::ExecuteStmt>(*statement.node).name);
      if (prepared == statements_.end()) break;
      ensure_analyzed(*prepared->second);
      statement.columns = prepared->second->columns;
      statement.has_result = prepared->second->has_result;
      break;
    }
    case NodeKind::kDeclareCursorStmt: {
      if (!statement.variable_parameters) break;
      const auto& declare = ast::as<ast::DeclareCursorStmt>(*statement.node);
      (void)analyze_query(*declare.query, analyze_context(&statement.parameter_types, true));
      break;
    }
    case NodeKind::kCreateTableAsStmt: {
      if (!statement.variable_parameters) break;
      const auto& create = ast::as<ast::CreateTableAsStmt>(*statement.node);
      if (create.query->kind == NodeKind::kExecuteStmt) break;
      (void)analyze_query(*create.query, analyze_context(&statement.parameter_types, true));
      break;
    }
    default: break;
  }
}

void SessionImpl::require_no_block(std::string_view what) {
  if (block_.in_block() || implicit_block_) {
    throw SqlError(sqlstate::kActiveSqlTransaction, std::string(what) + " cannot run inside a transaction block");
  }
}

void SessionImpl::require_block(std::string_view what) {
  if (!block_.in_block() && !implicit_block_) {
    throw SqlError(sqlstate::kNoActiveSqlTransaction, std::string(what) + " can only be used in transaction blocks");
  }
}

// Several statements in one query string are one transaction, but no block with savepoints.
void SessionImpl::require_explicit_block(std::string_view what) {
  if (block_.in_block()) return;
  throw SqlError(sqlstate::kNoActiveSqlTransaction, std::string(what) + " can only be used in transaction blocks");
}

void SessionImpl::store_text_rows(Portal& portal, std::vector<std::vector<std::optional<std::string>>> rows) {
  std::vector<TypeRef> types;
  for (const ResultColumn& column : portal.columns) types.push_back(column.type);
  portal.store = new_row_store(types);
  std::vector<Datum> datums;
  for (const auto& row : rows) {
    datums.clear();
    for (const auto& value : row) datums.push_back(value ? Datum::from_bytes(*value) : Datum::null());
    portal.store->append(datums.data());
  }
}

void SessionImpl::run_utility(Portal& portal, ResultSink& sink) {
  const ast::Node& node = *portal.statement->node;
  switch (node.kind) {
    case NodeKind::kTransactionStmt: return run_transaction(ast::as<ast::TransactionStmt>(node), portal);
    case NodeKind::kVariableSetStmt: return run_set(ast::as<ast::VariableSetStmt>(node), portal);
    case NodeKind::kVariableShowStmt: return run_show(ast::as<ast::VariableShowStmt>(node), portal);
    case NodeKind::kPrepareStmt: return run_prepare(ast::as<ast::PrepareStmt>(node), portal);
    case NodeKind::kExecuteStmt: return run_execute(ast::as<ast::ExecuteStmt>(node), portal, sink);
    case NodeKind::kDeallocateStmt: return run_deallocate(ast::as<ast::DeallocateStmt>(node), portal);
    case NodeKind::kDeclareCursorStmt: return run_declare(ast::as<ast::DeclareCursorStmt>(node), portal);
    case NodeKind::kFetchStmt: return run_fetch(ast::as<ast::FetchStmt>(node), portal);
    case NodeKind::kClosePortalStmt: return run_close(ast::as<ast::ClosePortalStmt>(node), portal);
    case NodeKind::kCopyStmt: return run_copy(ast::as<ast::CopyStmt>(node), portal, sink);
    case NodeKind::kExplainStmt: return run_explain(ast::as<ast::ExplainStmt>(node), portal);
    case NodeKind::kLockStmt: return run_lock(ast::as<ast::LockStmt>(node), portal);
    case NodeKind::kDiscardStmt: return run_discard(ast::as<ast::DiscardStmt>(node), portal);
    case NodeKind::kVacuumStmt: return run_vacuum(ast::as<ast::VacuumStmt>(node), portal);
    case NodeKind::kCreateTableAsStmt: return run_create_table_as(ast::as<ast::CreateTableAsStmt>(node), portal);
    case NodeKind::kCheckPointStmt:
      if (!env_.privileges().acts_as(role_oid::kCheckpoint)) {
        throw SqlError(sqlstate::kInsufficientPrivilege,
                       "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT");
      }
      throw_if_error(instance_.engine->flush());
      portal.tag = "CHECKPOINT";
      return;
    case NodeKind::kConstraintsSetStmt:
      return run_set_constraints(ast::as<ast::ConstraintsSetStmt>(node), portal);
    // Nobody notifies, so there is nothing to hear: sessions that only tidy up (UNLISTEN *) must not fail.
    case NodeKind::kUnlistenStmt: portal.tag = "UNLISTEN"; return;
    case NodeKind::kListenStmt: not_supported("LISTEN");
    case NodeKind::kNotifyStmt: not_supported("NOTIFY");
    case NodeKind::kDoStmt: not_supported("DO");
    case NodeKind::kCallStmt: not_supported("CALL");
    case NodeKind::kLoadStmt: not_supported("LOAD");
    case NodeKind::kMergeStmt: not_supported("MERGE");
    case NodeKind::kAlterSystemStmt: return run_alter_system(ast::as<ast::AlterSystemStmt>(node), portal);
    case NodeKind::kUnsupportedStatement:
      not_supported(ast::as<ast::UnsupportedStatement>(node).description);
    case NodeKind::kSelectStmt: {  // SELECT ... INTO
      const auto& select = ast::as<ast::SelectStmt>(node);
      return create_table_as(node, *select.into, false, false, portal);
    }
    default: break;
  }
  if (is_ddl(node)) return run_ddl(portal);
  not_supported(fixed_tag(command_tag(node)));
}

void SessionImpl::run_ddl(Portal& portal) {
  const ast::Node& node = *portal.statement->node;
  if (block_.txn().read_only()) {
    throw SqlError(sqlstate::kReadOnlySqlTransaction,
                   "cannot execute " + fixed_tag(command_tag(node)) + " in a read-only transaction");
  }
  detach_other_portals(&portal);
  if (run_concurrent_index(portal)) return;
  block_.txn().begin_command();
  DdlContext context = ddl_context(&portal);
  portal.tag = execute_ddl(node, context);
}

DdlContext SessionImpl::ddl_context(const Portal* portal) {
  DdlContext context;
  context.instance = &instance_;
  context.catalog = &block_.writable_catalog();
  env_.begin_statement(block_.catalog());
  context.exec = exec_context(portal ? std::span<const Datum>(portal->parameters) : std::span<const Datum>());
  context.exec.foreign_keys = nullptr;  // a table is copied as it is
  context.analyze = analyze_context(nullptr, false);
  if (portal) context.source = *portal->statement->source;
  context.deferred_events = &foreign_keys_;
  context.temporary = &temporary_;
  context.in_transaction_block = block_.in_block() || implicit_block_;
  return context;
}

void SessionImpl::run_temporary_commit_actions() {
  if (!temporary_.has_commit_actions()) return;
  block_.txn().begin_command();
  DdlContext context = ddl_context(nullptr);
  run_on_commit_actions(context);
}

void SessionImpl::drop_temporary_tables() {
  if (temporary_schema(env_.catalog(), startup_.pid) == kInvalidOid) return;
  block_.txn().begin_command();
  DdlContext context = ddl_context(nullptr);
  drop_temporary_objects(context);
}

// In a transaction of its own. REQUIRES: none is open.
void SessionImpl::drop_temporary_tables_at_end() {
  if (temporary_schema(*instance_.catalogs->committed(database_), startup_.pid) == kInvalidOid) return;
  temporary_ = {};
  block_.ensure_started();
  env_.begin_statement(block_.catalog());
  drop_temporary_tables();
  block_.finish_implicit();
}

void SessionImpl::run_transaction(const ast::TransactionStmt& statement, Portal& portal) {
  using ast::TransactionOp;
  switch (statement.op) {
    case TransactionOp::kBegin:
    case TransactionOp::kStart:
      block_.begin_block(transaction_modes(statement.options));
      portal.tag = statement.op == TransactionOp::kBegin ? "BEGIN" : "START TRANSACTION";
      return;
    case TransactionOp::kCommit:
    case TransactionOp::kRollback: {
      if (statement.chain && !block_.in_block()) {
        throw SqlError(sqlstate::kNoActiveSqlTransaction,
                       std::string(statement.op == TransactionOp::kCommit ? "COMMIT" : "ROLLBACK") +
                           " AND CHAIN can only be used in transaction blocks");
      }
      if (statement.op == TransactionOp::kCommit) {
        portal.tag = block_.commit_block();
      } else {
        // Executions hold the transaction's iterators.
        std::erase_if(portals_, [&](const auto& entry) { return !entry.second->hold || entry.second->execution; });
        block_.rollback_block();
        portal.tag = "ROLLBACK";
      }
      if (statement.chain) block_.chain();
      return;
    }
    case TransactionOp::kSavepoint:
      require_explicit_block("SAVEPOINT");
      block_.savepoint(statement.savepoint);
      portal.tag = "SAVEPOINT";
      return;
    case TransactionOp::kRelease:
      require_explicit_block("RELEASE SAVEPOINT");
      block_.release(statement.savepoint);
      portal.tag = "RELEASE";
      return;
    case TransactionOp::kRollbackTo:
      require_explicit_block("ROLLBACK TO SAVEPOINT");
      block_.rollback_to(statement.savepoint);
      portal.tag = "ROLLBACK";
      return;
    case TransactionOp::kPrepare:
    case TransactionOp::kCommitPrepared:
    case TransactionOp::kRollbackPrepared: break;
  }
  throw SqlError(sqlstate::kObjectNotInPrerequisiteState, "prepared transactions are disabled")
      .hint("Set max_prepared_transactions to a nonzero value.");
}

void SessionImpl::run_set(const ast::VariableSetStmt& statement, Portal& portal) {
  using ast::VariableSetKind;
  const conf::SettingScope scope =
      statement.is_local ? conf::SettingScope::kTransaction : conf::SettingScope::kSession;
  if (statement.is_local && !block_.in_block() && !implicit_block_) {
    warn(sqlstate::kNoActiveSqlTransaction, "SET LOCAL can only be used in transaction blocks");
  }
  portal.tag = "SET";
  switch (statement.set) {
    case VariableSetKind::kValue:
      throw_if_error(settings_.set(statement.name, set_value_text(statement), conf::SettingSource::kSession, scope));
      if (auto modes = modes_of_setting(statement.name, settings_); modes && block_.in_block()) block_.set_modes(*modes);
      if (statement.name == "session_authorization") {  // whoever the session was SET ROLE to goes with it
        throw_if_error(settings_.set("role", "none", conf::SettingSource::kSession, scope));
      }
      return;
    case VariableSetKind::kDefault:
    case VariableSetKind::kReset:
      if (statement.set == VariableSetKind::kReset) portal.tag = "RESET";
      throw_if_error(settings_.reset(statement.name));
      if (statement.name == "session_authorization") throw_if_error(settings_.reset("role"));
      return;
    case VariableSetKind::kResetAll:
      settings_.reset_all();
      portal.tag = "RESET";
      return;
    case VariableSetKind::kCurrent: return;  // SET x FROM CURRENT outside functions changes nothing
    case VariableSetKind::kMulti:
      if (statement.name == "TRANSACTION") {
        block_.set_modes(transaction_modes(statement.args));
      } else if (statement.name == "TRANSACTION SNAPSHOT") {
        block_.use_exported_snapshot(set_value_text(statement));
      } else if (statement.name == "SESSION CHARACTERISTICS") {
        for (const auto& [name, value] : session_characteristics(statement.args)) {
          throw_if_error(settings_.set(name, value, conf::SettingSource::kSession, conf::SettingScope::kSession));
        }
      } else {
        not_supported("SET " + statement.name);
      }
      return;
  }
}

void SessionImpl::run_show(const ast::VariableShowStmt& statement, Portal& portal) {
  std::vector<std::vector<std::optional<std::string>>> rows;
  if (statement.name == "all") {
    const bool shows_private = env_.privileges().acts_as(role_oid::kReadAllSettings);
    for (const conf::SettingInfo& info : conf::all_settings()) {
      if (!shows_private && is_private_setting(info.name)) continue;
      rows.push_back({std::string(info.name), value_or_throw(settings_.show(info.name)), std::string(info.description)});
    }
  } else {
    require_may_read_setting(env_.catalog(), env_.current_role(), statement.name);
    rows.push_back({value_or_throw(settings_.show(statement.name))});
  }
  store_text_rows(portal, std::move(rows));
  portal.tag = "SHOW";
}

void SessionImpl::run_prepare(const ast::PrepareStmt& statement, Portal& portal) {
  if (statements_.contains(statement.name)) {
    throw SqlError(sqlstate::kDuplicatePreparedStatement,
                   "prepared statement \"" + statement.name + "\" already exists");
  }
  auto prepared = std::make_shared<PreparedStatement>(*portal.statement);
  prepared->name = statement.name;
  prepared->node = std::shared_ptr<const ast::Node>(portal.statement->node, statement.query.get());
  prepared->is_query = true;
  prepared->variable_parameters = true;
  prepared->from_sql = true;
  prepared->query.reset();
  prepared->plan.reset();
  prepared->parameter_types.clear();
  AnalyzeContext context = analyze_context(nullptr, false);
  for (const auto& type : statement.types) prepared->parameter_types.push_back(resolve_type_name(*type, context).id);
  ensure_analyzed(*prepared);
  statements_[statement.name] = std::move(prepared);
  portal.tag = "PREPARE";
}

// A portal of the prepared statement with the arguments of EXECUTE evaluated.
PortalPtr SessionImpl::bind_execute(const ast::ExecuteStmt& statement) {
  PreparedPtr prepared = find_statement(statement.name);
  PortalPtr inner = make_portal("", prepared);
  const std::vector<TypeId>& types = prepared->parameter_types;
  if (statement.args.size() != types.size()) {
    throw SqlError(sqlstate::kSyntaxError,
                   "wrong number of parameters for prepared statement \"" + statement.name + "\"")
        .detail("Expected " + std::to_string(types.size()) + " parameters but got " +
                std::to_string(statement.args.size()) + ".");
  }
  AnalyzeContext context = analyze_context(nullptr, false);
  ExecContext exec = exec_context({});
  for (size_t i = 0; i < types.size(); ++i) {
    ExprPtr value = bind_table_expression(*statement.args[i], nullptr, {types[i], -1}, context, "EXECUTE parameter");
    Datum datum = evaluate_constant(value, exec, inner->arena);
    if (!datum.is_null && type_info(types[i]).kind == PhysicalKind::kBytes) {
      datum = Datum::from_bytes(inner->arena.copy(datum.bytes()));
    }
    inner->parameters.push_back(datum);
  }
  return inner;
}

void SessionImpl::run_execute(const ast::ExecuteStmt& statement, Portal& portal, ResultSink& sink) {
  PortalPtr inner = bind_execute(statement);
  PreparedPtr prepared = inner->statement;
  if (!prepared->node) {
    portal.tag = "";
    return;
  }
  inner->formats = portal.formats;
  portal.columns = inner->columns;
  portal.has_result = inner->has_result;
  portal.inner = inner;
  // Locations in errors now point into the prepared text.
  source_ = prepared->source;
  if (!prepared->is_query) {  // Parse takes any statement
    inner->started = true;
    return run_utility(*inner, sink);
  }
  start_portal(*inner);
}

void SessionImpl::run_deallocate(const ast::DeallocateStmt& statement, Portal& portal) {
  if (statement.name.empty()) {
    statements_.clear();
    portal.tag = "DEALLOCATE ALL";
    return;
  }
  if (statements_.erase(statement.name) == 0) {
    throw SqlError(sqlstate::kInvalidSqlStatementName,
                   "prepared statement \"" + statement.name + "\" does not exist");
  }
  portal.tag = "DEALLOCATE";
}

RelationPtr SessionImpl::open_relation(const ast::RangeVar& name) {
  if (SchemaPtr schema = name.schema.empty() ? nullptr : env_.catalog().find_schema(name.schema)) {
    if (!(env_.privileges().on_schema(*schema) & acl::kUsage)) throw_denied("schema", schema->name);
  }
  RelationPtr relation = lookup_relation(env_.catalog(), env_.search_path(), name.schema, name.name);
  if (!relation) {
    throw SqlError(sqlstate::kUndefinedTable,
                   "relation \"" + (name.schema.empty() ? "" : name.schema + ".") + name.name + "\" does not exist");
  }
  return relation;
}

namespace {

// One of these privileges is enough for LOCK TABLE in the mode.
AclMode lock_privileges(storage::LockMode mode) {
  using namespace acl;
  if (mode == storage::LockMode::kAccessShare) return kSelect;
  if (mode == storage::LockMode::kRowExclusive) return kInsert | kUpdate | kDelete | kTruncate;
  return kUpdate | kDelete | kTruncate;
}

}  // namespace

void SessionImpl::run_lock(const ast::LockStmt& statement, Portal& portal) {
  require_block("LOCK TABLE");
  for (const auto& name : statement.relations) {
    RelationPtr relation = open_relation(*name);
    if (relation->kind != 'r' && relation->kind != 'v') {
      throw SqlError(sqlstate::kWrongObjectType, "cannot lock relation \"" + relation->name + "\"");
    }
    const auto mode = static_cast<storage::LockMode>(statement.mode);
    if (!(env_.privileges().on_relation(*relation) & lock_privileges(mode))) throw_relation_denied(*relation);
    storage::LockTag tag{storage::LockSpace::kRelation, database_, relation->oid, {}};
    auto wait = statement.nowait ? storage::LockWait::kSkip : storage::LockWait::kBlock;
    if (!value_or_throw(block_.txn().lock(tag, mode, wait))) {
      throw SqlError(sqlstate::kLockNotAvailable,
                     "could not obtain lock on relation \"" + relation->name + "\"");
    }
  }
  portal.tag = "LOCK TABLE";
}

void SessionImpl::run_discard(const ast::DiscardStmt& statement, Portal& portal) {
  switch (statement.target) {
    case ast::DiscardTarget::kAll:
      require_no_block("DISCARD ALL");
      std::erase_if(portals_, [&](const auto& entry) { return entry.second.get() != &portal; });
      statements_.clear();
      cache_.clear();
      throw_if_error(settings_.reset("session_authorization"));
      throw_if_error(settings_.reset("role"));
      settings_.reset_all();
      env_.advisory_unlock_all();
      env_.discard_sequences();
      drop_temporary_tables();
      portal.tag = "DISCARD ALL";
      return;
    case ast::DiscardTarget::kPlans:
      for (auto& [name, statement_ptr] : statements_) statement_ptr->plan.reset();
      cache_.clear();
      portal.tag = "DISCARD PLANS";
      return;
    case ast::DiscardTarget::kSequences:
      env_.discard_sequences();
      portal.tag = "DISCARD SEQUENCES";
      return;
    case ast::DiscardTarget::kTemp:
      drop_temporary_tables();
      portal.tag = "DISCARD TEMP";
      return;
  }
}

namespace {

void read_all_rows(const RelationDesc& table, ExecContext& context) {
  auto scan = context.tables->scan(*context.txn, table.layout, storage::ScanOptions{});
  std::vector<storage::RowId> ids(1024);
  Arena arena;
  do {
    if (context.cancel != nullptr) throw_if_error(context.cancel->check());
  } while (value_or_throw(scan->next(ids.size(), ids.data(), nullptr, arena)) > 0);
}

}  // namespace

// ANALYZE computes statistics. VACUUM reads what is there: storage reclaims by itself, in part what scans come across
// (storage/row_group/rubbish_collector.h).
void SessionImpl::run_vacuum(const ast::VacuumStmt& statement, Portal& portal) {
  if (statement.is_vacuum) require_no_block("VACUUM");
  bool analyze = !statement.is_vacuum;
  for (const auto& option : statement.options) {
    if (option->name == "analyze") analyze = ast::def_bool(*option);
  }
  portal.tag = statement.is_vacuum ? "VACUUM" : "ANALYZE";
  std::vector<RelationPtr> tables;
  for (const auto& target : statement.relations) tables.push_back(open_relation(*target->relation));
  if (statement.relations.empty()) {
    for (const RelationPtr& relation : env_.catalog().relations()) {
      if (relation->kind == 'r' && !relation->system) tables.push_back(relation);
    }
  }
  // Only the table's owner and the database's; others are told.
  DatabasePtr database = env_.catalog().find_database(database_);
  const bool all_tables = statement.relations.empty();
  std::erase_if(tables, [&](const RelationPtr& table) {
    if (env_.privileges().owns(*table) || (database && env_.privileges().acts_as(database->owner))) return false;
    if (!all_tables || !table->system) {
      warn(sqlstate::kWarning, "skipping \"" + table->name + "\" --- only table or database owner can " +
                                   (statement.is_vacuum ? "vacuum" : "analyze") + " it");
    }
    return true;
  });
  if (statement.is_vacuum) {
    for (const RelationPtr& table : tables) {
      instance_.statistics.table_vacuumed(database_, table->oid, env_.clock_timestamp());
    }
  }
  block_.txn().begin_command();
  for (const RelationPtr& table : tables) {
    if (table->kind != 'r' || table->system) continue;
    storage::LockTag tag{storage::LockSpace::kRelation, database_, table->oid, {}};
    value_or_throw(
        block_.txn().lock(tag, storage::LockMode::kShareUpdateExclusive, storage::LockWait::kBlock));
    ExecContext exec = exec_context({});
    if (!analyze) {
      read_all_rows(*table, exec);
      continue;
    }
    TableStatistics statistics = collect_statistics(*table, exec);
    RelationPtr current = block_.writable_catalog().find_relation(table->oid);
    if (!current) continue;
    auto changed = std::make_shared<RelationDesc>(*current);
    changed->statistics = std::move(statistics);
    block_.writable_catalog().put_relation(std::move(changed));
    instance_.statistics.table_analyzed(database_, table->oid, env_.clock_timestamp());
  }
}

}  // namespace vecino::sql

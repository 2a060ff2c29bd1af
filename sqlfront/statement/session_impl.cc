#include "sqlfront/statement/session_impl.h"

#include <cstdlib>
#include <new>

#include "sqlfront/statement/copy_in.h"
#include "storage/api/kv_run.h"

namespace vecino::sql {

using conf::SettingId;

namespace {

// 1-based character position of a byte offset in UTF-8 text.
int character_position(std::string_view text, int location) {
  if (location < 0) return 0;
  size_t end = std::min(static_cast<size_t>(location), text.size());
  int characters = 0;
  for (size_t i = 0; i < end; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) ++characters;
  }
  return characters + 1;
}

// client_min_messages: a message is sent when its rank is not below the setting's.
int message_rank(std::string_view severity) {
  if (severity == "ERROR") return 3;
  if (severity == "WARNING") return 2;
  if (severity == "NOTICE") return 1;
  if (severity == "LOG") return 0;
  return severity == "INFO" ? 4 : -1;
}

size_t batch_rows_setting() {
  const char* text = std::getenv("VECINO_BATCH_ROWS");  // tests force tiny batches
  long value = text ? std::strtol(text, nullptr, 10) : 0;
  return value > 0 && value < static_cast<long>(kBatchRows) ? static_cast<size_t>(value) : kBatchRows;
}

// The privilege CONNECT. How many may connect is the server's to count.
Status check_may_connect(Instance& instance, const RoleDesc& role, const DatabaseDesc& database) {
  std::shared_ptr<const Catalog> catalog = instance.catalogs->committed(database.oid);
  Privileges privileges(*catalog, role.oid);
  if (privileges.superuser()) return Status::ok();
  if (!(privileges.on_database(database) & acl::kConnect)) {
    Status refused =
        Status::error(sqlstate::kInsufficientPrivilege, "permission denied for database \"" + database.name + "\"");
    refused.info().detail = "User does not have CONNECT privilege.";
    return refused;
  }
  return Status::ok();
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(Instance& instance, StartupParameters startup, CancelState& cancel) {
  RolePtr role = instance.catalogs->find_role(startup.user);
  if (!role) {
    return Status::error(sqlstate::kInvalidAuthorizationSpecification,
                         "role \"" + startup.user + "\" does not exist");
  }
  if (!role->can_login) {
    return Status::error(sqlstate::kInvalidAuthorizationSpecification,
                         "role \"" + startup.user + "\" is not permitted to log in");
  }
  if (startup.database.empty()) startup.database = startup.user;
  DatabasePtr database = instance.catalogs->find_database(startup.database);
  if (!database) {
    return Status::error(sqlstate::kInvalidCatalogName, "database \"" + startup.database + "\" does not exist");
  }
  if (!database->allow_connections) {
    return Status::error(sqlstate::kObjectNotInPrerequisiteState,
                         "database \"" + startup.database + "\" is not currently accepting connections");
  }
  RETURN_IF_ERROR(check_may_connect(instance, *role, *database));
  auto session = std::make_unique<SessionImpl>(instance, std::move(startup), cancel, database->oid);
  RETURN_IF_ERROR(session->apply_startup_settings());
  session->open_statistics();
  return std::unique_ptr<Session>(std::move(session));
}

SessionImpl::SessionImpl(Instance& instance, StartupParameters startup, CancelState& cancel, Oid database)
    : instance_(instance),
      startup_(std::move(startup)),
      cancel_(cancel),
      database_(database),
      settings_generation_(instance.settings.generation()),
      settings_(instance.settings.get()),
      temp_space_(storage::bulk_engine(*instance.engine).scratch_directory()),
      block_(instance, settings_, cancel, startup_.pid, database),
      env_(instance, startup_, settings_, cancel, block_),
      batch_rows_(batch_rows_setting()) {
  env_.notice_hook = [this](const ErrorInfo& info, std::string_view severity) { notice(info, severity); };
  env_.sessions_hook = [this] { return list_sessions(); };
  env_.session_details_hook = [this] { return list_session_details(); };
  env_.locks_hook = [this] { return list_locks(); };
  env_.prepared_statements_hook = [this] { return list_prepared_statements(); };
  env_.cursors_hook = [this] { return list_cursors(); };
  env_.index_builds_hook = [this] { return list_index_builds(); };
  env_.report_index_build_hook = [this](const std::optional<IndexBuildInfo>& build) {
    std::lock_guard lock(activity_mutex_);
    activity_.index_build = build;
  };
  env_.query_hook = [this](const std::string& sql) { return query_strings(sql); };
  foreign_keys_.savepoint_depth = [this] { return block_.depth(); };
  block_.before_commit = [this] {
    check_deferred_constraints();
    prepare_portals_for_commit();
    run_temporary_commit_actions();
  };
  block_.after_level_end = [this](int depth, bool committed) {
    drop_portals(depth, committed);
    foreign_keys_.end_levels(depth, committed);
    count_transaction(depth, committed);
  };
  block_.warn = [this](SqlState code, const std::string& message) { warn(code, message); };
}

void SessionImpl::end() {
  if (std::exchange(ended_, true)) return;
  set_may_wait(true);
  try {
    abandon_work();
    if (block_.state() != TransactionBlock::State::kIdle) block_.rollback_block();
    drop_temporary_tables_at_end();
  } catch (const std::exception&) {
    // What is left is dropped at the next start.
  }
}

// What the session was doing.
void SessionImpl::abandon_work() {
  simple_ = {};
  execute_ = {};
  copy_in_.reset();
  copy_out_.reset();
  portals_.clear();
}

SessionImpl::~SessionImpl() {
  end();
  abandon_work();
  close_statistics();
  settings_.set_guard(nullptr);  // the environment goes first
}

Status SessionImpl::apply_startup_settings() {
  using conf::SettingScope, conf::SettingSource;
  auto set_all = [&](const std::vector<std::string>& entries, SettingSource source) {
    for (const std::string& entry : entries) {
      size_t equals = entry.find('=');
      // A stored setting that is no longer valid must not lock people out.
      if (equals != std::string::npos) {
        (void)settings_.set(entry.substr(0, equals), entry.substr(equals + 1), source, SettingScope::kSession)
            .is_ok();
      }
    }
  };
  RolePtr role = instance_.catalogs->find_role(startup_.user);
  if (role) env_.set_authenticated_role(role->oid);
  settings_.set_guard(&env_);
  if (DatabasePtr database = instance_.catalogs->find_database(startup_.database)) {
    std::shared_ptr<const Catalog> catalog = instance_.catalogs->committed(database->oid);
    auto set_both = [&](Oid in, Oid of, SettingSource source) {
      if (RoleSettingPtr both = catalog->find_role_setting(in, of)) set_all(both->settings, source);
    };
    set_both(kInvalidOid, kInvalidOid, SettingSource::kGlobal);
    set_all(database->settings, SettingSource::kDatabase);
    if (role) set_all(role->settings, SettingSource::kUser);
    if (role) set_both(database->oid, role->oid, SettingSource::kDatabaseUser);
  }
  (void)settings_.set("session_authorization", startup_.user, SettingSource::kClient, SettingScope::kSession).is_ok();
  if (!startup_.application_name.empty()) {
    RETURN_IF_ERROR(settings_.set("application_name", startup_.application_name, SettingSource::kClient,
                                  SettingScope::kSession));
  }
  for (const auto& [name, value] : startup_.settings) {
    RETURN_IF_ERROR(settings_.set(name, value, SettingSource::kClient, SettingScope::kSession));
  }
  settings_.set_report_hook([this](const conf::SettingInfo& info, const std::string& value) {
    pending_reports_.emplace_back(info.name, value);
  });
  return Status::ok();
}

void SessionImpl::send_parameters(ResultSink& sink) {
  for (const conf::SettingInfo& info : conf::all_settings()) {
    if (!info.report) continue;
    if (Result<std::string> value = settings_.show(info.name)) sink.parameter_status(info.name, *value);
  }
}

void SessionImpl::notice(const ErrorInfo& info, std::string_view severity) {
  log_notice(info, severity);
  if (!sink_) return;
  std::string minimum = settings_.lookup("client_min_messages").value_or("notice");
  for (char& c : minimum) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (message_rank(severity) >= message_rank(minimum)) sink_->notice(info, severity);
}

void SessionImpl::warn(SqlState code, std::string message) {
  ErrorInfo info;
  info.code = code;
  info.message = std::move(message);
  notice(info, "WARNING");
}

// Called at the end of guarded().
void SessionImpl::end_guarded(ResultSink& sink) {
  for (const auto& [name, value] : pending_reports_) sink.parameter_status(name, value);
  pending_reports_.clear();
  sink_ = nullptr;
}

Progress SessionImpl::fail(SqlError error, ResultSink& sink) {
  ErrorInfo info = error.info();
  if (error.location() >= 0 && source_ && info.position == 0) {
    info.position = character_position(*source_, error.location());
  }
  sink.error(info);
  log_failure(info);
  undo_point_.reset();
  foreign_keys_.clear();
  copy_in_.reset();
  copy_out_.reset();
  bool was_simple = simple_.active;
  simple_ = {};
  execute_ = {};
  // Executions hold iterators of the transaction: they go first.
  if (block_.state() == TransactionBlock::State::kImplicit) {
    portals_.clear();
  } else {
    drop_portals(block_.depth(), false);
  }
  block_.on_error();
  if (was_simple) return end_simple(sink);
  skip_to_sync_ = true;
  return Progress::kDone;
}

void SessionImpl::begin_message() {
  if (uint64_t now = instance_.settings.generation(); now != settings_generation_) [[unlikely]] {
    settings_generation_ = now;
    settings_.adopt(instance_.settings.get());
  }
  if (!block_.active() || block_.state() == TransactionBlock::State::kInBlock) {
    env_.set_statement_timestamp(now_microseconds());
  }
}

void SessionImpl::set_activity(std::string_view state, std::shared_ptr<const std::string> query) {
  std::lock_guard lock(activity_mutex_);
  int64_t now = now_microseconds();
  if (activity_.state == "active") {
    active_us_ += now - activity_.state_change_us;
  } else if (activity_.state != "idle") {
    idle_in_transaction_us_ += now - activity_.state_change_us;
  }
  activity_.state = state;
  activity_.state_change_us = now;
  if (query) {
    activity_.query = std::move(query);
    activity_.query_start_us = now;
    activity_.query_id = 0;
  }
  if (application_name_version_ != settings_.version()) {
    activity_.application_name = settings_.get_string(SettingId::application_name);
    application_name_version_ = settings_.version();
  }
  activity_.transaction_start_us = block_.active() ? block_.start_time_us() : 0;
  activity_.transaction = block_.active() && block_.has_writes() ? block_.txn().id() : 0;
}

Session::Activity SessionImpl::activity() const {
  std::lock_guard lock(activity_mutex_);
  Activity result;
  result.state = activity_.state;
  if (activity_.query) result.query = *activity_.query;
  result.query_start_us = activity_.query_start_us;
  result.state_change_us = activity_.state_change_us;
  result.transaction_start_us = activity_.transaction_start_us;
  result.application_name = activity_.application_name;
  result.user = startup_.user;
  result.database = startup_.database;
  result.client_address = startup_.client_address;
  result.client_port = startup_.client_port;
  result.tls = startup_.tls;
  result.backend_start_us = backend_start_us_;
  result.query_id = activity_.query_id;
  result.transaction = activity_.transaction;
  result.wait_event = env_.wait_event();
  result.index_build = activity_.index_build;
  return result;
}

Progress SessionImpl::simple_query(std::string sql, ResultSink& sink) {
  cancel_.clear_statement_reasons();
  simple_ = {};
  simple_.active = true;
  simple_.sql = std::make_shared<const std::string>(std::move(sql));
  source_ = simple_.sql;
  set_activity("active", simple_.sql);
  portals_.erase("");
  return guarded(sink, [&] {
    begin_message();
    statements_.erase("");
    simple_.shareable = split_literals(*simple_.sql, simple_.text);
    if (simple_.shareable) simple_.found = cache_.find(simple_.text);
    if (simple_.found && !is_current(*simple_.found->statement)) simple_.found.reset();
    if (!simple_.found) simple_.statements = parse_sql(*simple_.sql);
    log_simple_query();
    if (simple_.count() == 0) {
      sink.empty_query();
      return end_simple(sink);
    }
    return continue_simple(sink);
  });
}

// The next statement of the query string, its locks held: they come before RowDescription, as a definition may change
// while we wait for them.
PortalPtr SessionImpl::next_simple_portal() {
  source_ = simple_.sql;
  PreparedPtr statement;
  std::vector<Datum> parameters;
  if (simple_.found) {
    statement = simple_.found->statement;
    parameters = simple_.found->parameters;
    begin_statement(statement->node.get());
  } else {
    ParsedStatement& parsed = simple_.statements[simple_.next];
    begin_statement(parsed.node.get());
    std::shared_ptr<const ast::Node> node = std::move(parsed.node);
    if (simple_.count() == 1 && simple_.shareable && cache_.wants(simple_.text)) {
      statement = make_shared_statement(node, parsed.location, parsed.length);
      if (statement) parameters = cache_.find(simple_.text)->parameters;
    }
    if (!statement) {
      statement = make_statement("", simple_.sql, std::move(node), parsed.location, parsed.length, {}, false);
    }
  }
  ++simple_.next;
  PhysicalPlanPtr plan = statement->is_query ? ensure_plan(*statement) : nullptr;
  PortalPtr portal = make_portal("", std::move(statement));
  portal->parameters = std::move(parameters);
  portal->plan = std::move(plan);
  return portal;
}

// Statements of a query string run one after the other; those outside a block form one implicit transaction, which
// ends with the string (protocol 55.2.2.1).
Progress SessionImpl::continue_simple(ResultSink& sink) {
  while (true) {
    if (!simple_.portal) {
      if (simple_.next == simple_.count()) break;
      implicit_block_ = simple_.count() > 1;
      simple_.portal = next_simple_portal();
      if (simple_.portal->has_result) sink.row_description(simple_.portal->columns, simple_.portal->formats);
    }
    RunResult result = run_counted(*simple_.portal, 0, sink);
    if (result == RunResult::kSinkFull) return Progress::kSuspended;
    if (result == RunResult::kCopyIn) return Progress::kCopyIn;
    std::string tag = complete_tag(*simple_.portal);
    count_statement(*simple_.portal, tag);
    simple_.portal.reset();
    // The last statement's outcome is durable before it is reported.
    if (simple_.next == simple_.count()) block_.finish_implicit();
    sink.command_complete(tag);
  }
  log_duration("statement", *simple_.sql, nullptr);
  return end_simple(sink);
}

Progress SessionImpl::end_simple(ResultSink& sink) {
  simple_ = {};
  implicit_block_ = false;
  for (const auto& [name, value] : pending_reports_) sink.parameter_status(name, value);
  pending_reports_.clear();
  sink.ready_for_query(block_.status_char());
  set_activity(block_.state() == TransactionBlock::State::kInBlock   ? "idle in transaction"
               : block_.state() == TransactionBlock::State::kFailed ? "idle in transaction (aborted)"
                                                                    : "idle",
               nullptr);
  cancel_.clear_statement_reasons();
  return Progress::kDone;
}

Progress SessionImpl::parse(std::string name, std::string sql, std::vector<Oid> parameter_types, ResultSink& sink) {
  if (skip_to_sync_) return Progress::kDone;
  auto source = std::make_shared<const std::string>(std::move(sql));
  source_ = source;
  const int64_t begin = clock_for_log();
  return guarded(sink, [&] {
    begin_message();
    if (name.empty() && reuse_parsed(*source, parameter_types, sink)) {
      if (begin != 0) log_preparation("parse <unnamed>", *source, nullptr, begin);
      return Progress::kDone;
    }
    const std::vector<Oid> declared = parameter_types;
    std::vector<ParsedStatement> parsed = parse_sql(*source);
    if (parsed.size() > 1) {
      throw SqlError(sqlstate::kSyntaxError, "cannot insert multiple commands into a prepared statement");
    }
    if (!name.empty() && statements_.contains(name)) {
      throw SqlError(sqlstate::kDuplicatePreparedStatement, "prepared statement \"" + name + "\" already exists");
    }
    if (name.empty()) statements_.erase("");
    ParsedStatement statement;
    if (!parsed.empty()) {
      begin_statement(parsed[0].node.get());
      statement = std::move(parsed[0]);
    }
    PreparedPtr made = make_statement(name, source, std::move(statement), std::move(parameter_types), true);
    if (name.empty() && is_reusable(*made)) cache_.add_parsed(*source, declared, made);
    statements_[name] = std::move(made);
    sink.parse_complete();
    if (begin != 0) log_preparation("parse " + (name.empty() ? "<unnamed>" : name), *source, nullptr, begin);
    return Progress::kDone;
  });
}

PreparedPtr SessionImpl::find_statement(const std::string& name) const {
  auto found = statements_.find(name);
  if (found == statements_.end()) {
    throw SqlError(sqlstate::kInvalidSqlStatementName, name.empty()
                                                           ? "unnamed prepared statement does not exist"
                                                           : "prepared statement \"" + name + "\" does not exist");
  }
  return found->second;
}

PortalPtr SessionImpl::find_portal(const std::string& name) const {
  auto found = portals_.find(name);
  if (found == portals_.end()) {
    throw SqlError(sqlstate::kInvalidCursorName, "portal \"" + name + "\" does not exist");
  }
  return found->second;
}

Progress SessionImpl::bind(std::string portal_name, std::string statement_name, const FormatCodes& parameter_formats,
                           std::span<const BoundValue> values, FormatCodes result_formats, ResultSink& sink) {
  if (skip_to_sync_) return Progress::kDone;
  const int64_t begin = clock_for_log();
  return guarded(sink, [&] {
    PreparedPtr statement = find_statement(statement_name);
    source_ = statement->source;
    begin_message();
    const size_t expected = statement->parameter_types.size();
    if (parameter_formats.size() > 1 && parameter_formats.size() != values.size()) {
      throw SqlError(sqlstate::kProtocolViolation,
                     "bind message has " + std::to_string(parameter_formats.size()) + " parameter formats but " +
                         std::to_string(values.size()) + " parameters");
    }
    if (values.size() != expected) {
      throw SqlError(sqlstate::kProtocolViolation,
                     "bind message supplies " + std::to_string(values.size()) +
                         " parameters, but prepared statement \"" + statement->name + "\" requires " +
                         std::to_string(expected));
    }
    begin_statement(statement->node.get());
    if (portal_name.empty()) {
      portals_.erase("");
    } else if (portals_.contains(portal_name)) {
      throw SqlError(sqlstate::kDuplicateCursor, "cursor \"" + portal_name + "\" already exists");
    }
    PortalPtr portal = make_portal(portal_name, statement);
    if (portal->has_result && result_formats.size() > 1 && result_formats.size() != portal->columns.size()) {
      throw SqlError(sqlstate::kProtocolViolation,
                     "bind message has " + std::to_string(result_formats.size()) + " result formats but query has " +
                         std::to_string(portal->columns.size()) + " columns");
    }
    bind_parameters(*portal, parameter_formats, values);
    if (statement->is_query && block_.active()) portal->plan = ensure_plan(*statement);
    portal->formats = std::move(result_formats);
    if (begin != 0) log_preparation(portal_label("bind ", *portal), *source_, portal.get(), begin);
    portals_[std::move(portal_name)] = std::move(portal);
    sink.bind_complete();
    return Progress::kDone;
  });
}

Progress SessionImpl::describe_statement(const std::string& name, ResultSink& sink) {
  if (skip_to_sync_) return Progress::kDone;
  return guarded(sink, [&] {
    PreparedPtr statement = find_statement(name);
    source_ = statement->source;
    begin_statement(statement->node.get());
    ensure_analyzed(*statement);
    sink.parameter_description(statement->parameter_types);
    if (statement->has_result) {
      sink.row_description(statement->columns, {});
    } else {
      sink.no_data();
    }
    return Progress::kDone;
  });
}

Progress SessionImpl::describe_portal(const std::string& name, ResultSink& sink) {
  if (skip_to_sync_) return Progress::kDone;
  return guarded(sink, [&] {
    PortalPtr portal = find_portal(name);
    if (portal->has_result) {
      sink.row_description(portal->columns, portal->formats);
    } else {
      sink.no_data();
    }
    return Progress::kDone;
  });
}

Progress SessionImpl::execute(const std::string& name, int64_t max_rows, ResultSink& sink) {
  if (skip_to_sync_) return Progress::kDone;
  return guarded(sink, [&] {
    PortalPtr portal = find_portal(name);
    source_ = portal->statement->source;
    if (!portal->statement->node) {
      sink.empty_query();
      return Progress::kDone;
    }
    set_activity("active", portal->statement->source);
    begin_message();
    begin_statement(portal->statement->node.get());
    if (!portal->inner) portal->rows_sent = 0;  // the tag counts this run's rows
    execute_ = {portal, max_rows, true, portal->started};
    if (settings_.get_enum(SettingId::log_statement) != 0) {
      log_statement(portal->statement->node.get(), portal_label(execute_.verb(), *portal), *source_, portal.get());
    }
    return continue_execute(sink);
  });
}

Progress SessionImpl::continue_execute(ResultSink& sink) {
  PortalPtr portal = execute_.portal;
  RunResult result = run_counted(*portal, execute_.max_rows, sink);
  switch (result) {
    case RunResult::kSinkFull: return Progress::kSuspended;
    case RunResult::kCopyIn: return Progress::kCopyIn;
    case RunResult::kRowLimit: sink.portal_suspended(); break;
    case RunResult::kComplete: {
      std::string tag = complete_tag(*portal);
      count_statement(*portal, tag);
      sink.command_complete(tag);
      break;
    }
  }
  if (clock_for_log() != 0) log_duration(portal_label(execute_.verb(), *portal), *portal->statement->source, portal.get());
  execute_ = {};
  return Progress::kDone;
}

Progress SessionImpl::resume(ResultSink& sink) {
  return guarded(sink, [&] {
    if (simple_.active) return continue_simple(sink);
    if (execute_.active) return continue_execute(sink);
    return Progress::kDone;
  });
}

Progress SessionImpl::close_statement(const std::string& name, ResultSink& sink) {
  if (skip_to_sync_) return Progress::kDone;
  statements_.erase(name);
  sink.close_complete();
  return Progress::kDone;
}

Progress SessionImpl::close_portal(const std::string& name, ResultSink& sink) {
  if (skip_to_sync_) return Progress::kDone;
  portals_.erase(name);
  sink.close_complete();
  return Progress::kDone;
}

Progress SessionImpl::sync(ResultSink& sink) {
  execute_ = {};
  skip_to_sync_ = false;
  Progress progress = guarded(sink, [&] {
    block_.finish_implicit();
    return Progress::kDone;
  });
  skip_to_sync_ = false;
  end_simple(sink);
  return progress;
}

void SessionImpl::protocol_error(const ErrorInfo& error, ResultSink& sink) {
  if (copy_in_) {  // the stream is out of step: the connection ends, so no ReadyForQuery
    ErrorInfo info = error;
    info.context = copy_in_->next_line_context();
    sink.error(info);
    copy_in_.reset();
    simple_ = {};
    execute_ = {};
    portals_.clear();
    block_.on_error();
    return;
  }
  guarded(sink, [&]() -> Progress { throw SqlError(error); });
}

}  // namespace vecino::sql

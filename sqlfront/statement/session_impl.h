#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/exec/modify/foreign_key_events.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/statement/ddl.h"
#include "sqlfront/statement/ddl_temp.h"
#include "sqlfront/statement/environment.h"
#include "sqlfront/statement/instance.h"
#include "sqlfront/statement/portal.h"
#include "sqlfront/statement/session.h"
#include "sqlfront/statement/statement_cache.h"
#include "sqlfront/statement/transaction_block.h"
#include "storage/util/log_output.h"

namespace vecino::sql {

class CopyIn;

// The session behind Session: one file per concern — session_impl.cc (messages, errors, simple queries),
// session_plan.cc (analysis and plan cache), session_portal.cc (running and suspending), session_utility.cc (statements
// that are not queries), session_cursor.cc, session_copy.cc.
class SessionImpl : public Session {
 public:
  SessionImpl(Instance& instance, StartupParameters startup, CancelState& cancel, Oid database);
  ~SessionImpl() override;
  void end() override;
  Status apply_startup_settings();
  void open_statistics();  // once the client is let in

  void send_parameters(ResultSink& sink) override;
  Progress simple_query(std::string sql, ResultSink& sink) override;
  Progress parse(std::string name, std::string sql, std::vector<Oid> parameter_types, ResultSink& sink) override;
  Progress bind(std::string portal, std::string statement, const FormatCodes& parameter_formats,
                std::span<const BoundValue> values, FormatCodes result_formats, ResultSink& sink) override;
  Progress describe_statement(const std::string& name, ResultSink& sink) override;
  Progress describe_portal(const std::string& name, ResultSink& sink) override;
  Progress execute(const std::string& portal, int64_t max_rows, ResultSink& sink) override;
  Progress close_statement(const std::string& name, ResultSink& sink) override;
  Progress close_portal(const std::string& name, ResultSink& sink) override;
  Progress sync(ResultSink& sink) override;
  Progress resume(ResultSink& sink) override;
  Progress copy_data(std::string_view bytes, ResultSink& sink) override;
  Progress copy_done(ResultSink& sink) override;
  Progress copy_fail(std::string_view message, ResultSink& sink) override;
  Progress copy_error(const ErrorInfo& error, ResultSink& sink) override;
  void protocol_error(const ErrorInfo& error, ResultSink& sink) override;
  char transaction_status() const override { return block_.status_char(); }
  bool skipping_to_sync() const override { return skip_to_sync_; }
  conf::SessionSettings& settings() override { return settings_; }
  bool prepare_short_query(std::string_view sql) override;
  bool prepare_short_parse(std::string_view name, std::string_view sql, std::span<const Oid> types) override;
  bool prepare_short_bind(std::string_view prepared_statement) override;
  bool is_sync_short() const override;
  bool ends_transaction(std::string_view prepared_statement) const override;
  void set_may_wait(bool may_wait) override;
  Activity activity() const override;

 private:
  enum class RunResult : uint8_t { kComplete, kRowLimit, kSinkFull, kCopyIn };

  // What a suspended or copying message continues with.
  struct SimpleRun {
    std::shared_ptr<const std::string> sql;
    std::vector<ParsedStatement> statements;
    size_t next = 0;
    bool shareable = false;                      // `text` is its split form
    LiteralText text;
    std::optional<StatementCache::Found> found;  // takes the place of `statements`
    size_t count() const { return found ? 1 : statements.size(); }
    PortalPtr portal;  // of statement next - 1 while it runs
    bool active = false;
  };
  struct ExecuteRun {
    PortalPtr portal;
    int64_t max_rows = 0;
    bool active = false;
    bool fetch = false;  // the portal goes on where it stopped
    std::string_view verb() const { return fetch ? "execute fetch from " : "execute "; }  // for the log
  };

  // session_impl.cc
  template <typename Function>
  Progress guarded(ResultSink& sink, Function&& function);
  void end_guarded(ResultSink& sink);
  Progress fail(SqlError error, ResultSink& sink);
  void begin_message();
  Progress continue_simple(ResultSink& sink);
  PortalPtr next_simple_portal();
  Progress undo_message();
  bool reuse_parsed(const std::string& sql, const std::vector<Oid>& parameter_types, ResultSink& sink);
  Progress end_simple(ResultSink& sink);
  Progress continue_execute(ResultSink& sink);
  void set_activity(std::string_view state, std::shared_ptr<const std::string> query);
  PreparedPtr find_statement(const std::string& name) const;
  PortalPtr find_portal(const std::string& name) const;
  void notice(const ErrorInfo& notice, std::string_view severity);
  void warn(SqlState code, std::string message);

  // session_log.cc: the server log, and what the statistics views count.
  void close_statistics();
  void complete_labels();
  void log_line(log::Level level, std::string_view text, std::string_view detail = {});
  void log_message(int severity, const ErrorInfo& info);
  void log_failure(const ErrorInfo& info);
  void log_notice(const ErrorInfo& info, std::string_view severity);
  void log_statement(const ast::Node* node, std::string_view label, std::string_view text, const Portal* portal);
  void log_simple_query();
  void log_duration(std::string_view label, std::string_view text, const Portal* portal);
  int64_t clock_for_log() const;  // now, or 0 when no durations are logged
  void log_preparation(std::string_view label, std::string_view text, const Portal* portal, int64_t begin_us);
  void write_duration(int64_t us, std::string_view label, std::string_view text, const Portal* portal, bool logged);
  static std::string portal_label(std::string_view verb, const Portal& portal);
  std::string parameters_text(const Portal& portal);
  RunResult run_counted(Portal& portal, int64_t max_rows, ResultSink& sink);
  void count_statement(Portal& portal, std::string_view tag);
  void count_transaction(int depth, bool committed);

  // session_plan.cc
  AnalyzeContext analyze_context(std::vector<TypeId>* parameter_types, bool variable_parameters);
  PreparedPtr make_statement(std::string name, std::shared_ptr<const std::string> source, ParsedStatement parsed,
                             std::vector<TypeId> parameter_types, bool variable_parameters);
  PreparedPtr make_statement(std::string name, std::shared_ptr<const std::string> source,
                             std::shared_ptr<const ast::Node> node, int location, int length,
                             std::vector<TypeId> parameter_types, bool variable_parameters);
  void make_current_plan(PreparedStatement& statement);
  void ensure_analyzed(PreparedStatement& statement);
  // session_short.cc: statements found again by their text, and what may run without another thread.
  PreparedPtr make_shared_statement(std::shared_ptr<const ast::Node> node, int location, int length);
  bool is_current(const PreparedStatement& statement);
  bool is_reusable(const PreparedStatement& statement) const;
  bool is_short_now(const PreparedStatement& statement, bool commits);
  void describe_utility(PreparedStatement& statement);
  // Current plan with its relation locks held.
  PhysicalPlanPtr ensure_plan(PreparedStatement& statement);
  // With `values` a plan for just these parameters.
  PhysicalPlanPtr plan_query(const QueryPtr& query, const std::vector<TypeId>& parameter_types,
                             std::span<const Datum> values = {});
  ExecContext exec_context(std::span<const Datum> parameters);
  std::vector<std::optional<std::string>> query_strings(const std::string& sql);
  // A command of its own inside the running statement; returns the number of rows it returned or changed.
  uint64_t run_internal(const InternalQuery& query);
  // Starts the transaction when needed, refuses in a failed block, sets the statement's catalog.
  void begin_statement(const ast::Node* node);

  // session_portal.cc
  PortalPtr make_portal(std::string name, PreparedPtr statement);
  void bind_parameters(Portal& portal, const FormatCodes& formats, std::span<const BoundValue> values);
  void start_portal(Portal& portal);
  void start_query(Portal& portal, PreparedStatement& statement);
  RunResult run_portal(Portal& portal, int64_t max_rows, ResultSink& sink);
  RunResult send_rows(Portal& portal, Portal& source, int64_t max_rows, ResultSink& sink);
  // The next row of a portal or nullptr at the end; advances.
  const Datum* next_row(Portal& portal);
  void store_remaining(Portal& portal);
  std::unique_ptr<RowStore> new_row_store(const std::vector<TypeRef>& types);
  void detach_other_portals(const Portal* running);
  void drop_portals(int depth, bool committed);
  void prepare_portals_for_commit();
  std::string complete_tag(Portal& portal);

  // session_utility.cc: runs at the first run of a portal; fills tag, store or inner.
  void run_utility(Portal& portal, ResultSink& sink);
  void run_transaction(const ast::TransactionStmt& statement, Portal& portal);
  void run_set(const ast::VariableSetStmt& statement, Portal& portal);
  void run_show(const ast::VariableShowStmt& statement, Portal& portal);
  void run_alter_system(const ast::AlterSystemStmt& statement, Portal& portal);
  void run_prepare(const ast::PrepareStmt& statement, Portal& portal);
  void run_execute(const ast::ExecuteStmt& statement, Portal& portal, ResultSink& sink);
  void run_deallocate(const ast::DeallocateStmt& statement, Portal& portal);
  void run_explain(const ast::ExplainStmt& statement, Portal& portal);
  void run_set_constraints(const ast::ConstraintsSetStmt& statement, Portal& portal);  // session_constraints.cc
  std::vector<const ForeignKeyDesc*> find_constraints(const ast::RangeVar& name);
  void check_deferred_constraints();
  void run_lock(const ast::LockStmt& statement, Portal& portal);
  void run_discard(const ast::DiscardStmt& statement, Portal& portal);
  void run_vacuum(const ast::VacuumStmt& statement, Portal& portal);
  void run_ddl(Portal& portal);
  DdlContext ddl_context(const Portal* portal);
  void run_temporary_commit_actions();
  void drop_temporary_tables();
  void drop_temporary_tables_at_end();
  void abandon_work();
  void run_create_table_as(const ast::CreateTableAsStmt& statement, Portal& portal);
  void create_table_as(const ast::Node& query, const ast::IntoClause& into, bool if_not_exists, bool materialized_view,
                       Portal& portal);
  PreparedPtr inner_statement(const Portal& portal, const ast::Node& query);
  PortalPtr bind_execute(const ast::ExecuteStmt& statement);
  void require_no_block(std::string_view what);
  void require_block(std::string_view what);
  void require_explicit_block(std::string_view what);
  void store_text_rows(Portal& portal, std::vector<std::vector<std::optional<std::string>>> rows);
  RelationPtr open_relation(const ast::RangeVar& name);

  // session_views.cc
  std::vector<SessionInfo> list_sessions();
  std::vector<SessionDetail> list_session_details();
  std::vector<SessionLockInfo> list_locks();
  std::vector<PreparedStatementInfo> list_prepared_statements();
  std::vector<CursorInfo> list_cursors();
  std::vector<IndexBuildInfo> list_index_builds();

  // session_concurrent_index.cc
  bool run_concurrent_index(Portal& portal);
  void build_concurrently(Portal& portal, Oid index, std::string_view command);
  void rebuild_concurrently(Portal& portal, Oid index);
  template <typename Step>
  auto run_step(Portal& portal, Step&& step);
  template <typename Steps>
  void or_drop_index(Portal& portal, Oid index, Steps&& steps);

  // session_cursor.cc
  void run_declare(const ast::DeclareCursorStmt& statement, Portal& portal);
  void run_fetch(const ast::FetchStmt& statement, Portal& portal);
  void run_close(const ast::ClosePortalStmt& statement, Portal& portal);
  void make_scrollable(Portal& cursor);

  // session_copy.cc
  void run_copy(const ast::CopyStmt& statement, Portal& portal, ResultSink& sink);
  void copy_to(const ast::CopyStmt& statement, Portal& portal, ResultSink& sink);
  RunningCopies::Entry running_copy(Oid relation, bool is_file);
  RunResult send_copy_rows(Portal& portal, ResultSink& sink);
  Progress after_copy(ResultSink& sink);

  Instance& instance_;
  StartupParameters startup_;
  CancelState& cancel_;
  const Oid database_;
  uint64_t settings_generation_;  // of the configuration that settings_ follows; read before it
  conf::SessionSettings settings_;
  TempSpace temp_space_;  // outlives portals and executions
  TransactionBlock block_;
  SessionEnvironment env_;
  ForeignKeyEvents foreign_keys_{[this](const InternalQuery& query) { return run_internal(query); }};
  std::map<std::string, PreparedPtr> internal_statements_;  // of run_internal, by text and parameter types

  std::map<std::string, PreparedPtr, std::less<>> statements_;  // unnamed: ""
  std::map<std::string, PortalPtr, std::less<>> portals_;
  StatementCache cache_;
  LiteralText short_text_;  // scratch of prepare_short_query()
  bool may_wait_ = true;
  bool trusted_ = false;  // the statement is the server's own
  std::optional<storage::SavepointId> undo_point_;  // while a statement that may not wait writes
  SimpleRun simple_;
  ExecuteRun execute_;
  bool skip_to_sync_ = false;
  bool implicit_block_ = false;  // simple query string with several statements
  std::shared_ptr<const std::string> source_;  // text that error locations point into
  int source_location_ = 0;
  ResultSink* sink_ = nullptr;   // during a message, for notices
  std::vector<std::pair<std::string, std::string>> pending_reports_;
  size_t batch_rows_ = kBatchRows;

  std::unique_ptr<CopyIn> copy_in_;
  struct CopyOut;
  std::shared_ptr<CopyOut> copy_out_;

  mutable std::mutex activity_mutex_;
  struct {
    std::string_view state = "idle";
    std::shared_ptr<const std::string> query;
    std::string application_name;
    int64_t query_start_us = 0, state_change_us = 0, transaction_start_us = 0, query_id = 0;
    uint64_t transaction = 0;
    std::optional<IndexBuildInfo> index_build;
  } activity_;
  uint64_t application_name_version_ = ~0ull;
  const int64_t backend_start_us_ = now_microseconds();
  TemporaryObjects temporary_;

  log::Session labels_;
  RelationCounter counter_;
  bool opened_ = false;  // counted as a session
  bool ended_ = false;
  bool statement_logged_ = false;
  bool logged_before_ = false;  // by an attempt at the same message that was undone
  int64_t active_us_ = 0, idle_in_transaction_us_ = 0;  // of pg_stat_database, added up at the end
  uint64_t tracking_version_ = ~0ull;  // of the settings that the next two come from
  bool is_tracked_ = false, is_utility_tracked_ = false;
};

bool is_query_node(const ast::Node* node);
storage::LockTag relation_tag(Oid database, const RelationDesc& relation);

// Runs one message's work: the only place where SqlError ends.
template <typename Function>
Progress SessionImpl::guarded(ResultSink& sink, Function&& function) {
  sink_ = &sink;
  Progress progress;
  try {
    InterruptScope interrupts(&cancel_);
    progress = function();
  } catch (SqlError& error) {
    progress = !may_wait_ && block_.wait_refused() ? undo_message() : fail(std::move(error), sink);
  } catch (const std::bad_alloc&) {
    progress = fail(SqlError(sqlstate::kOutOfMemory, "out of memory"), sink);
  } catch (const std::exception& error) {
    progress = fail(SqlError(sqlstate::kInternalError, std::string("internal error: ") + error.what()), sink);
  }
  end_guarded(sink);
  return progress;
}

}  // namespace vecino::sql

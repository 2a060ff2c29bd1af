// What a session writes to the server log (manual 20.8), and what it counts for the statistics views.
#include <charconv>
#include <chrono>
#include <utility>

#include "conf/operation_settings.h"
#include "sqlfront/statement/session_impl.h"

namespace vecino::sql {

using conf::SettingId;

namespace {

constexpr int64_t kUnixToPostgres = 946684800LL * 1000000;

// Positions in the values of log_min_messages and log_min_error_statement.
enum Severity : int { kDebug1 = 4, kInfoSeverity = 5, kNoticeSeverity = 6, kWarningSeverity = 7, kErrorSeverity = 8, kLogSeverity = 9 };

int severity_of(std::string_view name) {
  if (name == "WARNING") return kWarningSeverity;
  if (name == "NOTICE") return kNoticeSeverity;
  if (name == "INFO") return kInfoSeverity;
  return name == "LOG" ? kLogSeverity : kDebug1;
}
log::Level level_of(int severity) {
  switch (severity) {
    case kErrorSeverity: return log::Level::kError;
    case kWarningSeverity: return log::Level::kWarning;
    case kNoticeSeverity:
    case kInfoSeverity: return log::Level::kNotice;
    case kLogSeverity: return log::Level::kInfo;
    default: return log::Level::kDebug;
  }
}

// The classes of log_statement: none, ddl, mod, all.
enum class Logged : int { kDdl = 1, kMod = 2, kAll = 3 };
Logged logged_class(const ast::Node& node) {
  using ast::NodeKind;
  switch (node.kind) {
    case NodeKind::kInsertStmt:
    case NodeKind::kUpdateStmt:
    case NodeKind::kDeleteStmt:
    case NodeKind::kTruncateStmt: return Logged::kMod;
    case NodeKind::kCopyStmt: return ast::as<ast::CopyStmt>(node).is_from ? Logged::kMod : Logged::kAll;
    case NodeKind::kCreateTableAsStmt:
    case NodeKind::kAlterSystemStmt: return Logged::kDdl;
    case NodeKind::kSelectStmt: return ast::as<ast::SelectStmt>(node).into ? Logged::kDdl : Logged::kAll;
    default: return is_ddl(node) ? Logged::kDdl : Logged::kAll;
  }
}

StatementKind kind_of(std::string_view tag) {
  if (tag.starts_with("SELECT")) return StatementKind::kSelect;
  if (tag.starts_with("INSERT")) return StatementKind::kInsert;
  if (tag.starts_with("UPDATE")) return StatementKind::kUpdate;
  if (tag.starts_with("DELETE")) return StatementKind::kDelete;
  return tag.starts_with("COPY") ? StatementKind::kCopy : StatementKind::kOther;
}

// "INSERT 0 5" -> 5.
uint64_t rows_of(std::string_view tag) {
  size_t space = tag.rfind(' ');
  uint64_t rows = 0;
  if (space != std::string_view::npos) std::from_chars(tag.data() + space + 1, tag.data() + tag.size(), rows);
  return rows;
}

std::string milliseconds(int64_t us) {
  std::string fraction = std::to_string(us % 1000);
  return std::to_string(us / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction;
}

int64_t steady_us() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

// ---- the session's beginning and end

void SessionImpl::open_statistics() {
  labels_.user = startup_.user;
  labels_.database = startup_.database;
  labels_.remote_host = startup_.client_address.empty() ? "[local]" : startup_.client_address;
  if (startup_.client_port > 0) labels_.remote_port = std::to_string(startup_.client_port);
  labels_.pid = startup_.pid;
  labels_.start_us = backend_start_us_ + kUnixToPostgres;
  instance_.statistics.change_database(database_, [](Statistics::Database& d) { ++d.sessions; });
  opened_ = true;
  if (!settings_.get_bool(SettingId::log_connections)) return;
  std::string text = "connection authorized: user=" + startup_.user + " database=" + startup_.database;
  if (!startup_.application_name.empty()) text += " application_name=" + startup_.application_name;
  if (startup_.tls) {
    text += " SSL enabled (protocol=" + startup_.tls->version + ", cipher=" + startup_.tls->cipher +
            ", bits=" + std::to_string(startup_.tls->bits) + ")";
  }
  log_line(log::Level::kInfo, text);
}

void SessionImpl::close_statistics() {
  if (!opened_) return;
  const int64_t lasted = now_microseconds() - backend_start_us_;
  const bool killed = cancel_.reason() == CancelReason::kAdminShutdown;
  const bool lost = cancel_.reason() == CancelReason::kClientGone;
  instance_.statistics.change_database(database_, [&](Statistics::Database& d) {
    d.session_us += lasted;
    d.active_us += active_us_;
    d.idle_in_transaction_us += idle_in_transaction_us_;
    d.sessions_killed += killed;
    d.sessions_abandoned += lost;
  });
  if (!settings_.get_bool(SettingId::log_disconnections)) return;
  char time[48];
  const int64_t ms = lasted / 1000;
  std::snprintf(time, sizeof time, "%d:%02d:%02d.%03d", static_cast<int>(ms / 3600000),
                static_cast<int>(ms / 60000 % 60), static_cast<int>(ms / 1000 % 60), static_cast<int>(ms % 1000));
  std::string text = std::string("disconnection: session time: ") + time + " user=" + startup_.user +
                     " database=" + startup_.database + " host=" + labels_.remote_host;
  if (!labels_.remote_port.empty()) text += " port=" + labels_.remote_port;
  log_line(log::Level::kInfo, text);
}

// ---- log entries

void SessionImpl::complete_labels() {
  labels_.application_name = settings_.get_string(SettingId::application_name);
  labels_.transaction = block_.active() && block_.has_writes() ? block_.txn().id() : 0;
}

void SessionImpl::log_line(log::Level level, std::string_view text, std::string_view detail) {
  complete_labels();
  log::Entry entry;
  entry.level = level;
  entry.session = &labels_;
  entry.message = text;
  entry.detail = detail;
  log::emit(entry);
}

void SessionImpl::log_message(int severity, const ErrorInfo& info) {
  if (severity < settings_.get_enum(SettingId::log_min_messages)) return;
  complete_labels();
  log::Entry entry;
  entry.level = level_of(severity);
  entry.session = &labels_;
  entry.sqlstate = info.code.view();
  entry.message = info.message;
  entry.detail = info.detail;
  entry.hint = info.hint;
  entry.context = info.context;
  entry.position = info.position;
  if (source_ && severity >= settings_.get_enum(SettingId::log_min_error_statement)) entry.statement = *source_;
  log::emit(entry);
}

void SessionImpl::log_failure(const ErrorInfo& info) {
  instance_.statistics.statement_failed();
  if (info.code == sqlstate::kDeadlockDetected) {
    instance_.statistics.change_database(database_, [](Statistics::Database& d) { ++d.deadlocks; });
  }
  log_message(kErrorSeverity, info);
}

void SessionImpl::log_notice(const ErrorInfo& info, std::string_view severity) {
  log_message(severity_of(severity), info);
}

// log_statement: before a statement runs.
void SessionImpl::log_statement(const ast::Node* node, std::string_view label, std::string_view text,
                                const Portal* portal) {
  statement_logged_ = std::exchange(logged_before_, false);
  if (statement_logged_) return;
  const int wanted = settings_.get_enum(SettingId::log_statement);
  if (wanted == 0 || (node != nullptr && static_cast<int>(logged_class(*node)) > wanted)) return;
  if (node == nullptr && wanted != static_cast<int>(Logged::kAll)) return;
  statement_logged_ = true;
  log_line(log::Level::kInfo, std::string(label) + ": " + std::string(text), portal ? parameters_text(*portal) : "");
}

// A query string is logged as a whole, when one of its statements is to be.
void SessionImpl::log_simple_query() {
  statement_logged_ = false;
  if (settings_.get_enum(SettingId::log_statement) == 0) return;
  if (simple_.found) return log_statement(simple_.found->statement->node.get(), "statement", *simple_.sql, nullptr);
  for (const ParsedStatement& statement : simple_.statements) {
    log_statement(statement.node.get(), "statement", *simple_.sql, nullptr);
    if (statement_logged_) return;
  }
}

// log_duration and log_min_duration_statement: after it.
int64_t SessionImpl::clock_for_log() const {
  const bool wanted = settings_.get_int(SettingId::log_min_duration_statement) >= 0 || settings_.get_bool(SettingId::log_duration);
  return wanted ? now_microseconds() : 0;
}

void SessionImpl::log_duration(std::string_view label, std::string_view text, const Portal* portal) {
  if (int64_t now = clock_for_log()) {
    write_duration(now - activity_.query_start_us, label, text, portal, statement_logged_);
  }
}

// Of Parse and Bind, which log_statement never shows. REQUIRES: begin_us is clock_for_log()'s, not 0.
void SessionImpl::log_preparation(std::string_view label, std::string_view text, const Portal* portal, int64_t begin_us) {
  write_duration(now_microseconds() - begin_us, label, text, portal, false);
}

void SessionImpl::write_duration(int64_t us, std::string_view label, std::string_view text, const Portal* portal,
                                 bool logged) {
  const int64_t minimum = settings_.get_int(SettingId::log_min_duration_statement);
  const bool slow = minimum >= 0 && us >= minimum * 1000;
  if (!slow && !settings_.get_bool(SettingId::log_duration)) return;
  std::string line = "duration: " + milliseconds(us) + " ms";
  const bool with_text = slow && !logged;
  if (with_text) line += "  " + std::string(label) + ": " + std::string(text);
  log_line(log::Level::kInfo, line, with_text && portal ? parameters_text(*portal) : "");
}

std::string SessionImpl::portal_label(std::string_view verb, const Portal& portal) {
  std::string label(verb);
  label += portal.statement->name.empty() ? "<unnamed>" : portal.statement->name;
  if (!portal.name.empty()) label += "/" + portal.name;
  return label;
}

// "parameters: $1 = '5', $2 = NULL"
std::string SessionImpl::parameters_text(const Portal& portal) {
  const std::vector<TypeId>& types = portal.statement->parameter_types;
  const int64_t longest = settings_.get_int(SettingId::log_parameter_max_length);
  if (portal.parameters.empty() || longest == 0 || types.size() != portal.parameters.size()) return "";
  Arena arena;
  CallContext context;
  context.arena = &arena;
  context.env = &env_;
  std::string out = "parameters: ";
  for (size_t i = 0; i < types.size(); ++i) {
    if (i > 0) out += ", ";
    out += "$" + std::to_string(i + 1) + " = ";
    if (portal.parameters[i].is_null) {
      out += "NULL";
      continue;
    }
    std::string text;
    const TypeInfo& type = type_info(types[i]);
    context.result_type = types[i];
    if (type.output) type.output(context, portal.parameters[i], text);
    const bool cut = longest > 0 && text.size() > static_cast<size_t>(longest);
    if (cut) text.resize(static_cast<size_t>(longest));
    out += '\'';
    for (char c : text) {
      if (c == '\'') out += c;
      out += c;
    }
    out += cut ? "...'" : "'";
  }
  return out;
}

// ---- statistics

SessionImpl::RunResult SessionImpl::run_counted(Portal& portal, int64_t max_rows, ResultSink& sink) {
  const int64_t begin = steady_us();
  RunResult result = run_portal(portal, max_rows, sink);
  portal.run_us += steady_us() - begin;
  return result;
}

void SessionImpl::count_statement(Portal& portal, std::string_view tag) {
  instance_.statistics.statement_ended(kind_of(tag), portal.run_us);
  if (tracking_version_ != settings_.version()) {
    tracking_version_ = settings_.version();
    is_tracked_ = settings_.get_enum(conf::setting::pg_stat_statements_track) != 0 &&
                  settings_.get_string(SettingId::compute_query_id) != "off";
    is_utility_tracked_ = settings_.get_bool(conf::setting::pg_stat_statements_track_utility);
  }
  // EXECUTE counts as what it executes.
  Portal* counted = portal.inner && !portal.inner->is_cursor ? portal.inner.get() : &portal;
  PreparedStatement& statement = *counted->statement;
  if (!is_tracked_ || (!statement.is_query && !is_utility_tracked_)) {
    portal.run_us = 0;
    return;
  }
  if (!statement.identity && statement.source) {
    statement.identity = instance_.statistics.statements().identify(statement.text());
  }
  if (statement.identity) {
    const auto limit = static_cast<size_t>(settings_.get_int(conf::setting::pg_stat_statements_max));
    instance_.statistics.statements().add({env_.current_role(), database_, statement.identity->id}, statement.identity,
                                          static_cast<double>(portal.run_us) / 1000, rows_of(tag), limit);
    labels_.query_id = statement.identity->id;
    std::lock_guard lock(activity_mutex_);
    activity_.query_id = statement.identity->id;
  }
  portal.run_us = 0;  // a portal may be run on
}

// After a transaction or a savepoint level has ended.
void SessionImpl::count_transaction(int depth, bool committed) {
  if (depth == 0 && block_.state() == TransactionBlock::State::kIdle && opened_) {
    instance_.statistics.transaction_ended(database_, committed, counter_);
  }
}

}  // namespace vecino::sql

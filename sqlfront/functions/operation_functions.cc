#include <cmath>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/server_operations.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"
#include "storage/util/log_output.h"

// Functions that watch and run the server (manual 9.27.1, 9.27.2, 28.2, F.32).
namespace vecino::sql {

using namespace tables;

ServerOperations& server_operations(CallContext& context) {
  auto* operations = dynamic_cast<ServerOperations*>(context.env);
  if (operations == nullptr) throw SqlError(sqlstate::kFeatureNotSupported, "this needs a session");
  return *operations;
}

Datum backup_database(CallContext& context, std::string_view directory) {
  return context.text(server_operations(context).backup(std::string(directory)));
}

// --- signals to other sessions --------------------------------------------------------------------------------------
namespace {

void warn(CallContext& context, std::string message) {
  ErrorInfo info;
  info.code = sqlstate::kWarning;
  info.message = std::move(message);
  context.env->warning(std::move(info));
}

bool is_gone(CallContext& context, int32_t pid) {
  for (const SessionInfo& session : context.env->sessions()) {
    if (session.pid == pid) return false;
  }
  return true;
}

// PostgreSQL's warning for a number that is nobody's.
bool is_session(CallContext& context, int32_t pid) {
  if (!is_gone(context, pid)) return true;
  warn(context, "PID " + std::to_string(pid) + " is not a PostgreSQL backend process");
  return false;
}

}  // namespace

bool signal_cancel(CallContext& context, int32_t pid) {
  return is_session(context, pid) && context.env->cancel_backend(pid);
}

bool signal_terminate(CallContext& context, int32_t pid, int64_t timeout_ms) {
  if (timeout_ms < 0) throw SqlError(sqlstate::kNumericValueOutOfRange, "\"timeout\" must not be negative");
  if (!is_session(context, pid) || !context.env->terminate_backend(pid)) return false;
  if (timeout_ms == 0) return true;
  const int64_t deadline = context.env->clock_timestamp() + timeout_ms * 1000;
  while (!is_gone(context, pid)) {
    if (context.env->clock_timestamp() >= deadline) {
      warn(context, "backend with PID " + std::to_string(pid) + " did not terminate within " +
                        std::to_string(timeout_ms) + " milliseconds");
      return false;
    }
    context.env->sleep(0.01);
  }
  return true;
}

// --- log files ------------------------------------------------------------------------------------------------------
bool rotate_log(CallContext& context) {
  if (!context.env->settings().get_bool(conf::SettingId::logging_collector)) {
    warn(context, "rotation not possible because log collection not active");
    return false;
  }
  log::rotate();
  return true;
}

Datum current_log(CallContext& context, const Datum* args) {
  std::string format;
  if (!context.arg_types.empty() && !args[0].is_null) {
    format = args[0].bytes();
    if (format != "stderr" && format != "csvlog" && format != "jsonlog") {
      throw SqlError(sqlstate::kInvalidParameterValue, "log format \"" + format + "\" is not supported")
          .hint("The supported log formats are \"stderr\", \"csvlog\", and \"jsonlog\".");
    }
  }
  std::string file = log::current_file(format);
  return file.empty() ? Datum::null() : context.text(file);
}

// --- configuration --------------------------------------------------------------------------------------------------
std::unique_ptr<RowProducer> show_file_settings(CallContext& context, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kText, kInt4, kInt4, kText, kText, kBool, kText});
  int sequence = 0;
  for (const conf::FileSetting& line : server_operations(context).file_settings()) {
    rows->text(line.entry.file);
    line.entry.line > 0 ? rows->number(line.entry.line) : rows->null();
    rows->number(++sequence).text_or_null(line.entry.name);
    line.entry.name.empty() ? rows->null() : rows->text(line.entry.value);
    rows->boolean(line.applied).text_or_null(line.error);
  }
  return rows;
}

// --- pg_stat_statements ---------------------------------------------------------------------------------------------
std::unique_ptr<RowProducer> stat_statements(CallContext& context, const Datum* args) {
  constexpr int kZeroCounts = 10, kZeroTimes = 4;
  std::vector<Oid> types{kOid, kOid, kBool, kInt8, kText, kInt8};
  types.insert(types.end(), 5, kFloat8);
  types.push_back(kInt8);
  types.insert(types.end(), 5, kFloat8);
  types.push_back(kInt8);
  types.insert(types.end(), kZeroCounts, kInt8);
  types.insert(types.end(), kZeroTimes, kFloat8);
  types.insert(types.end(), {kInt8, kInt8, kInt8, kInt8, kFloat8, kInt8, kFloat8, kInt8, kFloat8, kInt8, kFloat8});
  auto rows = std::make_unique<RowList>(types);
  const bool with_text = args[0].boolean();
  const Privileges mine(context.env->catalog(), context.env->current_role());
  const bool sees_all = mine.acts_as(role_oid::kReadAllStats);
  for (const StatementStatistics::Row& row : server_operations(context).statistics().statements().rows()) {
    const bool visible = sees_all || row.key.user == mine.role();
    rows->number(row.key.user).number(row.key.database).boolean(true);
    visible ? rows->number(row.key.query) : rows->null();
    if (!with_text) {
      rows->null();
    } else {
      rows->text(visible ? row.identity->text : "<insufficient privilege>");
    }
    rows->number(0).real(0).real(0).real(0).real(0).real(0);  // planning is not tracked
    const double deviation = row.calls > 0 ? std::sqrt(row.variance_sum / static_cast<double>(row.calls)) : 0;
    rows->number(static_cast<int64_t>(row.calls)).real(row.total_ms).real(row.min_ms).real(row.max_ms);
    rows->real(row.mean_ms).real(deviation).number(static_cast<int64_t>(row.rows));
    for (int i = 0; i < kZeroCounts; ++i) rows->number(0);
    for (int i = 0; i < kZeroTimes; ++i) rows->real(0);
    rows->number(0).number(0).number(0);
    for (int i = 0; i < 4; ++i) rows->number(0).real(0);
  }
  return rows;
}

std::unique_ptr<RowProducer> stat_statements_info(CallContext& context, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kInt8, kTimestamptz});
  StatementStatistics& statements = server_operations(context).statistics().statements();
  int64_t reset = statements.reset_time();
  rows->number(static_cast<int64_t>(statements.evictions()));
  rows->timestamp(reset != 0 ? reset : context.env->server_start_time());
  return rows;
}

Datum reset_stat_statements(CallContext& context, const Datum* args) {
  server_operations(context).statistics().statements().reset(
      static_cast<Oid>(args[0].i64), static_cast<Oid>(args[1].i64), args[2].i64, context.env->clock_timestamp());
  return Datum::from_bytes("");
}

}  // namespace vecino::sql

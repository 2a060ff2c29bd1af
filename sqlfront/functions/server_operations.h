#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config_files.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/functions/tls_info.h"
#include "sqlfront/statistics/statistics.h"

namespace vecino::sql {

// A row of pg_stat_activity, with what only that view wants to know.
struct SessionDetail : SessionInfo {
  int64_t query_id = 0;
  uint64_t transaction = 0;
  std::optional<TlsInfo> tls;
};

// What functions that watch and run the server ask for beyond EvalEnvironment. A session's environment is one.
class ServerOperations {
 public:
  virtual ~ServerOperations() = default;
  virtual Statistics& statistics() = 0;
  virtual std::vector<SessionDetail> session_details() = 0;
  virtual std::vector<conf::FileSetting> file_settings() = 0;
  virtual int64_t configuration_load_time() = 0;
  // Throws SqlError.
  virtual std::string backup(const std::string& directory) = 0;
  virtual std::string export_snapshot() = 0;  // the name under which others may read what this transaction reads
};

// Throws 0A000 outside a session.
ServerOperations& server_operations(CallContext& context);

// operation_functions.cc: what rows of the tables in system_*_functions.cc and session_functions.cc call.
Datum backup_database(CallContext& context, std::string_view directory);
bool signal_cancel(CallContext& context, int32_t pid);
bool signal_terminate(CallContext& context, int32_t pid, int64_t timeout_ms);
bool rotate_log(CallContext& context);
Datum current_log(CallContext& context, const Datum* args);
std::unique_ptr<RowProducer> show_file_settings(CallContext& context, const Datum* args);
std::unique_ptr<RowProducer> stat_statements(CallContext& context, const Datum* args);
std::unique_ptr<RowProducer> stat_statements_info(CallContext& context, const Datum* args);
Datum reset_stat_statements(CallContext& context, const Datum* args);

}  // namespace vecino::sql

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conf/session_settings.h"
#include "sqlfront/functions/tls_info.h"
#include "sqlfront/functions/session_info.h"
#include "sqlfront/types/type.h"
#include "storage/util/cancel.h"
#include "storage/util/status.h"

namespace vecino::sql {

struct Instance;  // everything shared by sessions (instance.h)

struct ResultColumn {
  std::string name;
  Oid table = kInvalidOid;
  int16_t attribute = 0;
  TypeRef type;
  int16_t type_length = -1;
};

// Format codes as in Bind: empty = all text, one = for all, else one per column. 0 text, 1 binary.
using FormatCodes = std::vector<int16_t>;
int16_t format_for(const FormatCodes& formats, size_t column);

// Receives what a session has to say to its client, in order. Implemented by server/ (wire encoders) and by tests.
// Nothing here blocks: output is buffered; full() tells the session to stop at the next row boundary and return
// Progress::kSuspended, to be resumed when the buffer has drained.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  virtual void row_description(std::span<const ResultColumn> columns, const FormatCodes& formats) = 0;
  virtual void no_data() = 0;
  virtual void parameter_description(std::span<const Oid> types) = 0;
  // One DataRow: begin_row, then per column null_value() or value bytes appended between begin_value/end_value.
  virtual void begin_row(size_t column_count) = 0;
  virtual void null_value() = 0;
  virtual std::string& begin_value() = 0;  // append the encoded value to the returned buffer
  virtual void end_value() = 0;
  virtual void end_text_value() { end_value(); }  // it is text, which the client may want in another encoding (throws SqlError)
  virtual void end_row() = 0;
  virtual void command_complete(std::string_view tag) = 0;
  virtual void empty_query() = 0;
  virtual void portal_suspended() = 0;
  virtual void parse_complete() = 0;
  virtual void bind_complete() = 0;
  virtual void close_complete() = 0;
  virtual void copy_in(bool binary, size_t column_count) = 0;
  virtual void copy_out(bool binary, size_t column_count) = 0;
  virtual std::string& copy_data_begin() = 0;  // append one CopyData payload
  virtual void copy_data_end() = 0;
  virtual void copy_done() = 0;
  virtual void error(const ErrorInfo& error) = 0;
  virtual void notice(const ErrorInfo& notice, std::string_view severity) = 0;
  virtual void parameter_status(std::string_view name, std::string_view value) = 0;
  virtual void ready_for_query(char transaction_status) = 0;  // I, T, E
  virtual bool full() const = 0;
};

struct StartupParameters {
  std::string user, database, application_name;
  std::vector<std::pair<std::string, std::string>> settings;  // every other startup parameter and parsed options
  std::string client_address;  // empty: a Unix-domain socket
  int client_port = 0;
  std::optional<TlsInfo> tls;
  int32_t pid = 0;
};

enum class Progress : uint8_t {
  kDone,       // the message is handled
  kSuspended,  // sink is full: call resume() after it drained
  kCopyIn,     // wants copy_data()/copy_done()/copy_fail()
  kMustWait,   // under set_may_wait(false): nothing was done; give the message again where it may wait
};

// One client session: prepared statements, portals, transaction block, settings. The server calls one method at a
// time (from any executor thread) per protocol message; errors are reported through the sink, never thrown. In the extended
// protocol the session remembers that it failed and ignores messages until sync().
class Session {
 public:
  // Fails when the database or role does not exist or a setting is invalid (3D000, 28000, 22023).
  static Result<std::unique_ptr<Session>> open(Instance& instance, StartupParameters startup,
                                               CancelState& cancel);
  virtual ~Session() = default;
  // Rolls back and drops temporary tables. Until then others see the session; afterwards it may only be destroyed.
  virtual void end() = 0;

  // Pending ParameterStatus messages for the start (all `report` settings), through the sink.
  virtual void send_parameters(ResultSink& sink) = 0;

  virtual Progress simple_query(std::string sql, ResultSink& sink) = 0;  // ends with ready_for_query
  virtual Progress parse(std::string name, std::string sql, std::vector<Oid> parameter_types, ResultSink& sink) = 0;
  struct BoundValue {
    bool is_null;
    std::string_view bytes;  // copied by bind()
  };
  virtual Progress bind(std::string portal, std::string statement, const FormatCodes& parameter_formats,
                        std::span<const BoundValue> values, FormatCodes result_formats, ResultSink& sink) = 0;
  virtual Progress describe_statement(const std::string& name, ResultSink& sink) = 0;
  virtual Progress describe_portal(const std::string& name, ResultSink& sink) = 0;
  virtual Progress execute(const std::string& portal, int64_t max_rows /* 0 = all */, ResultSink& sink) = 0;
  virtual Progress close_statement(const std::string& name, ResultSink& sink) = 0;
  virtual Progress close_portal(const std::string& name, ResultSink& sink) = 0;
  virtual Progress sync(ResultSink& sink) = 0;  // ready_for_query
  virtual Progress resume(ResultSink& sink) = 0;

  virtual Progress copy_data(std::string_view bytes, ResultSink& sink) = 0;
  virtual Progress copy_done(ResultSink& sink) = 0;
  virtual Progress copy_fail(std::string_view message, ResultSink& sink) = 0;
  // Instead of copy_fail(): its message is malformed.
  virtual Progress copy_error(const ErrorInfo& error, ResultSink& sink) = 0;

  // A protocol-level error found by the server (bad message): reported and, in extended mode, skipped to sync.
  virtual void protocol_error(const ErrorInfo& error, ResultSink& sink) = 0;

  // Text in binary parameters, from the client's encoding; may be empty. Throws SqlError.
  std::function<std::string(std::string_view)> text_from_client;

  virtual char transaction_status() const = 0;  // I, T, E
  virtual bool skipping_to_sync() const = 0;
  virtual conf::SessionSettings& settings() = 0;
  // Scheduling. True: running the message takes microseconds, and if it had to wait for another session it would answer
  // kMustWait under set_may_wait(false). Relation locks are taken here, without waiting. What these say holds for the
  // next message only; for Bind it holds for the Execute that follows.
  virtual bool prepare_short_query(std::string_view sql) = 0;
  virtual bool prepare_short_parse(std::string_view name, std::string_view sql, std::span<const Oid> types) = 0;
  virtual bool prepare_short_bind(std::string_view prepared_statement) = 0;
  virtual bool is_sync_short() const = 0;
  virtual bool ends_transaction(std::string_view prepared_statement) const = 0;  // COMMIT, ROLLBACK
  virtual void set_may_wait(bool may_wait) = 0;
  struct Activity {
    std::string state, query, application_name, user, database, client_address;  // pg_stat_activity
    int client_port = 0;
    std::optional<TlsInfo> tls;
    int64_t query_start_us = 0, state_change_us = 0, transaction_start_us = 0, backend_start_us = 0;
    int64_t query_id = 0;
    uint64_t transaction = 0;          // 0 = none that writes
    const char* wait_event = nullptr;  // of type Timeout (pg_sleep)
    std::optional<IndexBuildInfo> index_build;
  };
  virtual Activity activity() const = 0;  // thread-safe
};

}  // namespace vecino::sql

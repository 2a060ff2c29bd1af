#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conf/session_settings.h"
#include "sqlfront/functions/session_info.h"
#include "storage/util/arena.h"
#include "storage/util/cancel.h"
#include "storage/util/datum.h"
#include "storage/util/status.h"

namespace vecino::sql {

class Catalog;

// What functions may ask of the running session; implemented by sqlfront/statement (and by a small fake in
// unit tests). Everything may throw SqlError.
class EvalEnvironment {
 public:
  virtual ~EvalEnvironment() = default;
  virtual conf::SessionSettings& settings() = 0;
  virtual const CancelState& cancel() = 0;
  virtual const Catalog& catalog() = 0;  // as the current statement sees it
  // Microseconds since 2000-01-01 00:00 UTC.
  virtual int64_t transaction_timestamp() = 0;
  virtual int64_t statement_timestamp() = 0;
  virtual int64_t clock_timestamp() = 0;
  virtual uint64_t transaction_id() = 0;
  virtual int32_t backend_pid() = 0;
  virtual std::string current_user() = 0;
  virtual std::string session_user() = 0;
  // The same as oids; the defaults are the bootstrap superuser's.
  virtual Oid current_role() { return 10; }
  virtual Oid session_role() { return 10; }
  virtual std::string current_database() = 0;
  virtual std::string client_address() = 0;  // empty = unix socket
  virtual int client_port() = 0;
  virtual double random() = 0;
  virtual void set_seed(double seed) = 0;
  virtual int64_t nextval(Oid sequence) = 0;
  // Of an identity column: whoever may insert may have it.
  virtual int64_t identity_nextval(Oid sequence) { return nextval(sequence); }
  virtual int64_t currval(Oid sequence) = 0;
  virtual int64_t lastval() = 0;
  virtual void setval(Oid sequence, int64_t value, bool is_called) = 0;
  // False = not obtained (try variants). Keys as pg_advisory_lock(bigint) / (int,int).
  virtual bool advisory_lock(int64_t key, bool two_keys, bool shared, bool session_level, bool wait) = 0;
  virtual bool advisory_unlock(int64_t key, bool two_keys, bool shared) = 0;
  virtual void advisory_unlock_all() = 0;
  virtual bool cancel_backend(int32_t pid) = 0;
  virtual bool terminate_backend(int32_t pid) = 0;
  virtual void sleep(double seconds) = 0;
  virtual void notice(ErrorInfo notice) = 0;
  virtual void warning(ErrorInfo warning) { notice(std::move(warning)); }
  virtual uint64_t relation_size(Oid relation) = 0;
  // Runs a one-off query inside the current statement's snapshot and returns its first column as text
  // (for functions written in SQL over the catalog). Empty optional elements = NULL.
  virtual std::vector<std::optional<std::string>> query_strings(const std::string& sql) = 0;

  // For the catalog functions and views; the defaults suit an environment without sessions.
  virtual std::vector<Oid> search_path() { return {11, 2200}; }  // effective, pg_catalog included
  virtual std::vector<SessionInfo> sessions() { return {}; }
  virtual std::vector<SessionLockInfo> locks() { return {}; }
  virtual std::vector<PreparedStatementInfo> prepared_statements() { return {}; }
  virtual std::vector<CursorInfo> cursors() { return {}; }
  virtual std::vector<IndexBuildInfo> index_builds() { return {}; }
  // What this session's CREATE INDEX or REINDEX does now; nullopt = nothing. Thread-safe.
  virtual void report_index_build(const std::optional<IndexBuildInfo>& build) {}
  virtual std::vector<std::string> listening_channels() { return {}; }
  virtual std::optional<SequenceState> sequence_state(Oid sequence) { return std::nullopt; }  // nullopt = never used
  virtual int64_t server_start_time() { return 0; }
  virtual bool reload_configuration() { return false; }
};

// Handed to every function, aggregate and I/O routine. Not thread-safe; one per expression and executor.
struct CallContext {
  Arena* arena = nullptr;          // results' bytes go here; lives as long as the output batch
  EvalEnvironment* env = nullptr;  // null only in pure unit tests
  std::span<const Oid> arg_types;  // actual types (polymorphic and variadic functions)
  Oid result_type = kInvalidOid;   // actual result type
  int32_t typmod = -1;             // I/O and length-coercion functions
  int location = -1;
  bool variadic_call = false;      // the call was written f(..., VARIADIC array)
  std::string_view copy(std::string_view bytes) { return arena->copy(bytes); }
  Datum text(std::string_view bytes) { return Datum::from_bytes(arena->copy(bytes)); }
};

}  // namespace vecino::sql

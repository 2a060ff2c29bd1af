#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sqlfront/functions/server_operations.h"
#include "sqlfront/statement/instance.h"
#include "sqlfront/statement/session.h"
#include "sqlfront/statement/transaction_block.h"

namespace vecino::sql {

// What functions see of their session (EvalEnvironment). Owned by the session; not thread-safe.
class SessionEnvironment : public EvalEnvironment, public ServerOperations {
 public:
  SessionEnvironment(Instance& instance, const StartupParameters& startup, conf::SessionSettings& settings,
                     CancelState& cancel, TransactionBlock& block);
  ~SessionEnvironment() override;

  // Set by the session at statement boundaries.
  void begin_statement(std::shared_ptr<const Catalog> catalog);
  void set_statement_timestamp(int64_t microseconds) { statement_timestamp_ = microseconds; }
  std::function<void(const ErrorInfo& notice, std::string_view severity)> notice_hook;
  std::function<std::vector<std::optional<std::string>>(const std::string& sql)> query_hook;
  std::function<std::vector<SessionInfo>()> sessions_hook;
  std::function<std::vector<SessionDetail>()> session_details_hook;
  std::function<std::vector<SessionLockInfo>()> locks_hook;
  std::function<std::vector<PreparedStatementInfo>()> prepared_statements_hook;
  std::function<std::vector<CursorInfo>()> cursors_hook;
  std::vector<Oid> search_path() override;
  void discard_sequences() { sequence_values_.clear(), last_sequence_ = kInvalidOid; }

  conf::SessionSettings& settings() override { return settings_; }
  const CancelState& cancel() override { return cancel_; }
  const Catalog& catalog() override { return *catalog_; }
  int64_t transaction_timestamp() override { return block_.start_time_us(); }
  int64_t statement_timestamp() override { return statement_timestamp_; }
  int64_t clock_timestamp() override { return now_microseconds(); }
  uint64_t transaction_id() override { return block_.txn().id(); }
  int32_t backend_pid() override { return startup_.pid; }
  std::string current_user() override;
  std::string session_user() override { return startup_.user; }
  std::string current_database() override { return startup_.database; }
  std::string client_address() override { return startup_.client_address; }
  int client_port() override { return startup_.client_port; }
  double random() override;
  void set_seed(double seed) override;
  int64_t nextval(Oid sequence) override;
  int64_t currval(Oid sequence) override;
  int64_t lastval() override;
  void setval(Oid sequence, int64_t value, bool is_called) override;
  bool advisory_lock(int64_t key, bool two_keys, bool shared, bool session_level, bool wait) override;
  bool advisory_unlock(int64_t key, bool two_keys, bool shared) override;
  void advisory_unlock_all() override;
  bool cancel_backend(int32_t pid) override;
  bool terminate_backend(int32_t pid) override;
  void sleep(double seconds) override;
  void notice(ErrorInfo notice) override;
  uint64_t relation_size(Oid relation) override;
  std::vector<SessionInfo> sessions() override { return sessions_hook(); }
  std::vector<SessionLockInfo> locks() override { return locks_hook(); }
  std::vector<PreparedStatementInfo> prepared_statements() override { return prepared_statements_hook(); }
  std::vector<CursorInfo> cursors() override { return cursors_hook(); }
  std::optional<SequenceState> sequence_state(Oid sequence) override;
  int64_t server_start_time() override { return instance_.start_time_us; }
  bool reload_configuration() override {
    return instance_.reload_configuration && instance_.reload_configuration();
  }
  std::vector<std::optional<std::string>> query_strings(const std::string& sql) override { return query_hook(sql); }
  // What the session waits for within a function; null = nothing. Thread-safe.
  const char* wait_event() const { return wait_event_.load(std::memory_order_relaxed); }

  Statistics& statistics() override { return instance_.statistics; }
  std::vector<SessionDetail> session_details() override { return session_details_hook(); }
  std::vector<conf::FileSetting> file_settings() override;
  int64_t configuration_load_time() override;
  void warning(ErrorInfo warning) override {
    if (notice_hook) notice_hook(warning, "WARNING");
  }
  std::string backup(const std::string& directory) override;

 private:
  RelationPtr sequence_relation(Oid oid) const;

  Instance& instance_;
  const StartupParameters& startup_;
  conf::SessionSettings& settings_;
  CancelState& cancel_;
  TransactionBlock& block_;
  std::shared_ptr<const Catalog> catalog_;
  int64_t statement_timestamp_ = 0;
  uint64_t random_state_[2];

  std::atomic<const char*> wait_event_{nullptr};

  std::map<Oid, int64_t> sequence_values_;  // currval
  Oid last_sequence_ = kInvalidOid;

  // Session-level advisory locks live in a transaction of their own, which never reads or writes.
  struct HeldLock {
    storage::LockTag tag;
    storage::LockMode mode;
    auto operator<=>(const HeldLock&) const = default;
  };
  std::unique_ptr<storage::Transaction> advisory_holder_;
  std::map<HeldLock, int> advisory_counts_;

  uint64_t path_settings_version_ = ~0ull, path_catalog_version_ = ~0ull;
  std::vector<Oid> search_path_;
};

}  // namespace vecino::sql

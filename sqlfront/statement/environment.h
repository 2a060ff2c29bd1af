#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/functions/server_operations.h"
#include "sqlfront/statement/instance.h"
#include "sqlfront/statement/session.h"
#include "sqlfront/statement/transaction_block.h"

namespace vecino::sql {

// What functions see of their session (EvalEnvironment). Owned by the session; not thread-safe.
class SessionEnvironment : public EvalEnvironment, public ServerOperations, public conf::SettingGuard {
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
  std::function<std::vector<IndexBuildInfo>()> index_builds_hook;
  std::function<void(const std::optional<IndexBuildInfo>&)> report_index_build_hook;
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
  std::string session_user() override;
  Oid current_role() override;
  Oid session_role() override;
  // Who logged in; SET SESSION AUTHORIZATION does not change it.
  void set_authenticated_role(Oid role) { authenticated_role_ = role; }
  const Privileges& privileges();  // of the current role

  bool is_superuser() override { return sql::is_superuser(newest_catalog(), current_role()); }
  bool may_set(const conf::SettingInfo& info) override;
  Status check_role(conf::SettingId id, std::string_view value, conf::SettingSource source) override;
  std::string current_database() override { return startup_.database; }
  std::string client_address() override { return startup_.client_address; }
  int client_port() override { return startup_.client_port; }
  double random() override;
  void set_seed(double seed) override;
  int64_t nextval(Oid sequence) override;
  int64_t identity_nextval(Oid sequence) override;
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
  void warning(ErrorInfo warning) override {
    if (notice_hook) notice_hook(warning, "WARNING");
  }
  uint64_t relation_size(Oid relation) override;
  std::vector<SessionInfo> sessions() override { return sessions_hook(); }
  std::vector<SessionLockInfo> locks() override { return locks_hook(); }
  std::vector<PreparedStatementInfo> prepared_statements() override { return prepared_statements_hook(); }
  std::vector<IndexBuildInfo> index_builds() override { return index_builds_hook(); }
  void report_index_build(const std::optional<IndexBuildInfo>& build) override { report_index_build_hook(build); }
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
  std::string backup(const std::string& directory) override;
  std::string export_snapshot() override { return block_.export_snapshot(); }

 private:
  struct Identity {
    Oid session, current;
  };
  const Identity& identity();
  Oid role_named(const std::string& name);
  const std::shared_ptr<const Catalog>& shared_catalog();
  const Catalog& newest_catalog() { return *shared_catalog(); }
  void check_may_signal(int32_t pid, bool terminate);
  RelationPtr sequence_relation(Oid oid) const;
  RelationPtr permitted_sequence(Oid oid, AclMode any_of);
  int64_t advance(const RelationDesc& sequence);

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

  Oid authenticated_role_ = well_known_oid::kBootstrapRole;
  std::map<std::string, Oid> role_oids_;  // names that were set: a role that is renamed stays the session's
  std::optional<Identity> identity_;
  uint64_t identity_version_ = ~0ull;     // of the settings
  std::optional<Privileges> privileges_;
  std::shared_ptr<const Catalog> privileges_catalog_;
  uint64_t privileges_version_ = 0;
  std::map<Oid, AclMode> sequence_modes_;  // what privileges_ says of sequences already asked for

  uint64_t path_settings_version_ = ~0ull, path_catalog_version_ = ~0ull;
  std::vector<Oid> search_path_;
};

}  // namespace vecino::sql

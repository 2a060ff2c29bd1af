#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/statement/instance.h"
#include "storage/api/transaction.h"

namespace vecino::sql {

// Modes of BEGIN / START TRANSACTION / SET TRANSACTION; empty = the session's default.
struct TransactionModes {
  std::optional<std::string> isolation;  // "read committed", ...
  std::optional<bool> read_only, deferrable;
};

// The transaction state of one session (PostgreSQL manual, BEGIN ... ROLLBACK TO SAVEPOINT; protocol 55.2.2.1):
//   kIdle      no transaction
//   kImplicit  started by a statement outside a block; ended by the message group (simple query string or Sync)
//   kInBlock   between BEGIN and COMMIT
//   kFailed    the block had an error: only ROLLBACK, COMMIT (= rollback) and ROLLBACK TO are taken
// Owns the storage transaction, its catalog view and the settings' nesting levels. Not thread-safe.
class TransactionBlock {
 public:
  enum class State : uint8_t { kIdle, kImplicit, kInBlock, kFailed };

  TransactionBlock(Instance& instance, conf::SessionSettings& settings, CancelState& cancel, int32_t pid,
                   Oid database);
  ~TransactionBlock();

  State state() const { return state_; }
  char status_char() const {
    return state_ == State::kFailed ? 'E' : state_ == State::kInBlock ? 'T' : 'I';
  }
  bool active() const { return txn_ != nullptr; }
  // True while statements belong to a block that began with BEGIN, or to an implicit block of several statements.
  bool in_block() const { return state_ == State::kInBlock || state_ == State::kFailed; }

  // Starts an implicit transaction when there is none.
  void ensure_started();
  storage::Transaction& txn() { return *txn_; }
  // See storage::Transaction; holds for this transaction and those to come.
  void set_may_wait(bool may_wait);
  bool wait_refused() const { return txn_ && txn_->wait_refused(); }
  // Would ending the transaction now write to disk?
  bool has_writes() const { return txn_ && txn_->has_writes(); }
  // The catalog as the next statement sees it.
  std::shared_ptr<const Catalog> catalog();
  // Takes over what others have committed since (grants and revokes count at once).
  void refresh_catalog() {
    if (catalog_txn_) catalog_txn_->refresh();
  }
  // For DDL: same, writable. Made on first use.
  CatalogTransaction& writable_catalog();
  int64_t start_time_us() const { return start_time_us_; }
  // Bumped when a transaction or savepoint level ends, so that cached catalog pointers are dropped.
  int depth() const { return static_cast<int>(savepoints_.size()); }

  void begin_block(const TransactionModes& modes);      // BEGIN; warns 25001 inside a block
  void set_modes(const TransactionModes& modes);        // SET TRANSACTION
  void use_exported_snapshot(const std::string& name);  // SET TRANSACTION SNAPSHOT
  std::string export_snapshot();                        // pg_export_snapshot()
  std::string commit_block();                           // COMMIT; "ROLLBACK" when the block had failed
  void rollback_block();
  void savepoint(const std::string& name);
  void release(const std::string& name);                // 3B001 when unknown
  void rollback_to(const std::string& name);
  // End of a message group outside a block: commits. Throws when the commit fails (it is rolled back then).
  void finish_implicit();
  // After an error: the block fails, an implicit transaction is rolled back.
  void on_error();
  // Inside a block begun without AND CHAIN: restarts with the same modes.
  void chain();

  // Called before a commit makes cursors' snapshots unreachable, and after any end (committed or not) of a level.
  std::function<void()> before_commit;
  std::function<void(int depth, bool committed)> after_level_end;
  std::function<void(SqlState code, const std::string& message)> warn;

 private:
  void start(State state);
  void commit();
  void end(bool committed);
  size_t find_savepoint(const std::string& name) const;
  void apply_modes(const TransactionModes& modes);
  void apply_timeouts();
  void follow_defaults();
  void warn_of_serializable(const std::string& isolation);
  // However a level ends, the access mode is what it was when it began.
  void restore_access_mode(bool read_only);

  struct Savepoint {
    std::string name;
    storage::SavepointId id;
    bool read_only;
  };

  Instance& instance_;
  conf::SessionSettings& settings_;
  CancelState& cancel_;
  const int32_t pid_;
  const Oid database_;
  bool may_wait_ = true;
  State state_ = State::kIdle;
  std::unique_ptr<storage::Transaction> txn_;
  std::shared_ptr<CatalogTransaction> catalog_txn_;
  std::vector<Savepoint> savepoints_;
  TransactionModes modes_;
  int64_t start_time_us_ = 0;
  bool warned_of_serializable_ = false;
  uint64_t timeouts_version_ = 0;
  // What the settings of `defaults_version_` say.
  uint64_t defaults_version_ = ~0ull;
  storage::IsolationLevel default_level_ = storage::IsolationLevel::kReadCommitted;
  storage::Durability durability_ = storage::Durability::kSync;
};

// Microseconds since 2000-01-01 UTC, now.
int64_t now_microseconds();

}  // namespace vecino::sql

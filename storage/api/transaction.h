#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/api/kv_engine.h"
#include "storage/api/lock.h"
#include "storage/util/cancel.h"
#include "storage/util/status.h"

namespace vecino::storage {

enum class IsolationLevel : uint8_t {
  kReadCommitted,   // a new snapshot for each statement
  kRepeatableRead,  // one snapshot, taken by the first statement; write conflicts are 40001
};

enum class ReadMode : uint8_t {
  kSnapshot,  // the statement's snapshot plus this transaction's writes of earlier commands
  kLatest,    // the newest committed state plus all of this transaction's writes (after taking a lock)
};

using SavepointId = uint32_t;
using TransactionId = uint64_t;

// What one statement sees: a snapshot plus this transaction's writes of the commands before `command`.
struct TransactionView {
  KvSnapshotPtr snapshot;
  uint32_t command = 0;
};

enum class OwnWrite : uint8_t { kNone, kEarlierCommand, kThisCommand };

// Takes the entries of one family in ascending order, any number of them in bounded memory. Errors are those of the disk (53100,
// 58030). Not thread-safe.
class SortedWriter {
 public:
  virtual ~SortedWriter() = default;
  virtual Status put(std::string_view key, std::string_view value) = 0;
  virtual Status finish() = 0;
};

// Row ids taken ahead by one transaction, for the tables it inserted into last.
struct RowIdBlocks {
  struct Block {
    uint32_t storage_id = 0;
    uint64_t taken = 0;          // ids that it asked for
    uint64_t next = 0, end = 0;  // not yet used
  };
  std::array<Block, 4> blocks{};
  size_t oldest = 0;

  Block& of(uint32_t storage_id) {
    for (Block& block : blocks) {
      if (block.storage_id == storage_id) return block;
    }
    Block& block = blocks[oldest++ % blocks.size()];
    block = Block{storage_id};
    return block;
  }
};

// One transaction of one session. Not thread-safe, except for snapshot reads by parallel workers while
// the owner waits for them. Destroying an unfinished transaction rolls it back.
//
// Commands: begin_command() starts a statement: writes made so far become visible to its reads, its own do not
// (no Halloween problem), and under READ COMMITTED a new snapshot is taken.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual TransactionId id() const = 0;  // assigned at begin, monotonic; txid_current()
  virtual IsolationLevel isolation() const = 0;
  virtual bool read_only() const = 0;
  virtual void set_isolation(IsolationLevel level) = 0;  // REQUIRES: no snapshot taken yet
  virtual void set_read_only(bool read_only) = 0;
  virtual bool has_snapshot() const = 0;
  virtual bool has_writes() const = 0;

  virtual void begin_command() = 0;
  // Makes the writes made so far by this command visible to its later reads, without a new snapshot
  // (PostgreSQL's CommandCounterIncrement), for DDL made of several steps.
  virtual void advance_command() = 0;
  // READ COMMITTED only: a fresh snapshot within the statement (re-run after a lock wait).
  virtual void refresh_snapshot() = 0;
  virtual KvSnapshotPtr snapshot() = 0;
  // The view of the running statement, and the return to an earlier one: a suspended portal reads by the view it was
  // started with (cursors are insensitive, manual: DECLARE). Writes always belong to the newest command.
  virtual TransactionView view() = 0;
  virtual void use_view(const TransactionView& view) = 0;

  virtual Result<bool> get(Family family, std::string_view key, ReadMode mode,
                           PinnedValue& value) = 0;
  virtual Status multi_get(Family family, std::span<const std::string_view> keys, ReadMode mode,
                           std::span<PinnedValue> values, std::span<bool> found) = 0;
  // Merges the transaction's own writes. Stays valid while the transaction writes; sees writes per `mode`.
  virtual std::unique_ptr<KvIterator> iterator(Family family, ReadMode mode, KeyRange range) = 0;

  // REQUIRES: the key's lock. False = the newest committed state of the key is the snapshot's; true = it may not be.
  virtual bool changed_since_snapshot(Family family, std::string_view key) = 0;

  // Snapshot reads through a view taken earlier; for readers that read as they go.
  virtual Result<bool> get_at(const TransactionView& view, Family family, std::string_view key, PinnedValue& value) = 0;
  virtual std::unique_ptr<KvIterator> iterator_at(const TransactionView& view, Family family, KeyRange range,
                                                  Pinning pinning = Pinning::kNone) = 0;

  // Kept in memory until commit, beyond the write set's limit in files. Errors are those of the disk (53100, 58030).
  virtual Status put(Family family, std::string_view key, std::string_view value) = 0;
  virtual Status erase(Family family, std::string_view key) = 0;
  // Applied at commit after all puts: for dropped storage no snapshot of a later statement can reach.
  virtual void drop_range_at_commit(Family family, KeyRange range) = 0;

  // REQUIRES: keys of one table or index that this transaction has not written and nobody else writes; no other use of the
  // transaction until finish(), without which nothing is written.
  virtual std::unique_ptr<SortedWriter> sorted_writer(Family family) = 0;

  // For its inserts, which one thread does at a time.
  virtual RowIdBlocks& row_id_blocks() = 0;

  // Has this transaction put or erased the key, and did the running command do it?
  virtual OwnWrite own_write(Family family, std::string_view key) const = 0;

  // True = granted; false only with LockWait::kSkip. Held until the end of the transaction, or until
  // rollback to a savepoint taken before it. Re-entrant; a stronger mode upgrades.
  virtual Result<bool> lock(const LockTag& tag, LockMode mode, LockWait wait) = 0;
  virtual Result<bool> lock_row(uint32_t table_id, uint64_t row_id, RowLockStrength strength,
                                LockWait wait) = 0;
  // Strongest strength at which this transaction holds the row; nullopt = not locked.
  virtual std::optional<RowLockStrength> held_row_lock(uint32_t table_id, uint64_t row_id) const = 0;
  // For advisory locks: counts; false = not held (PostgreSQL warns `you don't own a lock of type ...`). Locks that
  // outlive transactions belong to a transaction that the session keeps for them: transactions with the same session
  // pid never wait for each other.
  virtual bool unlock(const LockTag& tag, LockMode mode) = 0;
  // While it may not wait, a lock request that would have to fails with 55P03 at once, and wait_refused() tells that this
  // was the reason: the caller undoes the statement and runs it again on a thread that may wait.
  virtual void set_may_wait(bool may_wait) = 0;
  virtual bool wait_refused() const = 0;
  virtual void set_lock_timeout(std::chrono::milliseconds timeout) = 0;  // 0 = none
  virtual void set_deadlock_timeout(std::chrono::milliseconds timeout) = 0;

  virtual SavepointId savepoint() = 0;
  virtual void rollback_to(SavepointId savepoint) = 0;  // undoes writes, releases locks taken since, runs on_abort hooks
  virtual void release(SavepointId savepoint) = 0;      // merges into the enclosing level

  // Run once, in order of registration, after the commit is durable and visible (before locks are released), or in
  // reverse order when the enclosing savepoint or transaction rolls back. Must not throw.
  virtual void on_commit(std::function<void()> action) = 0;
  virtual void on_abort(std::function<void()> action) = 0;
  // For on_commit actions: the engine's sequence number of the commit. Snapshots with an equal or greater one see it; 0 when
  // nothing was written.
  virtual SequenceNumber commit_sequence() const = 0;
  // Runs inside commit(), just before the batch is written, under the manager's publish lock; may still put().
  virtual void before_commit(std::function<Status()> action) = 0;

  // After an error the transaction is rolled back. Either call ends it.
  virtual Status commit(Durability durability) = 0;
  virtual void rollback() = 0;
};

struct LockInfo {  // a row of pg_locks
  LockTag tag;
  LockMode mode;
  bool granted;
  int32_t session_pid;
  TransactionId transaction;
};

class TransactionManager {
 public:
  virtual ~TransactionManager() = default;
  // `cancel` must outlive the transaction; lock waits observe it. `session_pid` names the waiter in messages; locks of
  // one pid do not conflict with each other (0 = each transaction for itself).
  virtual std::unique_ptr<Transaction> begin(IsolationLevel level, CancelState& cancel,
                                             int32_t session_pid) = 0;
  virtual KvEngine& engine() = 0;
  virtual std::vector<LockInfo> locks() const = 0;
  // Waits for the end of every transaction that holds the tag in a mode conflicting with `mode` now, without asking for
  // the lock: later ones are not held up. The session's own are not waited for. `report` (may be empty) is called while
  // waiting with their number, how many have ended and one session that has not. Errors: the cancel reason's.
  virtual Status wait_for_holders(const LockTag& tag, LockMode mode, int32_t session_pid, const CancelState& cancel,
                                  const std::function<void(size_t total, size_t done, int32_t pid)>& report) = 0;
  // Around blocking waits, so that the executor pool can start a substitute thread. Both may be empty.
  virtual void set_blocking_hooks(std::function<void()> enter, std::function<void()> leave) = 0;
};

// engine must outlive the manager. write_set_limit: bytes one transaction may buffer. row_cache: bytes for the newest
// versions of rows and unique index entries that were read or written lately.
std::unique_ptr<TransactionManager> make_transaction_manager(KvEngine& engine, size_t write_set_limit,
                                                             size_t row_cache = size_t{16} << 20);

}  // namespace vecino::storage

#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/api/bulk_writers.h"
#include "storage/api/transaction.h"
#include "storage/txn/lock_manager.h"
#include "storage/txn/nearby_reader.h"
#include "storage/txn/spilled_writes.h"
#include "storage/txn/write_set.h"

namespace vecino::storage {

class TransactionManagerImpl;

// Writes are in layers, the newest first: the write set in memory; one that is being spilled by a thread of its own; and the runs
// that earlier ones have become (spilled_writes.h). Whoever has no runs at COMMIT writes one batch; else everything becomes
// runs and is ingested at once.
class TransactionImpl final : public Transaction {
 public:
  TransactionImpl(TransactionManagerImpl& manager, TransactionId id, IsolationLevel level, CancelState& cancel,
                  int32_t session_pid);
  ~TransactionImpl() override;

  TransactionId id() const override { return locks_.transaction(); }
  IsolationLevel isolation() const override { return isolation_; }
  bool read_only() const override { return read_only_; }
  void set_isolation(IsolationLevel level) override { isolation_ = level; }
  void set_read_only(bool read_only) override { read_only_ = read_only; }
  bool has_snapshot() const override { return statement_begun_; }
  bool has_writes() const override {
    return !writes_->empty() || frozen_ != nullptr || has_runs() || !drops_.empty();
  }

  void begin_command() override;
  void advance_command() override;
  void refresh_snapshot() override;
  KvSnapshotPtr snapshot() override;
  TransactionView view() override { return {snapshot(), visible_before_}; }
  void use_view(const TransactionView& view) override;

  Result<bool> get(Family family, std::string_view key, ReadMode mode, PinnedValue& value) override;
  Status multi_get(Family family, std::span<const std::string_view> keys, ReadMode mode, std::span<PinnedValue> values,
                   std::span<bool> found) override;
  std::unique_ptr<KvIterator> iterator(Family family, ReadMode mode, KeyRange range) override;

  bool changed_since_snapshot(Family family, std::string_view key) override;

  Result<bool> get_at(const TransactionView& view, Family family, std::string_view key, PinnedValue& value) override;
  std::unique_ptr<KvIterator> iterator_at(const TransactionView& view, Family family, KeyRange range,
                                          Pinning pinning) override;

  Status put(Family family, std::string_view key, std::string_view value) override;
  Status erase(Family family, std::string_view key) override;
  void drop_range_at_commit(Family family, KeyRange range) override;
  OwnWrite own_write(Family family, std::string_view key) const override;
  std::unique_ptr<SortedWriter> sorted_writer(Family family) override;
  // Writes of the running command that are runs already.
  Status adopt(Family family, const SpilledRuns& adopted);
  RowIdBlocks& row_id_blocks() override { return row_id_blocks_; }

  Result<bool> lock(const LockTag& tag, LockMode mode, LockWait wait) override;
  Result<bool> lock_row(uint32_t table_id, uint64_t row_id, RowLockStrength strength, LockWait wait) override;
  std::optional<RowLockStrength> held_row_lock(uint32_t table_id, uint64_t row_id) const override;
  // storage/api/bulk_writers.h
  Result<bool> await_bulk_writers(Family family, std::string_view key, LockWait wait, const BulkConflict& conflicts);
  bool unlock(const LockTag& tag, LockMode mode) override;
  void set_may_wait(bool may_wait) override {
    locks_.may_wait = may_wait;
    locks_.wait_refused = false;
  }
  bool wait_refused() const override { return locks_.wait_refused; }
  void set_lock_timeout(std::chrono::milliseconds timeout) override { locks_.lock_timeout = timeout; }
  void set_deadlock_timeout(std::chrono::milliseconds timeout) override { locks_.deadlock_timeout = timeout; }

  SavepointId savepoint() override;
  void rollback_to(SavepointId savepoint) override;
  void release(SavepointId savepoint) override;

  void on_commit(std::function<void()> action) override { commit_actions_.push_back(std::move(action)); }
  void on_abort(std::function<void()> action) override { abort_actions_.push_back(std::move(action)); }
  SequenceNumber commit_sequence() const override { return commit_sequence_; }
  void before_commit(std::function<Status()> action) override { before_commit_.push_back(std::move(action)); }

  Status commit(Durability durability) override;
  void rollback() override;

 private:
  struct Drop {
    Family family;
    KeyRange range;
  };
  struct Level {
    SavepointId id;
    WriteSet::Command command;  // of the first write after it
    size_t undo_mark, locks, commit_actions, abort_actions, before_commit, drops;
  };
  // Own writes below this command are visible in `mode`.
  WriteSet::Command limit_of(ReadMode mode) const {
    return mode == ReadMode::kLatest ? WriteSet::kAllCommands : visible_before_;
  }
  // What is committed, in the snapshot or (null) now. REQUIRES: now, the key's lock.
  Result<bool> committed(Family family, std::string_view key, const KvSnapshot* snapshot, PinnedValue& value);
  Status multi_get_cached(Family family, std::span<const std::string_view> keys, const KvSnapshot* snapshot,
                          std::span<PinnedValue> values, std::span<bool> found);
  template <typename Function>
  void for_cached_writes(Function function) const;
  // The largest committed key of one index, as long as no commit has written index entries. Loads with ascending keys (sequences)
  // need not ask the engine for each of them.
  struct LargestKey {
    std::string prefix, largest;
    uint64_t commits = 0;
  };
  bool is_beyond_committed(std::string_view key);
  enum class Own { kNone, kValue, kErased };
  // This transaction's newest write of the key before `limit`.
  Result<Own> own_version(Family family, std::string_view key, WriteSet::Command limit, PinnedValue& value) const;
  Result<Own> spilled_version(Family family, std::string_view key, WriteSet::Command limit, PinnedValue& value) const;
  OwnWrite spilled_write(Family family, std::string_view key) const;
  std::unique_ptr<KvIterator> with_own_writes(std::unique_ptr<KvIterator> base, Family family, WriteSet::Command limit,
                                              const KeyRange& range, Pinning pinning) const;
  bool has_own(Family family) const {
    return spill_failed_ || !writes_->empty(family) || (frozen_ != nullptr && !frozen_->empty(family)) || has_runs(family);
  }
  bool has_runs(Family family) const { return spilled_ != nullptr && !(*spilled_)[static_cast<size_t>(family)].empty(); }
  bool has_runs() const { return spilled_ != nullptr; }
  Status check_memory();
  void next_command();
  void split_command();
  // transaction_bulk.cc
  Status become_bulk();
  Status start_spill();
  Status finish_spill();
  Status spill_rest();
  void forget_runs_after(WriteSet::Command command);
  void publish_runs(SpilledFamilies runs);
  void release_spilled_locks(const WriteSet& spilled, size_t held);
  Status ingest();
  void fill_batch(KvWriteBatch& batch) const;
  Status write_changes(Durability durability);
  Status write_batch(Durability durability);
  Status run_before_commit();
  void reclaim_drops();
  void run_abort_actions(size_t keep);
  void finish();

  TransactionManagerImpl& manager_;
  KvEngine& engine_;
  LockOwner locks_;
  IsolationLevel isolation_;
  bool read_only_ = false;
  bool statement_begun_ = false;
  bool finished_ = false;
  SequenceNumber commit_sequence_ = 0;

  // The statement's snapshot; taken by the first read. Parallel workers may race for that one.
  std::atomic<bool> has_view_{false};
  std::mutex view_mutex_;
  KvSnapshotPtr snapshot_;

  std::shared_ptr<WriteSet> writes_ = std::make_shared<WriteSet>();
  std::shared_ptr<const WriteSet> frozen_;           // being spilled; nullptr = none
  size_t frozen_locks_ = 0;                          // locks held when it was frozen
  std::future<Result<SpilledFamilies>> spilling_;    // of frozen_
  std::shared_ptr<const SpilledFamilies> spilled_;   // nullptr = none
  bool spill_failed_ = false;                        // writes are lost: nothing but rollback is possible
  bool is_bulk_ = false;                             // has spilled: holds the lock that others wait for
  WriteSet::Command command_ = 1;         // stamps writes
  WriteSet::Command visible_before_ = 1;  // of the view in use; command_ unless an earlier view is in use
  WriteSet::Command statement_command_ = 1;  // first of the running command; greater ones come after its savepoints
  uint64_t command_start_generation_ = 0;

  size_t latest_reads_ = 0;
  std::unique_ptr<NearbyReader> nearby_;  // for them, once there are many
  RowIdBlocks row_id_blocks_;
  std::vector<LargestKey> largest_keys_;
  size_t absent_keys_ = 0;  // look-ups of index entries that found nothing

  std::vector<Drop> drops_;
  std::vector<std::string> drop_markers_;
  std::vector<Level> levels_;
  SavepointId next_savepoint_ = 1;
  std::vector<std::function<void()>> commit_actions_, abort_actions_;
  std::vector<std::function<Status()>> before_commit_;
};

}  // namespace vecino::storage

#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>

#include "storage/api/transaction.h"
#include "storage/meta/reserved_counter.h"
#include "storage/txn/bulk_writers.h"
#include "storage/txn/lock_manager.h"
#include "storage/txn/point_cache.h"

namespace vecino::storage {

// Of a transaction that began while no ids could be reserved (disk full): it may read only.
inline constexpr TransactionId kNoTransactionId = 0;

class TransactionManagerImpl final : public TransactionManager {
 public:
  TransactionManagerImpl(KvEngine& engine, size_t write_set_limit, size_t row_cache);
  ~TransactionManagerImpl() override { ids_.close(); }

  std::unique_ptr<Transaction> begin(IsolationLevel level, CancelState& cancel, int32_t session_pid) override;
  KvEngine& engine() override { return engine_; }
  std::vector<LockInfo> locks() const override { return locks_.list(); }
  Status wait_for_holders(const LockTag& tag, LockMode mode, int32_t session_pid, const CancelState& cancel,
                          const std::function<void(size_t, size_t, int32_t)>& report) override {
    return locks_.wait_for_holders(tag, mode, session_pid, cancel, report);
  }
  void set_blocking_hooks(std::function<void()> enter, std::function<void()> leave) override {
    locks_.set_blocking_hooks(std::move(enter), std::move(leave));
  }

  LockManager& lock_manager() { return locks_; }
  PointCache& points() { return points_; }
  BulkWriters& bulk_writers() { return bulk_writers_; }
  // Counts commits that wrote index entries: moves after they are visible and before their locks are released.
  std::atomic<uint64_t>& ordered_commits() { return ordered_commits_; }
  // Of a write set in memory, before it is spilled. Half the limit, because one is filled while another is spilled; and no more
  // than it takes to make runs of a good size.
  size_t spill_bytes() const { return std::min(write_set_limit_ / 2, size_t{32} << 20); }
  // Held from the before_commit actions until the batch is written: what they put is in commit order.
  std::mutex& publish_mutex() { return publish_mutex_; }

 private:
  KvEngine& engine_;
  size_t write_set_limit_;
  LockManager locks_;
  PointCache points_;
  BulkWriters bulk_writers_;
  std::mutex publish_mutex_;
  std::atomic<uint64_t> ordered_commits_{1};
  ReservedCounter ids_;
};

}  // namespace vecino::storage

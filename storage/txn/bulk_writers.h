#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

#include "storage/api/bulk_writers.h"
#include "storage/api/transaction.h"
#include "storage/txn/spilled_writes.h"

namespace vecino::storage {

// Which keys the running bulk transactions have written. A lock for each of millions of rows and unique keys would not fit into
// memory; so when writes are spilled, the runs are listed here and the locks on their keys are let go. Who has got a lock on
// a row or key then looks here, and waits for the end of the transaction that wrote it. Thread-safe.
class BulkWriters {
 public:
  void publish(TransactionId transaction, int32_t session_pid, std::shared_ptr<const SpilledFamilies> runs);
  void remove(TransactionId transaction);
  bool any() const { return count_.load(std::memory_order_acquire) > 0; }
  // Another session's running transaction that has written the key into a run, and `conflicts` (empty = always).
  Result<std::optional<TransactionId>> writer_of(Family family, std::string_view key, TransactionId self,
                                                 int32_t session_pid, const BulkConflict& conflicts) const;

 private:
  struct Writer {
    int32_t session_pid;
    std::shared_ptr<const SpilledFamilies> runs;
  };
  std::atomic<int> count_{0};
  mutable std::shared_mutex mutex_;
  std::unordered_map<TransactionId, Writer> writers_;
};

}  // namespace vecino::storage

#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "storage/api/transaction.h"
#include "storage/meta/reserved_counter.h"

namespace vecino::storage {

// The next row id of every table. Thread-safe.
class RowIdAllocator {
 public:
  explicit RowIdAllocator(KvEngine& engine) : engine_(engine) {}
  ~RowIdAllocator();
  // A transaction that inserts many rows takes blocks of ids: what it writes then makes whole groups (storage/row_group), also
  // beside others that insert into the same table. What it did not use it gives back when it commits.
  Result<uint64_t> next(uint32_t storage_id, Transaction& txn);
  Result<uint64_t> upper_bound(uint32_t storage_id) { return counter(storage_id).upper_bound(); }
  // REQUIRES: nobody uses this storage id any more.
  void forget(uint32_t storage_id);

 private:
  ReservedCounter& counter(uint32_t storage_id);
  void give_back(const RowIdBlocks::Block& block);

  KvEngine& engine_;
  std::shared_mutex mutex_;
  std::unordered_map<uint32_t, std::unique_ptr<ReservedCounter>> counters_;
};

}  // namespace vecino::storage

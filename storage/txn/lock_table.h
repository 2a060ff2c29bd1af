#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "storage/api/lock.h"
#include "storage/api/transaction.h"

namespace vecino::storage {

class LockOwner;

// One locked thing. Guarded by its stripe's mutex; exists, at one address, while it has holders or waiters.
struct LockEntry {
  struct Grant {
    LockOwner* owner;
    LockMode mode;
    uint32_t count;  // > 1 only for advisory locks
  };
  LockTag tag;
  std::vector<Grant> grants;
  std::vector<LockOwner*> queue;  // waiters, first come first

 private:
  friend class LockTable;
  uint64_t hash_ = 0;
  LockEntry* next_ = nullptr;  // of the same bucket, or the next free one
};

// The entries of one stripe: a hash table with chains through the entries. A bulk load takes and releases a lock for every row,
// so that what counts are the cache misses: two for a new entry (its bucket and the entry), one more to let it go; and the
// allocations: entries that are let go are used again, with their vectors. Not thread-safe.
class LockTable {
 public:
  LockTable() = default;
  ~LockTable();
  LockTable(const LockTable&) = delete;
  LockTable& operator=(const LockTable&) = delete;

  // nullptr = nobody holds it or waits for it.
  LockEntry* find(const LockTag& tag, uint64_t hash) const;
  // Found or made.
  LockEntry& at(const LockTag& tag, uint64_t hash);
  // REQUIRES: no holders and no waiters.
  void erase(LockEntry& entry);
  // How many of the entries are unique keys.
  size_t key_count() const { return keys_; }
  template <typename Function>
  void for_each(Function function) const {
    for (const LockEntry* entry : buckets_) {
      for (; entry != nullptr; entry = entry->next_) function(*entry);
    }
  }

 private:
  static constexpr size_t kMostFree = 1024;
  LockEntry*& bucket_of(uint64_t hash) { return buckets_[hash & (buckets_.size() - 1)]; }
  void grow();
  std::unique_ptr<LockEntry> make();

  std::vector<LockEntry*> buckets_;  // a power of two; empty at first
  size_t size_ = 0, keys_ = 0;
  LockEntry* free_ = nullptr;
  size_t free_count_ = 0;
};

}  // namespace vecino::storage

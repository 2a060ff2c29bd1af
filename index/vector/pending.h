#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "index/vector/change_log.h"
#include "storage/util/memory_budget.h"

namespace vecino::index {

// What one running transaction has staged in one index: the keys of its log records. A superset: a key whose write was
// rolled back to a savepoint stays listed, the transaction's write set tells.
struct PendingGroup {
  storage::TransactionId transaction = 0;
  std::vector<LogKey> keys;  // guarded by Pending's mutex
  uint64_t bytes = 0;        // that the index will grow by, about; guarded by Pending's mutex
  MemoryReservation memory{MemoryPart::kVectorIndexes};
};

// Staged changes of all running transactions. A group stays from the first staged change until the changes are in memory
// (or rolled back), so a reader that copies the list after taking its snapshot knows everything that its snapshot may contain
// and memory does not have yet. Thread-safe.
class Pending {
 public:
  // Lists a change under the current generation, and returns it. `is_first`: the group is new (register hooks).
  uint32_t stage(storage::TransactionId transaction, storage::RowId row, bool& is_first) {
    std::lock_guard lock(mutex_);
    auto& group = groups_[transaction];
    is_first = group == nullptr;
    if (is_first) {
      group = std::make_shared<PendingGroup>();
      group->transaction = transaction;
    }
    // A row changed again in the same generation has its key already; finding it is not worth a search beyond the last one.
    if (group->keys.empty() || group->keys.back().row != row || group->keys.back().generation != generation_) {
      group->keys.push_back({generation_, row});
    }
    return generation_;
  }
  // Memory for what the transaction has staged, so that its statement is refused (53200) and not the index broken after its commit.
  Status reserve(storage::TransactionId transaction, uint64_t bytes) {
    std::lock_guard lock(mutex_);
    PendingGroup& group = *groups_.at(transaction);
    group.bytes += bytes;
    if (group.bytes <= group.memory.bytes() || group.bytes < kReservedAtOnce) return Status::ok();
    return group.memory.resize(group.bytes + kReservedAtOnce);
  }
  // Before the changes are made: now the index itself takes the memory.
  void release_memory(storage::TransactionId transaction) {
    std::lock_guard lock(mutex_);
    if (auto it = groups_.find(transaction); it != groups_.end()) it->second->memory.shrink(0);
  }
  void remove(storage::TransactionId transaction) {
    std::lock_guard lock(mutex_);
    groups_.erase(transaction);
  }
  std::vector<LogKey> keys_of(storage::TransactionId transaction) const {
    std::lock_guard lock(mutex_);
    auto it = groups_.find(transaction);
    return it == groups_.end() ? std::vector<LogKey>() : it->second->keys;
  }
  struct First {
    storage::TransactionId transaction;
    LogKey key;
  };
  // The first key of every group but `own`'s.
  void firsts(storage::TransactionId own, std::vector<First>& out) const {
    out.clear();
    std::lock_guard lock(mutex_);
    for (const auto& [id, group] : groups_) {
      if (id != own && !group->keys.empty()) out.push_back({id, group->keys.front()});
    }
  }
  bool has(storage::TransactionId transaction) const {
    std::lock_guard lock(mutex_);
    return groups_.count(transaction) != 0;
  }

  // Later changes belong to a new generation.
  uint32_t next_generation() {
    std::lock_guard lock(mutex_);
    return ++generation_;
  }
  void set_generation(uint32_t generation) {
    std::lock_guard lock(mutex_);
    generation_ = generation;
  }
  uint32_t generation() const {
    std::lock_guard lock(mutex_);
    return generation_;
  }
  // Has a running transaction staged something in a generation before `generation`?
  bool older_than(uint32_t generation) const {
    std::lock_guard lock(mutex_);
    for (const auto& [id, group] : groups_) {
      if (!group->keys.empty() && group->keys.front().generation < generation) return true;
    }
    return false;
  }

 private:
  static constexpr uint64_t kReservedAtOnce = 1 << 20;
  mutable std::mutex mutex_;
  std::unordered_map<storage::TransactionId, std::shared_ptr<PendingGroup>> groups_;
  uint32_t generation_ = 1;
};

}  // namespace vecino::index

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/api/lock.h"
#include "storage/api/transaction.h"
#include "storage/txn/key_locks.h"
#include "storage/txn/lock_table.h"
#include "storage/util/cancel.h"

namespace vecino::storage {

// Bit set of lock modes; bit n = LockMode n.
using LockModeMask = uint16_t;
inline constexpr LockModeMask mask_of(LockMode mode) { return static_cast<LockModeMask>(1u << static_cast<int>(mode)); }
// Modes that conflict with `mode` (manual 13.3.1, table 13.2).
LockModeMask conflicts_of(LockMode mode);
// Row strengths on the same table; the four give exactly the manual's table 13.3.
LockMode mode_of(RowLockStrength strength);
std::string_view lock_mode_name(LockMode mode);  // "AccessShareLock", as pg_locks.mode

// Everything one transaction holds and waits for. Only its own thread asks for locks; other threads read `waiting_*`
// and grant under the stripe's mutex.
class LockOwner {
 public:
  LockOwner(TransactionId transaction, int32_t session_pid, CancelState& cancel);
  ~LockOwner();
  LockOwner(const LockOwner&) = delete;

  TransactionId transaction() const { return transaction_; }
  int32_t session_pid() const { return session_pid_; }
  std::chrono::milliseconds lock_timeout{0};
  std::chrono::milliseconds deadlock_timeout{1000};
  bool may_wait = true;
  bool wait_refused = false;  // a request would have waited while it might not
  // Marks for savepoints: locks are kept in the order they were taken.
  size_t held_count() {
    marked_ = true;
    return held_.size();
  }

 private:
  friend class LockManager;
  struct Held {
    LockEntry* entry;  // nullptr = unique keys that were free when they were locked: the rest says which (KeyLocks::Lock)
    LockMode mode;
    uint32_t id = 0;
    uint64_t block = 0, bits = 0;
  };
  void hold_key(uint32_t id, uint64_t key);
  // A waiter sleeps here. Shared with the cancel waker, which may run after the wait is over.
  struct WaitSlot {
    std::mutex mutex;
    std::condition_variable changed;
    bool signalled = false;
    void signal();
  };

  TransactionId transaction_;
  int32_t session_pid_;
  int64_t group_;  // owners of one group never conflict
  CancelState& cancel_;
  std::vector<Held> held_;
  bool marked_ = false;  // held_.back() may stand before a mark: nothing is added to it
  std::shared_ptr<WaitSlot> slot_;  // made by the first wait
  // Guarded by the stripe of waiting_on_.
  std::atomic<LockEntry*> waiting_on_{nullptr};
  LockMode waiting_mode_{};
  bool granted_ = false;
};

// The lock table of the server: all spaces in one striped hash table, FIFO queues, deadlock detection by a wait-for
// graph that a waiter searches after deadlock_timeout. Thread-safe.
class LockManager {
 public:
  LockManager();
  ~LockManager();

  // True = granted; false only with LockWait::kSkip. Errors: 55P03, 40P01, or the cancel reason's.
  Result<bool> acquire(LockOwner& owner, const LockTag& tag, LockMode mode, LockWait wait);
  // Takes a lock that nobody else may hold (a transaction's own), in Exclusive mode, as the first of all the owner's.
  Status acquire_first(LockOwner& owner, const LockTag& tag);
  // Strongest of `modes` that the owner holds on the tag; nullopt = none.
  std::optional<LockMode> strongest_held(const LockOwner& owner, const LockTag& tag) const;
  // Releases one advisory count, or another lock altogether; looked for from the newest on. False = not held.
  bool release_one(LockOwner& owner, const LockTag& tag, LockMode mode);
  // Releases what was taken after `held_count` locks were held.
  void release_after(LockOwner& owner, size_t held_count);
  void release_all(LockOwner& owner) { release_after(owner, 0); }
  // Releases those of the first `count` held locks for which `release(tag)`; `marks` (held_count()s, ascending) follow.
  // Unique keys are asked for together: the answer may depend on their space only.
  void release_some(LockOwner& owner, size_t count, const std::function<bool(const LockTag&)>& release,
                    std::span<size_t* const> marks);

  // See TransactionManager::wait_for_holders.
  Status wait_for_holders(const LockTag& tag, LockMode mode, int32_t session_pid, const CancelState& cancel,
                          const std::function<void(size_t total, size_t done, int32_t pid)>& report);

  std::vector<LockInfo> list() const;
  void set_blocking_hooks(std::function<void()> enter, std::function<void()> leave);

 private:
  static constexpr size_t kStripes = 32;
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    LockTable entries;
    // No key is in both. While there is an entry for any key, no lock is added here.
    KeyLocks keys;
  };

  static uint64_t hash_of(const LockTag& tag);
  Stripe& stripe_of(uint64_t hash) { return stripes_[hash >> 59]; }
  const Stripe& stripe_of(uint64_t hash) const { return stripes_[hash >> 59]; }
  Result<bool> wait_for(LockOwner& owner, Stripe& stripe, LockEntry& entry, LockMode mode);
  Status sleep(LockOwner& owner, Stripe& stripe, LockEntry& entry);
  Status check_deadlock(LockOwner& owner);
  static bool is_plain_key(const LockTag& tag) {
    return tag.space == LockSpace::kUniqueKey && tag.database == 0 && tag.key.size() == sizeof(uint64_t);
  }
  static LockTag key_tag(uint32_t id, uint64_t key);
  static uint64_t key_hash(uint32_t id, uint64_t block);
  bool take_key(LockOwner& owner, Stripe& stripe, const LockTag& tag, uint64_t hash, LockMode mode);
  void release_keys(LockOwner& owner, const LockOwner::Held& held);
  void release(LockOwner& owner, const LockOwner::Held& held);
  void release(LockOwner& owner, Stripe& stripe, LockEntry& entry, LockMode mode);
  void grant_waiters(LockEntry& entry);
  struct Holder {
    TransactionId transaction;
    int32_t session_pid;
  };
  // Of a granted mode that conflicts with `mode`, but for the session's own.
  std::vector<Holder> conflicting_holders(const LockTag& tag, LockMode mode, int32_t session_pid) const;

  std::array<Stripe, kStripes> stripes_;
  mutable std::mutex waiters_mutex_;
  std::vector<LockOwner*> waiters_;  // those inside wait_for
  std::mutex hooks_mutex_;
  std::shared_ptr<const std::pair<std::function<void()>, std::function<void()>>> hooks_;
};

}  // namespace vecino::storage

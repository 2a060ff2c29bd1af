#include "storage/txn/lock_manager.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <thread>

#include "storage/txn/lock_names.h"
#include "storage/util/bytes.h"

namespace vecino::storage {
namespace {

using Clock = std::chrono::steady_clock;

bool conflicting(LockMode a, LockMode b) { return (conflicts_of(a) & mask_of(b)) != 0; }

// Owners without a session are groups of their own.
int64_t group_of(TransactionId transaction, int32_t pid) {
  return pid != 0 ? pid : -static_cast<int64_t>(transaction) - 1;
}

}  // namespace

void LockOwner::WaitSlot::signal() {
  std::lock_guard lock(mutex);
  signalled = true;
  changed.notify_one();
}

LockOwner::LockOwner(TransactionId transaction, int32_t session_pid, CancelState& cancel)
    : transaction_(transaction), session_pid_(session_pid), group_(group_of(transaction, session_pid)), cancel_(cancel) {}

LockOwner::~LockOwner() = default;

LockManager::LockManager() = default;
LockManager::~LockManager() = default;

// Keys of one block are in one stripe.
uint64_t LockManager::key_hash(uint32_t id, uint64_t block) {
  uint64_t hash = (block ^ (static_cast<uint64_t>(id) << 32)) * 0x9e3779b97f4a7c15;
  return (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15;
}

uint64_t LockManager::hash_of(const LockTag& tag) {
  if (is_plain_key(tag)) return key_hash(tag.id, KeyLocks::block_of(load_be<uint64_t>(tag.key.data())));
  uint64_t hash = std::hash<std::string_view>()(tag.key);
  hash ^= (static_cast<uint64_t>(tag.space) << 56) ^ (static_cast<uint64_t>(tag.database) << 32) ^ tag.id;
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

Result<bool> LockManager::acquire(LockOwner& owner, const LockTag& tag, LockMode mode, LockWait wait) {
  const uint64_t hash = hash_of(tag);
  Stripe& stripe = stripe_of(hash);
  std::unique_lock lock(stripe.mutex);
  if (is_plain_key(tag) && take_key(owner, stripe, tag, hash, mode)) return true;
  LockEntry& entry = stripe.entries.at(tag, hash);
  bool holds_something = false;
  bool free = true;
  LockModeMask conflicts = conflicts_of(mode);
  for (auto& grant : entry.grants) {
    if (grant.owner == &owner) {
      holds_something = true;
      if (grant.mode == mode) {
        if (tag.space == LockSpace::kAdvisory) ++grant.count;
        return true;
      }
    } else if (grant.owner->group_ != owner.group_ && (conflicts & mask_of(grant.mode)) != 0) {
      free = false;
    }
  }
  // Who holds nothing here stands behind earlier waiters it conflicts with; who does must not (it would wait for
  // somebody that waits for it).
  if (free && !holds_something) {
    for (const LockOwner* waiter : entry.queue) {
      if (waiter->group_ != owner.group_ && conflicting(waiter->waiting_mode_, mode)) free = false;
    }
  }
  if (free) {
    entry.grants.push_back({&owner, mode, 1});
    owner.held_.push_back({&entry, mode});
    return true;
  }
  if (wait == LockWait::kSkip) return false;
  if (wait == LockWait::kNoWait) return lock_not_available(tag);
  if (!owner.may_wait) {
    owner.wait_refused = true;
    return lock_not_available(tag);
  }
  RETURN_IF_ERROR(owner.cancel_.check());

  // Ahead of the first waiter that conflicts with something the owner already holds here, else at the end.
  auto position = entry.queue.end();
  if (holds_something) {
    position = std::find_if(entry.queue.begin(), entry.queue.end(), [&](const LockOwner* waiter) {
      return std::any_of(entry.grants.begin(), entry.grants.end(), [&](const LockEntry::Grant& grant) {
        return grant.owner == &owner && conflicting(waiter->waiting_mode_, grant.mode);
      });
    });
  }
  if (owner.slot_ == nullptr) owner.slot_ = std::make_shared<LockOwner::WaitSlot>();
  owner.waiting_mode_ = mode;
  owner.granted_ = false;
  owner.waiting_on_ = &entry;
  entry.queue.insert(position, &owner);
  lock.unlock();
  return wait_for(owner, stripe, entry, mode);
}

LockTag LockManager::key_tag(uint32_t id, uint64_t key) {
  LockTag tag{LockSpace::kUniqueKey, 0, id, {}};
  append_be(tag.key, key);
  return tag;
}

// True = granted without an entry. Else there is an entry now for what another one holds. REQUIRES: the stripe's mutex.
bool LockManager::take_key(LockOwner& owner, Stripe& stripe, const LockTag& tag, uint64_t hash, LockMode mode) {
  const uint64_t key = load_be<uint64_t>(tag.key.data());
  LockOwner* holder = stripe.keys.find(tag.id, key, hash);
  if (holder == nullptr && mode == LockMode::kExclusive && stripe.entries.key_count() == 0) {
    stripe.keys.add(tag.id, key, hash, &owner);
    owner.hold_key(tag.id, key);
    return true;
  }
  if (holder == &owner && mode == LockMode::kExclusive) return true;
  if (holder != nullptr) {
    stripe.entries.at(tag, hash).grants.push_back({holder, LockMode::kExclusive, 1});
    (void)stripe.keys.erase(tag.id, KeyLocks::block_of(key), KeyLocks::bit_of(key), hash, holder);
  }
  return false;
}

void LockOwner::hold_key(uint32_t id, uint64_t key) {
  const uint64_t block = KeyLocks::block_of(key), bit = KeyLocks::bit_of(key);
  if (!marked_ && !held_.empty()) {
    Held& last = held_.back();
    if (last.entry == nullptr && last.id == id && last.block == block) {
      last.bits |= bit;
      return;
    }
  }
  marked_ = false;
  held_.push_back({nullptr, LockMode::kExclusive, id, block, bit});
}

Status LockManager::acquire_first(LockOwner& owner, const LockTag& tag) {
  ASSIGN_OR_RETURN(bool granted, acquire(owner, tag, LockMode::kExclusive, LockWait::kNoWait));
  if (granted) std::rotate(owner.held_.begin(), owner.held_.end() - 1, owner.held_.end());
  return Status::ok();
}

Result<bool> LockManager::wait_for(LockOwner& owner, Stripe& stripe, LockEntry& entry, LockMode mode) {
  auto slot = owner.slot_;
  {
    std::lock_guard lock(waiters_mutex_);
    waiters_.push_back(&owner);
  }
  decltype(hooks_) hooks;
  {
    std::lock_guard lock(hooks_mutex_);
    hooks = hooks_;
  }
  owner.cancel_.set_waker([slot] { slot->signal(); });
  if (hooks != nullptr && hooks->first) hooks->first();
  Status status = sleep(owner, stripe, entry);
  if (hooks != nullptr && hooks->second) hooks->second();
  owner.cancel_.set_waker(nullptr);
  {
    std::lock_guard lock(waiters_mutex_);
    waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &owner));
  }
  std::lock_guard lock(stripe.mutex);
  owner.waiting_on_ = nullptr;
  if (owner.granted_) {  // a grant that came together with an error is kept: the caller aborts or goes on
    owner.held_.push_back({&entry, mode});
    if (status.is_ok()) return true;
    return status;
  }
  entry.queue.erase(std::find(entry.queue.begin(), entry.queue.end(), &owner));
  grant_waiters(entry);
  if (entry.grants.empty() && entry.queue.empty()) stripe.entries.erase(entry);
  return status;
}

// Until granted (ok) or the reason to give up.
Status LockManager::sleep(LockOwner& owner, Stripe& stripe, LockEntry& entry) {
  auto start = Clock::now();
  auto lock_deadline = owner.lock_timeout.count() > 0 ? start + owner.lock_timeout : Clock::time_point::max();
  auto deadlock_deadline = start + owner.deadlock_timeout;
  auto& slot = *owner.slot_;
  while (true) {
    {
      std::lock_guard lock(stripe.mutex);
      if (owner.granted_) return Status::ok();
    }
    RETURN_IF_ERROR(owner.cancel_.check());
    auto now = Clock::now();
    if (now >= lock_deadline) {
      return Status::error(sqlstate::kLockNotAvailable, "canceling statement due to lock timeout");
    }
    if (now >= deadlock_deadline) {
      RETURN_IF_ERROR(check_deadlock(owner));
      deadlock_deadline = Clock::time_point::max();
    }
    auto deadline = std::min(lock_deadline, deadlock_deadline);
    std::unique_lock lock(slot.mutex);
    auto signalled = [&] { return slot.signalled; };
    if (deadline == Clock::time_point::max()) {
      slot.changed.wait(lock, signalled);
    } else {
      slot.changed.wait_until(lock, deadline, signalled);
    }
    slot.signalled = false;
  }
}

// First come first served: a waiter is granted when nothing granted and nobody before it conflicts.
// REQUIRES: the stripe's mutex.
void LockManager::grant_waiters(LockEntry& entry) {
  auto blocked_by_grant = [&](const LockOwner& waiter) {
    LockModeMask conflicts = conflicts_of(waiter.waiting_mode_);
    return std::any_of(entry.grants.begin(), entry.grants.end(), [&](const LockEntry::Grant& grant) {
      return grant.owner->group_ != waiter.group_ && (conflicts & mask_of(grant.mode)) != 0;
    });
  };
  for (size_t i = 0; i < entry.queue.size();) {
    LockOwner& waiter = *entry.queue[i];
    bool blocked = blocked_by_grant(waiter);
    for (size_t j = 0; j < i && !blocked; ++j) {
      const LockOwner& earlier = *entry.queue[j];
      blocked = earlier.group_ != waiter.group_ && conflicting(earlier.waiting_mode_, waiter.waiting_mode_);
    }
    if (blocked) {
      ++i;
      continue;
    }
    entry.grants.push_back({&waiter, waiter.waiting_mode_, 1});
    entry.queue.erase(entry.queue.begin() + static_cast<ptrdiff_t>(i));
    waiter.granted_ = true;
    waiter.slot_->signal();
  }
}

void LockManager::release(LockOwner& owner, const LockOwner::Held& held) {
  if (held.entry != nullptr) {
    Stripe& stripe = stripe_of(hash_of(held.entry->tag));
    std::lock_guard lock(stripe.mutex);
    return release(owner, stripe, *held.entry, held.mode);
  }
  release_keys(owner, held);
}

void LockManager::release_keys(LockOwner& owner, const LockOwner::Held& held) {
  const uint64_t hash = key_hash(held.id, held.block);
  Stripe& stripe = stripe_of(hash);
  std::lock_guard lock(stripe.mutex);
  uint64_t left = held.bits & ~stripe.keys.erase(held.id, held.block, held.bits, hash, &owner);
  // Those that somebody asked for meanwhile.
  for (; left != 0; left &= left - 1) {
    const LockTag tag = key_tag(held.id, held.block << 6 | static_cast<uint64_t>(std::countr_zero(left)));
    if (LockEntry* entry = stripe.entries.find(tag, hash)) release(owner, stripe, *entry, held.mode);
  }
}

// REQUIRES: the stripe's mutex.
void LockManager::release(LockOwner& owner, Stripe& stripe, LockEntry& entry, LockMode mode) {
  auto grant = std::find_if(entry.grants.begin(), entry.grants.end(),
                            [&](const LockEntry::Grant& g) { return g.owner == &owner && g.mode == mode; });
  if (grant == entry.grants.end()) return;
  entry.grants.erase(grant);
  if (!entry.queue.empty()) grant_waiters(entry);
  if (entry.grants.empty() && entry.queue.empty()) stripe.entries.erase(entry);
}

void LockManager::release_after(LockOwner& owner, size_t held_count) {
  owner.marked_ = true;
  while (owner.held_.size() > held_count) {
    auto held = owner.held_.back();
    owner.held_.pop_back();
    release(owner, held);
  }
}

void LockManager::release_some(LockOwner& owner, size_t count, const std::function<bool(const LockTag&)>& release_tag,
                               std::span<size_t* const> marks) {
  size_t kept = 0, mark = 0;
  for (size_t i = 0; i < owner.held_.size(); ++i) {
    while (mark < marks.size() && *marks[mark] <= i) *marks[mark++] = kept;
    constexpr size_t kAhead = 8;
    if (i + kAhead < owner.held_.size()) __builtin_prefetch(owner.held_[i + kAhead].entry);
    auto held = owner.held_[i];
    // The tag stays where it is as long as the lock is held.
    auto is_chosen = [&] { return held.entry != nullptr ? release_tag(held.entry->tag) : release_tag(key_tag(held.id, held.block << 6)); };
    if (i < count && is_chosen()) {
      release(owner, held);
    } else {
      owner.held_[kept++] = held;
    }
  }
  while (mark < marks.size()) *marks[mark++] = kept;
  owner.held_.resize(kept);
  owner.marked_ = true;
}

bool LockManager::release_one(LockOwner& owner, const LockTag& tag, LockMode mode) {
  owner.marked_ = true;
  LockEntry* found = nullptr;
  if (is_plain_key(tag)) {
    const uint64_t key = load_be<uint64_t>(tag.key.data());
    auto held = std::find_if(owner.held_.rbegin(), owner.held_.rend(), [&](const LockOwner::Held& h) {
      return h.entry == nullptr && h.mode == mode && h.id == tag.id && h.block == KeyLocks::block_of(key) &&
             (h.bits & KeyLocks::bit_of(key)) != 0;
    });
    if (held != owner.held_.rend()) {
      LockOwner::Held released = *held;
      released.bits = KeyLocks::bit_of(key);
      held->bits &= ~released.bits;
      if (held->bits == 0) owner.held_.erase(std::prev(held.base()));
      release_keys(owner, released);
      return true;
    }
  }
  {
    const uint64_t hash = hash_of(tag);
    Stripe& stripe = stripe_of(hash);
    std::lock_guard lock(stripe.mutex);
    LockEntry* entry = stripe.entries.find(tag, hash);
    if (entry == nullptr) return false;
    for (auto& grant : entry->grants) {
      if (grant.owner != &owner || grant.mode != mode) continue;
      if (grant.count > 1) {
        --grant.count;
        return true;
      }
      found = entry;
    }
  }
  if (found == nullptr) return false;
  auto held = std::find_if(owner.held_.rbegin(), owner.held_.rend(),
                           [&](const LockOwner::Held& h) { return h.entry == found && h.mode == mode; });
  if (held != owner.held_.rend()) owner.held_.erase(std::prev(held.base()));
  release(owner, {found, mode});
  return true;
}

std::optional<LockMode> LockManager::strongest_held(const LockOwner& owner, const LockTag& tag) const {
  const uint64_t hash = hash_of(tag);
  const Stripe& stripe = stripe_of(hash);
  std::lock_guard lock(stripe.mutex);
  const LockEntry* entry = stripe.entries.find(tag, hash);
  std::optional<LockMode> result;
  if (is_plain_key(tag) && stripe.keys.find(tag.id, load_be<uint64_t>(tag.key.data()), hash) == &owner) {
    return LockMode::kExclusive;
  }
  if (entry == nullptr) return result;
  for (const auto& grant : entry->grants) {
    if (grant.owner == &owner && (!result || grant.mode > *result)) result = grant.mode;
  }
  return result;
}

std::vector<LockManager::Holder> LockManager::conflicting_holders(const LockTag& tag, LockMode mode,
                                                                  int32_t session_pid) const {
  std::vector<Holder> result;
  const uint64_t hash = hash_of(tag);
  const Stripe& stripe = stripe_of(hash);
  std::lock_guard lock(stripe.mutex);
  const LockEntry* entry = stripe.entries.find(tag, hash);
  if (entry == nullptr) return result;
  for (const auto& grant : entry->grants) {
    if (conflicting(mode, grant.mode) && grant.owner->session_pid_ != session_pid) {
      result.push_back({grant.owner->transaction_, grant.owner->session_pid_});
    }
  }
  return result;
}

Status LockManager::wait_for_holders(const LockTag& tag, LockMode mode, int32_t session_pid, const CancelState& cancel,
                                     const std::function<void(size_t total, size_t done, int32_t pid)>& report) {
  constexpr auto kPause = std::chrono::milliseconds(5);
  std::vector<Holder> waited_for = conflicting_holders(tag, mode, session_pid);
  if (waited_for.empty()) return Status::ok();
  decltype(hooks_) hooks;
  {
    std::lock_guard lock(hooks_mutex_);
    hooks = hooks_;
  }
  if (hooks != nullptr && hooks->first) hooks->first();
  const size_t total = waited_for.size();
  Status status;
  while (status.is_ok() && !waited_for.empty()) {
    if (report) report(total, total - waited_for.size(), waited_for.front().session_pid);
    std::this_thread::sleep_for(kPause);
    std::vector<Holder> now = conflicting_holders(tag, mode, session_pid);
    std::erase_if(waited_for, [&](const Holder& holder) {
      return std::none_of(now.begin(), now.end(),
                          [&](const Holder& other) { return other.transaction == holder.transaction; });
    });
    status = cancel.check();
  }
  if (hooks != nullptr && hooks->second) hooks->second();
  return status;
}

std::vector<LockInfo> LockManager::list() const {
  std::vector<LockInfo> result;
  for (const Stripe& stripe : stripes_) {
    std::lock_guard lock(stripe.mutex);
    stripe.keys.for_each([&](const KeyLocks::Lock& key) {
      for (uint64_t bits = key.bits; bits != 0; bits &= bits - 1) {
        const uint64_t last = static_cast<uint64_t>(std::countr_zero(bits));
        result.push_back({key_tag(key.id, key.block << 6 | last), LockMode::kExclusive, true, key.owner->session_pid_,
                          key.owner->transaction_});
      }
    });
    stripe.entries.for_each([&](const LockEntry& entry) {
      for (const auto& grant : entry.grants) {
        result.push_back({entry.tag, grant.mode, true, grant.owner->session_pid_, grant.owner->transaction_});
      }
      for (const LockOwner* waiter : entry.queue) {
        result.push_back({entry.tag, waiter->waiting_mode_, false, waiter->session_pid_, waiter->transaction_});
      }
    });
  }
  return result;
}

void LockManager::set_blocking_hooks(std::function<void()> enter, std::function<void()> leave) {
  std::lock_guard lock(hooks_mutex_);
  hooks_ = std::make_shared<const std::pair<std::function<void()>, std::function<void()>>>(std::move(enter),
                                                                                          std::move(leave));
}

}  // namespace vecino::storage

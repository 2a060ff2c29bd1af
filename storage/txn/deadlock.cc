#include <fmt/format.h>

#include <algorithm>

#include "storage/txn/lock_manager.h"
#include "storage/txn/lock_names.h"

namespace vecino::storage {
namespace {

struct Edge {  // waiter -> blocker
  const LockOwner* waiter;
  const LockOwner* blocker;
};

}  // namespace

// Searches the wait-for graph for a cycle through `owner`. The graph stands still while every stripe is locked; that
// happens only after a wait has lasted deadlock_timeout. The searcher is the victim, as in PostgreSQL.
Status LockManager::check_deadlock(LockOwner& owner) {
  std::vector<std::unique_lock<std::mutex>> all;
  all.reserve(kStripes);
  for (Stripe& stripe : stripes_) all.emplace_back(stripe.mutex);
  std::lock_guard waiters_lock(waiters_mutex_);
  if (owner.granted_) return Status::ok();

  auto conflicting = [](LockMode a, LockMode b) { return (conflicts_of(a) & mask_of(b)) != 0; };
  auto blockers_of = [&](const LockOwner& waiter) {
    std::vector<const LockOwner*> result;
    const LockEntry* entry = waiter.waiting_on_;
    if (entry == nullptr || waiter.granted_) return result;
    for (const auto& grant : entry->grants) {
      if (grant.owner->group_ != waiter.group_ && conflicting(waiter.waiting_mode_, grant.mode)) {
        result.push_back(grant.owner);
      }
    }
    for (const LockOwner* earlier : entry->queue) {
      if (earlier == &waiter) break;
      if (earlier->group_ != waiter.group_ && conflicting(waiter.waiting_mode_, earlier->waiting_mode_)) {
        result.push_back(earlier);
      }
    }
    return result;
  };

  std::vector<Edge> path;
  std::vector<int64_t> visited;
  // A blocker goes on when the waiting owner of its session does.
  auto search = [&](auto& self, const LockOwner& waiter) -> bool {
    for (const LockOwner* blocker : blockers_of(waiter)) {
      path.push_back({&waiter, blocker});
      if (blocker->group_ == owner.group_) return true;
      if (std::find(visited.begin(), visited.end(), blocker->group_) == visited.end()) {
        visited.push_back(blocker->group_);
        for (const LockOwner* next : waiters_) {
          if (next->group_ == blocker->group_ && self(self, *next)) return true;
        }
      }
      path.pop_back();
    }
    return false;
  };
  if (!search(search, owner)) return Status::ok();

  std::string detail;
  for (const Edge& edge : path) {
    if (!detail.empty()) detail += '\n';
    const LockEntry* entry = edge.waiter->waiting_on_;
    detail += fmt::format("Process {} waits for {}; blocked by process {}.", edge.waiter->session_pid_,
                          describe_wait(entry->tag, edge.waiter->waiting_mode_, edge.blocker->transaction_),
                          edge.blocker->session_pid_);
  }
  return Status::error(sqlstate::kDeadlockDetected, "deadlock detected", detail,
                       "See server log for query details.");
}

}  // namespace vecino::storage

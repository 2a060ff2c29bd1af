#include "server/auth_throttle.h"

#include <algorithm>
#include <iterator>

namespace vecino::server {

std::chrono::milliseconds AuthThrottle::wait_before(const std::string& address, Clock::time_point now) {
  std::lock_guard lock(mutex_);
  forget_old(now);
  auto found = failures_.find(address);
  if (found == failures_.end() || found->second.size() < kMaxPending) return std::chrono::milliseconds(0);
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(found->second.front() - now);
  return std::max(left, std::chrono::milliseconds(1));
}

void AuthThrottle::failed(const std::string& address, std::chrono::milliseconds delay, Clock::time_point now) {
  if (delay.count() <= 0) return;
  std::lock_guard lock(mutex_);
  forget_old(now);
  failures_[address].push_back(now + delay);
}

// What counts is bounded: failures_ holds those of the last delay only.
void AuthThrottle::forget_old(Clock::time_point now) {
  for (auto it = failures_.begin(); it != failures_.end();) {
    auto& times = it->second;
    while (!times.empty() && times.front() <= now) times.pop_front();
    it = times.empty() ? failures_.erase(it) : std::next(it);
  }
}

}  // namespace vecino::server

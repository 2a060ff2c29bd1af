#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

namespace vecino::server {

// Slows down whoever guesses passwords. A wrong one is answered after a delay; and while kMaxPending wrong ones of an
// address are younger than the delay, its further attempts wait until there is room, also those on other connections:
// hanging up and trying again gains nothing. Thread-safe.
class AuthThrottle {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kMaxPending = 16;

  // How long an attempt from the address has to wait before it may begin; 0 = not at all.
  std::chrono::milliseconds wait_before(const std::string& address, Clock::time_point now);
  void failed(const std::string& address, std::chrono::milliseconds delay, Clock::time_point now);

 private:
  void forget_old(Clock::time_point now);

  std::mutex mutex_;
  std::unordered_map<std::string, std::deque<Clock::time_point>> failures_;  // when each stops to count
};

}  // namespace vecino::server

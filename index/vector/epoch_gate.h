#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace vecino::index {

// Tells when everybody who might know something has left: a pass is held while a scan or an insertion runs; what is retired
// is given back by drained() once all passes handed out before are gone. Thread-safe.
class EpochGate {
 public:
  using Pass = std::shared_ptr<const void>;

  EpochGate() : current_(std::make_shared<int>(0)) {}
  Pass enter() {
    std::lock_guard lock(mutex_);
    return current_;
  }
  // Ends the epoch; the pass of everybody inside keeps `drained(ticket)` false.
  uint64_t turn() {
    std::lock_guard lock(mutex_);
    past_.push_back(std::move(current_));
    current_ = std::make_shared<int>(0);
    return first_ + past_.size();
  }
  bool drained(uint64_t ticket) {
    std::lock_guard lock(mutex_);
    while (!past_.empty()) {
      if (past_.front() != nullptr) {
        watched_ = past_.front();
        past_.front().reset();
      }
      if (!watched_.expired()) break;
      past_.pop_front();
      ++first_;
    }
    return first_ >= ticket;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const void> current_;
  std::deque<std::shared_ptr<const void>> past_;  // null: being watched
  std::weak_ptr<const void> watched_;
  uint64_t first_ = 0;
};

}  // namespace vecino::index

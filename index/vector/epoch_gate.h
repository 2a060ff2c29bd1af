#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

namespace vecino::index {

// Tells when everybody who might know something has left: a pass is held while a scan or an insertion runs; what is retired
// is given back by drained() once all passes handed out before are gone, and what their holders read happened before that.
// Thread-safe.
class EpochGate {
 public:
  using Pass = std::shared_ptr<const void>;

  Pass enter() {
    std::lock_guard lock(mutex_);
    return current_;
  }
  // Ends the epoch; the pass of everybody inside keeps `drained(ticket)` false.
  uint64_t turn() {
    std::lock_guard lock(mutex_);
    past_.push_back(current_->left);
    current_ = std::make_shared<Epoch>();
    return first_ + past_.size();
  }
  bool drained(uint64_t ticket) {
    std::lock_guard lock(mutex_);
    while (!past_.empty() && past_.front()->load(std::memory_order_acquire)) {
      past_.pop_front();
      ++first_;
    }
    return first_ >= ticket;
  }

 private:
  // Destroyed by the last holder of a pass.
  struct Epoch {
    std::shared_ptr<std::atomic<bool>> left = std::make_shared<std::atomic<bool>>(false);
    ~Epoch() { left->store(true, std::memory_order_release); }
  };

  std::mutex mutex_;
  std::shared_ptr<const Epoch> current_ = std::make_shared<Epoch>();
  std::deque<std::shared_ptr<std::atomic<bool>>> past_;
  uint64_t first_ = 0;
};

}  // namespace vecino::index

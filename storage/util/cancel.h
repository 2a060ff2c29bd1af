#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "storage/util/status.h"

namespace vecino {

// Why a running statement should stop; the order is the precedence (a later, graver reason replaces an earlier one).
enum class CancelReason : uint8_t {
  kNone,
  kUserRequest,              // 57014 canceling statement due to user request
  kStatementTimeout,         // 57014 canceling statement due to statement timeout
  kClientGone,               // 08006 connection to client lost
  kIdleInTransactionTimeout, // 25P03
  kIdleSessionTimeout,       // 57P05
  kAdminShutdown,            // 57P01 terminating connection due to administrator command
};

// One per session. Long-running code calls check() at every batch, graph hop, list, copy buffer; waits use
// wait(), which a cancel wakes. Thread-safe.
class CancelState {
 public:
  bool requested() const { return reason_.load(std::memory_order_relaxed) != CancelReason::kNone; }
  CancelReason reason() const { return reason_.load(std::memory_order_acquire); }
  // Ok, or the error that the reason stands for.
  Status check() const {
    return requested() ? status_of(reason()) : Status::ok();
  }
  void request(CancelReason reason);
  // At statement end: forgets user requests and statement timeouts, keeps the reasons that end the session.
  void clear_statement_reasons();
  // Registers what a cancel must wake (a lock manager's condition variable). Cleared with nullptr.
  void set_waker(std::function<void()> waker);
  static Status status_of(CancelReason reason);

 private:
  std::atomic<CancelReason> reason_{CancelReason::kNone};
  std::mutex mutex_;
  std::function<void()> waker_;
};

}  // namespace vecino

#include "storage/util/cancel.h"

namespace vecino {

void CancelState::request(CancelReason reason) {
  std::function<void()> waker;
  {
    std::lock_guard lock(mutex_);
    if (reason <= reason_.load(std::memory_order_relaxed)) return;
    reason_.store(reason, std::memory_order_release);
    waker = waker_;
  }
  if (waker) waker();
}

void CancelState::clear_statement_reasons() {
  std::lock_guard lock(mutex_);
  CancelReason now = reason_.load(std::memory_order_relaxed);
  if (now == CancelReason::kUserRequest || now == CancelReason::kStatementTimeout) {
    reason_.store(CancelReason::kNone, std::memory_order_release);
  }
}

void CancelState::set_waker(std::function<void()> waker) {
  std::lock_guard lock(mutex_);
  waker_ = std::move(waker);
}

Status CancelState::status_of(CancelReason reason) {
  using namespace sqlstate;
  switch (reason) {
    case CancelReason::kNone: return Status::ok();
    case CancelReason::kUserRequest:
      return Status::error(kQueryCanceled, "canceling statement due to user request");
    case CancelReason::kStatementTimeout:
      return Status::error(kQueryCanceled, "canceling statement due to statement timeout");
    case CancelReason::kClientGone:
      return Status::error(kConnectionFailure, "connection to client lost");
    case CancelReason::kIdleInTransactionTimeout:
      return Status::error(kIdleInTransactionSessionTimeout,
                           "terminating connection due to idle-in-transaction timeout");
    case CancelReason::kIdleSessionTimeout:
      return Status::error(kIdleSessionTimeout, "terminating connection due to idle-session timeout");
    case CancelReason::kAdminShutdown:
      return Status::error(kAdminShutdown,
                           "terminating connection due to administrator command");
  }
  return Status::ok();
}

}  // namespace vecino

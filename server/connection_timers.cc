#include <chrono>

#include "server/connection.h"
#include "storage/util/log.h"

namespace vecino::server {
namespace {

using Clock = std::chrono::steady_clock;

int64_t to_us(Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

}  // namespace

// ---- statement_timeout: the owner sets and clears a deadline; the I/O thread's timer looks at it when it fires.

void Connection::statement_clock(bool running) {
  if (!running) {
    statement_deadline_.store(0);
    return;
  }
  int64_t timeout_ms = session_->settings().get_int(conf::SettingId::statement_timeout);
  if (timeout_ms <= 0) return;
  statement_deadline_.store(to_us(Clock::now()) + timeout_ms * 1000);
  post([](Connection& c) { c.arm_statement_timer(); });
}

void Connection::arm_statement_timer() {
  int64_t deadline = statement_deadline_.load();
  if (closed_ || deadline == 0) return;
  if (!statement_timer_) statement_timer_ = std::make_unique<asio::steady_timer>(io_.context);
  // Moving the expiry cancels a wait that was meant for an earlier statement.
  statement_timer_->expires_at(Clock::time_point(std::chrono::microseconds(deadline)));
  statement_timer_->async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->closed_) return;
    int64_t current = self->statement_deadline_.load();
    if (current == 0) return;
    if (current > to_us(Clock::now())) return self->arm_statement_timer();
    self->cancel_.request(CancelReason::kStatementTimeout);
  });
}

// ---- idle limits

Connection::IdleLimit Connection::idle_limit() const {
  const conf::SessionSettings& settings = session_->settings();
  bool in_transaction = session_->transaction_status() != 'I';
  auto limit = std::chrono::milliseconds(settings.get_int(
      in_transaction ? conf::SettingId::idle_in_transaction_session_timeout : conf::SettingId::idle_session_timeout));
  return {limit, in_transaction ? CancelReason::kIdleInTransactionTimeout : CancelReason::kIdleSessionTimeout};
}

void Connection::wait_idle(IdleLimit limit, uint64_t turn) {
  if (closed_) return;
  if (!idle_timer_) idle_timer_ = std::make_unique<asio::steady_timer>(io_.context);
  idle_timer_->expires_after(limit.timeout);
  idle_timer_->async_wait([self = shared_from_this(), limit, turn](boost::system::error_code error) {
    if (error || self->closed_) return;
    {
      std::lock_guard lock(self->mutex_);
      if (self->owned_ || self->turn_ != turn) return;  // no longer idle since then
      self->owned_ = true;
      ++self->turn_;
      self->cancel_.request(limit.reason);
    }
    self->end_if_asked();
  });
}

void Connection::wait_authentication() {
  idle_timer_ = std::make_unique<asio::steady_timer>(io_.context);
  idle_timer_->expires_after(server_.current_limits().authentication_timeout);
  idle_timer_->async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->closed_) return;
    {
      std::lock_guard lock(self->mutex_);
      if (self->admitted_) return;
      log::fatal("canceling authentication due to timeout");
      // Whoever owns it looks at this before the client gets any further.
      if (self->owned_) return self->cancel_.request(CancelReason::kClientGone);
      self->owned_ = true;
      ++self->turn_;
    }
    self->close();
  });
}

}  // namespace vecino::server

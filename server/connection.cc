#include "server/connection.h"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

#include <cerrno>

#include "server/peer.h"
#include "storage/util/thread_pool.h"

namespace vecino::server {
namespace {

// Bytes taken off the socket while a statement runs; beyond it TCP holds the client back.
constexpr size_t kMaxAhead = size_t{1} << 20;
// The same while nobody knows who the client is.
constexpr size_t kMaxAheadOfStranger = 32 * 1024;
constexpr char kTerminate[] = {'X', 0, 0, 0, 4};
constexpr char kSync[] = {'S', 0, 0, 0, 4};
constexpr char kFlush[] = {'H', 0, 0, 0, 4};
// What a long pipeline may wait before it is looked at again.
constexpr std::chrono::microseconds kPause{500};

}  // namespace

Connection::Connection(Server::Impl& server, IoThread& io, StreamSocket socket)
    : counted_(server),
      server_(server),
      io_(io),
      socket_(std::move(socket)),
      fd_(socket_.native_handle()),
      client_(describe_peer(fd_)),
      sink_(cancel_) {}

Connection::~Connection() = default;

void Connection::start() {
  boost::system::error_code ignored;
  if (!client_.is_local) {
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  }
  socket_.non_blocking(true, ignored);
  io_.starting.insert(this);
  log_received();
  if (too_many_connections()) {
    (void)try_own();
    (void)refuse(Status::error(sqlstate::kTooManyConnections, "sorry, too many clients already"));
    return;
  }
  wait_authentication();
  wait_readable();
  if (server_.shutdown_mode.load() > ShutdownMode::kSmart) end_startup();
}

void Connection::end_startup() {
  {
    std::lock_guard lock(mutex_);
    if (closed_ || admitted_) return;  // a session is ended by other means
    if (owned_ && !delayed_) return cancel_.request(CancelReason::kAdminShutdown);
    owned_ = true;
    ++turn_;
  }
  close();
}

// ---- reading (I/O thread)

void Connection::wait_readable() {
  if (closed_) return;
  socket_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->closed_) self->on_readable();
  });
}

// Drivers send a long pipeline statement by statement, and each send would wake this thread, at the sender's cost too. Nobody waits for
// an answer before the Sync: let some more arrive.
void Connection::wait_for_more(std::string_view received) {
  auto ends_with = [&](const char (&message)[5]) { return received.ends_with(std::string_view(message, sizeof message)); };
  const bool more_there = received.size() == IoThread::kScratch;
  if (closed_ || more_there || !streaming_.load(std::memory_order_relaxed) || ends_with(kSync) || ends_with(kFlush) ||
      ends_with(kTerminate)) {
    return wait_readable();
  }
  if (pause_timer_ == nullptr) pause_timer_ = std::make_unique<asio::steady_timer>(io_.context);
  pause_timer_->expires_after(kPause);
  pause_timer_->async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->closed_) self->on_readable();
  });
}

void Connection::on_readable() {
  ssize_t got = ::recv(fd_, io_.scratch.get(), IoThread::kScratch, 0);
  if (got > 0) {
    std::string_view bytes(io_.scratch.get(), static_cast<size_t>(got));
    if (std::exchange(nothing_received_, false)) start_direct_tls(bytes);
    return tls_ ? receive_encrypted(bytes) : receive(bytes);
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
  on_gone();
}

void Connection::receive(std::string_view bytes) {
  terminate_received_ = bytes.ends_with(std::string_view(kTerminate, sizeof kTerminate));
  {
    std::lock_guard lock(mutex_);
    if (owned_) {
      ahead_.append(bytes);
      reading_paused_ = ahead_.size() >= (admitted_ ? kMaxAhead : kMaxAheadOfStranger);
      if (!reading_paused_) wait_for_more(bytes);
      return;
    }
    owned_ = true;
    ++turn_;
  }
  in_.append(bytes);
  // First the wait, then the work: this thread runs no other handler in between, and a hop to the executor leaves the
  // connection readable.
  wait_for_more(bytes);
  work(MessageProcessor::Where::kInline);
}

// The client has gone. A running statement is cancelled, unless the client said good-bye first: then it may finish.
void Connection::on_gone() {
  {
    std::lock_guard lock(mutex_);
    gone_ = true;
    if (owned_) {
      if (!terminate_received_) cancel_.request(CancelReason::kClientGone);
      return;
    }
    owned_ = true;
    ++turn_;
  }
  close();
}

// ---- ownership

bool Connection::try_own() {
  std::lock_guard lock(mutex_);
  if (owned_) return false;
  owned_ = true;
  ++turn_;
  return true;
}

// The owner has no complete message left. True = the connection is nobody's now; false = more has arrived: go on.
bool Connection::release() {
  bool idle = phase_ == Phase::kRunning && processor_->is_idle();
  if (idle) sink_.shrink();
  IdleLimit limit = idle ? idle_limit() : IdleLimit{};
  uint64_t turn = 0;
  in_.erase(0, in_used_);
  in_used_ = 0;
  if (in_.empty() && in_.capacity() > 4096) std::string().swap(in_);
  bool resume_reading = false, released = false;
  {
    std::lock_guard lock(mutex_);
    if (!ahead_.empty()) {
      if (in_.empty()) {
        in_.swap(ahead_);
      } else {
        in_.append(ahead_);
      }
      ahead_.clear();
      resume_reading = std::exchange(reading_paused_, false);
    } else if (!gone_ && !ends_session(cancel_.reason())) {
      // With nothing owned a request_end() acts by itself, so the reason must be looked at under the mutex.
      if (idle) cancel_.clear_statement_reasons();  // a cancel that came too late must not hit the next statement
      owned_ = false;
      turn = ++turn_;
      // From here on another thread may own the connection; only what is thread-safe may follow.
      released = true;
    }
  }
  if (resume_reading) post([](Connection& c) { c.wait_readable(); });
  if (released && limit.timeout.count() > 0) {
    post([limit, turn](Connection& c) { c.wait_idle(limit, turn); });
  }
  return released;
}

// Ends the session when a reason to do so came up. REQUIRES: owned.
bool Connection::end_if_asked() {
  bool gone;
  {
    std::lock_guard lock(mutex_);
    gone = gone_ && ahead_.empty();
  }
  bool has_work = phase_ == Phase::kRunning && processor_->has_work(std::string_view(in_).substr(in_used_));
  CancelReason reason = cancel_.reason();
  if (ends_session(reason)) {
    bool tell = reason != CancelReason::kClientGone && phase_ == Phase::kRunning;
    if (tell) sink_.fatal(CancelState::status_of(reason).info());
    send();
    close();
    return true;
  }
  if (write_failed_ || (gone && !has_work)) {
    close();
    return true;
  }
  return false;
}

void Connection::work(MessageProcessor::Where where) {
  while (true) {
    if (phase_ == Phase::kStartup) {
      if (!startup_bytes()) return;
      if (send() == Sent::kBlocked || write_failed_) return close();
      if (release()) return;
      if (end_if_asked()) return;
      continue;
    }
    if (phase_ == Phase::kAuthenticating) {
      if (!authentication_bytes(where)) return;
      if (release()) return;
      if (end_if_asked()) return;
      continue;
    }
    if (phase_ != Phase::kRunning) return;
    size_t consumed = 0;
    MessageProcessor::Outcome outcome = processor_->run(std::string_view(in_).substr(in_used_), where, consumed);
    in_used_ += consumed;
    streaming_.store(processor_->is_streaming(), std::memory_order_relaxed);
    switch (outcome) {
      case MessageProcessor::Outcome::kLong:
        return submit();
      case MessageProcessor::Outcome::kYield:
        if (send() == Sent::kBlocked) return wait_writable();
        return post([](Connection& c) { c.work(MessageProcessor::Where::kInline); });
      case MessageProcessor::Outcome::kOutputFull:
        if (send() == Sent::kBlocked) return wait_writable();
        if (end_if_asked()) return;
        // A slice is over: let other statements have the thread.
        if (where == MessageProcessor::Where::kExecutor && server_.executor.counts().queued > 0) return submit();
        continue;
      case MessageProcessor::Outcome::kClose:
        send();
        return close();
      case MessageProcessor::Outcome::kNeedInput:
        if (sink_.wants_flush() && send() == Sent::kBlocked) return wait_writable();
        if (release()) return;
        if (end_if_asked()) return;
        continue;
    }
  }
}

// ---- executor

void Connection::submit() {
  bool ends_transaction = processor_ && processor_->next_ends_transaction(std::string_view(in_).substr(in_used_));
  executor_self_ = shared_from_this();
  server_.executor.submit(&executor_entry, this,
                          ends_transaction ? ThreadPool::Lane::kReserved : ThreadPool::Lane::kNormal);
}

void Connection::executor_entry(void* self) { static_cast<Connection*>(self)->run_on_executor(); }

void Connection::run_on_executor() {
  // Another thread may own the connection, and submit it again, before this function returns.
  std::shared_ptr<Connection> self = std::move(executor_self_);
  if (phase_ == Phase::kAuthenticating) return run_authentication();
  work(MessageProcessor::Where::kExecutor);
}

// ---- writing (owner)

Connection::Sent Connection::send() {
  if (tls_) return send_encrypted();
  while (sink_.unsent() > 0) {
    size_t sent = 0;
    Sent outcome = send_raw(sink_.unsent_data(), sink_.unsent(), sent);
    sink_.mark_sent(sent);
    if (outcome == Sent::kBlocked) return outcome;
  }
  return Sent::kAll;
}

// As much as the socket takes. On a broken one everything counts as sent.
Connection::Sent Connection::send_raw(const char* data, size_t size, size_t& sent) {
  while (sent < size) {
    if (write_failed_) {
      sent = size;
      break;
    }
    ssize_t taken = ::send(fd_, data + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
      sent += static_cast<size_t>(taken);
    } else if (errno == EAGAIN) {
      return Sent::kBlocked;
    } else if (errno != EINTR) {
      write_failed_ = true;
      cancel_.request(CancelReason::kClientGone);
    }
  }
  return Sent::kAll;
}

void Connection::wait_writable() {
  post([](Connection& c) {
    if (c.closed_) return;
    c.blocked_ = true;
    if (ends_session(c.cancel_.reason())) return c.end_blocked();
    c.socket_.async_wait(asio::socket_base::wait_write, [self = c.shared_from_this()](boost::system::error_code error) {
      if (!self->closed_) self->on_writable();
    });
  });
}

void Connection::on_writable() {
  if (!std::exchange(blocked_, false)) return;
  if (end_if_asked()) return;
  if (send() == Sent::kBlocked) return wait_writable();
  work(MessageProcessor::Where::kInline);
}

// A client that does not read is not told why its session ends, but it ends. I/O thread.
void Connection::end_blocked() {
  if (std::exchange(blocked_, false)) close();
}

// ---- end

void Connection::close() {
  phase_ = Phase::kClosing;
  post([](Connection& c) { c.close_on_io(); });
}

// The connection stays owned for ever. The session is destroyed on the executor: it may have to roll back.
void Connection::close_on_io() {
  if (closed_) return;
  closed_ = true;
  io_.starting.erase(this);
  boost::system::error_code ignored;
  if (tls_) say_goodbye();
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  socket_.close(ignored);
  if (statement_timer_) statement_timer_->cancel();
  if (idle_timer_) idle_timer_->cancel();
  if (auth_timer_) auth_timer_->cancel();
  if (pause_timer_) pause_timer_->cancel();
  if (!registered_) return;
  server_.executor.submit(
      [self = shared_from_this()] {
        self->processor_.reset();
        if (self->session_) self->session_->end();  // DROP DATABASE must see it as long as it works there
        self->server_.registry.publish_session(self->pid_, nullptr);
        self->session_.reset();
        self->server_.registry.remove(self->pid_);
      },
      ThreadPool::Lane::kReserved);
}

// ---- requests from outside

// A request that comes when nothing runs does nothing (manual 55.2.7).
void Connection::request_cancel() {
  std::lock_guard lock(mutex_);
  if (owned_) cancel_.request(CancelReason::kUserRequest);
}

void Connection::request_end(CancelReason reason) {
  {
    std::lock_guard lock(mutex_);
    cancel_.request(reason);
    if (!owned_) {
      owned_ = true;
      ++turn_;
      return post([](Connection& c) { c.end_if_asked(); });
    }
  }
  // The owner will see it, unless it waits for the client.
  post([](Connection& c) { c.end_blocked(); });
}

void Connection::server_shutdown() {
  switch (server_.shutdown_mode.load()) {
    case ShutdownMode::kNone:
    case ShutdownMode::kSmart:
      return;
    case ShutdownMode::kFast:
      return request_end(CancelReason::kAdminShutdown);
    case ShutdownMode::kImmediate:
      // The socket is broken, not closed: an executor thread may be using it.
      cancel_.request(CancelReason::kClientGone);
      post([](Connection& c) {
        if (!c.closed_) ::shutdown(c.fd_, SHUT_RDWR);
      });
      return;
  }
}

}  // namespace vecino::server

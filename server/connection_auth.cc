// From the startup message to the session. While a client shows who it is, an executor thread owns the connection as it
// does for statements; while an attempt or its answer is held back nobody works on it, and it stays owned.
#include <sys/resource.h>

#include <algorithm>
#include <openssl/crypto.h>

#include "server/connection.h"

namespace vecino::server {
namespace {

constexpr size_t kLongestMessage = 10000;
constexpr size_t kUnknownClients = 32;

// What failures are counted by: hosts own whole /64 networks of IPv6.
std::string throttle_key(const ClientFacts& client) {
  if (client.is_local) return "[local]";
  size_t significant = client.address.family == 4 ? 4 : 8;
  return std::string(reinterpret_cast<const char*>(client.address.bytes.data()), significant);
}

}  // namespace

// Connections that have no session yet may be as many again as there may be sessions.
// Connections leave descriptors to the storage engine, which cannot go on without a new log file and keeps up to a quarter of them
// open (storage/rocksdb/options.cc). The lowest free number is given, so that of a connection tells how many are in use.
static bool takes_last_descriptors(int descriptor) {
  constexpr rlim_t kLogsAndOthers = 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  return static_cast<rlim_t>(descriptor) >= limit.rlim_cur - std::min(limit.rlim_cur, limit.rlim_cur / 4 + kLogsAndOthers);
}

bool Connection::too_many_connections() const {
  if (takes_last_descriptors(fd_)) return true;
  std::lock_guard lock(server_.open_mutex);
  return server_.open_connections > 2 * server_.options.max_connections + kUnknownClients;
}

void Connection::after(std::chrono::milliseconds delay, void (*function)(Connection&)) {
  phase_ = Phase::kDelayed;
  post([delay, function](Connection& c) {
    if (c.closed_) return;
    if (c.cancel_.requested()) return function(c);
    c.delayed_ = true;
    c.auth_timer_ = std::make_unique<asio::steady_timer>(c.io_.context, delay);
    c.auth_timer_->async_wait([self = c.shared_from_this(), function](boost::system::error_code error) {
      if (error || self->closed_) return;
      self->delayed_ = false;
      function(*self);
    });
  });
}

// REQUIRES: owned, on the I/O thread.
void Connection::begin_authentication() {
  if (cancel_.requested()) return close();
  auto wait = server_.throttle.wait_before(throttle_key(client_), AuthThrottle::Clock::now());
  if (wait.count() > 0) return after(wait, [](Connection& c) { c.begin_authentication(); });
  phase_ = Phase::kAuthenticating;
  submit();
}

// False: the connection was handed on or closed. True: the client's next message is not complete.
bool Connection::authentication_bytes(MessageProcessor::Where where) {
  std::string_view bytes = std::string_view(in_).substr(in_used_);
  if (bytes.empty()) return true;
  bool is_answer = bytes[0] == 'p';
  protocol::FrameResult next = protocol::next_frame(bytes, kLongestMessage);
  if (is_answer && next.state == protocol::FrameState::kNeedMore) return true;
  if (where == MessageProcessor::Where::kInline) {
    submit();
  } else {
    run_authentication();
  }
  return false;
}

// On an executor thread.
void Connection::run_authentication() {
  if (cancel_.requested()) return close();
  if (!auth_begun_) {
    auth_begun_ = true;
    return end_authentication(auth_->begin(sink_.buffer()));
  }
  std::string_view bytes = std::string_view(in_).substr(in_used_);
  protocol::FrameResult next = protocol::next_frame(bytes, kLongestMessage);
  // Of what is no answer nothing but the type is looked at.
  if (bytes[0] != 'p') return end_authentication(auth_->receive({bytes[0], {}}, sink_.buffer()));
  if (next.state != protocol::FrameState::kComplete) {
    (void)refuse(protocol::frame_error(next));
    return;
  }
  AuthExchange::Step step = auth_->receive(next.frame, sink_.buffer());
  OPENSSL_cleanse(&in_[in_used_], next.size);
  in_used_ += next.size;
  end_authentication(step);
}

void Connection::end_authentication(AuthExchange::Step step) {
  switch (step) {
    case AuthExchange::Step::kWait:
      // A few bytes: a client that does not even take these is not waited for.
      if (send() == Sent::kBlocked || write_failed_) return close();
      return work(MessageProcessor::Where::kExecutor);
    case AuthExchange::Step::kRefused:
      return refuse_later();
    case AuthExchange::Step::kAdmitted:
      break;
  }
  {
    std::lock_guard lock(mutex_);
    admitted_ = true;
  }
  if (!register_session()) return;
  log_authenticated();
  auth_.reset();
  open_session();
}

void Connection::refuse_later() {
  auto answer = [](Connection& c) { (void)c.refuse(c.auth_->refusal(), c.auth_->log_detail()); };
  std::chrono::milliseconds delay = server_.current_limits().auth_delay;
  if (!auth_->is_guess() || delay.count() <= 0) return answer(*this);
  server_.throttle.failed(throttle_key(client_), delay, AuthThrottle::Clock::now());
  after(delay, answer);
}

}  // namespace vecino::server

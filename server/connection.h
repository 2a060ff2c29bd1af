#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <optional>
#include <string>

#include "protocol/startup.h"
#include "server/auth_policy.h"
#include "server/message_processor.h"
#include "server/server_impl.h"
#include "server/tls_session.h"
#include "server/wire_sink.h"
#include "storage/util/log.h"

namespace vecino::server {

// One client connection, a state machine driven by its I/O thread and, for statements, by executor threads.
//
// Ownership: whoever set owned_ (under mutex_) owns session, sink, processor and in_, and is the only one that writes
// to the socket: the I/O thread while it works inline, or one executor thread, which sends its results itself (a
// non-blocking send; only when the socket is full does it hand over to the I/O thread). That saves a thread switch per
// statement. The I/O thread alone reads; bytes that arrive while the connection is owned wait in ahead_ (back-pressure:
// bounded). An owner that has nothing left to do gives the connection back with release().
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server::Impl& server, IoThread& io, StreamSocket socket);
  ~Connection();

  // On the I/O thread:
  void start();
  void end_startup();  // shutdown: closes unless a session has begun
  // From any thread.
  void request_cancel();
  void request_end(CancelReason reason);
  void server_shutdown();  // look at the server's shutdown mode

 private:
  // kDelayed: an attempt to log in, or the answer to a failed one, is held back (connection_auth.cc).
  enum class Phase : uint8_t { kStartup, kDelayed, kAuthenticating, kRunning, kClosing };
  enum class Sent : uint8_t { kAll, kBlocked };

  // connection.cc: reading, writing, ownership
  void wait_readable();
  void wait_for_more(std::string_view received);
  void on_readable();
  void on_gone();
  void receive(std::string_view bytes);
  bool try_own();
  void work(MessageProcessor::Where where);
  bool release();
  Sent send();
  void wait_writable();
  void on_writable();
  void end_blocked();
  void submit();
  static void executor_entry(void* self);
  void run_on_executor();
  bool end_if_asked();
  void close();        // any owner
  void close_on_io();  // I/O thread
  template <typename Function>
  void post(Function function) {
    asio::post(io_.context, [self = shared_from_this(), function] { function(*self); });
  }

  // connection_startup.cc
  bool startup_bytes();
  bool handle(const protocol::SslRequest&);
  bool handle(const protocol::GssEncRequest&);
  bool handle(const protocol::CancelRequest& request);
  bool handle(const protocol::StartupMessage& message);
  Result<sql::StartupParameters> startup_parameters(const protocol::StartupMessage& message) const;
  bool refuse(const Status& status, const std::string& log_detail = {});
  void log_entry(log::Level level, const ErrorInfo& info) const;
  void log_received() const;
  void log_authenticated() const;
  bool refuse_old_protocol(const Status& status);
  bool register_session();
  void open_session();

  // connection_auth.cc: from the startup message to the session
  void begin_authentication();
  bool authentication_bytes(MessageProcessor::Where where);
  void run_authentication();
  void end_authentication(AuthExchange::Step step);
  void refuse_later();
  void after(std::chrono::milliseconds delay, void (*function)(Connection&));
  bool too_many_connections() const;

  // connection_tls.cc
  void start_direct_tls(std::string_view bytes);
  void receive_encrypted(std::string_view bytes);
  void continue_handshake(TlsSession::State state);
  Sent send_encrypted();
  void say_goodbye();
  Sent send_raw(const char* data, size_t size, size_t& sent);

  // connection_timers.cc
  void statement_clock(bool running);
  void arm_statement_timer();
  // How long the session may be idle in its state, and why it ends then.
  struct IdleLimit {
    std::chrono::milliseconds timeout{0};
    CancelReason reason = CancelReason::kNone;
  };
  IdleLimit idle_limit() const;
  void wait_idle(IdleLimit limit, uint64_t turn);
  void wait_authentication();

  // First member: when it goes, everything that refers to the server's event loops has gone.
  struct Counted {
    explicit Counted(Server::Impl& s) : server(s) { server.connection_opened(); }
    ~Counted() { server.connection_closed(); }
    Server::Impl& server;
  };
  Counted counted_;
  Server::Impl& server_;
  IoThread& io_;
  StreamSocket socket_;
  const int fd_;
  ClientFacts client_;

  std::mutex mutex_;
  // Under mutex_:
  bool owned_ = false;
  bool gone_ = false;  // EOF or a broken socket
  bool reading_paused_ = false;
  uint64_t turn_ = 0;  // counts changes of ownership; tells timers whether they are still meant
  std::string ahead_;
  bool admitted_ = false;  // has shown who it is: the time for that no longer runs out

  // The owner's:
  Phase phase_ = Phase::kStartup;
  std::string in_;
  size_t in_used_ = 0;
  CancelState cancel_;
  WireSink sink_;
  std::optional<sql::StartupParameters> startup_;
  std::unique_ptr<sql::Session> session_;
  std::optional<MessageProcessor> processor_;
  bool write_failed_ = false;
  std::unique_ptr<AuthExchange> auth_;
  bool auth_begun_ = false;
  // Its own mutex keeps reader and owner apart. Set on the I/O thread before anybody else knows the connection.
  std::unique_ptr<TlsSession> tls_;
  std::string encrypted_;  // to be sent before anything else
  size_t encrypted_sent_ = 0;
  std::shared_ptr<Connection> executor_self_;  // keeps this alive while an executor thread has it

  int32_t pid_ = 0;
  bool registered_ = false;
  uint32_t secret_ = 0;
  bool closed_ = false;              // I/O thread
  bool blocked_ = false;             // I/O thread: nobody works, the client has to take what it was sent
  bool nothing_received_ = true;     // I/O thread
  bool delayed_ = false;             // I/O thread: held by auth_timer_ alone
  bool terminate_received_ = false;  // I/O thread: the last bytes read were a Terminate message
  // Timers live on the I/O thread; most connections never make one.
  std::unique_ptr<asio::steady_timer> statement_timer_, idle_timer_, auth_timer_, pause_timer_;
  std::atomic<bool> streaming_{false};  // MessageProcessor::is_streaming(), for the I/O thread
  std::atomic<int64_t> statement_deadline_{0};  // steady clock, microseconds; 0 = none
};

}  // namespace vecino::server

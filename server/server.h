#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/auth_policy.h"
#include "sqlfront/statement/session.h"
#include "storage/util/cancel.h"
#include "storage/util/status.h"

namespace vecino {
class ThreadPool;
}

namespace vecino::server {

class Connection;

struct ServerOptions {
  std::string listen_addresses = "localhost";  // comma-separated; * = all
  uint16_t port = 5432;                        // 0 = any free one (tests)
  size_t io_threads = 1;
  size_t max_connections = 100;
  size_t max_message_size = size_t{1} << 30;
  bool inline_short_statements = true;
};

// Opens the session of a client that has been admitted. Called on an executor thread; an error ends the connection.
using SessionFactory =
    std::function<Result<std::unique_ptr<sql::Session>>(sql::StartupParameters startup, CancelState& cancel)>;

enum class ShutdownMode : uint8_t {
  kNone,
  kSmart,      // no new sessions; each ends (57P01) as soon as it is idle outside a transaction
  kFast,       // every session ends now (57P01), running statements are cancelled
  kImmediate,  // sockets are closed without a word
};

// The network side: listeners, I/O threads, connections. Thread-safe unless said otherwise.
class Server {
 public:
  // executor and auth must outlive the server.
  Server(ServerOptions options, SessionFactory factory, ThreadPool& executor, const AuthPolicy& auth);
  ~Server();  // as shutdown(kImmediate) and wait()
  Server(const Server&) = delete;

  // Binds and listens. Fails when no address could be bound; the log says why for each. Call once.
  Status start();
  uint16_t port() const;
  // For connections that start from now on (configuration reload).
  void set_limits(size_t max_message_size, bool inline_short_statements);
  // A graver mode replaces a lighter one. Returns at once.
  void shutdown(ShutdownMode mode);
  // Until all connections are gone and the I/O threads have ended. REQUIRES: shutdown() is called by somebody.
  void wait();

  // Cancels a statement or ends a session; false = no such pid.
  bool signal_session(int32_t pid, CancelReason reason);
  void for_each_session(const std::function<void(int32_t pid, const sql::Session& session)>& visit);
  size_t connection_count() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace vecino::server

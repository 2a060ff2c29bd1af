#pragma once

#include <atomic>
#include <chrono>
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
class TlsContext;

// What a configuration reload may change.
struct ServerLimits {
  size_t max_message_size = size_t{1} << 30;
  bool inline_short_statements = true;
  std::chrono::milliseconds authentication_timeout{60000};
  std::chrono::milliseconds auth_delay{0};  // before a failed attempt to log in is answered
  bool log_connections = false;
};

struct ServerOptions {
  std::string listen_addresses = "localhost";  // comma-separated; * = all
  uint16_t port = 5432;                        // 0 = any free one (tests)
  size_t io_threads = 1;
  size_t max_connections = 100;
  size_t superuser_reserved_connections = 0;
  std::string unix_socket_directories;  // comma-separated; empty = none
  std::string unix_socket_group;
  unsigned unix_socket_permissions = 0777;
  std::string data_directory;  // written into the lock files of sockets
  ServerLimits limits;
  std::shared_ptr<const TlsContext> tls;  // null: encryption is off
};

// What a role may open; the server counts.
struct ConnectionClaim {
  std::string role, database;
  int role_limit = -1, database_limit = -1;  // negative = none
  bool is_superuser = false;                 // no limit holds
};

// Opens the session of a client that has been admitted. Called on an executor thread; an error ends the connection.
using SessionFactory =
    std::function<Result<std::unique_ptr<sql::Session>>(sql::StartupParameters startup, CancelState& cancel)>;

enum class ShutdownMode : uint8_t {
  kNone,
  kSmart,      // no new sessions (57P03); those there are go on until they end by themselves
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
  void set_limits(const ServerLimits& limits, std::shared_ptr<const TlsContext> tls);
  // A graver mode replaces a lighter one. Returns at once.
  void shutdown(ShutdownMode mode);
  ShutdownMode shutdown_mode() const;
  // Until all connections are gone and the I/O threads have ended. REQUIRES: shutdown() is called by somebody.
  void wait();

  // Cancels a statement or ends a session; false = no such pid.
  bool signal_session(int32_t pid, CancelReason reason);
  void for_each_session(const std::function<void(int32_t pid, const sql::Session& session)>& visit);
  size_t connection_count() const;
  // Called by the session factory for the connection with this pid; 53300 when there are too many.
  Status claim_connection(int32_t pid, const ConnectionClaim& claim);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace vecino::server

#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "server/auth_throttle.h"
#include "server/server.h"
#include "server/unix_listener.h"
#include "storage/util/thread_pool.h"

namespace vecino::server {

namespace asio = boost::asio;

// TCP or Unix-domain.
using StreamSocket = asio::generic::stream_protocol::socket;
using StreamAcceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// One thread with its event loop; connections stay on it for life.
struct IoThread {
  static constexpr size_t kScratch = 64 * 1024;

  IoThread() : context(1), work(asio::make_work_guard(context)), scratch(new char[kScratch]) {}
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::unique_ptr<char[]> scratch;           // receive buffer of whichever connection is being read
  std::string plain;                         // what of it was decrypted
  std::unordered_set<Connection*> starting;  // before their session: in no registry yet. This thread's own
  std::thread thread;
};

// Live connections by pid: for CancelRequest, pg_terminate_backend, pg_stat_activity, shutdown. Thread-safe.
class ConnectionRegistry {
 public:
  enum class Added : uint8_t { kYes, kFull, kClosed };
  // Gives the connection its pid and secret.
  Added add(const std::shared_ptr<Connection>& connection, size_t limit, int32_t& pid, uint32_t& secret);
  void remove(int32_t pid);
  std::shared_ptr<Connection> find(int32_t pid) const;
  std::shared_ptr<Connection> find(int32_t pid, uint32_t secret) const;  // secret compared in constant time
  std::vector<std::shared_ptr<Connection>> all() const;
  size_t size() const;
  // Counts the connection as one of this role in this database. 53300 when one more would be too many for either; a
  // negative limit is none.
  struct Claim {
    std::string role, database;
    int role_limit = -1, database_limit = -1;
    size_t reserved = 0, limit = 0;  // the last `reserved` of `limit` connections are not for this role
  };
  Status claim(int32_t pid, const Claim& claim);
  void close();  // no more add()

  // The session of a connection is published and withdrawn here, so that visitors see only living ones.
  void publish_session(int32_t pid, const sql::Session* session);
  void visit(const std::function<void(int32_t pid, const sql::Session& session)>& visit) const;

 private:
  struct Entry {
    std::shared_ptr<Connection> connection;
    uint32_t secret;
    const sql::Session* session;
    std::string role, database;  // once claimed
  };
  mutable std::mutex mutex_;
  std::unordered_map<int32_t, Entry> entries_;
  int32_t next_pid_ = 0;
  bool closed_ = false;
};

struct Server::Impl {
  Impl(ServerOptions o, SessionFactory f, ThreadPool& e, const AuthPolicy& a)
      : options(std::move(o)),
        factory(std::move(f)),
        executor(e),
        auth(a),
        limits(options.limits),
        tls(options.tls) {}

  const ServerOptions options;
  const SessionFactory factory;
  ThreadPool& executor;
  const AuthPolicy& auth;
  AuthThrottle throttle;
  std::vector<std::unique_ptr<IoThread>> io_threads;
  std::vector<std::unique_ptr<StreamAcceptor>> acceptors;  // on io_threads[0]
  std::vector<std::unique_ptr<UnixSocketFile>> socket_files;
  ConnectionRegistry registry;
  std::atomic<ShutdownMode> shutdown_mode{ShutdownMode::kNone};
  std::atomic<size_t> next_thread{0};
  uint16_t bound_port = 0;

  // Connections of any kind, also those that have not started a session.
  std::mutex open_mutex;
  std::condition_variable all_closed;
  size_t open_connections = 0;
  bool started = false;

  // What a reload may change.
  ServerLimits current_limits() const {
    std::lock_guard lock(reload_mutex);
    return limits;
  }
  std::shared_ptr<const TlsContext> current_tls() const {
    std::lock_guard lock(reload_mutex);
    return tls;
  }
  mutable std::mutex reload_mutex;
  ServerLimits limits;
  std::shared_ptr<const TlsContext> tls;  // null: encryption is off

  Status bind(const std::string& address);
  Status bind_unix(const std::string& directory);
  void accept(StreamAcceptor& acceptor);
  void end_connections();  // and listen no more
  void connection_opened();
  void connection_closed();
};

}  // namespace vecino::server

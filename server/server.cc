#include "server/server.h"

#include <pthread.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <new>

#include <functional>

#include "server/connection.h"
#include "server/server_impl.h"
#include "storage/util/log.h"
#include "storage/util/thread_start.h"

namespace vecino::server {
namespace {

using asio::ip::tcp;

// A connection whose handler runs out of memory is gone with its handler; the others go on.
void run_events(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::bad_alloc&) {
      log::error("out of memory: a connection was closed");
    }
  }
}

std::vector<std::string> split_addresses(const std::string& list) {
  std::vector<std::string> result;
  std::string current;
  for (char c : list + ",") {
    if (c == ',') {
      if (!current.empty()) result.push_back(current);
      current.clear();
    } else if (c != ' ' && c != '\t' && c != '"') {
      current += c;
    }
  }
  return result;
}

std::string describe(const tcp::endpoint& endpoint) {
  std::string family = endpoint.address().is_v6() ? "IPv6" : "IPv4";
  return family + " address \"" + endpoint.address().to_string() + "\"";
}

std::vector<tcp::endpoint> resolve(asio::io_context& context, const std::string& address, uint16_t port,
                                   boost::system::error_code& error) {
  if (address == "*") return {{tcp::v4(), port}, {tcp::v6(), port}};
  tcp::resolver resolver(context);
  std::vector<tcp::endpoint> result;
  auto flags = tcp::resolver::passive | tcp::resolver::numeric_service;
  auto found = resolver.resolve(address, std::to_string(port), flags, error);
  if (error) return result;
  for (const auto& entry : found) result.push_back(entry.endpoint());
  return result;
}

// Some of a list may fail. Where all do, the server would be somewhere else than its users look for it.
Status bind_all(const std::vector<std::string>& places, const char* all_failed,
                const std::function<Status(const std::string&)>& bind) {
  size_t bound = 0;
  for (const std::string& place : places) {
    Status status = bind(place);
    if (status.is_ok()) {
      ++bound;
      continue;
    }
    log::warning(status.info().message);
    if (!status.info().hint.empty()) log::info("HINT:  " + status.info().hint);
  }
  return bound > 0 || places.empty() ? Status::ok() : Status::error(sqlstate::kCannotConnectNow, all_failed);
}

}  // namespace

// ---- Impl

Status Server::Impl::bind(const std::string& address) {
  asio::io_context& context = io_threads[0]->context;
  boost::system::error_code error;
  std::vector<tcp::endpoint> endpoints = resolve(context, address, bound_port, error);
  if (error) {
    return Status::error(sqlstate::kConfigFileError,
                         "could not translate host name \"" + address + "\" to address: " + error.message());
  }
  size_t bound = 0;
  for (tcp::endpoint& endpoint : endpoints) {
    endpoint.port(bound_port);
    auto acceptor = std::make_unique<tcp::acceptor>(context);
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor->set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      log::info("could not bind " + describe(endpoint) + ": " + error.message());
      if (error == asio::error::address_in_use) {
        log::info("HINT:  Is another server already running on port " + std::to_string(endpoint.port()) +
                  "? If not, wait a few seconds and retry.");
      }
      continue;
    }
    boost::system::error_code ignored;
    bound_port = acceptor->local_endpoint(ignored).port();
    log::info("listening on " + describe(endpoint) + ", port " + std::to_string(bound_port));
    acceptors.push_back(std::make_unique<StreamAcceptor>(std::move(*acceptor)));
    ++bound;
  }
  if (bound == 0) {
    return Status::error(sqlstate::kCannotConnectNow, "could not create listen socket for \"" + address + "\"");
  }
  return Status::ok();
}

Status Server::Impl::bind_unix(const std::string& directory) {
  ASSIGN_OR_RETURN(auto file, UnixSocketFile::create(directory, bound_port, options.data_directory));
  asio::local::stream_protocol::acceptor acceptor(io_threads[0]->context);
  boost::system::error_code error;
  acceptor.open(asio::local::stream_protocol(), error);
  if (!error) acceptor.bind(asio::local::stream_protocol::endpoint(file->path()), error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Status::error(sqlstate::kIoError,
                         "could not bind Unix address \"" + file->path() + "\": " + error.message());
  }
  RETURN_IF_ERROR(file->set_access(options.unix_socket_permissions, options.unix_socket_group));
  log::info("listening on Unix socket \"" + file->path() + "\"");
  acceptors.push_back(std::make_unique<StreamAcceptor>(std::move(acceptor)));
  socket_files.push_back(std::move(file));
  return Status::ok();
}

void Server::Impl::accept(StreamAcceptor& acceptor) {
  IoThread& io = *io_threads[next_thread++ % io_threads.size()];
  acceptor.async_accept(io.context, [this, &acceptor, &io](boost::system::error_code error, StreamSocket socket) {
    if (!acceptor.is_open()) return;
    if (!error) {
      auto connection = std::make_shared<Connection>(*this, io, std::move(socket));
      asio::post(io.context, [connection] { connection->start(); });
      return accept(acceptor);
    }
    // Out of file descriptors or the like: neither spin nor stop.
    log::warning("could not accept new connection: " + error.message());
    auto timer = std::make_shared<asio::steady_timer>(io_threads[0]->context, std::chrono::milliseconds(100));
    timer->async_wait([this, &acceptor, timer](boost::system::error_code) {
      if (acceptor.is_open()) accept(acceptor);
    });
  });
}

void Server::Impl::connection_opened() {
  std::lock_guard lock(open_mutex);
  ++open_connections;
}

void Server::Impl::connection_closed() {
  std::lock_guard lock(open_mutex);
  --open_connections;
  all_closed.notify_all();
}

// ---- Server

Server::Server(ServerOptions options, SessionFactory factory, ThreadPool& executor, const AuthPolicy& auth)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(factory), executor, auth)) {}

Server::~Server() {
  shutdown(ShutdownMode::kImmediate);
  wait();
}

Status Server::start() {
  for (size_t i = 0; i < std::max<size_t>(impl_->options.io_threads, 1); ++i) {
    impl_->io_threads.push_back(std::make_unique<IoThread>());
  }
  impl_->bound_port = impl_->options.port;
  RETURN_IF_ERROR(bind_all(split_addresses(impl_->options.listen_addresses), "could not create any TCP/IP sockets",
                           [&](const std::string& address) { return impl_->bind(address); }));
  RETURN_IF_ERROR(bind_all(split_addresses(impl_->options.unix_socket_directories),
                           "could not create any Unix-domain sockets",
                           [&](const std::string& directory) { return impl_->bind_unix(directory); }));
  if (impl_->acceptors.empty()) return Status::error(sqlstate::kConfigFileError, "no socket created for listening");
  for (auto& acceptor : impl_->acceptors) impl_->accept(*acceptor);
  impl_->started = true;
  for (auto& io : impl_->io_threads) {
    ASSIGN_OR_RETURN(io->thread, start_thread([&context = io->context] {
      pthread_setname_np(pthread_self(), "net");
      run_events(context);
    }));
  }
  return Status::ok();
}

uint16_t Server::port() const { return impl_->bound_port; }

void Server::set_limits(const ServerLimits& limits, std::shared_ptr<const TlsContext> tls) {
  std::lock_guard lock(impl_->reload_mutex);
  impl_->limits = limits;
  impl_->tls = std::move(tls);
}

Status Server::claim_connection(int32_t pid, const ConnectionClaim& claim) {
  ConnectionRegistry::Claim wanted{claim.role, claim.database, -1, -1, 0, impl_->options.max_connections};
  if (!claim.is_superuser) {
    wanted.role_limit = claim.role_limit;
    wanted.database_limit = claim.database_limit;
    wanted.reserved = impl_->options.superuser_reserved_connections;
  }
  return impl_->registry.claim(pid, wanted);
}

void Server::shutdown(ShutdownMode mode) {
  ShutdownMode before = impl_->shutdown_mode.load();
  do {
    if (before >= mode) return;
  } while (!impl_->shutdown_mode.compare_exchange_weak(before, mode));
  if (!impl_->started) return;
  impl_->registry.close();
  if (mode > ShutdownMode::kSmart) impl_->end_connections();
  std::lock_guard lock(impl_->open_mutex);
  impl_->all_closed.notify_all();
}

void Server::Impl::end_connections() {
  asio::post(io_threads[0]->context, [this] {
    boost::system::error_code ignored;
    for (auto& acceptor : acceptors) acceptor->close(ignored);
    socket_files.clear();
  });
  for (const std::shared_ptr<Connection>& connection : registry.all()) connection->server_shutdown();
  for (auto& io : io_threads) {
    asio::post(io->context, [&starting = io->starting] {
      std::vector<Connection*> copy(starting.begin(), starting.end());  // ending one takes it off the set
      for (Connection* connection : copy) connection->end_startup();
    });
  }
}

ShutdownMode Server::shutdown_mode() const { return impl_->shutdown_mode.load(); }

void Server::wait() {
  if (!impl_->started) return;
  {
    std::unique_lock lock(impl_->open_mutex);
    impl_->all_closed.wait(lock, [this] {
      ShutdownMode mode = impl_->shutdown_mode.load();
      // Listeners stay open during a smart shutdown, to say what is going on, and so do connections without a session.
      return mode > ShutdownMode::kSmart || (mode == ShutdownMode::kSmart && impl_->registry.size() == 0);
    });
  }
  shutdown(ShutdownMode::kFast);
  {
    std::unique_lock lock(impl_->open_mutex);
    impl_->all_closed.wait(lock, [this] { return impl_->open_connections == 0; });
  }
  for (auto& io : impl_->io_threads) {
    io->context.stop();
    if (io->thread.joinable()) io->thread.join();
  }
  impl_->started = false;
}

bool Server::signal_session(int32_t pid, CancelReason reason) {
  std::shared_ptr<Connection> connection = impl_->registry.find(pid);
  if (!connection) return false;
  if (ends_session(reason)) {
    connection->request_end(reason);
  } else {
    connection->request_cancel();
  }
  return true;
}

void Server::for_each_session(const std::function<void(int32_t pid, const sql::Session& session)>& visit) {
  impl_->registry.visit(visit);
}

size_t Server::connection_count() const { return impl_->registry.size(); }

}  // namespace vecino::server

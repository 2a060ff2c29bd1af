#include "server/http_server.h"

#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <thread>

#include "storage/util/log.h"
#include "storage/util/thread_start.h"

namespace vecino::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Error = boost::system::error_code;

constexpr auto kPatience = std::chrono::seconds(5);
constexpr size_t kLongestRequest = 16 * 1024;

// One connection: reads a request, answers, closes.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(tcp::socket socket, const HttpServer::Handler& handler) : stream_(std::move(socket)), handler_(handler) {
    parser_.body_limit(kLongestRequest);
    parser_.header_limit(kLongestRequest);
  }
  void start() {
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, parser_, [self = shared_from_this()](Error error, size_t) {
      if (!error) self->answer();
    });
  }

 private:
  void answer() {
    const auto& request = parser_.get();
    response_.version(request.version());
    response_.keep_alive(false);
    response_.set(http::field::server, "Vecino");
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      response_.result(http::status::method_not_allowed);
      response_.set(http::field::allow, "GET, HEAD");
    } else {
      std::string target(request.target());
      HttpServer::Response made = handler_(target.substr(0, target.find('?')));
      response_.result(made.status);
      response_.set(http::field::content_type, made.content_type);
      response_.body() = std::move(made.body);
    }
    response_.prepare_payload();
    if (request.method() == http::verb::head) response_.body().clear();
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_, [self = shared_from_this()](Error, size_t) {
      Error ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  const HttpServer::Handler& handler_;
  beast::flat_buffer buffer_;
  http::request_parser<http::string_body> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

struct HttpServer::Impl {
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  Handler handler;
  uint16_t port = 0;
  std::thread thread;

  void accept() {
    acceptor.async_accept([this](Error error, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (!error) {
        std::make_shared<Exchange>(std::move(socket), handler)->start();
        return accept();
      }
      // Out of file descriptors or the like: neither spin nor stop.
      auto timer = std::make_shared<asio::steady_timer>(context, std::chrono::milliseconds(200));
      timer->async_wait([this, timer](Error) {
        if (acceptor.is_open()) accept();
      });
    });
  }
};

HttpServer::HttpServer() : impl_(std::make_unique<Impl>()) {}

HttpServer::~HttpServer() {
  impl_->context.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

uint16_t HttpServer::port() const { return impl_->port; }

Status HttpServer::start(const std::string& address, uint16_t port, Handler handler) {
  impl_->handler = std::move(handler);
  Error error;
  tcp::resolver resolver(impl_->context);
  const std::string host = address == "*" ? "::" : address;
  auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (!error && found.empty()) error = asio::error::host_not_found;
  if (!error) {
    tcp::endpoint endpoint = found.begin()->endpoint();
    impl_->acceptor.open(endpoint.protocol(), error);
    if (!error) impl_->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) impl_->acceptor.bind(endpoint, error);
    if (!error) impl_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return Status::error(sqlstate::kConfigFileError, "could not listen for HTTP on \"" + address + "\", port " +
                                                         std::to_string(port) + ": " + error.message());
  }
  impl_->port = impl_->acceptor.local_endpoint(error).port();
  impl_->accept();
  ASSIGN_OR_RETURN(impl_->thread, start_thread([impl = impl_.get()] {
    pthread_setname_np(pthread_self(), "http");
    impl->context.run();
  }));
  return Status::ok();
}

}  // namespace vecino::server

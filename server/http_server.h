#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "storage/util/status.h"

namespace vecino::server {

// A small HTTP/1.1 server on a thread of its own, for machines that watch this one. GET and HEAD only, one request per
// connection, which must come within five seconds.
class HttpServer {
 public:
  struct Response {
    unsigned status = 200;
    std::string body, content_type = "text/plain; charset=utf-8";
  };
  // Called on the server's thread; status 404 for paths that it does not know.
  using Handler = std::function<Response(const std::string& path)>;

  HttpServer();
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  Status start(const std::string& address, uint16_t port, Handler handler);
  uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vecino::server

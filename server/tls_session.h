#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/auth_policy.h"
#include "server/tls_context.h"
#include "sqlfront/functions/tls_info.h"

namespace vecino::server {

// The encryption of one connection, between bytes of the socket and bytes of the protocol. It touches no socket, so that
// the one who reads and the one who writes may be different threads: receive() is the reader's, encrypt() and
// take_output() are the writer's, and a mutex keeps them apart.
class TlsSession {
 public:
  enum class Start : uint8_t { kAsked /* by SSLRequest */, kDirect /* without asking: ALPN is required */ };
  enum class State : uint8_t {
    kOpen,    // go on
    kClosed,  // the client has said good-bye: what was decrypted still counts
    kFailed,  // see error(); an alert may wait in take_output()
  };

  TlsSession(std::shared_ptr<const TlsContext> context, Start start);

  // Bytes off the socket; appends what they decrypt to. Drives the handshake until is_established().
  State receive(std::string_view bytes, std::string& plain);
  bool is_established() const { return established_; }
  const std::string& error() const { return error_; }

  // Appends the encrypted form of `plain` to `out`. False = the connection is broken.
  bool encrypt(std::string_view plain, std::string& out);
  // Handshake messages, alerts, answers to key updates.
  void take_output(std::string& out);
  // Puts the closing alert out.
  void close();

  // REQUIRES: established.
  void describe(ClientFacts& facts) const;
  sql::TlsInfo info() const;

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  State handshake();
  State read(std::string& plain);
  State fail(int result);

  std::shared_ptr<const TlsContext> context_;
  const Start start_;
  std::mutex mutex_;
  std::unique_ptr<SSL, Free> ssl_;
  BIO* input_ = nullptr;   // owned by ssl_
  BIO* output_ = nullptr;  // likewise
  bool established_ = false;
  std::string error_;
};

}  // namespace vecino::server

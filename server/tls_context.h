#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "conf/session_settings.h"
#include "storage/util/status.h"

namespace vecino::server {

// Certificate, key and rules for encrypted connections (manual 19.9), loaded once and shared by connections; a reload
// makes a new one. Immutable and thread-safe.
class TlsContext {
 public:
  // The files that the ssl_* settings name, relative to the data directory. F0000 with PostgreSQL's messages.
  static Result<std::shared_ptr<const TlsContext>> load(const conf::ServerSettings& settings);

  SSL_CTX* get() const { return context_.get(); }
  // Hash of the certificate for channel binding (RFC 5929, section 4); empty when its signature algorithm names none.
  const std::string& certificate_hash() const { return certificate_hash_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  Status configure(const conf::ServerSettings& settings);
  Status load_key_pair(const conf::ServerSettings& settings);
  Status set_versions(const conf::ServerSettings& settings);
  Status load_authorities(const conf::ServerSettings& settings);
  void hash_certificate();

  std::unique_ptr<SSL_CTX, Free> context_;
  std::string certificate_hash_;
};

}  // namespace vecino::server

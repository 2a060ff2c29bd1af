#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "conf/hba_file.h"
#include "protocol/frame.h"
#include "sqlfront/statement/session.h"
#include "storage/util/status.h"

namespace vecino::server {

// What is known of a client before it says who it is.
struct ClientFacts {
  bool is_local = false;  // Unix-domain socket
  conf::IpAddress address;
  int port = -1;
  std::optional<uid_t> peer_uid;  // Unix-domain socket: who is at the other end
  bool is_encrypted = false;
  bool has_certificate = false;  // verified
  std::string common_name, distinguished_name;
  std::string certificate_hash;  // of the server's own certificate, for channel binding; empty = not to be had

  std::string address_text() const { return is_local ? "" : conf::format_ip_address(address); }
};

// One client proving who it is (manual 55.2.1 and 55.3). Used by one thread at a time; begin() and receive() may take
// milliseconds or wait for a name server: they are called on executor threads.
class AuthExchange {
 public:
  enum class Step : uint8_t { kWait /* for the client's answer to what was put out */, kAdmitted, kRefused };
  virtual ~AuthExchange() = default;
  virtual Step begin(std::string& out) = 0;
  virtual Step receive(const protocol::Frame& frame, std::string& out) = 0;

  // REQUIRES: refused. What the client is told.
  const Status& refusal() const { return refusal_; }
  // What only the server's log is told; empty = nothing.
  const std::string& log_detail() const { return log_detail_; }
  // REQUIRES: admitted. Who it turned out to be and by which rule, for the log; empty = nothing was asked.
  const std::string& admission() const { return admission_; }
  // Refused for what the client claimed to know: worth trying again for somebody who guesses.
  bool is_guess() const { return is_guess_; }

 protected:
  Step refuse(Status status) {
    refusal_ = std::move(status);
    return Step::kRefused;
  }
  Status refusal_;
  std::string log_detail_, admission_;
  bool is_guess_ = false;
};

// Decides whether a client may start a session as the user it names (manual, chapter 21). Thread-safe.
class AuthPolicy {
 public:
  virtual ~AuthPolicy() = default;
  virtual std::unique_ptr<AuthExchange> start(const ClientFacts& client,
                                              const sql::StartupParameters& startup) const = 0;
};

// Everybody is who they say.
class TrustPolicy final : public AuthPolicy {
 public:
  std::unique_ptr<AuthExchange> start(const ClientFacts&, const sql::StartupParameters&) const override {
    class Exchange final : public AuthExchange {
      Step begin(std::string&) override { return Step::kAdmitted; }
      Step receive(const protocol::Frame&, std::string&) override { return Step::kAdmitted; }
    };
    return std::make_unique<Exchange>();
  }
};

}  // namespace vecino::server

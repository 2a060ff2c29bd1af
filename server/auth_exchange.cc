#include "server/auth_exchange.h"

#include <pwd.h>

#include <chrono>
#include <cstdio>
#include <vector>

#include "conf/hba_match.h"
#include "protocol/bytes.h"
#include "protocol/backend.h"
#include "protocol/scram.h"
#include "server/host_names.h"
#include "server/ident_map.h"

namespace vecino::server {
namespace {

using conf::HbaMethod;
using protocol::ScramServer;

constexpr size_t kLongestSaslMessage = 1024;
// A password in clear costs the server as many; a verifier that was made elsewhere may ask for any number.
constexpr int kMostIterations = 1000000;

int64_t now_us() {
  constexpr int64_t kUnixToPostgres = 946684800000000;
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count() - kUnixToPostgres;
}

// rolvaliduntil, as CREATE ROLE stores it: "2030-01-31 12:00:00[.5]+00", infinity, -infinity. What cannot be read has
// expired: better locked out than let in.
bool has_expired(const std::string& valid_until) {
  if (valid_until.empty() || valid_until == "infinity") return false;
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int read = std::sscanf(valid_until.c_str(), "%d-%u-%u %u:%u:%u", &year, &month, &day, &hour, &minute, &second);
  if (read != 6 || valid_until.ends_with("BC")) return true;
  auto date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  if (!date.ok()) return true;
  auto days = std::chrono::sys_days(date) - std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
  int64_t seconds = int64_t{days.count()} * 86400 + hour * 3600 + minute * 60 + second;
  return seconds * 1000000 < now_us();
}

std::string user_name_of(uid_t uid) {
  std::vector<char> buffer(16 * 1024);
  passwd entry{}, *found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return found->pw_name;
}

// How a client's password can be checked: always with a verifier, so that nobody can tell roles that exist from others.
struct Secret {
  protocol::ScramVerifier verifier;
  bool genuine = false;
  std::string why_not;  // for the log
};

class HbaExchange final : public AuthExchange {
 public:
  HbaExchange(AuthCase facts, const sql::Instance& instance) : facts_(std::move(facts)), instance_(instance) {}

  Step begin(std::string& out) override {
    find_rule();
    if (rule_ == nullptr) return refuse_unmatched();
    if (rule_->method == HbaMethod::kReject) return refuse_rejected();
    if (rule_->client_cert != conf::HbaClientCert::kOff && !facts_.client.has_certificate) {
      return refuse_with("connection requires a valid client certificate", {});
    }
    switch (rule_->method) {
      case HbaMethod::kTrust:
        return admit();
      case HbaMethod::kPeer:
        return check_peer();
      case HbaMethod::kPassword:
        protocol::authentication_cleartext_password(out);
        return Step::kWait;
      case HbaMethod::kScram:
        return begin_scram(out);
      default:
        return admit();  // cert: the certificate is looked at there
    }
  }

  Step receive(const protocol::Frame& frame, std::string& out) override {
    if (frame.type != 'p') {
      const char* expected = rule_->method == HbaMethod::kScram ? "SASL" : "password";
      return refuse(protocol_error(std::string("expected ") + expected + " response, got message type " +
                                   std::to_string(static_cast<unsigned char>(frame.type))));
    }
    return rule_->method == HbaMethod::kScram ? receive_sasl(frame.payload, out) : receive_password(frame.payload);
  }

 private:
  // ---- the rule

  void find_rule() {
    conf::HbaClient client;
    client.is_local = facts_.client.is_local;
    client.is_encrypted = facts_.client.is_encrypted;
    client.address = facts_.client.address;
    client.user = facts_.user;
    client.database = facts_.database;
    client.is_member_of = [this](const std::string& group) { return is_member_of(group); };
    client.interfaces = &own_interfaces;
    HostNames names(facts_.client.address);
    client.has_host_name = [&names](const std::string& name) { return names.match(name); };
    for (const conf::HbaRule& rule : facts_.files->rules) {
      if (!conf::matches(rule, client)) continue;
      rule_ = &rule;
      return;
    }
  }

  bool is_member_of(const std::string& group) {
    sql::DatabasePtr any = instance_.catalogs->find_database("template1");
    return any && is_role_member(*instance_.catalogs->committed(any->oid), facts_.user, group);
  }

  std::string who() const {
    const ClientFacts& client = facts_.client;
    return "host \"" + (client.is_local ? "[local]" : client.address_text()) + "\", user \"" + facts_.user +
           "\", database \"" + facts_.database + "\", " + (client.is_encrypted ? "SSL encryption" : "no encryption");
  }

  // ---- refusals

  static Status protocol_error(std::string message) {
    return Status::error(sqlstate::kProtocolViolation, std::move(message));
  }

  Step refuse_with(std::string message, std::string detail,
                   SqlState code = sqlstate::kInvalidAuthorizationSpecification) {
    if (rule_ != nullptr) {
      detail += (detail.empty() ? "" : "\n") + std::string("Connection matched pg_hba.conf line ") +
                std::to_string(rule_->line) + ": \"" + rule_->text + "\"";
    }
    log_detail_ = std::move(detail);
    return refuse(Status::error(code, std::move(message)));
  }
  Step refuse_unmatched() { return refuse_with("no pg_hba.conf entry for " + who(), {}); }
  Step refuse_rejected() { return refuse_with("pg_hba.conf rejects connection for " + who(), {}); }

  // The credentials are not good enough. The log says why, the client only learns that they are not.
  Step refuse_credentials(std::string why) {
    is_guess_ = true;
    std::string about = "authentication failed for user \"" + facts_.user + "\"";
    switch (rule_->method) {
      case HbaMethod::kPeer: return refuse_with("Peer " + about, std::move(why));
      case HbaMethod::kCert: return refuse_with("certificate " + about, std::move(why));
      case HbaMethod::kTrust: return refuse_with("\"trust\" " + about, std::move(why));
      default: return refuse_with("password " + about, std::move(why), sqlstate::kInvalidPassword);
    }
  }

  // The method's own checks are passed; what remains is the certificate, where it must name the user.
  Step admit() {
    const ClientFacts& client = facts_.client;
    if (rule_->client_cert != conf::HbaClientCert::kVerifyFull) return admitted_as(facts_.user);
    const std::string& name = rule_->client_name_is_dn ? client.distinguished_name : client.common_name;
    if (!name.empty() && ident_allows(facts_.files->mappings, rule_->map, facts_.user, name)) {
      return admitted_as(rule_->method == HbaMethod::kCert ? client.distinguished_name : facts_.user);
    }
    if (name.empty()) return refuse_credentials("Client certificate contains no user name.");
    return refuse_credentials(rule_->map.empty()
                                  ? "provided user name (" + facts_.user + ") and authenticated user name (" + name +
                                        ") do not match"
                                  : "no match in usermap \"" + rule_->map + "\" for user \"" + facts_.user +
                                        "\" authenticated as \"" + name + "\"");
  }

  Step admitted_as(const std::string& identity) {
    // Whom a rule trusts has not shown who it is.
    const char* what = rule_->method == HbaMethod::kTrust ? "user" : "identity";
    admission_ = std::string(what) + "=\"" + identity + "\" method=" + std::string(conf::hba_method_name(rule_->method)) + " (" +
                 facts_.files->hba_path + ":" + std::to_string(rule_->line) + ")";
    return Step::kAdmitted;
  }

  Step check_peer() {
    std::string name = facts_.client.peer_uid ? user_name_of(*facts_.client.peer_uid) : std::string();
    if (!name.empty() && ident_allows(facts_.files->mappings, rule_->map, facts_.user, name)) return admitted_as(name);
    return refuse_credentials("provided user name (" + facts_.user + ") and authenticated user name (" + name +
                              ") do not match");
  }

  // ---- passwords

  Secret secret() const {
    Secret result;
    sql::RolePtr role = instance_.catalogs->find_role(facts_.user);
    if (!role) {
      result.why_not = "Role \"" + facts_.user + "\" does not exist.";
    } else if (role->password.empty()) {
      result.why_not = "User \"" + facts_.user + "\" has no password assigned.";
    } else if (has_expired(role->valid_until)) {
      result.why_not = "User \"" + facts_.user + "\" has an expired password.";
    } else if (auto verifier = protocol::parse_scram_verifier(role->password)) {
      result.verifier = std::move(*verifier);
      result.genuine = true;
    } else {
      result.why_not = "User \"" + facts_.user + "\" does not have a valid SCRAM secret.";
    }
    if (!result.genuine) {
      result.verifier = protocol::mock_scram_verifier(facts_.user, facts_.server_secret, facts_.iterations);
    }
    return result;
  }

  Step receive_password(std::string_view payload) {
    // Exactly one string.
    if (payload.empty() || payload.find('\0') != payload.size() - 1) {
      return refuse(protocol_error("invalid password packet size"));
    }
    std::string_view password = payload.substr(0, payload.size() - 1);
    if (password.empty()) {
      return refuse_with("empty password returned by client", {}, sqlstate::kInvalidPassword);
    }
    Secret known = secret();
    if (known.verifier.iterations > kMostIterations) return refuse_credentials("The SCRAM secret has too many iterations.");
    bool fits = protocol::scram_password_matches(known.verifier, password);
    if (fits && known.genuine) return admit();
    return refuse_credentials(known.genuine ? "Password does not match for user \"" + facts_.user + "\"."
                                            : known.why_not);
  }

  Step begin_scram(std::string& out) {
    std::vector<std::string_view> mechanisms;
    if (!facts_.client.certificate_hash.empty()) mechanisms.push_back(protocol::kScramSha256Plus);
    mechanisms.push_back(protocol::kScramSha256);
    protocol::authentication_sasl(out, mechanisms);
    return Step::kWait;
  }

  // The first answer names the mechanism; its data may be absent, then it comes with the next.
  Result<std::string_view> open_scram(std::string_view payload) {
    size_t end = payload.find('\0');
    if (end == payload.npos || payload.size() - end < 5) return protocol_error("insufficient data left in message");
    std::string_view mechanism = payload.substr(0, end), data = payload.substr(end + 5);
    uint32_t length = protocol::load_u32(payload.data() + end + 1);
    if (length == 0xffffffff ? !data.empty() : length != data.size()) return protocol_error("invalid message format");
    bool can_bind = !facts_.client.certificate_hash.empty();
    bool plus = mechanism == protocol::kScramSha256Plus && can_bind;
    if (!plus && mechanism != protocol::kScramSha256) {
      return protocol_error("client selected an invalid SASL authentication mechanism");
    }
    Secret known = secret();
    why_not_ = known.genuine ? "Password does not match for user \"" + facts_.user + "\"." : known.why_not;
    ASSIGN_OR_RETURN(std::string nonce, protocol::make_scram_nonce());
    scram_.emplace(ScramServer::Options{std::move(known.verifier), known.genuine, plus, can_bind,
                                        facts_.client.certificate_hash, std::move(nonce)});
    has_initial_data_ = length != 0xffffffff;
    return data;
  }

  Step receive_sasl(std::string_view payload, std::string& out) {
    if (payload.size() > kLongestSaslMessage) return refuse(protocol_error("invalid message length"));
    std::string_view data = payload;
    if (!scram_) {
      Result<std::string_view> opened = open_scram(payload);
      if (!opened.is_ok()) return refuse(opened.status());
      data = *opened;
      if (!has_initial_data_) {
        protocol::authentication_sasl_continue(out, {});
        return Step::kWait;
      }
    }
    std::string answer;
    Result<ScramServer::Step> step = scram_->step(data, answer);
    if (!step.is_ok()) {
      is_guess_ = true;
      return refuse(step.status());
    }
    switch (*step) {
      case ScramServer::Step::kContinue:
        protocol::authentication_sasl_continue(out, answer);
        return Step::kWait;
      case ScramServer::Step::kAdmitted:
        protocol::authentication_sasl_final(out, answer);
        return admit();
      case ScramServer::Step::kRefused:
        break;
    }
    return refuse_credentials(why_not_);
  }

  const AuthCase facts_;
  const sql::Instance& instance_;
  const conf::HbaRule* rule_ = nullptr;  // in facts_.files
  std::optional<ScramServer> scram_;
  bool has_initial_data_ = false;
  std::string why_not_;
};

}  // namespace

std::unique_ptr<AuthExchange> make_auth_exchange(AuthCase facts, const sql::Instance& instance) {
  return std::make_unique<HbaExchange>(std::move(facts), instance);
}

}  // namespace vecino::server

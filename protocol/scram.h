#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/util/status.h"

namespace vecino::protocol {

// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it: the user name inside the exchange is ignored, passwords go
// through SASLprep, and one that cannot be prepared is used as it is.

inline constexpr int kScramDefaultIterations = 4096;
inline constexpr size_t kScramSaltLength = 16;
inline constexpr std::string_view kScramSha256 = "SCRAM-SHA-256";
inline constexpr std::string_view kScramSha256Plus = "SCRAM-SHA-256-PLUS";

// What is stored instead of a password. Keys are 32 raw bytes.
struct ScramVerifier {
  int iterations = 0;
  std::string salt, stored_key, server_key;
};
// SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>
std::optional<ScramVerifier> parse_scram_verifier(std::string_view text);
std::string format_scram_verifier(const ScramVerifier& verifier);
ScramVerifier derive_scram_verifier(std::string_view password, std::string_view salt, int iterations);
// With a random salt. Fails only when the system has no random numbers.
Result<std::string> make_scram_verifier(std::string_view password, int iterations);
// In constant time but for the length of the password.
bool scram_password_matches(const ScramVerifier& verifier, std::string_view password);
// A verifier that nothing matches, the same each time for one user: clients cannot tell who exists.
ScramVerifier mock_scram_verifier(std::string_view user, std::string_view server_secret, int iterations);

// The server's side of one exchange; a pure function of its input and the nonce.
class ScramServer {
 public:
  struct Options {
    ScramVerifier verifier;
    bool genuine = true;        // false: the exchange runs to its end and fails
    bool channel_binding = false;  // the client chose SCRAM-SHA-256-PLUS
    bool encrypted = false;     // the connection could have had channel binding
    std::string certificate_hash;  // tls-server-end-point (RFC 5929)
    std::string nonce;          // the server's part, printable
  };
  enum class Step : uint8_t { kContinue, kAdmitted, kRefused };

  explicit ScramServer(Options options) : options_(std::move(options)) {}
  // Takes the client's next message and makes the answer; kRefused = wrong password, no answer. Errors: 08P01 for a
  // malformed message, 28000 when the channel binding does not fit, 0A000 for extensions.
  Result<Step> step(std::string_view message, std::string& answer);

 private:
  Status read_first(std::string_view message);
  Status read_binding_flag(std::string_view& rest);
  Status read_final(std::string_view message);
  Status check_binding(std::string_view encoded) const;
  bool proof_fits() const;
  std::string sign(std::string_view key) const;
  std::string auth_message() const;

  enum class State : uint8_t { kFirst, kFinal, kEnd };
  Options options_;
  State state_ = State::kFirst;
  char binding_flag_ = 'n';
  std::string client_first_bare_, server_first_, nonce_, final_without_proof_, proof_;
};

// Random and printable, 18 bytes in base64.
Result<std::string> make_scram_nonce();

}  // namespace vecino::protocol

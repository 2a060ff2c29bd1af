#include "protocol/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <charconv>

#include "protocol/base64.h"
#include "protocol/saslprep.h"

namespace vecino::protocol {
namespace {

constexpr size_t kKeyLength = 32;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string hmac(std::string_view key, std::string_view text) {
  std::string out(kKeyLength, '\0');
  unsigned int length = kKeyLength;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), bytes_of(out), &length);
  return out;
}

std::string sha256(std::string_view text) {
  std::string out(kKeyLength, '\0');
  unsigned int length = kKeyLength;
  EVP_Digest(text.data(), text.size(), bytes_of(out), &length, EVP_sha256(), nullptr);
  return out;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string salted_password(std::string_view password, std::string_view salt, int iterations) {
  std::optional<std::string> prepared = saslprep(password);
  std::string_view text = prepared ? std::string_view(*prepared) : password;
  std::string out(kKeyLength, '\0');
  PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), bytes_of(salt), static_cast<int>(salt.size()),
                    iterations, EVP_sha256(), static_cast<int>(out.size()), bytes_of(out));
  if (prepared) OPENSSL_cleanse(prepared->data(), prepared->size());
  return out;
}

Result<std::string> random_bytes(size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(bytes_of(out), static_cast<int>(count)) == 1) return out;
  return Status::error(sqlstate::kInternalError, "could not generate random bytes");
}

Status malformed(std::string detail) {
  return Status::error(sqlstate::kProtocolViolation, "malformed SCRAM message", std::move(detail));
}

// A character as an error may show it.
std::string shown(char c) {
  if (c >= 0x21 && c <= 0x7e) return std::string(1, c);
  constexpr char kHex[] = "0123456789abcdef";
  unsigned char byte = static_cast<unsigned char>(c);
  return std::string("0x") + kHex[byte >> 4] + kHex[byte & 15];
}

// Takes `x=value` off the front and the comma behind it.
Status take_attribute(std::string_view& rest, char name, std::string_view& value) {
  if (rest.empty() || rest[0] != name) {
    return malformed("Expected attribute \"" + std::string(1, name) + "\" but found \"" +
                     (rest.empty() ? std::string("0x00") : shown(rest[0])) + "\".");
  }
  if (rest.size() < 2 || rest[1] != '=') {
    return malformed("Expected character \"=\" for attribute \"" + std::string(1, name) + "\".");
  }
  size_t end = std::min(rest.find(',', 2), rest.size());
  value = rest.substr(2, end - 2);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return Status::ok();
}

bool is_printable(std::string_view text) {
  for (char c : text) {
    if (c < 0x21 || c > 0x7e || c == ',') return false;
  }
  return true;
}

}  // namespace

// ---- verifiers

std::optional<ScramVerifier> parse_scram_verifier(std::string_view text) {
  if (!text.starts_with("SCRAM-SHA-256$")) return std::nullopt;
  text.remove_prefix(kScramSha256.size() + 1);
  size_t colon = text.find(':'), dollar = text.find('$'), second = text.rfind(':');
  if (colon == text.npos || dollar == text.npos || colon > dollar || second < dollar) return std::nullopt;
  ScramVerifier result;
  auto [end, error] = std::from_chars(text.data(), text.data() + colon, result.iterations);
  if (error != std::errc() || end != text.data() + colon || result.iterations < 1) return std::nullopt;
  std::optional<std::string> salt = decode_base64(text.substr(colon + 1, dollar - colon - 1));
  std::optional<std::string> stored = decode_base64(text.substr(dollar + 1, second - dollar - 1));
  std::optional<std::string> server = decode_base64(text.substr(second + 1));
  if (!salt || salt->empty() || !stored || !server) return std::nullopt;
  if (stored->size() != kKeyLength || server->size() != kKeyLength) return std::nullopt;
  result.salt = std::move(*salt);
  result.stored_key = std::move(*stored);
  result.server_key = std::move(*server);
  return result;
}

std::string format_scram_verifier(const ScramVerifier& verifier) {
  return std::string(kScramSha256) + "$" + std::to_string(verifier.iterations) + ":" + encode_base64(verifier.salt) +
         "$" + encode_base64(verifier.stored_key) + ":" + encode_base64(verifier.server_key);
}

ScramVerifier derive_scram_verifier(std::string_view password, std::string_view salt, int iterations) {
  std::string salted = salted_password(password, salt, iterations);
  std::string client_key = hmac(salted, "Client Key");
  ScramVerifier result{iterations, std::string(salt), sha256(client_key), hmac(salted, "Server Key")};
  OPENSSL_cleanse(salted.data(), salted.size());
  OPENSSL_cleanse(client_key.data(), client_key.size());
  return result;
}

Result<std::string> make_scram_verifier(std::string_view password, int iterations) {
  ASSIGN_OR_RETURN(std::string salt, random_bytes(kScramSaltLength));
  return format_scram_verifier(derive_scram_verifier(password, salt, iterations));
}

bool scram_password_matches(const ScramVerifier& verifier, std::string_view password) {
  ScramVerifier own = derive_scram_verifier(password, verifier.salt, verifier.iterations);
  return equal(own.server_key, verifier.server_key) & equal(own.stored_key, verifier.stored_key);
}

ScramVerifier mock_scram_verifier(std::string_view user, std::string_view server_secret, int iterations) {
  std::string salt = hmac(server_secret, user).substr(0, kScramSaltLength);
  return {iterations, std::move(salt), std::string(kKeyLength, '\0'), std::string(kKeyLength, '\0')};
}

Result<std::string> make_scram_nonce() {
  ASSIGN_OR_RETURN(std::string raw, random_bytes(18));
  return encode_base64(raw);
}

// ---- the exchange

Result<ScramServer::Step> ScramServer::step(std::string_view message, std::string& answer) {
  if (message.empty()) return malformed("The message is empty.");
  if (message.find('\0') != message.npos) return malformed("Message length does not match input length.");
  if (state_ == State::kFirst) {
    RETURN_IF_ERROR(read_first(message));
    server_first_ = "r=" + nonce_ + ",s=" + encode_base64(options_.verifier.salt) +
                    ",i=" + std::to_string(options_.verifier.iterations);
    answer = server_first_;
    state_ = State::kFinal;
    return Step::kContinue;
  }
  if (state_ == State::kEnd) return malformed("The exchange is over.");
  state_ = State::kEnd;
  RETURN_IF_ERROR(read_final(message));
  // Both are always computed, so that the time does not tell which it was.
  bool fits = proof_fits();
  if (!(fits & options_.genuine)) return Step::kRefused;
  answer = "v=" + encode_base64(sign(options_.verifier.server_key));
  return Step::kAdmitted;
}

Status ScramServer::read_binding_flag(std::string_view& rest) {
  binding_flag_ = rest[0];
  switch (binding_flag_) {
    case 'n':
    case 'y':
      if (options_.channel_binding) {
        return malformed("The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel "
                         "binding data.");
      }
      if (binding_flag_ == 'y' && options_.encrypted) {
        return Status::error(sqlstate::kInvalidAuthorizationSpecification, "SCRAM channel binding negotiation error",
                             "The client supports SCRAM channel binding but thinks the server does not.  However, this "
                             "server does support channel binding.");
      }
      rest.remove_prefix(1);
      break;
    case 'p': {
      if (!options_.channel_binding) {
        return malformed("The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes "
                         "channel binding data.");
      }
      std::string_view type;
      size_t before = rest.size();
      std::string_view all = rest;
      RETURN_IF_ERROR(take_attribute(rest, 'p', type));
      if (type != "tls-server-end-point") {
        return Status::error(sqlstate::kProtocolViolation,
                             "unsupported SCRAM channel-binding type \"" + std::string(type) + "\"");
      }
      rest = all.substr(std::min(before, type.size() + 2));  // the comma stays
      break;
    }
    default:
      return malformed("Unexpected channel-binding flag \"" + shown(binding_flag_) + "\".");
  }
  if (!rest.empty() && rest[0] == ',') {
    rest.remove_prefix(1);
    return Status::ok();
  }
  return malformed("Comma expected, but found character \"" + (rest.empty() ? "0x00" : shown(rest[0])) + "\".");
}

Status ScramServer::read_first(std::string_view message) {
  std::string_view rest = message;
  RETURN_IF_ERROR(read_binding_flag(rest));
  if (!rest.empty() && rest[0] == 'a') {
    return Status::error(sqlstate::kFeatureNotSupported, "client uses authorization identity, but it is not supported");
  }
  if (rest.empty() || rest[0] != ',') {
    return malformed("Unexpected attribute \"" + (rest.empty() ? "0x00" : shown(rest[0])) +
                     "\" in client-first-message.");
  }
  rest.remove_prefix(1);
  client_first_bare_ = rest;
  if (!rest.empty() && rest[0] == 'm') {
    return Status::error(sqlstate::kFeatureNotSupported, "client requires an unsupported SCRAM extension");
  }
  std::string_view user, nonce;
  RETURN_IF_ERROR(take_attribute(rest, 'n', user));  // the startup packet's name counts
  RETURN_IF_ERROR(take_attribute(rest, 'r', nonce));
  if (!is_printable(nonce)) {
    return Status::error(sqlstate::kProtocolViolation, "non-printable characters in SCRAM nonce");
  }
  nonce_ = std::string(nonce) + options_.nonce;
  return Status::ok();
}

Status ScramServer::check_binding(std::string_view encoded) const {
  if (options_.channel_binding) {
    std::string expected = encode_base64("p=tls-server-end-point,," + options_.certificate_hash);
    if (equal(encoded, expected)) return Status::ok();
    return Status::error(sqlstate::kInvalidAuthorizationSpecification, "SCRAM channel binding check failed");
  }
  // base64 of "n,," and "y,,"
  if (encoded == (binding_flag_ == 'n' ? "biws" : "eSws")) return Status::ok();
  return Status::error(sqlstate::kProtocolViolation,
                       "unexpected SCRAM channel-binding attribute in client-final-message");
}

Status ScramServer::read_final(std::string_view message) {
  std::string_view rest = message, binding, nonce, proof;
  RETURN_IF_ERROR(take_attribute(rest, 'c', binding));
  RETURN_IF_ERROR(check_binding(binding));
  RETURN_IF_ERROR(take_attribute(rest, 'r', nonce));
  // Extensions may stand before the proof; the last attribute is always the proof.
  size_t at = message.size() - rest.size();
  while (!rest.empty() && rest[0] != 'p') {
    if (!isalpha(static_cast<unsigned char>(rest[0]))) {
      return malformed("Attribute expected, but found invalid character \"" + shown(rest[0]) + "\".");
    }
    std::string_view ignored;
    RETURN_IF_ERROR(take_attribute(rest, rest[0], ignored));
    at = message.size() - rest.size();
  }
  RETURN_IF_ERROR(take_attribute(rest, 'p', proof));
  if (!rest.empty() || message.back() == ',') return malformed("Garbage found at the end of client-final-message.");
  std::optional<std::string> decoded = decode_base64(proof);
  if (!decoded || decoded->size() != kKeyLength) return malformed("Malformed proof in client-final-message.");
  proof_ = std::move(*decoded);
  final_without_proof_ = message.substr(0, at - 1);
  if (!equal(nonce, nonce_)) {
    return Status::error(sqlstate::kProtocolViolation, "invalid SCRAM response", "Nonce does not match.");
  }
  return Status::ok();
}

std::string ScramServer::auth_message() const {
  return client_first_bare_ + "," + server_first_ + "," + final_without_proof_;
}

std::string ScramServer::sign(std::string_view key) const { return hmac(key, auth_message()); }

bool ScramServer::proof_fits() const {
  std::string client_key = sign(options_.verifier.stored_key);
  for (size_t i = 0; i < kKeyLength; ++i) client_key[i] = static_cast<char>(client_key[i] ^ proof_[i]);
  return equal(sha256(client_key), options_.verifier.stored_key);
}

}  // namespace vecino::protocol

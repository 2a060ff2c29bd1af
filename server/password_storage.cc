#include "server/password_storage.h"

#include <algorithm>

#include "conf/operation_settings.h"
#include "protocol/scram.h"

namespace vecino::server {
namespace {

bool is_md5_hash(std::string_view password) {
  auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return password.size() == 35 && password.starts_with("md5") && std::all_of(password.begin() + 3, password.end(), is_hex);
}

}  // namespace

Result<std::string> stored_password(std::string_view password, const conf::SessionSettings& settings) {
  constexpr const char* kHint = "Give the password itself, or a SCRAM-SHA-256 verifier of it.";
  if (is_md5_hash(password)) {
    return Status::error(sqlstate::kFeatureNotSupported, "MD5 password hashes are not supported", {}, kHint);
  }
  if (protocol::parse_scram_verifier(password)) return std::string(password);
  if (settings.get_string(conf::SettingId::password_encryption) == "md5") {
    return Status::error(sqlstate::kFeatureNotSupported, "password encryption \"md5\" is not supported", {},
                         "Set password_encryption to scram-sha-256.");
  }
  return protocol::make_scram_verifier(
      password, static_cast<int>(settings.get_int(conf::setting::scram_iterations)));
}

}  // namespace vecino::server

#pragma once

#include <string>
#include <string_view>

#include "conf/session_settings.h"
#include "storage/util/status.h"

namespace vecino::server {

// What pg_authid.rolpassword keeps of a password that CREATE or ALTER ROLE names: a SCRAM-SHA-256 verifier, made here or by
// the client. 0A000 for MD5, as a hash or by password_encryption.
Result<std::string> stored_password(std::string_view password, const conf::SessionSettings& settings);

}  // namespace vecino::server

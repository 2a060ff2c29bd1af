#pragma once

#include <string>
#include <string_view>

namespace vecino::conf {

struct HbaDefaults {
  std::string_view local = "trust";        // Unix-domain sockets
  std::string_view loopback = "trust";     // 127.0.0.1 and ::1
  std::string_view others = "scram-sha-256";
};
// The text of a new pg_hba.conf.
std::string default_hba_text(const HbaDefaults& defaults);
// The text of a new pg_ident.conf, without any map.
std::string default_ident_text();

// Methods that pg_hba.conf may name here, for `local` and for `host` lines.
bool is_local_auth_method(std::string_view method);
bool is_host_auth_method(std::string_view method);

}  // namespace vecino::conf

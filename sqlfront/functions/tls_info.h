#pragma once

#include <string>

namespace vecino::sql {

// The encryption of a session's connection (pg_stat_ssl). The last three are empty without a client certificate.
struct TlsInfo {
  std::string version, cipher;
  int bits = 0;
  std::string client_dn, client_serial, issuer_dn;
};

}  // namespace vecino::sql

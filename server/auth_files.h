#pragma once

#include <string>

#include "conf/hba_default.h"
#include "storage/util/status.h"

namespace vecino::server {

// The files of a data directory that authentication needs: pg_hba.conf, pg_ident.conf, and a random secret from which the
// salts of roles that do not exist are made.

// Writes those that are missing. The secret comes last: where it is, the others have been written before.
Status write_auth_files(const std::string& directory, const conf::HbaDefaults& methods);
// For a directory that has never had them (new, or made by an older version): as write_auth_files. Where the secret
// exists nothing is made anew: somebody has removed a file, and trusting everybody on this machine is no answer to that.
Status ensure_auth_files(const std::string& directory);
Result<std::string> read_auth_secret(const std::string& directory);

}  // namespace vecino::server

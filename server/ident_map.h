#pragma once

#include <span>
#include <string>

#include "conf/hba_file.h"
#include "storage/util/status.h"

namespace vecino::server {

// May somebody whom the outside world calls `system_user` log in as `role`? Without a map the names must be the same.
bool ident_allows(std::span<const conf::IdentMapping> mappings, const std::string& map, const std::string& role,
                  const std::string& system_user);
// Is the mapping's regular expression, if it is one, valid?
Status check_ident_mapping(const conf::IdentMapping& mapping);

}  // namespace vecino::server

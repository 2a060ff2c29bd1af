#pragma once

#include <string>
#include <vector>

#include "storage/util/status.h"

namespace vecino::conf {

struct ConfigEntry {
  std::string name, value, file;
  int line = 0;
};

// Reads a file in postgresql.conf syntax (manual 20.1.2) with include, include_if_exists and include_dir, in order.
// Errors: F0000 with file and line; 58P01 for a missing file.
Result<std::vector<ConfigEntry>> read_config_file(const std::string& path);

}  // namespace vecino::conf

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/util/status.h"

namespace vecino::server {

struct CommandLine {
  bool help = false, version = false, check_config = false;
  std::string data_directory;                                 // -D, or PGDATA
  std::vector<std::pair<std::string, std::string>> settings;  // -c, --name=value, -p, -h in their order
};

// 42601 with a message for people when the arguments make no sense.
Result<CommandLine> parse_command_line(int argc, const char* const* argv);
const char* usage_text();

}  // namespace vecino::server

#pragma once

#include <string>
#include <vector>

#include "conf/config_file.h"
#include "conf/session_settings.h"

namespace vecino::conf {

// The files that hold a server's configuration: `config_file`, or postgresql.conf in the data directory when that is
// empty, then postgresql.auto.conf (ALTER SYSTEM). Those that do not exist are left out, but for a named config_file.
std::vector<std::string> configuration_files(const std::string& data_directory, const std::string& config_file);
// As a running server has them.
std::vector<std::string> configuration_files(const ServerSettings& settings);
// What messages call the configuration.
std::string main_configuration_file(const std::string& data_directory, const std::string& config_file);

// Sets what the files say, at start. Every mistake is told, then F0000 `configuration file "..." contains errors`.
Status load_configuration(const std::vector<std::string>& files, const std::string& main_file, ServerSettings& settings,
                          std::vector<std::string>& messages);

// A line of the files as they are now (pg_file_settings).
struct FileSetting {
  ConfigEntry entry;  // without a name: the file could not be read further
  bool applied = false;
  std::string error;
};
std::vector<FileSetting> file_settings(const std::vector<std::string>& files, const ServerSettings& running);

}  // namespace vecino::conf

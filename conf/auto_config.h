#pragma once

#include <optional>
#include <string>

#include "storage/util/status.h"

namespace vecino::conf {

// The file that ALTER SYSTEM writes: postgresql.auto.conf in the data directory. Each change makes a new file, which is on
// disk before it takes the old one's place. Not thread-safe: callers take turns.

// nullopt removes the setting. 58030, 53100 when the file cannot be written.
Status write_auto_setting(const std::string& data_directory, const std::string& name,
                          const std::optional<std::string>& value);
Status clear_auto_settings(const std::string& data_directory);

}  // namespace vecino::conf

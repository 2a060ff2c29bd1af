#pragma once

#include <string>

#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/util/status.h"

namespace vecino::server {

// Backups of a whole data directory, taken while the server runs or stands, in a directory of backups (backup_store.h).

// One at a time per data directory: callers take turns. Returns what was done, as a line for people; its first word is the
// backup's name.
Result<std::string> make_backup(const std::string& data_directory, storage::EngineMaintenance& engine,
                                const std::string& target);
// What a backup that was killed has left in the data directory. Call at start.
void remove_backup_leftovers(const std::string& data_directory);

// `vecinod backup|restore|verify-backup ...`: true when argv is one of them; `status` is what the process exits with.
bool run_backup_command(int argc, const char* const* argv, int& status);

}  // namespace vecino::server

#pragma once

#include <cstdint>
#include <string>

#include "storage/util/status.h"

namespace vecino::storage {

// How far a file of RocksDB's write-ahead log is good: its records and their checksums, as its wiki describes the format
// ("Write Ahead Log File Format"). What they say is not looked at.
struct WalCheck {
  bool exists = false;
  uint64_t file_size = 0;
  uint64_t good_size = 0;       // everything before is whole
  uint64_t last_sequence = 0;   // of the last whole batch; 0 = none
};
// Reads no more than `size` bytes. Errors are those of the file system.
Result<WalCheck> check_wal(const std::string& path, uint64_t log_number, uint64_t size);

}  // namespace vecino::storage

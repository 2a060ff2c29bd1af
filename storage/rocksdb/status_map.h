#pragma once

#include <rocksdb/status.h>

#include "storage/util/status.h"

namespace vecino::storage {

// Corruption: XX001; no file descriptors: 53000; no space: 53100; other I/O: 58030; the rest XX000.
Status from_rocksdb(const rocksdb::Status& status);
bool is_no_space(const rocksdb::Status& status);
// The process (or the machine) has no file descriptor left.
bool is_out_of_files(const rocksdb::Status& status);

}  // namespace vecino::storage

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

struct RocksdbOptions {
  size_t block_cache_bytes = size_t{256} << 20;
  size_t write_buffer_bytes = size_t{256} << 20;  // all memtables together
  size_t max_wal_bytes = size_t{512} << 20;       // bounds the replay at start
  int background_jobs = 2;
  int max_open_files = 0;  // 0 = as the process limit allows
};

// Opens, or creates, the data directory (storage/meta/data_directory.h lists the errors) and the engine in it; replays
// the write-ahead log. XX001 when files are damaged.
// Disk full: writes fail with 53100 and succeed again by themselves once there is space.
Result<std::unique_ptr<KvEngine>> open_rocksdb_engine(const std::string& directory, const RocksdbOptions& options);

}  // namespace vecino::storage

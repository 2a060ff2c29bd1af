#pragma once

#include <rocksdb/options.h>

#include <memory>
#include <vector>

#include "storage/api/kv_engine.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/rocksdb/wal_extents.h"

namespace rocksdb {
class Cache;
class Env;
class Logger;
class WriteBufferManager;
}

namespace vecino::storage {

// An Env whose write-ahead logs are preallocated with their full size, so that an fdatasync of a commit does not also
// have to journal a new file size (ext4: 3.8k instead of 2.0k syncs per second on the development machine).
// Also tells `extents` how much of the logs and the manifest is on disk.
std::unique_ptr<rocksdb::Env> make_wal_env(std::shared_ptr<WalExtents> extents);

// `buffers`: what all memtables share.
rocksdb::DBOptions db_options(const RocksdbOptions& options, rocksdb::Env* env,
                              std::shared_ptr<rocksdb::WriteBufferManager> buffers);
rocksdb::ColumnFamilyOptions family_options(Family family, const RocksdbOptions& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache);
const char* family_name(Family family);

}  // namespace vecino::storage

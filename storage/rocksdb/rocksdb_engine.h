#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "storage/api/kv_engine.h"
#include "storage/util/memory_budget.h"

namespace vecino::storage {

// When the space of what was erased is given back (space_reclaimer.h).
struct ReclaimOptions {
  std::chrono::milliseconds tick{1000};
  std::chrono::milliseconds quiet{3000};      // without further erasures of the storage
  std::chrono::milliseconds longest{60'000};  // however many further ones there are
  std::chrono::milliseconds idle{20'000};     // without any write, before the log goes
  uint64_t long_log = uint64_t{32} << 20;     // bytes
};

struct RocksdbOptions {
  size_t block_cache_bytes = size_t{256} << 20;  // at most
  size_t write_buffer_bytes = size_t{256} << 20;  // all memtables together
  size_t max_wal_bytes = size_t{512} << 20;       // bounds the replay at start
  int background_jobs = 2;
  int max_open_files = 0;  // 0 = as the process limit allows
  ReclaimOptions reclaim;
  MemoryBudget* budget = nullptr;  // blocks and memtables draw from it; null = they have their sizes to themselves
};

// Opens, or creates, the data directory (storage/meta/data_directory.h lists the errors) and the engine in it; replays
// the write-ahead log. XX001 when files are damaged.
// Disk full: writes fail with 53100 and succeed again by themselves once there is space.
Result<std::unique_ptr<KvEngine>> open_rocksdb_engine(const std::string& directory, const RocksdbOptions& options);

// Opens a directory whose log is not complete without what is lost: the logs from the first gap on are dropped. The engine's files
// are copied before (those that never change are linked) to a directory below it, with a text of what was dropped. Vector indexes
// are built again from the rows at the next start. Returns that text; nothing is done where nothing is lost.
Result<std::string> repair_rocksdb_engine(const std::string& directory);

// What running the server asks of an engine that keeps files. Thread-safe.
class EngineMaintenance {
 public:
  virtual ~EngineMaintenance() = default;
  // A consistent copy of everything committed so far, as an engine directory of its own; files that no longer change are
  // linked, not copied, when the file system is the same. `directory` must not exist. Others may read and write meanwhile.
  virtual Status checkpoint(const std::string& directory) = 0;

  struct Metrics {
    uint64_t writes = 0, wal_bytes = 0, wal_syncs = 0;  // since the start
    uint64_t block_cache_hits = 0, block_cache_misses = 0;
    uint64_t block_cache_bytes = 0, block_cache_capacity = 0, memtable_bytes = 0, table_bytes = 0;
    uint64_t pending_compaction_bytes = 0, running_compactions = 0, running_flushes = 0, background_errors = 0;
    bool writes_stopped = false;
  };
  virtual Metrics metrics() const = 0;
};
}  // namespace vecino::storage

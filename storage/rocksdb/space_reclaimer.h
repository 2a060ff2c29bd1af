#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "storage/api/kv_engine.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace vecino::storage {

// Gives the space of erased entries back. RocksDB merges files when there are many or they are large, so that a few tombstones may
// keep gigabytes of values alive for good, and a log lives as long as one memtable has something of it. What this does:
//  - A storage (the entries whose keys begin with the same four bytes) of which a good part was erased is flushed and compacted, once
//    nothing more is erased for a moment and no snapshot sees what was.
//  - When nothing was written for a while and the log is long, all memtables are flushed, so that the log can go.
// Thread-safe.
class SpaceReclaimer {
 public:
  struct Engine {
    rocksdb::DB* db = nullptr;
    std::function<rocksdb::ColumnFamilyHandle*(Family)> handle;
    std::function<SequenceNumber()> oldest_snapshot;
    std::function<uint64_t()> logged;  // bytes ever written to the log
    std::function<void()> flush;       // all memtables
  };
  SpaceReclaimer(Engine engine, ReclaimOptions options) : engine_(std::move(engine)), options_(options) {}
  ~SpaceReclaimer();
  SpaceReclaimer(const SpaceReclaimer&) = delete;
  // 53000 when there is no thread for it.
  Status start();

  // `count` entries of the storage of `key` were erased by writes up to `sequence`.
  void note_erased(Family family, std::string_view key, uint64_t count, SequenceNumber sequence);

 private:
  using Clock = std::chrono::steady_clock;
  using Key = std::pair<Family, std::string>;
  struct Area {
    uint64_t erased = 0;
    SequenceNumber newest = 0;
    Clock::time_point first, last;
    bool is_new = false;  // something was erased since it was looked at
  };
  void run();
  bool is_due(const Area& area, Clock::time_point now) const;
  bool reclaim(const Key& key, const Area& area);
  void release_log(Clock::time_point now);

  const Engine engine_;
  const ReclaimOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, Area> areas_;
  std::atomic<bool> stopping_{false};
  uint64_t logged_ = 0, flushed_ = 0;  // as of the last tick, and of the last flush of all
  Clock::time_point last_write_ = Clock::now();
  std::thread thread_;
};

}  // namespace vecino::storage

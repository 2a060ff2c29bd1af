#pragma once

#include <rocksdb/db.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace vecino::storage {

// Keeps compaction away from what is being loaded. RocksDB copies every ingested file once more, only to set its sequence
// numbers to zero, as soon as no snapshot is older; beside a load that goes on that takes a tenth of its processor time.
// So a snapshot is held from the first ingestion until nothing was loaded for a moment. Bounded, because old versions of
// rows stay so long. Thread-safe.
class LoadHold {
 public:
  static constexpr std::chrono::milliseconds kQuiet{1000};
  static constexpr std::chrono::milliseconds kLongest{60'000};

  explicit LoadHold(rocksdb::DB* db, std::chrono::milliseconds quiet = kQuiet) : db_(db), quiet_(quiet) {}
  ~LoadHold();
  LoadHold(const LoadHold&) = delete;

  // Something is being loaded: what is held is kept a little longer.
  void prolong();
  // Before an ingestion: from now on a snapshot is held.
  void begin();

 private:
  using Clock = std::chrono::steady_clock;
  void run();

  rocksdb::DB* const db_;
  const std::chrono::milliseconds quiet_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const rocksdb::Snapshot* snapshot_ = nullptr;
  Clock::time_point since_, last_use_;
  bool stopping_ = false;
  std::thread thread_;  // made by the first begin()
};

}  // namespace vecino::storage

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// A counter that never gives a number twice, also after a crash: ranges are reserved in Family::kMeta ahead of use.
// The reservation is not synced by itself: it stands in the write-ahead log before every commit that could use one of its
// numbers, so whatever survives a crash finds it. Thread-safe; takes no lock except once per range.
class ReservedCounter {
 public:
  // Numbers start at `first`. At most `range` numbers are reserved at a time (fewer at the beginning).
  ReservedCounter(KvEngine& engine, std::string key, uint64_t first, uint64_t range);
  Result<uint64_t> next() { return take(1, 1); }
  // The first of `count` consecutive numbers; it is a multiple of `multiple`.
  Result<uint64_t> take(uint64_t count, uint64_t multiple);
  // Numbers from `begin` on that take() gave out and that were not used, if none beyond `end` was given out since.
  void give_back(uint64_t begin, uint64_t end) { next_.compare_exchange_strong(end, begin, std::memory_order_relaxed); }
  // All numbers given out are below; reads the reservation when nothing was given out yet.
  Result<uint64_t> upper_bound();
  // Gives back what is reserved but unused. REQUIRES: no other use of the counter, now or later.
  void close();

 private:
  Status load();     // REQUIRES: mutex_
  Status store(uint64_t limit);  // REQUIRES: mutex_

  KvEngine& engine_;
  const std::string key_;
  const uint64_t max_range_;
  uint64_t range_;
  std::mutex mutex_;
  bool loaded_ = false;
  std::atomic<uint64_t> next_;
  std::atomic<uint64_t> reserved_{0};  // numbers below may be given out
};

}  // namespace vecino::storage

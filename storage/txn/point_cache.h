#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// Newest committed values of narrow rows and unique index entries, each with the sequence number from which on it is
// known to hold: a snapshot taken since then reads it here for one or two cache misses, where the engine's memtables,
// filters and blocks cost twenty. Small values only; bounded; what does not fit falls out. Thread-safe.
//
// Why a reader never gets a stale value: a commit takes its keys out before it writes them and closes their buckets to new
// values until it is done (begin_commit, end_commit); and a reader may leave a value it read from the engine only if its
// bucket saw no commit since before the read, nor one newer than its snapshot. A bulk commit does the same for all buckets at
// once (begin_bulk, end_bulk): it may have written any key.
class PointCache {
 public:
  static constexpr SequenceNumber kLatest = ~SequenceNumber{0};
  // Allowance to leave a value read from the engine after find() missed.
  struct Ticket {
    uint64_t hash = 0;
    Family family{};
    uint32_t epoch = 0;
    uint32_t bulk_epoch = 0;
    bool usable = false;
    SequenceNumber newest_change = kLatest;  // as newest_change()
  };

  explicit PointCache(size_t bytes);  // 0 = caches nothing
  ~PointCache();
  PointCache(const PointCache&) = delete;

  bool covers(Family family) const { return buckets_ != nullptr && (family == Family::kRows || family == Family::kOrdered); }

  // True = `value` is the key's value in a snapshot of sequence `at` (kLatest: the newest committed one).
  bool find(Family family, std::string_view key, SequenceNumber at, PinnedValue& value, Ticket& ticket);
  // No commit that has released its locks has written the key with a greater sequence number; kLatest = one is running that may
  // write it.
  SequenceNumber newest_change(Family family, std::string_view key);
  // The value read with the ticket; holds for snapshots from `valid_from` on.
  void fill(const Ticket& ticket, std::string_view key, std::string_view value, SequenceNumber valid_from);

  // Around the engine's write of a key. Between the two nobody else writes the key (its row or unique-key lock is held).
  void begin_commit(Family family, std::string_view key);
  // `value`: what the key is now, worth keeping; `now`: a sequence not before the write's.
  void end_commit(Family family, std::string_view key, std::optional<std::string_view> value, SequenceNumber now);

  // Around the ingestion of runs; `sequence`: of the commit (0 = it failed). May overlap with others.
  void begin_bulk();
  void end_bulk(SequenceNumber sequence);

 private:
  static constexpr int kSlots = 6;
  static constexpr size_t kMaxItem = 512;  // key and value
  struct Item {
    SequenceNumber valid_from;
    uint16_t key_size, value_size;
    Family family;
    char* data() { return reinterpret_cast<char*>(this + 1); }
    std::string_view key() { return {data(), key_size}; }
    std::string_view value() { return {data() + key_size, value_size}; }
  };
  struct alignas(128) Bucket {
    std::atomic_flag busy = ATOMIC_FLAG_INIT;
    uint8_t hand = 0;  // slot to be replaced next
    uint16_t committing = 0;
    uint32_t epoch = 0;  // counts commits
    SequenceNumber newest_commit = 0;
    uint32_t tags[kSlots] = {};
    Item* items[kSlots] = {};
  };
  class Guard;

  static uint64_t hash_of(Family family, std::string_view key);
  Bucket& bucket_of(uint64_t hash) { return buckets_[hash & mask_]; }
  // bulk_running_ and bulk_newest_ read in this order, before the bucket.
  struct Bulk {
    bool runs;
    SequenceNumber newest;
  };
  Bulk bulk() const { return {bulk_running_.load() != 0, bulk_newest_.load()}; }
  static SequenceNumber newest_change(const Bucket& bucket, Bulk bulk) {
    return bulk.runs || bucket.committing != 0 ? kLatest : std::max(bucket.newest_commit, bulk.newest);
  }
  static int slot_of(Bucket& bucket, uint64_t hash, Family family, std::string_view key);  // -1 = not here
  void remove(Bucket& bucket, int slot);
  void put(Bucket& bucket, uint64_t hash, Family family, std::string_view key, std::string_view value,
           SequenceNumber valid_from);

  std::atomic<uint32_t> bulk_running_{0}, bulk_epoch_{0};
  std::atomic<SequenceNumber> bulk_newest_{0};  // values known to hold only from before it may be stale

  size_t mask_ = 0;
  int64_t limit_ = 0;
  std::atomic<int64_t> used_{0};
  void* memory_ = nullptr;
  Bucket* buckets_ = nullptr;  // aligned, in memory_
};

}  // namespace vecino::storage

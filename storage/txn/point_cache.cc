#include "storage/txn/point_cache.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

namespace vecino::storage {

// Holds a bucket's lock, for a few dozen instructions.
class PointCache::Guard {
 public:
  explicit Guard(Bucket& bucket) : bucket_(bucket) {
    for (int spins = 0; bucket_.busy.test_and_set(std::memory_order_acquire); ++spins) {
      if (spins > 64) std::this_thread::yield();
    }
  }
  ~Guard() { bucket_.busy.clear(std::memory_order_release); }
  Guard(const Guard&) = delete;

 private:
  Bucket& bucket_;
};

PointCache::PointCache(size_t bytes) {
  constexpr size_t kTypicalItem = 96;
  size_t count = std::bit_floor(bytes / (sizeof(Bucket) + kSlots * kTypicalItem));
  if (count == 0) return;
  // Zero pages that come into being when touched; an all-zero bucket is an empty one.
  size_t space = (count + 1) * sizeof(Bucket);
  void* place = memory_ = std::calloc(1, space);
  if (memory_ == nullptr) return;
  buckets_ = static_cast<Bucket*>(std::align(alignof(Bucket), count * sizeof(Bucket), place, space));
  mask_ = count - 1;
  limit_ = static_cast<int64_t>(bytes - count * sizeof(Bucket));
}

PointCache::~PointCache() {
  if (buckets_ == nullptr) return;
  for (size_t i = 0; i <= mask_ && used_.load() > 0; ++i) {
    for (int slot = 0; slot < kSlots; ++slot) {
      if (buckets_[i].items[slot] != nullptr) remove(buckets_[i], slot);
    }
  }
  std::free(memory_);
}

uint64_t PointCache::hash_of(Family family, std::string_view key) {
  uint64_t hash = std::hash<std::string_view>()(key) + static_cast<uint64_t>(family) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

int PointCache::slot_of(Bucket& bucket, uint64_t hash, Family family, std::string_view key) {
  const auto tag = static_cast<uint32_t>(hash >> 32);
  for (int slot = 0; slot < kSlots; ++slot) {
    Item* item = bucket.items[slot];
    if (bucket.tags[slot] == tag && item != nullptr && item->family == family && item->key() == key) return slot;
  }
  return -1;
}

void PointCache::remove(Bucket& bucket, int slot) {
  Item* item = bucket.items[slot];
  used_.fetch_sub(static_cast<int64_t>(sizeof(Item) + item->key_size + item->value_size), std::memory_order_relaxed);
  std::free(item);
  bucket.items[slot] = nullptr;
}

void PointCache::put(Bucket& bucket, uint64_t hash, Family family, std::string_view key, std::string_view value,
                     SequenceNumber valid_from) {
  const size_t size = sizeof(Item) + key.size() + value.size();
  if (key.size() + value.size() > kMaxItem) return;
  int slot = slot_of(bucket, hash, family, key);
  if (slot < 0) {
    slot = static_cast<int>(std::find(bucket.items, bucket.items + kSlots, nullptr) - bucket.items);
    if (slot == kSlots || used_.load(std::memory_order_relaxed) + static_cast<int64_t>(size) > limit_) {
      slot = bucket.hand;
      bucket.hand = static_cast<uint8_t>((bucket.hand + 1) % kSlots);
    }
  }
  if (bucket.items[slot] != nullptr) remove(bucket, slot);
  if (used_.load(std::memory_order_relaxed) + static_cast<int64_t>(size) > limit_) return;
  auto* item = static_cast<Item*>(std::malloc(size));
  if (item == nullptr) return;
  item->valid_from = valid_from;
  item->family = family;
  item->key_size = static_cast<uint16_t>(key.size());
  item->value_size = static_cast<uint16_t>(value.size());
  std::memcpy(item->data(), key.data(), key.size());
  std::memcpy(item->data() + key.size(), value.data(), value.size());
  bucket.tags[slot] = static_cast<uint32_t>(hash >> 32);
  bucket.items[slot] = item;
  used_.fetch_add(static_cast<int64_t>(size), std::memory_order_relaxed);
}

bool PointCache::find(Family family, std::string_view key, SequenceNumber at, PinnedValue& value, Ticket& ticket) {
  ticket.hash = hash_of(family, key);
  ticket.family = family;
  ticket.bulk_epoch = bulk_epoch_.load();
  const Bulk bulk = this->bulk();
  Bucket& bucket = bucket_of(ticket.hash);
  Guard guard(bucket);
  int slot = slot_of(bucket, ticket.hash, family, key);
  if (slot >= 0 && bucket.items[slot]->valid_from < bulk.newest) {
    remove(bucket, slot);
    slot = -1;
  }
  if (slot >= 0 && !bulk.runs && bucket.items[slot]->valid_from <= at) {
    value.set_owned(std::string(bucket.items[slot]->value()));
    return true;
  }
  ticket.newest_change = newest_change(bucket, bulk);
  ticket.epoch = bucket.epoch;
  ticket.usable = slot < 0 && ticket.newest_change != kLatest && ticket.newest_change <= at;
  return false;
}

SequenceNumber PointCache::newest_change(Family family, std::string_view key) {
  const Bulk bulk = this->bulk();
  Bucket& bucket = bucket_of(hash_of(family, key));
  Guard guard(bucket);
  return newest_change(bucket, bulk);
}

void PointCache::fill(const Ticket& ticket, std::string_view key, std::string_view value, SequenceNumber valid_from) {
  if (!ticket.usable) return;
  Bucket& bucket = bucket_of(ticket.hash);
  Guard guard(bucket);
  if (bucket.epoch == ticket.epoch && bulk_epoch_.load() == ticket.bulk_epoch) put(bucket, ticket.hash, ticket.family, key, value, valid_from);
}

void PointCache::begin_bulk() {
  bulk_running_.fetch_add(1);
  bulk_epoch_.fetch_add(1);
}

void PointCache::end_bulk(SequenceNumber sequence) {
  SequenceNumber newest = bulk_newest_.load();
  while (newest < sequence && !bulk_newest_.compare_exchange_weak(newest, sequence)) {
  }
  bulk_running_.fetch_sub(1);
}

void PointCache::begin_commit(Family family, std::string_view key) {
  const uint64_t hash = hash_of(family, key);
  Bucket& bucket = bucket_of(hash);
  Guard guard(bucket);
  ++bucket.committing;
  ++bucket.epoch;
  if (int slot = slot_of(bucket, hash, family, key); slot >= 0) remove(bucket, slot);
}

void PointCache::end_commit(Family family, std::string_view key, std::optional<std::string_view> value,
                            SequenceNumber now) {
  const uint64_t hash = hash_of(family, key);
  Bucket& bucket = bucket_of(hash);
  Guard guard(bucket);
  --bucket.committing;
  bucket.newest_commit = std::max(bucket.newest_commit, now);
  if (value) put(bucket, hash, family, key, *value, now);
}

}  // namespace vecino::storage

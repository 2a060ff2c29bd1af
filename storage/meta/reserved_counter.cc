#include "storage/meta/reserved_counter.h"

#include <algorithm>
#include <memory>

#include "storage/util/bytes.h"

namespace vecino::storage {

ReservedCounter::ReservedCounter(KvEngine& engine, std::string key, uint64_t first, uint64_t range)
    : engine_(engine), key_(std::move(key)), max_range_(range), range_(std::min<uint64_t>(range, 512)), next_(first) {}

Result<uint64_t> ReservedCounter::take(uint64_t count, uint64_t multiple) {
  uint64_t number = next_.load(std::memory_order_relaxed);
  auto first_from = [multiple](uint64_t from) { return (from + multiple - 1) / multiple * multiple; };
  while (true) {
    const uint64_t first = first_from(number);
    if (first + count <= reserved_.load(std::memory_order_acquire)) {
      if (next_.compare_exchange_weak(number, first + count, std::memory_order_relaxed)) return first;
      continue;
    }
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(load());
    number = next_.load(std::memory_order_relaxed);
    const uint64_t needed = first_from(number) + count;
    if (needed <= reserved_.load(std::memory_order_relaxed)) continue;
    RETURN_IF_ERROR(store(std::max(number + range_, needed)));
    range_ = std::min(range_ * 8, max_range_);
  }
}

Result<uint64_t> ReservedCounter::upper_bound() {
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(load());
  return next_.load(std::memory_order_relaxed);
}

Status ReservedCounter::load() {
  if (loaded_) return Status::ok();
  PinnedValue value;
  ASSIGN_OR_RETURN(bool found, engine_.get(Family::kMeta, key_, nullptr, value));
  if (found) {
    if (value.view().size() != 8) return Status::error(sqlstate::kDataCorrupted, "counter is damaged");
    // Numbers up to the reservation may have been used before a crash.
    uint64_t stored = load_le<uint64_t>(value.view().data());
    if (stored > next_.load(std::memory_order_relaxed)) next_.store(stored, std::memory_order_relaxed);
    reserved_.store(stored, std::memory_order_release);
  }
  loaded_ = true;
  return Status::ok();
}

Status ReservedCounter::store(uint64_t limit) {
  auto batch = engine_.new_batch();
  char bytes[8];
  store_le(bytes, limit);
  batch->put(Family::kMeta, key_, {bytes, sizeof bytes});
  RETURN_IF_ERROR(engine_.write(*batch, Durability::kNoSync));
  reserved_.store(limit, std::memory_order_release);
  return Status::ok();
}

void ReservedCounter::close() {
  std::lock_guard lock(mutex_);
  uint64_t next = next_.load(std::memory_order_relaxed);
  // Failure leaves a gap in the numbers, no more.
  if (loaded_ && next < reserved_.load(std::memory_order_relaxed)) (void)store(next).is_ok();
}

}  // namespace vecino::storage

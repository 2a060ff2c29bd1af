#include "storage/table/row_id_allocator.h"

#include <mutex>

#include "storage/meta/meta_keys.h"

namespace vecino::storage {

namespace {
constexpr uint64_t kFirstRowId = 1;
constexpr uint64_t kIdsReservedAtOnce = 1 << 16;
// What a transaction does not use of its last block is lost; so it first has to show that it inserts many.
constexpr uint64_t kBlock = 256, kLargeBlock = 4096;
}  // namespace

RowIdAllocator::~RowIdAllocator() {
  for (auto& [storage_id, counter] : counters_) counter->close();
}

ReservedCounter& RowIdAllocator::counter(uint32_t storage_id) {
  {
    std::shared_lock lock(mutex_);
    auto found = counters_.find(storage_id);
    if (found != counters_.end()) return *found->second;
  }
  std::unique_lock lock(mutex_);
  auto& place = counters_[storage_id];
  if (place == nullptr) {
    place = std::make_unique<ReservedCounter>(engine_, meta_keys::row_ids(storage_id), kFirstRowId, kIdsReservedAtOnce);
  }
  return *place;
}

Result<uint64_t> RowIdAllocator::next(uint32_t storage_id, RowIdBlocks& blocks) {
  RowIdBlocks::Block& block = blocks.of(storage_id);
  ++block.taken;
  if (block.next < block.end) return block.next++;
  if (block.taken <= kBlock) return counter(storage_id).next();
  const uint64_t size = block.taken <= kLargeBlock ? kBlock : kLargeBlock;
  ASSIGN_OR_RETURN(block.next, counter(storage_id).take(size));
  block.end = block.next + size;
  return block.next++;
}

void RowIdAllocator::forget(uint32_t storage_id) {
  std::unique_lock lock(mutex_);
  counters_.erase(storage_id);
}

}  // namespace vecino::storage

#include "storage/table/row_id_allocator.h"

#include <mutex>

#include "storage/meta/meta_keys.h"
#include "storage/table/table_keys.h"

namespace vecino::storage {

namespace {
constexpr uint64_t kFirstRowId = 1;
constexpr uint64_t kIdsReservedAtOnce = 1 << 16;
// Of the last block not all may be used; so a transaction first has to show that it inserts many.
constexpr uint64_t kFew = 64, kBlock = table_keys::kRowsPerBlock, kLargeBlock = 16 * kBlock;
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

Result<uint64_t> RowIdAllocator::next(uint32_t storage_id, Transaction& txn) {
  RowIdBlocks::Block& block = txn.row_id_blocks().of(storage_id);
  if (block.next < block.end) {
    ++block.taken;
    return block.next++;
  }
  if (++block.taken == kFew + 1) {
    txn.on_commit([this, storage_id, &blocks = txn.row_id_blocks()] { give_back(blocks.of(storage_id)); });
  }
  if (block.taken <= kFew || block.end % kBlock != 0) {
    ASSIGN_OR_RETURN(uint64_t id, counter(storage_id).next());
    block.next = block.end = id + 1;
    return id;
  }
  const uint64_t size = block.taken <= kLargeBlock ? kBlock : kLargeBlock;
  ASSIGN_OR_RETURN(block.next, counter(storage_id).take(size, kBlock));
  block.end = block.next + size;
  return block.next++;
}

// The number of ids given out is what a table without statistics is taken to have of rows.
void RowIdAllocator::give_back(const RowIdBlocks::Block& block) {
  std::shared_lock lock(mutex_);
  auto found = counters_.find(block.storage_id);
  if (found != counters_.end() && block.next < block.end) found->second->give_back(block.next, block.end);
}

void RowIdAllocator::forget(uint32_t storage_id) {
  std::unique_lock lock(mutex_);
  counters_.erase(storage_id);
}

}  // namespace vecino::storage

#include "storage/row_group/rubbish_collector.h"

#include <utility>

#include "storage/row_group/block_reader.h"
#include "storage/util/log.h"
#include "storage/util/thread_start.h"

namespace vecino::storage::row_group {

RubbishCollector::~RubbishCollector() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RubbishCollector::found(std::string_view group_key) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || found_.size() >= kMaxFound || !found_.emplace(group_key).second) return;
    if (!thread_.joinable()) {
      auto started = start_thread([this] { run(); });
      if (!started.is_ok()) return;  // the next who finds something tries again
      thread_ = std::move(*started);
    }
  }
  changed_.notify_all();
}

void RubbishCollector::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !found_.empty(); });
    if (stopping_) return;
    auto blocks = std::exchange(found_, {});
    for (const std::string& block : blocks) {
      if (stopping_) break;
      lock.unlock();
      Status status = clean(block);
      lock.lock();
      if (status.is_ok()) continue;
      log::warning("could not remove erased rows: " + status.info().message);
      break;  // the rest is found again
    }
  }
}

// What was found may be seen by an old snapshot only; what counts is how things are now.
Status RubbishCollector::clean(const std::string& group_key) {
  BlockReader reader(engine_);
  ASSIGN_OR_RETURN(const BlockReader::Block* block, reader.read(group_key));
  if (block->has_group && block->rows.size() < kRowCount) return Status::ok();
  auto batch = engine_.new_batch();
  if (block->has_group) batch->erase(Family::kRows, group_key);
  for (const BlockReader::Block::Row& row : block->rows) {
    if (row.is_erased) batch->erase(Family::kRows, row.key);
  }
  return batch->empty() ? Status::ok() : engine_.write(*batch, Durability::kNoSync);
}

}  // namespace vecino::storage::row_group

#include "storage/row_group/rubbish_collector.h"

#include <utility>

#include "storage/row_group/group_writer.h"
#include "storage/util/log.h"

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
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  changed_.notify_all();
}

void RubbishCollector::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return found_.empty() && !working_; });
}

void RubbishCollector::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !found_.empty(); });
    if (stopping_) return;
    auto blocks = std::exchange(found_, {});
    working_ = true;
    for (const std::string& block : blocks) {
      if (stopping_) break;
      lock.unlock();
      Status status = clean(block);
      lock.lock();
      if (status.is_ok()) continue;
      log::warning("could not remove erased rows: " + status.info().message);
      break;  // the rest is found again
    }
    working_ = false;
    changed_.notify_all();
  }
}

// What was found may be seen by an old snapshot only; what counts is how things are now.
Status RubbishCollector::clean(const std::string& group_key) {
  bool has_group = false;
  size_t rows = 0;
  std::vector<std::string> erased;
  auto entries = engine_.iterator(Family::kRows, nullptr, {group_key, {}});
  for (entries->seek_to_first(); entries->valid() && entries->key().starts_with(group_key); entries->next()) {
    if (is_group_key(entries->key())) {
      has_group = true;
      continue;
    }
    ++rows;
    if (entries->value().empty()) erased.emplace_back(entries->key());
  }
  if (!entries->valid()) RETURN_IF_ERROR(entries->status());
  if (has_group && rows < kRowCount) return Status::ok();
  auto batch = engine_.new_batch();
  if (has_group) batch->erase(Family::kRows, group_key);
  for (const std::string& row : erased) batch->erase(Family::kRows, row);
  return batch->empty() ? Status::ok() : engine_.write(*batch, Durability::kNoSync);
}

}  // namespace vecino::storage::row_group

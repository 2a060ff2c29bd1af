#include "storage/rocksdb/load_hold.h"
#include "storage/util/thread_start.h"

#include <algorithm>
#include <utility>

namespace vecino::storage {

LoadHold::~LoadHold() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (snapshot_ != nullptr) db_->ReleaseSnapshot(snapshot_);
}

void LoadHold::prolong() {
  std::lock_guard lock(mutex_);
  last_use_ = Clock::now();
}

void LoadHold::begin() {
  std::lock_guard lock(mutex_);
  last_use_ = Clock::now();
  if (snapshot_ != nullptr) return;
  if (!thread_.joinable()) {
    auto started = start_thread([this] { run(); });
    if (!started.is_ok()) return;  // nobody would let go of it
    thread_ = std::move(*started);
  }
  snapshot_ = db_->GetSnapshot();
  since_ = last_use_;
  changed_.notify_all();
}

// Wakes when the hold may be over by what it knew when it fell asleep: prolong() need not wake it.
void LoadHold::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (snapshot_ == nullptr) {
      changed_.wait(lock);
      continue;
    }
    const Clock::time_point end = std::min(last_use_ + quiet_, since_ + kLongest);
    if (Clock::now() < end) {
      changed_.wait_until(lock, end);
      continue;
    }
    const rocksdb::Snapshot* done = std::exchange(snapshot_, nullptr);
    lock.unlock();
    db_->ReleaseSnapshot(done);
    lock.lock();
  }
}

}  // namespace vecino::storage

#include "storage/rocksdb/space_reclaimer.h"

#include <rocksdb/options.h>

#include <pthread.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/rocksdb/status_map.h"
#include "storage/util/bytes.h"
#include "storage/util/log.h"
#include "storage/util/thread_start.h"

namespace vecino::storage {
namespace {

constexpr size_t kPrefix = sizeof(uint32_t);
constexpr uint64_t kFewest = 128;  // entries; what fewer hold is not worth a file
// Compaction writes again what is left: an entry erased pays for so many that stay.
constexpr uint64_t kLeftPerErased = 4;

}  // namespace

SpaceReclaimer::~SpaceReclaimer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status SpaceReclaimer::start() {
  ASSIGN_OR_RETURN(thread_, start_thread([this] { run(); }));
  return Status::ok();
}

void SpaceReclaimer::note_erased(Family family, std::string_view key, uint64_t count, SequenceNumber sequence) {
  if (key.size() < kPrefix) return;
  const auto now = Clock::now();
  std::lock_guard lock(mutex_);
  Area& area = areas_[{family, std::string(key.substr(0, kPrefix))}];
  if (area.erased == 0) area.first = now;
  area.erased += count;
  area.newest = std::max(area.newest, sequence);
  area.last = now;
  area.is_new = true;
}

bool SpaceReclaimer::is_due(const Area& area, Clock::time_point now) const {
  if (!area.is_new || area.erased < kFewest) return false;
  if (now - area.last < options_.quiet && now - area.first < options_.longest) return false;
  return engine_.oldest_snapshot() >= area.newest;
}

void SpaceReclaimer::run() {
  pthread_setname_np(pthread_self(), "reclaim");
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, options_.tick, [this] { return stopping_.load(); })) {
    const auto now = Clock::now();
    std::vector<std::pair<Key, Area>> due;
    for (auto& [key, area] : areas_) {
      if (!is_due(area, now)) continue;
      area.is_new = false;
      due.emplace_back(key, area);
    }
    lock.unlock();
    for (const auto& [key, area] : due) {
      if (stopping_ || !reclaim(key, area)) continue;
      std::lock_guard again(mutex_);
      Area& left = areas_[key];
      left.erased -= std::min(left.erased, area.erased);
      left.first = now;
      if (left.erased == 0) areas_.erase(key);
    }
    if (!stopping_) release_log(now);
    lock.lock();
  }
}

// False: too little of it was erased yet.
bool SpaceReclaimer::reclaim(const Key& key, const Area& area) {
  rocksdb::ColumnFamilyHandle* family = engine_.handle(key.first);
  const std::string upper = prefix_successor(key.second);
  const rocksdb::Range range(key.second, upper);
  rocksdb::TablePropertiesCollection files;
  if (!engine_.db->GetPropertiesOfTablesInRange(family, &range, 1, &files).ok()) return false;
  uint64_t entries = 0;
  for (const auto& [name, properties] : files) entries += properties->num_entries;
  if (entries > area.erased * (kLeftPerErased + 1)) return false;
  rocksdb::Status status = engine_.db->Flush(rocksdb::FlushOptions(), family);
  if (status.ok()) {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.canceled = &stopping_;
    // What a snapshot kept may have come to the last level in the meantime.
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    const rocksdb::Slice begin(key.second), end(upper);
    status = engine_.db->CompactRange(options, family, &begin, &end);
  }
  if (!status.ok() && !stopping_) log::warning("could not reclaim space: " + status.ToString());
  return status.ok();
}

void SpaceReclaimer::release_log(Clock::time_point now) {
  const uint64_t logged = engine_.logged();
  if (logged != std::exchange(logged_, logged)) {
    last_write_ = now;
    return;
  }
  if (logged - flushed_ < options_.long_log || now - last_write_ < options_.idle) return;
  engine_.flush();
  flushed_ = logged;
}

}  // namespace vecino::storage

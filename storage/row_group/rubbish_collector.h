#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include "storage/api/kv_engine.h"
#include "storage/row_group/group_iterator.h"

namespace vecino::storage::row_group {

// Removes groups of which no row is left, and erased rows without a group, that scans came across. A group without rows
// never gets one again (row ids are used once, and GroupWriter makes no group where rows are written one by one), so this
// needs no locks: readers keep their snapshots. Thread-safe.
class RubbishCollector final : public RubbishSink {
 public:
  // REQUIRES: `engine` (of the entries as they are) outlives it.
  explicit RubbishCollector(KvEngine& engine) : engine_(engine) {}
  ~RubbishCollector() override;
  void found(std::string_view group_key) override;

 private:
  static constexpr size_t kMaxFound = 4096;  // the rest is found again
  void run();
  Status clean(const std::string& group_key);

  KvEngine& engine_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<std::string> found_;
  bool stopping_ = false;
  std::thread thread_;  // made by the first find
};

}  // namespace vecino::storage::row_group

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "storage/util/datum.h"

namespace vecino::sql {

// One running COPY (manual 28.4.3). Its session counts, anybody reads.
struct RunningCopy {
  int32_t pid = 0;
  Oid database = kInvalidOid, role = kInvalidOid;
  Oid relation = kInvalidOid;  // invalid = a query
  bool is_from = false, is_file = false;
  int64_t bytes_total = 0;  // of a file that is read; 0 = not known
  std::atomic<int64_t> bytes_processed{0}, tuples_processed{0}, tuples_excluded{0};
};

// Behind pg_stat_progress_copy. Thread-safe; outlives what it hands out.
class RunningCopies {
 public:
  struct Remover {
    RunningCopies* list;
    void operator()(RunningCopy* copy) const { list->remove(copy); }
  };
  // Listed as long as it is held.
  using Entry = std::unique_ptr<RunningCopy, Remover>;

  Entry add(int32_t pid, Oid database, Oid role) {
    auto copy = std::make_unique<RunningCopy>();
    copy->pid = pid;
    copy->database = database;
    copy->role = role;
    return Entry(copy.release(), Remover{this});
  }
  // To be called when the description is complete.
  void publish(RunningCopy& copy) {
    std::lock_guard lock(mutex_);
    copies_.push_back(&copy);
  }
  // `visit` must not come back here.
  void for_each(const std::function<void(const RunningCopy&)>& visit) const {
    std::lock_guard lock(mutex_);
    for (const RunningCopy* copy : copies_) visit(*copy);
  }

 private:
  void remove(RunningCopy* copy) {
    {
      std::lock_guard lock(mutex_);
      copies_.remove(copy);
    }
    delete copy;
  }
  mutable std::mutex mutex_;
  std::list<RunningCopy*> copies_;
};

}  // namespace vecino::sql

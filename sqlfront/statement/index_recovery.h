#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "sqlfront/statement/instance.h"

namespace vecino::sql {

// At start: opens every HNSW and IVFFlat index, so that they load while the first clients connect, drops what unfinished builds
// left behind, and builds damaged indexes again from the rows. Queries answer exactly meanwhile.
class IndexRecovery {
 public:
  explicit IndexRecovery(Instance& instance);  // starts the loads
  ~IndexRecovery();                            // cancels
  IndexRecovery(const IndexRecovery&) = delete;
  // "loading vector indexes: 2 of 5 are done", empty when all are. Thread-safe.
  std::string progress() const;

 private:
  struct Opened {
    std::shared_ptr<index::Index> index;
    std::string database, schema, name;
    bool unfinished;  // a concurrent build that did not come to its end
  };
  void open_all();
  void rebuild_damaged();
  void rebuild(const Opened& opened);
  void drop_unfinished();
  // Empty = done; else the error's message.
  std::string run(const Opened& opened, std::string_view command);

  void log_progress(std::chrono::steady_clock::time_point& next) const;

  std::atomic<size_t> total_{0}, done_{0};
  Instance& instance_;
  std::vector<Opened> opened_;
  CancelState cancel_;
  std::thread thread_;
};

}  // namespace vecino::sql

#include "storage/txn/sorted_load.h"

#include <utility>

#include "storage/txn/run_builder.h"
#include "storage/txn/transaction.h"
#include "storage/util/bytes.h"
#include "storage/util/failpoint.h"
#include "storage/util/thread_pool.h"
#include "storage/util/thread_start.h"

namespace vecino::storage {
namespace {

template <typename Function>
Status for_each_entry(std::string_view chunk, Function function) {
  while (!chunk.empty()) {
    const uint32_t key = load_le<uint32_t>(chunk.data()), value = load_le<uint32_t>(chunk.data() + 4);
    RETURN_IF_ERROR(function(chunk.substr(8, key), chunk.substr(8 + key, value)));
    chunk.remove_prefix(size_t{8} + key + value);
  }
  return Status::ok();
}

Result<SpilledRuns> build_run(KvBulkEngine& engine, Family family, WriteSet::Command command, std::string_view chunk) {
  RETURN_IF_ERROR(failpoint::check("bulk_spill"));
  SpilledRuns runs;
  RunBuilder builder(engine, family, command, command, runs);
  RETURN_IF_ERROR(for_each_entry(
      chunk, [&](std::string_view key, std::string_view value) { return builder.put(key, value); }));
  RETURN_IF_ERROR(builder.finish());
  return runs;
}

}  // namespace

SortedLoad::~SortedLoad() {
  for (auto& run : building_) run.wait();
}

Status SortedLoad::put(std::string_view key, std::string_view value) {
  append_le(chunk_, static_cast<uint32_t>(key.size()));
  append_le(chunk_, static_cast<uint32_t>(value.size()));
  chunk_ += key;
  chunk_ += value;
  return chunk_.size() < kChunkBytes ? Status::ok() : start_run();
}

Status SortedLoad::start_run() {
  if (building_.size() == kThreads) RETURN_IF_ERROR(await_run());
  building_.push_back(run_aside([this, chunk = std::move(chunk_)] {
    return build_run(engine_, family_, command_, chunk);
  }));
  chunk_.clear();
  chunk_.reserve(kChunkBytes + kChunkBytes / 8);
  return Status::ok();
}

Status SortedLoad::await_run() {
  ThreadPool::BlockingScope waits;
  auto built = std::move(building_.front());
  building_.pop_front();
  ASSIGN_OR_RETURN(SpilledRuns runs, built.get());
  runs_.insert(runs_.end(), runs.begin(), runs.end());
  return Status::ok();
}

Status SortedLoad::finish() {
  if (building_.empty() && runs_.empty() && chunk_.size() < kFewBytes) {
    return for_each_entry(chunk_, [&](std::string_view key, std::string_view value) {
      return txn_.put(family_, key, value);
    });
  }
  if (!chunk_.empty()) RETURN_IF_ERROR(start_run());
  while (!building_.empty()) RETURN_IF_ERROR(await_run());
  return txn_.adopt(family_, runs_);
}

}  // namespace vecino::storage

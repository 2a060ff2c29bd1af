#include "storage/txn/sorted_load.h"

#include <utility>
#include <vector>

#include "storage/txn/transaction.h"
#include "storage/util/bytes.h"
#include "storage/util/failpoint.h"
#include "storage/util/thread_pool.h"

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

Result<std::shared_ptr<SpilledRun>> build_run(KvBulkEngine& engine, Family family, std::string_view chunk) {
  RETURN_IF_ERROR(failpoint::check("bulk_spill"));
  auto run = std::make_shared<SpilledRun>();
  ASSIGN_OR_RETURN(auto writer, engine.new_run(family));
  std::vector<uint64_t> hashes;
  std::string_view first, last;
  RETURN_IF_ERROR(for_each_entry(chunk, [&](std::string_view key, std::string_view value) {
    if (hashes.empty()) first = key;
    last = key;
    hashes.push_back(KeyFilter::hash_of(key));
    return writer->put(key, value);
  }));
  run->smallest = first;
  run->largest = last;
  run->filter = KeyFilter(hashes);
  ASSIGN_OR_RETURN(run->puts, writer->finish());
  return run;
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
  building_.push_back(std::async(std::launch::async, [&engine = engine_, family = family_, chunk = std::move(chunk_)] {
    return build_run(engine, family, chunk);
  }));
  chunk_.clear();
  chunk_.reserve(kChunkBytes + kChunkBytes / 8);
  return Status::ok();
}

Status SortedLoad::await_run() {
  ThreadPool::BlockingScope waits;
  auto built = std::move(building_.front());
  building_.pop_front();
  ASSIGN_OR_RETURN(auto run, built.get());
  runs_.push_back(std::move(run));
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
  return txn_.adopt(family_, std::move(runs_));
}

}  // namespace vecino::storage

#include "index/vector/parallel_build.h"
#include "storage/util/thread_start.h"

#include <algorithm>

#include "index/vector/in_parallel.h"

namespace vecino::index {
namespace {

constexpr size_t kBlockRows = 256;
constexpr size_t kMostWaiting = 16;

}  // namespace

Result<bool> BlockReader::next(BuildBlock& block) {
  block.first = rows_;
  block.rows.clear();
  RowId rows[kBlockRows];
  Datum keys[kBlockRows];
  Datum* columns[] = {keys};
  arena_.reset();
  ASSIGN_OR_RETURN(size_t count, source_.next(kBlockRows, rows, columns, arena_));
  if (count == 0) return false;
  const size_t dimensions = static_cast<size_t>(definition_.dimensions);
  block.vectors = memory_.allocate(count * dimensions);
  if (block.vectors == nullptr) {
    return Status::error(sqlstate::kOutOfMemory, "out of memory", "An index build could not read on.");
  }
  float* at = block.vectors.get();
  for (size_t i = 0; i < count; ++i) {
    if (keys[i].is_null) continue;
    RETURN_IF_ERROR(check_dimensions(definition_, keys[i]));
    std::memcpy(at, keys[i].ptr, dimensions * sizeof(float));
    if (!is_indexable(definition_.metric, at, dimensions)) continue;
    block.rows.push_back(rows[i]);
    at += dimensions;
  }
  rows_ += block.rows.size();
  return true;
}

int build_helpers(const BuildContext& context) {
  int others = static_cast<int>(std::max(1u, std::thread::hardware_concurrency())) - 1;
  return std::clamp(context.workers, 0, others);
}

Status consume_blocks(BlockReader& reader, std::vector<BuildBlock> first, int helpers, const CancelState* cancel,
                      const std::function<Status(const BuildBlock&)>& consume) {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<BuildBlock> waiting;
  bool done = false;
  Status error;
  for (BuildBlock& block : first) waiting.push_back(std::move(block));
  auto fail = [&](Status status) {
    std::lock_guard lock(mutex);
    if (error.is_ok()) error = std::move(status);
    done = true;
    changed.notify_all();
  };
  auto handle = [&](const BuildBlock& block) {
    Status status = cancel != nullptr ? cancel->check() : Status::ok();
    if (status.is_ok()) status = without_bad_alloc([&] { return consume(block); });
    if (!status.is_ok()) fail(std::move(status));
  };
  auto take = [&](BuildBlock& block, bool wait) {
    std::unique_lock lock(mutex);
    if (wait) changed.wait(lock, [&] { return done || !waiting.empty(); });
    if (waiting.empty() || !error.is_ok()) return false;
    block = std::move(waiting.front());
    waiting.pop_front();
    return true;
  };
  HelperThreads threads;
  auto help = [&] {
    BuildBlock block;
    while (take(block, true)) handle(block);
  };
  while (threads.size() < static_cast<size_t>(std::max(helpers, 0)) && threads.start(help)) {
  }
  // The caller reads ahead a little and otherwise works like the others.
  BuildBlock own;
  while (true) {
    size_t queued;
    {
      std::lock_guard lock(mutex);
      if (!error.is_ok()) break;
      queued = waiting.size();
    }
    if (queued >= kMostWaiting || (threads.size() == 0 && queued > 0)) {
      if (take(own, false)) handle(own);
      continue;
    }
    BuildBlock block;
    auto more = reader.next(block);
    if (!more.is_ok()) {
      fail(more.status());
      break;
    }
    if (!*more) break;
    std::lock_guard lock(mutex);
    waiting.push_back(std::move(block));
    changed.notify_one();
  }
  {
    std::lock_guard lock(mutex);
    done = true;
    changed.notify_all();
  }
  while (take(own, false)) handle(own);
  threads.join();
  return error;
}

}  // namespace vecino::index

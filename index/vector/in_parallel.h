#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "storage/util/status.h"
#include "storage/util/thread_start.h"

namespace vecino::index {

// Threads that share `count` pieces of work on an image.
inline size_t image_threads(size_t count) {
  return std::min<size_t>(std::min(8u, std::max(1u, std::thread::hardware_concurrency())), count);
}

// Nice level of threads whose work nobody waits for.
inline constexpr int kBackground = 5;

// Runs work(i) for i < count on a few threads; the first error stops all. `nice`: of all but the calling one.
template <typename Work>
Status in_parallel(size_t count, Work&& work, int nice = 0) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status error;
  auto run = [&] {
    for (size_t i; (i = next.fetch_add(1)) < count;) {
      Status status = without_bad_alloc([&] { return work(i); });
      if (status.is_ok()) continue;
      std::lock_guard lock(mutex);
      if (error.is_ok()) error = std::move(status);
      next = count;
    }
  };
  HelperThreads threads;
  auto help = [&] {
    if (nice != 0) (void)setpriority(PRIO_PROCESS, 0, nice);  // Linux: of this thread
    run();
  };
  for (size_t i = 1; i < image_threads(count) && threads.start(help); ++i) {
  }
  run();
  threads.join();
  return error;
}

}  // namespace vecino::index

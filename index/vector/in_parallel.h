#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "storage/util/status.h"

namespace vecino::index {

// Threads that share `count` pieces of work on an image.
inline size_t image_threads(size_t count) {
  return std::min<size_t>(std::min(8u, std::max(1u, std::thread::hardware_concurrency())), count);
}

// Nice level of threads whose work nobody waits for.
inline constexpr int kBackground = 5;

// False: the system gives no further thread, and whoever is there does the work.
template <typename Body>
bool start_thread(std::vector<std::thread>& threads, Body&& body) {
  try {
    threads.emplace_back(std::forward<Body>(body));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// Runs work(i) for i < count on a few threads; the first error stops all. `nice`: of all but the calling one.
template <typename Work>
Status in_parallel(size_t count, Work&& work, int nice = 0) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status error;
  auto run = [&] {
    for (size_t i; (i = next.fetch_add(1)) < count;) {
      Status status = work(i);
      if (status.is_ok()) continue;
      std::lock_guard lock(mutex);
      if (error.is_ok()) error = std::move(status);
      next = count;
    }
  };
  std::vector<std::thread> threads;
  auto run_beside = [&] {
    if (nice != 0) (void)setpriority(PRIO_PROCESS, 0, nice);  // Linux: of this thread
    run();
  };
  for (size_t i = 1; i < image_threads(count) && start_thread(threads, run_beside); ++i) {
  }
  run();
  for (auto& thread : threads) thread.join();
  return error;
}

}  // namespace vecino::index

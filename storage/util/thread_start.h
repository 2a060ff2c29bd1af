#pragma once

#include <future>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "storage/util/failpoint.h"
#include "storage/util/status.h"

namespace vecino {

// 53000 `could not start thread: <why>`.
Status no_thread(int error);

// work(), or 53200 where it ran out of memory. For threads that nobody's try block is around.
template <typename Work>
Status without_bad_alloc(Work&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Status::error(sqlstate::kOutOfMemory, "out of memory");
  }
}

// A thread that runs `function`, or 53000 when the system gives none: std::thread would throw, and end the process where nobody
// catches.
template <typename Function>
Result<std::thread> start_thread(Function&& function) {
  if (failpoint::hit("thread_start") != failpoint::Outcome::kPass) return no_thread(0);
  try {
    return std::thread(std::forward<Function>(function));
  } catch (const std::system_error& error) {
    return no_thread(error.code().value());
  }
}

// Runs `function` on a thread of its own; when there is none, whoever waits for the result runs it.
template <typename Function>
auto run_aside(Function&& function) {
  auto shared = std::make_shared<std::decay_t<Function>>(std::forward<Function>(function));
  auto call = [shared] { return (*shared)(); };
  if (failpoint::hit("thread_start") == failpoint::Outcome::kPass) {
    try {
      return std::async(std::launch::async, call);
    } catch (const std::system_error&) {
    }
  }
  return std::async(std::launch::deferred, call);
}

// Threads that share the work of the one that makes them: as many as can be started, which may be none. Joins them at the end.
class HelperThreads {
 public:
  HelperThreads() = default;
  HelperThreads(const HelperThreads&) = delete;
  ~HelperThreads() { join(); }
  // False: the others have to do.
  template <typename Function>
  bool start(Function&& function) {
    auto thread = start_thread(std::forward<Function>(function));
    if (!thread.is_ok()) return false;
    threads_.push_back(std::move(*thread));
    return true;
  }
  size_t size() const { return threads_.size(); }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace vecino

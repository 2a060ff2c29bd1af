#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace vecino {

// Runs tasks on about `threads` running threads. A task that waits (lock, disk) says so with a BlockingScope; while it
// waits, a substitute thread may run another task, up to `max_threads`. Tasks of the reserved lane (COMMIT, ROLLBACK:
// they release what others wait for) pass all others and never queue behind them: they get a thread beyond both limits.
// Tasks that compute for long do not hold up the others: when none was begun for a moment although some wait, one more
// thread runs beside them, up to `max_threads`.
// Thread-safe. Threads start on demand and end after some idle time. The destructor runs what is queued, then joins.
class ThreadPool {
 public:
  enum class Lane { kNormal, kReserved };
  struct Options {
    size_t threads = 1;
    size_t max_threads = 256;
    std::string name = "worker";  // shown by top -H; at most 15 characters
    int nice = 0;                 // added to the process's niceness (maintenance work)
  };
  explicit ThreadPool(Options options);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;

  // Allocates nothing in the steady state. Must not throw out of the task.
  using TaskFunction = void (*)(void* argument);
  void submit(TaskFunction function, void* argument, Lane lane = Lane::kNormal);
  void submit(std::function<void()> task, Lane lane = Lane::kNormal);

  // Around a wait, on any thread: no effect outside pools. Nesting is allowed.
  static void enter_blocking();
  static void leave_blocking();
  class BlockingScope {
   public:
    BlockingScope() { enter_blocking(); }
    ~BlockingScope() { leave_blocking(); }
    BlockingScope(const BlockingScope&) = delete;
  };

  struct Counts {
    size_t threads, running, blocked, queued;
  };
  Counts counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vecino

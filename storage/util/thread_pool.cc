#include "storage/util/thread_pool.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/util/thread_start.h"

namespace vecino {
namespace {

constexpr auto kIdleLife = std::chrono::seconds(10);
constexpr size_t kReservedThreads = 16;  // beyond max_threads, for the reserved lane only
// Many times what a short statement takes; hardly noticed by somebody who waits to log in.
constexpr auto kPatience = std::chrono::milliseconds(20);

using Clock = std::chrono::steady_clock;

struct Task {
  ThreadPool::TaskFunction function;
  void* argument;
};

void run_function(void* argument) {
  std::unique_ptr<std::function<void()>> task(static_cast<std::function<void()>*>(argument));
  (*task)();
}

}  // namespace

struct ThreadPool::Impl {
  explicit Impl(Options o) : options(std::move(o)) {}

  Options options;
  mutable std::mutex mutex;
  std::condition_variable work, ended, watch;
  std::deque<Task> normal, reserved;
  size_t threads = 0;  // alive
  size_t idle = 0;     // waiting for work
  size_t running = 0;  // in a normal task and not blocked
  size_t blocked = 0;
  bool stopping = false;
  // Tasks that run for longer than kPatience, as far as others have been given a thread beside them.
  size_t extra = 0;
  Clock::time_point last_begin;  // of a normal task
  bool watching = false;         // the watcher looks at the queue
  bool starved = false;          // a thread was needed and could not be started
  std::thread watcher;           // from the beginning: it must not be missing when nothing else can be started
  std::list<std::thread> handles;
  std::vector<std::thread> finished;  // to be joined

  bool has_room() const { return running < options.threads + extra; }
  bool may_take() const { return !reserved.empty() || (!normal.empty() && has_room()); }

  // Called where a task may have to wait for others to end. REQUIRES: mutex held.
  void watch_queue() {
    if (watching || normal.empty() || has_room() || stopping) return;
    wake_watcher();
  }
  void watch_loop();

  // Makes sure that somebody takes what may be taken. True: the caller wakes an idle thread, best after it has let go of
  // the mutex, or the thread wakes only to wait for that. REQUIRES: mutex held.
  [[nodiscard]] bool provide_thread() {
    if (!may_take()) return false;
    if (idle > 0) return true;
    size_t cap = options.max_threads + (reserved.empty() ? 0 : kReservedThreads);
    if (threads >= cap) return false;
    for (std::thread& thread : finished) thread.join();  // has left the mutex for the last time or is about to
    finished.clear();
    (void)start_worker();
    return false;
  }
  // False: the system has no thread to give. What waits is taken by those that are there, or the watcher tries again.
  bool start_worker() {
    auto handle = handles.emplace(handles.end());
    ++threads;
    auto started = start_thread([this, handle] { work_loop(handle); });
    starved = !started.is_ok();
    if (starved) {
      --threads;
      handles.erase(handle);
      wake_watcher();
      return false;
    }
    *handle = std::move(*started);
    return true;
  }
  void wake_watcher() {
    watching = true;
    watch.notify_one();
  }

  void work_loop(std::list<std::thread>::iterator handle);
};

static thread_local struct WorkerState {
  void* pool = nullptr;
  bool counts_as_running = false;
  int blocking_depth = 0;
} current_worker;

void ThreadPool::Impl::work_loop(std::list<std::thread>::iterator handle) {
  pthread_setname_np(pthread_self(), options.name.substr(0, 15).c_str());
  if (options.nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), options.nice);
  current_worker.pool = this;
  std::unique_lock lock(mutex);
  while (true) {
    if (!may_take()) {
      auto drained = [this] { return stopping && normal.empty() && reserved.empty(); };
      if (drained()) break;
      ++idle;
      bool signalled = work.wait_for(lock, kIdleLife, [&] { return may_take() || drained(); });
      --idle;
      if (!signalled && threads > options.threads) break;
      continue;
    }
    bool is_reserved = !reserved.empty();
    std::deque<Task>& queue = is_reserved ? reserved : normal;
    Task task = queue.front();
    queue.pop_front();
    const Clock::time_point begin = Clock::now();
    if (!is_reserved) {
      ++running;
      last_begin = begin;
    }
    current_worker.counts_as_running = !is_reserved;
    bool wake = provide_thread();
    watch_queue();
    lock.unlock();
    if (wake) work.notify_one();
    task.function(task.argument);
    const bool was_long = Clock::now() - begin >= kPatience;
    lock.lock();
    if (!is_reserved) {
      --running;
      if (was_long && extra > 0) --extra;
    }
  }
  --threads;
  finished.push_back(std::move(*handle));
  handles.erase(handle);
  work.notify_all();  // others may see the drained queues
  ended.notify_all();
}

// A queue that moves, however long, needs no more threads than there are processors. One that stands does.
void ThreadPool::Impl::watch_loop() {
  pthread_setname_np(pthread_self(), (options.name.substr(0, 9) + "-watch").c_str());
  std::unique_lock lock(mutex);
  while (!stopping) {
    if (!watching) {
      watch.wait(lock, [this] { return watching || stopping; });
      continue;
    }
    watch.wait_for(lock, kPatience, [this] { return stopping; });
    if (std::exchange(starved, false) && provide_thread()) work.notify_one();
    if (normal.empty() && !starved) {
      watching = false;
      continue;
    }
    const bool stands = !has_room() && Clock::now() - last_begin >= kPatience;
    if (!stands || running + blocked >= options.max_threads) continue;
    ++extra;
    if (provide_thread()) work.notify_one();
  }
}

ThreadPool::ThreadPool(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {
  if (impl_->options.threads == 0) impl_->options.threads = 1;
  if (impl_->options.max_threads < impl_->options.threads) impl_->options.max_threads = impl_->options.threads;
  impl_->watcher = std::thread([impl = impl_.get()] { impl->watch_loop(); });
}

ThreadPool::~ThreadPool() {
  std::unique_lock lock(impl_->mutex);
  impl_->stopping = true;
  (void)impl_->provide_thread();
  impl_->work.notify_all();
  impl_->watch.notify_all();
  impl_->ended.wait(lock, [this] { return impl_->threads == 0; });
  std::vector<std::thread> finished = std::move(impl_->finished);
  lock.unlock();
  for (auto* queue : {&impl_->reserved, &impl_->normal}) {  // of a pool that found no thread
    for (const Task& task : *queue) task.function(task.argument);
  }
  if (impl_->watcher.joinable()) impl_->watcher.join();
  for (std::thread& thread : finished) thread.join();
}

void ThreadPool::submit(TaskFunction function, void* argument, Lane lane) {
  bool wake;
  {
    std::lock_guard lock(impl_->mutex);
    (lane == Lane::kReserved ? impl_->reserved : impl_->normal).push_back({function, argument});
    wake = impl_->provide_thread();
    impl_->watch_queue();
  }
  if (wake) impl_->work.notify_one();
}

void ThreadPool::submit(std::function<void()> task, Lane lane) {
  auto owned = std::make_unique<std::function<void()>>(std::move(task));
  submit(&run_function, owned.release(), lane);
}

void ThreadPool::enter_blocking() {
  auto* pool = static_cast<Impl*>(current_worker.pool);
  if (pool == nullptr || ++current_worker.blocking_depth > 1) return;
  bool wake;
  {
    std::lock_guard lock(pool->mutex);
    ++pool->blocked;
    if (current_worker.counts_as_running) --pool->running;
    wake = pool->provide_thread();
  }
  if (wake) pool->work.notify_one();
}

void ThreadPool::leave_blocking() {
  auto* pool = static_cast<Impl*>(current_worker.pool);
  if (pool == nullptr || --current_worker.blocking_depth > 0) return;
  std::lock_guard lock(pool->mutex);
  --pool->blocked;
  // May pass the limit for a moment; no new task starts until it is below again.
  if (current_worker.counts_as_running) ++pool->running;
  pool->watch_queue();
}

ThreadPool::Counts ThreadPool::counts() const {
  std::lock_guard lock(impl_->mutex);
  return {impl_->threads, impl_->running, impl_->blocked, impl_->normal.size() + impl_->reserved.size()};
}

}  // namespace vecino

#include "storage/util/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/unit/catch.h"

using vecino::ThreadPool;

namespace {

struct Event {
  std::mutex mutex;
  std::condition_variable changed;
  bool set = false;
  void signal() {
    std::lock_guard lock(mutex);
    set = true;
    changed.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10), [this] { return set; });
  }
};

}  // namespace

TEST_CASE("thread pool runs everything before it ends") {
  std::atomic<int> done{0};
  {
    ThreadPool pool({.threads = 3});
    for (int i = 0; i < 2000; ++i) pool.submit([&] { ++done; });
  }
  CHECK(done == 2000);
}

TEST_CASE("a blocked task makes room for another") {
  Event second;
  std::atomic<bool> ran{false};
  ThreadPool pool({.threads = 1, .max_threads = 2});
  pool.submit([&] {
    ThreadPool::BlockingScope blocking;
    ran = second.wait();
  });
  pool.submit([&] { second.signal(); });
  while (pool.counts().threads > 0 && !ran) std::this_thread::yield();
  CHECK(ran);
}

TEST_CASE("the reserved lane passes a full pool of waiters") {
  Event commit;
  std::atomic<int> released{0};
  {
    ThreadPool pool({.threads = 1, .max_threads = 2});
    for (int i = 0; i < 3; ++i) {
      pool.submit([&] {
        ThreadPool::BlockingScope blocking;
        if (commit.wait()) ++released;
      });
    }
    pool.submit([&] { commit.signal(); }, ThreadPool::Lane::kReserved);
  }
  CHECK(released == 3);
}

TEST_CASE("tasks that compute for long hold up nobody") {
  std::atomic<bool> enough{false};
  std::atomic<int> computing{0};
  Event other;
  ThreadPool pool({.threads = 2, .max_threads = 5});
  for (int i = 0; i < 4; ++i) {
    pool.submit([&] {
      ++computing;
      while (!enough) std::this_thread::yield();
    });
  }
  pool.submit([&] { other.signal(); });
  CHECK(other.wait());
  CHECK(computing == 4);
  CHECK(pool.counts().running <= 5);
  enough = true;
}

TEST_CASE("max_threads holds whatever the tasks do") {
  std::atomic<bool> enough{false};
  ThreadPool pool({.threads = 1, .max_threads = 3});
  for (int i = 0; i < 8; ++i) {
    pool.submit([&] {
      while (!enough) std::this_thread::yield();
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(pool.counts().running == 3);
  CHECK(pool.counts().queued == 5);
  enough = true;
}

TEST_CASE("a long queue of short tasks gets no more threads") {
  std::atomic<int> done{0};
  size_t most = 0;
  {
    ThreadPool pool({.threads = 2, .max_threads = 50});
    for (int i = 0; i < 20000; ++i) pool.submit([&] { ++done; });
    while (done < 20000) {
      most = std::max(most, pool.counts().running);
      std::this_thread::yield();
    }
  }
  CHECK(done == 20000);
  CHECK(most <= 3);  // one more where a busy machine let a thread wait
}

#include "storage/util/thread_start.h"

#include <atomic>
#include <chrono>

#include "storage/util/temp_file.h"
#include "storage/util/thread_pool.h"
#include "tests/unit/catch.h"

namespace vecino {
namespace {

struct Failing {
  explicit Failing(const char* action) { REQUIRE(failpoint::set("thread_start", action).is_ok()); }
  ~Failing() { failpoint::clear(); }
};

}  // namespace

TEST_CASE("a thread that cannot be started is an error or work for others") {
  Failing failing("error");
  auto started = start_thread([] {});
  REQUIRE_FALSE(started.is_ok());
  CHECK(started.status().info().code == sqlstate::kInsufficientResources);
  CHECK(started.status().info().message == "could not start thread: Resource temporarily unavailable");
  auto result = run_aside([value = std::make_unique<int>(7)] { return *value; });  // a function that cannot be copied
  CHECK(result.get() == 7);
  HelperThreads helpers;
  CHECK_FALSE(helpers.start([] {}));
  CHECK(helpers.size() == 0);
}

TEST_CASE("threads that can be started run") {
  CHECK(run_aside([] { return 5; }).get() == 5);
  std::atomic<int> ran{0};
  {
    HelperThreads helpers;
    for (int i = 0; i < 3; ++i) CHECK(helpers.start([&] { ++ran; }));
  }
  CHECK(ran == 3);
}

TEST_CASE("a pool without threads goes on when there are some") {
  std::atomic<int> ran{0};
  auto count = [&] { ++ran; };
  {
    Failing failing("error*5");
    ThreadPool pool({.threads = 2});
    for (int i = 0; i < 20; ++i) pool.submit(count);
    for (int i = 0; i < 500 && ran < 20; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(ran == 20);
  }
  {
    Failing failing("error");
    ThreadPool pool({.threads = 2});
    for (int i = 0; i < 20; ++i) pool.submit(count);
  }
  CHECK(ran == 40);  // at the latest by the destructor
}

TEST_CASE("temporary files: what is appended is read, within the limit of their space") {
  TempSpace space("/tmp");
  auto file = TempFile::create(space);
  REQUIRE(file.is_ok());
  CHECK((*file)->append("hello ").is_ok());
  CHECK((*file)->append("world").is_ok());
  char text[5];
  REQUIRE((*file)->read(6, text, 5).is_ok());
  CHECK(std::string_view(text, 5) == "world");
  CHECK(space.used() == 11);
  space.set_limit_kb(1);
  Status full = (*file)->append(std::string(2000, 'x'));
  REQUIRE_FALSE(full.is_ok());
  CHECK(full.info().code == sqlstate::kConfigurationLimitExceeded);
  CHECK(full.info().message == "temporary file size exceeds temp_file_limit (1kB)");
  CHECK(space.used() == 11);
  file->reset();
  CHECK(space.used() == 0);
}

}  // namespace vecino

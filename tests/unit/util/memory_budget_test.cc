#include "storage/util/memory_budget.h"

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "storage/util/available_memory.h"
#include "tests/unit/catch.h"

namespace vecino {
namespace {

constexpr uint64_t kMB = 1 << 20;

struct Cache {
  MemoryBudget& budget;
  uint64_t capacity = 0, held = 0;
  MemoryBudget::Registration registration;

  Cache(MemoryBudget& budget_in, uint64_t least, uint64_t most) : budget(budget_in) {
    MemoryBudget::ElasticCache elastic{MemoryPart::kBlockCache, least, most,
                                       [this](uint64_t bytes) { capacity = bytes, held = std::min(held, bytes); },
                                       [this] { return held; }};
    registration = budget.add_elastic(std::move(elastic));
  }
};

}  // namespace

TEST_CASE("who asks last is refused, and what was refused is not held") {
  MemoryBudget budget;
  budget.set_limit(100 * kMB);
  MemoryReservation first(MemoryPart::kStatements, budget), second(MemoryPart::kVectorIndexes, budget);
  CHECK(first.try_resize(60 * kMB));
  CHECK_FALSE(second.try_resize(50 * kMB));
  CHECK(second.bytes() == 0);
  Status refused = second.resize(50 * kMB);
  REQUIRE_FALSE(refused.is_ok());
  CHECK(refused.info().code == sqlstate::kOutOfMemory);
  CHECK(refused.info().message == "out of memory");
  CHECK(refused.info().detail == "Failed on request of size 52428800: 60 MB of 100 MB that the server may use are in use.");
  CHECK(second.try_resize(40 * kMB));
  first.shrink(10 * kMB);
  CHECK(second.try_resize(90 * kMB));
  CHECK(budget.usage().parts[static_cast<size_t>(MemoryPart::kVectorIndexes)] == 90 * kMB);
  second = MemoryReservation(MemoryPart::kVectorIndexes, budget);
  first.shrink(0);
  for (uint64_t part : budget.usage().parts) CHECK(part == 0);
}

TEST_CASE("the elastic cache gives way to its floor and comes back") {
  MemoryBudget budget;
  budget.set_limit(128 * kMB);
  Cache cache(budget, 16 * kMB, 64 * kMB);
  CHECK(cache.capacity == 64 * kMB);
  cache.held = 64 * kMB;
  MemoryReservation statements(MemoryPart::kStatements, budget);
  CHECK(statements.try_resize(60 * kMB));
  CHECK(cache.capacity == 64 * kMB);
  CHECK(statements.try_resize(90 * kMB));
  CHECK(cache.capacity <= 38 * kMB);
  CHECK(cache.held == cache.capacity);
  CHECK(statements.try_resize(112 * kMB));
  CHECK(cache.capacity == 16 * kMB);
  CHECK_FALSE(statements.try_resize(113 * kMB));
  statements.shrink(0);
  CHECK(cache.capacity == 64 * kMB);
}

TEST_CASE("caches drop what nobody uses for others, not for themselves") {
  MemoryBudget budget;
  budget.set_limit(100 * kMB);
  MemoryReservation copies(MemoryPart::kVectorCopies, budget);
  auto registration = budget.add_cache(MemoryPart::kVectorCopies, [&](uint64_t) {
    uint64_t held = copies.bytes();
    copies.shrink(0);
    return held;
  });
  CHECK(copies.try_resize(80 * kMB));
  MemoryReservation more(MemoryPart::kVectorCopies, budget), statements(MemoryPart::kStatements, budget);
  CHECK_FALSE(more.try_resize(30 * kMB));
  CHECK(copies.bytes() == 80 * kMB);
  CHECK(statements.try_resize(90 * kMB));
  CHECK(copies.bytes() == 0);
}

TEST_CASE("memory that nobody accounts for counts") {
  uint64_t resident = 0;
  MemoryBudget budget([&] { return resident; });
  budget.set_limit(100 * kMB);
  MemoryReservation statements(MemoryPart::kStatements, budget);
  CHECK(statements.try_resize(10 * kMB));
  resident = 70 * kMB;
  budget.measure();
  CHECK(budget.usage().other == 60 * kMB);
  CHECK_FALSE(statements.try_resize(50 * kMB));
  resident = 20 * kMB;
  CHECK(statements.try_resize(50 * kMB));
}

TEST_CASE("many threads leave nothing behind") {
  MemoryBudget budget;
  budget.set_limit(64 * kMB);
  Cache cache(budget, kMB, 32 * kMB);
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        MemoryReservation mine(static_cast<MemoryPart>(1 + (t + i) % 4), budget);
        if (!mine.try_resize(static_cast<uint64_t>(1 + (t * 7 + i) % 13) * kMB)) ++refused;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (uint64_t part : budget.usage().parts) CHECK(part == 0);
  MemoryReservation all(MemoryPart::kStatements, budget);
  CHECK(all.try_resize(63 * kMB));
  CHECK_FALSE(all.try_resize(65 * kMB));
}

TEST_CASE("limits of control groups") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("memory_budget_test." + std::to_string(getpid()));
  auto write = [&](const std::string& path, const std::string& text) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text << '\n';
  };
  auto total = [&] { return available_memory(root.string()).total / kMB; };
  write("proc/meminfo", "MemTotal:       16777216 kB\nMemAvailable:   8388608 kB");
  SECTION("none") {
    write("proc/self/cgroup", "0::/");
    CHECK(total() == 16384);
    write("proc/self/cgroup", "0::/a");
    write("sys/fs/cgroup/a/memory.max", "max");
    CHECK(total() == 16384);
  }
  SECTION("version 2: of the group, of one around it, and the softer limit") {
    write("proc/self/cgroup", "0::/outer/inner");
    write("sys/fs/cgroup/outer/inner/memory.max", "4294967296");
    write("sys/fs/cgroup/outer/inner/memory.current", "1073741824");
    write("sys/fs/cgroup/outer/inner/memory.stat", "anon 1\ninactive_file 536870912\nactive_file 0");
    CHECK(total() == 4096);
    CHECK(available_memory(root.string()).available / kMB == 3584);
    write("sys/fs/cgroup/outer/memory.max", "2147483648");
    CHECK(total() == 2048);
    write("sys/fs/cgroup/outer/memory.high", "1073741824");
    CHECK(total() == 1024);
  }
  SECTION("version 2 in a container that sees its own root") {
    write("proc/self/cgroup", "0::/");
    write("sys/fs/cgroup/memory.max", "1073741824");
    CHECK(total() == 1024);
  }
  SECTION("version 1, where the path is the host's") {
    write("proc/self/cgroup", "12:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "629145600");
    write("sys/fs/cgroup/memory/memory.stat", "cache 5\ntotal_inactive_file 104857600\ntotal_active_file 0");
    CHECK(total() == 1024);
    CHECK(available_memory(root.string()).available / kMB == 524);
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
    CHECK(total() == 16384);
  }
  fs::remove_all(root);
}

}  // namespace vecino

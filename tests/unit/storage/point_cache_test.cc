#include "storage/txn/point_cache.h"

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::storage;

namespace {

constexpr Family kRows = Family::kRows;

std::optional<std::string> look(PointCache& cache, std::string_view key, SequenceNumber at) {
  PinnedValue value;
  PointCache::Ticket ticket;
  if (!cache.find(kRows, key, at, value, ticket)) return std::nullopt;
  return std::string(value.view());
}

void leave(PointCache& cache, std::string_view key, std::string_view value, SequenceNumber at) {
  PinnedValue found;
  PointCache::Ticket ticket;
  REQUIRE_FALSE(cache.find(kRows, key, at, found, ticket));
  cache.fill(ticket, key, value, at);
}

void commit(PointCache& cache, std::string_view key, std::optional<std::string_view> value, SequenceNumber at) {
  cache.begin_commit(kRows, key);
  cache.end_commit(kRows, key, value, at);
}

}  // namespace

TEST_CASE("a cached value serves the snapshots since it holds") {
  PointCache cache(1 << 20);
  leave(cache, "a", "one", 10);
  CHECK(look(cache, "a", 10) == "one");
  CHECK(look(cache, "a", PointCache::kLatest) == "one");
  CHECK_FALSE(look(cache, "a", 9));
  CHECK_FALSE(look(cache, "b", 10));
  PinnedValue value;
  PointCache::Ticket ticket;
  CHECK_FALSE(cache.find(Family::kOrdered, "a", 10, value, ticket));
}

TEST_CASE("a commit replaces what was cached") {
  PointCache cache(1 << 20);
  leave(cache, "a", "one", 10);
  commit(cache, "a", "two", 20);
  CHECK(look(cache, "a", 20) == "two");
  CHECK_FALSE(look(cache, "a", 19));
  commit(cache, "a", std::nullopt, 30);
  CHECK_FALSE(look(cache, "a", 30));
}

TEST_CASE("an old reader leaves nothing behind") {
  PointCache cache(1 << 20);
  commit(cache, "a", std::nullopt, 20);
  PinnedValue value;
  PointCache::Ticket ticket;
  REQUIRE_FALSE(cache.find(kRows, "a", 15, value, ticket));
  cache.fill(ticket, "a", "old", 15);
  CHECK_FALSE(look(cache, "a", 40));
}

TEST_CASE("a commit between read and fill is noticed") {
  PointCache cache(1 << 20);
  PinnedValue value;
  PointCache::Ticket before, during;
  REQUIRE_FALSE(cache.find(kRows, "a", 10, value, before));
  cache.begin_commit(kRows, "a");
  REQUIRE_FALSE(cache.find(kRows, "a", 10, value, during));
  cache.fill(before, "a", "old", 10);
  cache.fill(during, "a", "old", 10);
  CHECK_FALSE(look(cache, "a", 50));
  cache.end_commit(kRows, "a", "new", 20);
  cache.fill(during, "a", "old", 10);
  CHECK(look(cache, "a", 50) == "new");
}

TEST_CASE("the cache keeps to its size, and zero means none") {
  CHECK_FALSE(PointCache(0).covers(kRows));
  PointCache cache(64 << 10);
  for (int i = 0; i < 20000; ++i) leave(cache, "key" + std::to_string(i), std::string(200, 'x'), 10);
  int hits = 0;
  for (int i = 0; i < 20000; ++i) hits += look(cache, "key" + std::to_string(i), 10).has_value();
  CHECK(hits > 20);
  CHECK(hits < 400);
  commit(cache, "large", std::string(5000, 'x'), 20);
  CHECK_FALSE(look(cache, "large", 20));
}

// A model store with versions; readers use the cache the way a transaction does.
TEST_CASE("readers beside writers see their snapshot's values") {
  struct Store {
    std::mutex mutex;
    SequenceNumber sequence = 1;
    std::map<std::string, std::map<SequenceNumber, int>> versions;
    int at(const std::string& key, SequenceNumber snapshot) {
      std::lock_guard lock(mutex);
      auto& all = versions[key];
      auto after = all.upper_bound(snapshot);
      return after == all.begin() ? -1 : std::prev(after)->second;
    }
    SequenceNumber now() {
      std::lock_guard lock(mutex);
      return sequence;
    }
  } store;
  constexpr int kKeys = 8;
  PointCache cache(4 << 10);
  std::array<std::mutex, kKeys> row_locks;
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  auto write = [&](int seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 3000; ++i) {
      int k = static_cast<int>(random() % kKeys);
      std::string key(1, static_cast<char>('a' + k));
      std::lock_guard row(row_locks[k]);
      cache.begin_commit(kRows, key);
      {
        std::lock_guard lock(store.mutex);
        store.versions[key][++store.sequence] = i;
      }
      cache.end_commit(kRows, key, std::to_string(i), store.now());
    }
  };
  auto read = [&](int seed) {
    std::mt19937 random(seed);
    while (!stop) {
      std::string key(1, static_cast<char>('a' + random() % kKeys));
      SequenceNumber snapshot = store.now();
      if (random() % 4 == 0) std::this_thread::yield();
      PinnedValue value;
      PointCache::Ticket ticket;
      int expected = store.at(key, snapshot);
      if (cache.find(kRows, key, snapshot, value, ticket)) {
        wrong += std::to_string(expected) != value.view();
      } else if (expected >= 0) {
        cache.fill(ticket, key, std::to_string(expected), snapshot);
      }
    }
  };
  std::vector<std::thread> readers, writers;
  for (int i = 0; i < 2; ++i) readers.emplace_back(read, 100 + i);
  for (int i = 0; i < 2; ++i) writers.emplace_back(write, i);
  for (auto& thread : writers) thread.join();
  stop = true;
  for (auto& thread : readers) thread.join();
  CHECK(wrong == 0);
}

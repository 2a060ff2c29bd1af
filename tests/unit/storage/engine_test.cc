#include <thread>
#include <vector>

#include "tests/unit/storage/engines.h"

// The conformance suite of storage/api/kv_engine.h: both engines pass it.

namespace vecino::storage::test {
namespace {

void put(KvEngine& engine, std::string_view key, std::string_view value, Family family = Family::kRows) {
  auto batch = engine.new_batch();
  batch->put(family, key, value);
  require_ok(engine.write(*batch, Durability::kNoSync));
}
std::string get(KvEngine& engine, std::string_view key, const KvSnapshot* snapshot = nullptr,
                Family family = Family::kRows) {
  PinnedValue value;
  return require_value(engine.get(family, key, snapshot, value)) ? std::string(value.view()) : "(none)";
}
std::string forward(KvIterator& iterator) {
  std::string keys;
  for (iterator.seek_to_first(); iterator.valid(); iterator.next()) keys += iterator.key();
  require_ok(iterator.status());
  return keys;
}
std::string backward(KvIterator& iterator) {
  std::string keys;
  for (iterator.seek_to_last(); iterator.valid(); iterator.prev()) keys += iterator.key();
  return keys;
}

}  // namespace

TEST_CASE("engine: values, families, batches") {
  auto kind = GENERATE(from_range(kEngines));
  TestEngine engine(kind);
  put(*engine, "a", "1");
  put(*engine, "a", "other", Family::kLarge);
  CHECK(get(*engine, "a") == "1");
  CHECK(get(*engine, "a", nullptr, Family::kLarge) == "other");
  CHECK(get(*engine, "b") == "(none)");

  auto batch = engine->new_batch();
  CHECK(batch->empty());
  batch->erase(Family::kRows, "a");
  batch->put(Family::kRows, "b", "");
  batch->put(Family::kMeta, std::string_view("\0x", 2), "zero");
  CHECK_FALSE(batch->empty());
  CHECK(batch->byte_size() > 0);
  SequenceNumber before = engine->latest_sequence(), sequence = 0;
  require_ok(engine->write(*batch, Durability::kSync, &sequence));
  CHECK(sequence > before);
  CHECK(sequence == engine->latest_sequence());
  CHECK(get(*engine, "a") == "(none)");
  CHECK(get(*engine, "b").empty());
  CHECK(get(*engine, std::string_view("\0x", 2), nullptr, Family::kMeta) == "zero");

  std::string_view keys[] = {"a", "b", "c"};
  PinnedValue values[3];
  bool found[3];
  require_ok(engine->multi_get(Family::kRows, keys, nullptr, values, found));
  CHECK_FALSE(found[0]);
  CHECK(found[1]);
  CHECK_FALSE(found[2]);
}

TEST_CASE("engine: snapshots see what was committed before them") {
  auto kind = GENERATE(from_range(kEngines));
  TestEngine engine(kind);
  put(*engine, "k", "old");
  auto first = engine->snapshot();
  CHECK(engine->snapshot() == first);  // shared while nothing is written
  put(*engine, "k", "new");
  auto second = engine->snapshot();
  CHECK(second != first);
  CHECK(second->sequence() == engine->latest_sequence());
  CHECK(get(*engine, "k", first.get()) == "old");
  CHECK(get(*engine, "k", second.get()) == "new");
  auto iterator = engine->iterator(Family::kRows, first, {});
  first.reset();
  put(*engine, "k", "newest");
  put(*engine, "l", "more");
  iterator->seek("k");
  REQUIRE(iterator->valid());
  CHECK(iterator->value() == "old");
  iterator->next();
  CHECK_FALSE(iterator->valid());
}

TEST_CASE("engine: iterators keep to their range, both ways") {
  auto kind = GENERATE(from_range(kEngines));
  TestEngine engine(kind);
  for (const char* key : {"a", "c", "e", "g", "i"}) put(*engine, key, key);
  auto all = engine->iterator(Family::kRows, nullptr, {});
  CHECK(forward(*all) == "acegi");
  CHECK(backward(*all) == "igeca");
  auto some = engine->iterator(Family::kRows, nullptr, {"c", "g"});
  CHECK(forward(*some) == "ce");
  CHECK(backward(*some) == "ec");
  some->seek("d");
  CHECK(some->key() == "e");
  some->seek("a");
  CHECK(some->key() == "c");
  some->seek("g");
  CHECK_FALSE(some->valid());
  some->seek_for_prev("d");
  CHECK(some->key() == "c");
  some->seek_for_prev("z");
  CHECK(some->key() == "e");
  some->seek_for_prev("b");
  CHECK_FALSE(some->valid());
}

TEST_CASE("engine: ranges are erased, dropped and measured") {
  auto kind = GENERATE(from_range(kEngines));
  TestEngine engine(kind);
  std::string value(1000, 'v');
  auto batch = engine->new_batch();
  for (int i = 1000; i < 3000; ++i) batch->put(Family::kLarge, std::to_string(i), value);
  require_ok(engine->write(*batch, Durability::kNoSync));
  require_ok(engine->flush());
  CHECK(engine->approximate_size(Family::kLarge, {"1000", "3000"}) > 1'000'000);
  auto erase = engine->new_batch();
  erase->erase_range(Family::kLarge, "1000", "1500");
  require_ok(engine->write(*erase, Durability::kNoSync));
  require_ok(engine->drop_range(Family::kLarge, {"1500", "2500"}));  // many keys
  require_ok(engine->drop_range(Family::kLarge, {"2500", "2600"}));  // few
  auto rest = engine->iterator(Family::kLarge, nullptr, {});
  int count = 0;
  for (rest->seek_to_first(); rest->valid(); rest->next()) ++count;
  CHECK(count == 400);
}

TEST_CASE("engine: a snapshot includes every commit that returned, with concurrent writers") {
  auto kind = GENERATE(from_range(kEngines));
  TestEngine engine(kind);
  constexpr int kThreads = 4, kWrites = 300;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::string key = "t" + std::to_string(t);
      for (int i = 0; i < kWrites; ++i) {
        auto batch = engine->new_batch();
        batch->put(Family::kRows, key, std::to_string(i));
        batch->put(Family::kOrdered, key, std::to_string(i));
        if (!engine->write(*batch, Durability::kNoSync).is_ok()) ++wrong;
        auto snapshot = engine->snapshot();
        PinnedValue row, entry;
        if (!engine->get(Family::kRows, key, snapshot.get(), row).is_ok() || row.view() != std::to_string(i)) ++wrong;
        // Another thread's commit is seen whole or not at all.
        row.reset();
        std::string other = "t" + std::to_string((t + 1) % kThreads);
        (void)engine->get(Family::kRows, other, snapshot.get(), row).is_ok();
        (void)engine->get(Family::kOrdered, other, snapshot.get(), entry).is_ok();
        if (row.view() != entry.view()) ++wrong;
        row.reset();
        entry.reset();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace vecino::storage::test

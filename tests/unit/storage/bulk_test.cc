// Transactions whose writes outgrow memory: they must behave as if they did not.
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include "storage/api/bulk_writers.h"
#include "storage/api/transaction.h"
#include "storage/table/table_keys.h"
#include "storage/util/failpoint.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

constexpr Family kFamily = Family::kRows;
constexpr size_t kTinyLimit = 64 << 10;
using Model = std::map<std::string, std::string>;

struct Fixture {
  explicit Fixture(EngineKind kind) : engine(kind), manager(make_transaction_manager(*engine, kTinyLimit)) {}
  std::unique_ptr<Transaction> begin(IsolationLevel level = IsolationLevel::kReadCommitted, int pid = 0) {
    auto txn = manager->begin(level, cancel, pid);
    txn->begin_command();
    return txn;
  }
  void restart() {
    manager.reset();
    engine.crash();
    manager = make_transaction_manager(*engine, kTinyLimit);
  }
  TestEngine engine;
  CancelState cancel;
  std::unique_ptr<TransactionManager> manager;
};

// Of a row, in one of two tables.
std::string key_of(int number) {
  auto key = table_keys::row(1 + static_cast<uint32_t>(number) % 2, static_cast<uint64_t>(number) / 2);
  return std::string(table_keys::view(key));
}

Model contents(Transaction& txn, Family family = kFamily) {
  Model forward, backward;
  auto iterator = txn.iterator(family, ReadMode::kSnapshot, {});
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) forward.emplace(iterator->key(), iterator->value());
  require_ok(iterator->status());
  for (iterator->seek_to_last(); iterator->valid(); iterator->prev()) backward.emplace(iterator->key(), iterator->value());
  require_ok(iterator->status());
  CHECK(forward == backward);
  return forward;
}

void require_same(const Model& got, const Model& wanted) {
  REQUIRE(got.size() == wanted.size());
  REQUIRE(got == wanted);
}

}  // namespace

TEST_CASE("bulk: random writes, commands and savepoints against a model") {
  auto kind = GENERATE(from_range(kEngines));
  auto seed = GENERATE(1u, 2u, 3u);
  Fixture f(kind);
  std::mt19937 random(seed);
  Model committed;
  {
    auto txn = f.begin();
    for (int i = 0; i < 500; ++i) {
      require_ok(txn->put(kFamily, key_of(i), "old"));
      committed[key_of(i)] = "old";
    }
    require_ok(txn->commit(Durability::kSync));
  }
  auto watcher = f.begin(IsolationLevel::kRepeatableRead);
  require_same(contents(*watcher), committed);

  auto txn = f.begin();
  Model now = committed;  // with all writes so far
  struct Saved {
    SavepointId id;
    Model model;
  };
  std::vector<Saved> saved;
  for (int command = 0; command < 60; ++command) {
    txn->begin_command();
    Model seen = now;
    for (int write = 0; write < 60; ++write) {
      int number = static_cast<int>(random() % 800);
      std::string key = key_of(number);
      if (random() % 4 == 0) {
        require_ok(txn->erase(kFamily, key));
        now.erase(key);
      } else {
        std::string value(1 + random() % 600, static_cast<char>('a' + random() % 26));
        require_ok(txn->put(kFamily, key, value));
        now[key] = value;
      }
      CHECK(txn->own_write(kFamily, key) == OwnWrite::kThisCommand);
    }
    // The running command does not see its own writes.
    if (command % 10 == 0) require_same(contents(*txn), seen);
    for (int i = 0; i < 20; ++i) {
      std::string key = key_of(static_cast<int>(random() % 800));
      PinnedValue value;
      bool found = require_value(txn->get(kFamily, key, ReadMode::kSnapshot, value));
      REQUIRE(found == (seen.count(key) > 0));
      if (found) REQUIRE(value.view() == seen[key]);
      found = require_value(txn->get(kFamily, key, ReadMode::kLatest, value));
      REQUIRE(found == (now.count(key) > 0));
      if (found) REQUIRE(value.view() == now[key]);
    }
    txn->begin_command();
    if (command % 7 == 0) require_same(contents(*txn), now);
    switch (random() % 6) {
      case 0:
        saved.push_back({txn->savepoint(), now});
        break;
      case 1:
        if (saved.empty()) break;
        txn->rollback_to(saved.back().id);
        now = saved.back().model;
        txn->begin_command();
        require_same(contents(*txn), now);
        break;
      case 2:
        if (saved.empty()) break;
        txn->release(saved.back().id);
        saved.pop_back();
        break;
      default:
        break;
    }
  }
  require_same(contents(*watcher), committed);
  if (seed == 3u) {
    txn->rollback();
    now = committed;
  } else {
    require_ok(txn->commit(Durability::kSync));
  }
  require_same(contents(*f.begin()), now);
  require_same(contents(*watcher), committed);
  watcher->rollback();
  if (is_durable(kind)) {
    txn.reset();
    watcher.reset();
    f.restart();
    require_same(contents(*f.begin()), now);
  }
}

TEST_CASE("bulk: all families become visible at once") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto before = f.begin(IsolationLevel::kRepeatableRead);
  (void)before->snapshot();
  auto txn = f.begin();
  std::string value(500, 'v');
  for (int i = 0; i < 1000; ++i) {
    for (Family family : {Family::kMeta, Family::kRows, Family::kLarge, Family::kOrdered, Family::kGraph}) {
      require_ok(txn->put(family, "x" + key_of(i), value));
    }
  }
  SequenceNumber sequence = 0;
  txn->on_commit([&] { sequence = txn->commit_sequence(); });
  require_ok(txn->commit(Durability::kSync));
  auto after = f.begin();
  CHECK(sequence > before->snapshot()->sequence());
  CHECK(sequence <= after->snapshot()->sequence());
  for (Family family : {Family::kRows, Family::kLarge, Family::kOrdered, Family::kGraph}) {
    CHECK(contents(*after, family).size() == 1000);
    CHECK(contents(*before, family).empty());
  }
}

TEST_CASE("bulk: sorted entries, few and many, are writes of their command") {
  Fixture f(GENERATE(from_range(kEngines)));
  const int count = GENERATE(100, 30'000, 200'000);
  auto fill = [&](Transaction& txn, int table, const std::string& value) {
    auto writer = txn.sorted_writer(Family::kOrdered);
    for (int i = 0; i < count; ++i) {
      auto key = table_keys::row(static_cast<uint32_t>(table), static_cast<uint64_t>(i));
      require_ok(writer->put(table_keys::view(key), value));
    }
    return writer;
  };
  auto entries = [&](Transaction& txn) {
    size_t found = 0;
    auto all = txn.iterator(Family::kOrdered, ReadMode::kSnapshot, {});
    for (all->seek_to_first(); all->valid(); all->next()) ++found;
    require_ok(all->status());
    return found;
  };
  const size_t all = static_cast<size_t>(count);
  auto txn = f.begin();
  require_ok(txn->put(Family::kOrdered, "before", "b"));
  require_ok(fill(*txn, 1, std::string(80, 'v'))->finish());
  CHECK(entries(*txn) == 0);
  txn->begin_command();
  CHECK(entries(*txn) == all + 1);
  PinnedValue value;
  CHECK(require_value(txn->get(Family::kOrdered, table_keys::view(table_keys::row(1, all - 1)), ReadMode::kSnapshot, value)));
  // A savepoint after it leaves it alone, one before it takes it back; without finish() it never was.
  auto savepoint = txn->savepoint();
  require_ok(fill(*txn, 2, std::string(80, 'w'))->finish());
  (void)fill(*txn, 3, "x");
  txn->begin_command();
  CHECK(entries(*txn) == 2 * all + 1);
  txn->rollback_to(savepoint);
  txn->begin_command();
  CHECK(entries(*txn) == all + 1);
  require_ok(txn->erase(Family::kOrdered, table_keys::view(table_keys::row(1, 7))));
  auto before = f.begin(IsolationLevel::kRepeatableRead);
  CHECK(entries(*before) == 0);
  require_ok(txn->commit(Durability::kSync));
  CHECK(entries(*f.begin()) == all);
  CHECK(entries(*before) == 0);
  before->rollback();
}

TEST_CASE("bulk: cached values do not outlive a bulk commit") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto write_all = [&](const std::string& value) {
    auto txn = f.begin();
    for (int i = 0; i < 2000; ++i) require_ok(txn->put(kFamily, key_of(i), value + std::string(100, 'x')));
    require_ok(txn->commit(Durability::kSync));
  };
  write_all("1");
  auto old = f.begin(IsolationLevel::kRepeatableRead);
  auto read = [&](Transaction& txn, int i) {
    PinnedValue value;
    return require_value(txn.get(kFamily, key_of(i), ReadMode::kSnapshot, value)) ? value.view()[0] : '-';
  };
  for (int i = 0; i < 2000; ++i) REQUIRE(read(*old, i) == '1');
  write_all("2");
  auto current = f.begin();
  for (int i = 0; i < 2000; ++i) {
    REQUIRE(read(*current, i) == '2');
    REQUIRE(read(*old, i) == '1');
    REQUIRE(read(*current, i) == '2');
  }
}

TEST_CASE("bulk: another transaction waits for a spilled key") {
  Fixture f(EngineKind::kRocksdb);
  auto bulk = f.begin(IsolationLevel::kReadCommitted, 1);
  auto lock_key = [](Transaction& txn, const std::string& key) {
    LockTag tag{LockSpace::kUniqueKey, 0, 7, key};
    return txn.lock(tag, LockMode::kExclusive, LockWait::kBlock);
  };
  for (int i = 0; i < 3000; ++i) {
    require_value(lock_key(*bulk, key_of(i)));
    require_ok(bulk->put(Family::kOrdered, key_of(i), std::string(100, 'v')));
  }
  // Most locks have gone with the spilled keys.
  CHECK(f.manager->locks().size() < 1500);
  auto other = f.begin(IsolationLevel::kReadCommitted, 2);
  require_value(lock_key(*other, key_of(0)));
  CHECK_FALSE(require_value(await_bulk_writers(*other, Family::kOrdered, key_of(0), LockWait::kSkip)));
  CHECK(require_value(await_bulk_writers(*other, Family::kOrdered, key_of(99999), LockWait::kSkip)));
  std::atomic<bool> committed{false};
  std::thread waiter([&] {
    CHECK(require_value(await_bulk_writers(*other, Family::kOrdered, key_of(0), LockWait::kBlock)));
    CHECK(committed.load());
    PinnedValue value;
    CHECK(require_value(other->get(Family::kOrdered, key_of(0), ReadMode::kLatest, value)));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  committed = true;
  require_ok(bulk->commit(Durability::kSync));
  waiter.join();
}

TEST_CASE("bulk: a failed spill leaves nothing") {
  Fixture f(GENERATE(from_range(kEngines)));
  for (const char* point : {"bulk_spill", "engine_new_run", "bulk_before_ingest", "engine_ingest"}) {
    require_ok(failpoint::set(point, "error"));
    auto txn = f.begin();
    Status status;
    for (int i = 0; i < 3000 && status.is_ok(); ++i) status = txn->put(kFamily, key_of(i), std::string(100, 'v'));
    if (status.is_ok()) status = txn->commit(Durability::kSync);
    CHECK(status.info().code == sqlstate::kIoError);
    if (std::string_view(point) == "bulk_spill") {
      PinnedValue value;
      CHECK_FALSE(txn->get(kFamily, key_of(0), ReadMode::kLatest, value).is_ok());
      CHECK_FALSE(txn->commit(Durability::kSync).is_ok());
    }
    failpoint::clear();
    txn->rollback();
    CHECK(contents(*f.begin()).empty());
  }
}

}  // namespace vecino::storage::test

#include "storage/api/transaction.h"

#include "storage/util/failpoint.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

constexpr Family kFamily = Family::kRows;

struct Fixture {
  explicit Fixture(EngineKind kind, size_t limit = 64 << 20)
      : engine(kind), manager(make_transaction_manager(*engine, limit)) {}
  std::unique_ptr<Transaction> begin(IsolationLevel level = IsolationLevel::kReadCommitted) {
    auto txn = manager->begin(level, cancel, 0);
    txn->begin_command();
    return txn;
  }
  void commit_value(std::string_view key, std::string_view value) {
    auto txn = begin();
    require_ok(txn->put(kFamily, key, value));
    require_ok(txn->commit(Durability::kNoSync));
  }
  TestEngine engine;
  CancelState cancel;
  std::unique_ptr<TransactionManager> manager;
};

std::string get(Transaction& txn, std::string_view key, ReadMode mode = ReadMode::kSnapshot) {
  PinnedValue value;
  return require_value(txn.get(kFamily, key, mode, value)) ? std::string(value.view()) : "-";
}
std::string keys(Transaction& txn, ReadMode mode = ReadMode::kSnapshot, KeyRange range = {}) {
  std::string forward, backward;
  auto iterator = txn.iterator(kFamily, mode, range);
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) forward += iterator->key();
  for (iterator->seek_to_last(); iterator->valid(); iterator->prev()) backward.insert(0, iterator->key());
  CHECK(forward == backward);
  return forward;
}

}  // namespace

TEST_CASE("transaction: own writes are seen by the next command") {
  Fixture f(GENERATE(from_range(kEngines)));
  f.commit_value("b", "0");
  f.commit_value("d", "0");
  auto txn = f.begin();
  require_ok(txn->put(kFamily, "a", "1"));
  require_ok(txn->put(kFamily, "b", "1"));
  require_ok(txn->erase(kFamily, "d"));
  CHECK(get(*txn, "b") == "0");
  CHECK(get(*txn, "b", ReadMode::kLatest) == "1");
  CHECK(keys(*txn) == "bd");
  CHECK(keys(*txn, ReadMode::kLatest) == "ab");
  CHECK(txn->own_write(kFamily, "a") == OwnWrite::kThisCommand);
  CHECK(txn->own_write(kFamily, "c") == OwnWrite::kNone);
  txn->begin_command();
  CHECK(txn->own_write(kFamily, "a") == OwnWrite::kEarlierCommand);
  CHECK(get(*txn, "b") == "1");
  CHECK(get(*txn, "d") == "-");
  CHECK(keys(*txn) == "ab");
  CHECK(keys(*txn, ReadMode::kSnapshot, {"b", "c"}) == "b");
  std::string_view wanted[] = {"a", "b", "d"};
  PinnedValue values[3];
  bool found[3];
  require_ok(txn->multi_get(kFamily, wanted, ReadMode::kSnapshot, values, found));
  CHECK(found[0]);
  CHECK(values[1].view() == "1");
  CHECK_FALSE(found[2]);
  // A view of the earlier command, as a suspended portal keeps it.
  require_ok(txn->put(kFamily, "a", "2"));
  auto view = txn->view();
  txn->begin_command();
  CHECK(get(*txn, "a") == "2");
  auto newest = txn->view();
  txn->use_view(view);
  CHECK(get(*txn, "a") == "1");
  txn->use_view(newest);
  CHECK(get(*txn, "a") == "2");
  auto other = f.begin();
  CHECK(keys(*other) == "bd");
  require_ok(txn->commit(Durability::kSync));
  CHECK(keys(*other) == "bd");
  other->begin_command();
  CHECK(keys(*other) == "ab");
}

TEST_CASE("transaction: isolation levels") {
  Fixture f(GENERATE(from_range(kEngines)));
  f.commit_value("k", "0");
  auto committed = f.begin(IsolationLevel::kReadCommitted);
  auto repeatable = f.begin(IsolationLevel::kRepeatableRead);
  CHECK(repeatable->has_snapshot());
  f.commit_value("k", "1");
  CHECK(get(*repeatable, "k") == "0");  // the snapshot is of its first statement, even without a read
  CHECK(get(*committed, "k") == "1");
  f.commit_value("k", "2");
  CHECK(get(*committed, "k") == "1");
  committed->refresh_snapshot();
  CHECK(get(*committed, "k") == "2");
  repeatable->begin_command();
  CHECK(get(*repeatable, "k") == "0");
  CHECK(get(*repeatable, "k", ReadMode::kLatest) == "2");
}

TEST_CASE("transaction: iterators stay valid while the transaction writes") {
  Fixture f(GENERATE(from_range(kEngines)));
  for (const char* key : {"a", "c", "e"}) f.commit_value(key, "0");
  auto txn = f.begin();
  require_ok(txn->put(kFamily, "d", "1"));
  txn->begin_command();
  auto snapshot = txn->iterator(kFamily, ReadMode::kSnapshot, {});
  auto latest = txn->iterator(kFamily, ReadMode::kLatest, {});
  std::string seen, seen_latest;
  snapshot->seek_to_first();
  latest->seek_to_first();
  require_ok(txn->put(kFamily, "b", "2"));
  require_ok(txn->erase(kFamily, "c"));
  for (; snapshot->valid(); snapshot->next()) seen += snapshot->key();
  for (; latest->valid(); latest->next()) seen_latest += latest->key();
  CHECK(seen == "acde");
  CHECK(seen_latest == "abde");
  latest->seek_to_last();
  require_ok(txn->put(kFamily, "dd", "3"));
  latest->prev();
  CHECK(latest->key() == "dd");
  latest->next();
  CHECK(latest->key() == "e");
  latest->prev();
  latest->prev();
  CHECK(latest->key() == "d");
}

TEST_CASE("transaction: savepoints") {
  Fixture f(GENERATE(from_range(kEngines)));
  f.commit_value("k", "0");
  std::string events;
  auto txn = f.begin();
  auto put = [&](std::string_view key, std::string_view value) {
    require_ok(txn->put(kFamily, key, value));
    txn->begin_command();
  };
  put("k", "1");
  txn->on_commit([&] { events += "c1 "; });
  txn->on_abort([&] { events += "a1 "; });
  SavepointId outer = txn->savepoint();
  put("k", "2");
  put("n", "2");
  require_value(txn->lock({LockSpace::kRelation, 1, 10, {}}, LockMode::kShare, LockWait::kBlock));
  SavepointId inner = txn->savepoint();
  put("k", "3");
  txn->on_commit([&] { events += "c3 "; });
  txn->on_abort([&] { events += "a3 "; });
  require_value(txn->lock({LockSpace::kRelation, 1, 11, {}}, LockMode::kShare, LockWait::kBlock));
  txn->rollback_to(inner);
  CHECK(events == "a3 ");
  CHECK(get(*txn, "k") == "2");
  CHECK(f.manager->locks().size() == 1);
  put("k", "4");
  txn->rollback_to(inner);  // a savepoint can be returned to again and again
  CHECK(get(*txn, "k") == "2");
  txn->release(inner);
  put("k", "5");
  txn->rollback_to(outer);
  CHECK(get(*txn, "k") == "1");
  CHECK(get(*txn, "n") == "-");
  CHECK(keys(*txn) == "k");
  CHECK(f.manager->locks().empty());
  txn->release(outer);
  require_ok(txn->commit(Durability::kNoSync));
  CHECK(events == "a3 c1 ");
  CHECK(f.begin()->id() > 0);
  CHECK(get(*f.begin(), "k") == "1");
}

TEST_CASE("transaction: rollback, failing commit, hooks") {
  Fixture f(GENERATE(from_range(kEngines)));
  std::string events;
  {
    auto txn = f.begin();
    require_ok(txn->put(kFamily, "k", "1"));
    txn->on_abort([&] { events += "first "; });
    txn->on_abort([&] { events += "second "; });
  }  // destruction rolls back
  CHECK(events == "second first ");
  CHECK(get(*f.begin(), "k") == "-");
  auto txn = f.begin();
  txn->before_commit([&] { return txn->put(kFamily, "late", "1"); });
  require_ok(txn->commit(Durability::kNoSync));
  CHECK(get(*f.begin(), "late") == "1");

  require_ok(failpoint::set("commit_before_write", "error*1"));
  auto failing = f.begin();
  require_ok(failing->put(kFamily, "k", "2"));
  failing->on_abort([&] { events = "aborted"; });
  CHECK(failing->commit(Durability::kSync).info().code == sqlstate::kIoError);
  CHECK(events == "aborted");
  CHECK(get(*f.begin(), "k") == "-");
  failpoint::clear();
}

TEST_CASE("transaction: one key written again and again needs no more room than its values") {
  Fixture f(EngineKind::kMemory, 1 << 20);
  auto small = f.begin();
  for (int i = 0; i < 1000; ++i) require_ok(small->put(kFamily, "k", "v"));
}

TEST_CASE("transaction: dropped ranges are reclaimed at commit or at the next start") {
  Fixture f(GENERATE(from_range(kEngines)));
  f.commit_value("t1", "x");
  f.commit_value("t2", "x");
  f.commit_value("u1", "x");
  auto kept = f.begin();
  kept->drop_range_at_commit(kFamily, {"u", "v"});
  kept->rollback();
  auto txn = f.begin();
  txn->drop_range_at_commit(kFamily, {"t1", "t2"});
  require_ok(txn->commit(Durability::kNoSync));
  CHECK(keys(*f.begin()) == "t2u1");
  // A crash between commit and reclaiming.
  auto crashing = f.begin();
  crashing->drop_range_at_commit(kFamily, {"t", "u"});
  require_ok(failpoint::set("engine_write", "error*1@1"));
  require_ok(failpoint::set("drop_range", "error"));
  require_ok(crashing->commit(Durability::kNoSync));
  failpoint::clear();
  CHECK(keys(*f.begin()) == "t2u1");
  auto second = make_transaction_manager(*f.engine, 1 << 20);
  CHECK(keys(*f.begin()) == "u1");
}

TEST_CASE("transaction: ids are never used twice") {
  auto kind = GENERATE(from_range(kEngines));
  TestEngine engine(kind);
  CancelState cancel;
  auto first = make_transaction_manager(*engine, 1 << 20);
  TransactionId last = 0;
  for (int i = 0; i < 1000; ++i) {
    TransactionId id = first->begin(IsolationLevel::kReadCommitted, cancel, 0)->id();
    REQUIRE(id > last);
    last = id;
  }
  engine.crash();
  auto second = make_transaction_manager(*engine, 1 << 20);
  CHECK(second->begin(IsolationLevel::kReadCommitted, cancel, 0)->id() > last);
  if (!is_durable(kind)) return;
  first.reset();  // its engine is the dead one
}

}  // namespace vecino::storage::test

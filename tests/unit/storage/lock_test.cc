#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <numeric>
#include <thread>

#include "storage/api/transaction.h"
#include "storage/txn/key_locks.h"
#include "storage/util/bytes.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

using namespace std::chrono_literals;

LockTag relation(uint32_t id) { return {LockSpace::kRelation, 5, id, {}}; }

struct Session {
  Session(TransactionManager& manager, int32_t pid) : txn(manager.begin(IsolationLevel::kReadCommitted, cancel, pid)) {
    txn->set_deadlock_timeout(50ms);
  }
  bool lock(const LockTag& tag, LockMode mode, LockWait wait = LockWait::kBlock) {
    return require_value(txn->lock(tag, mode, wait));
  }
  bool try_lock(const LockTag& tag, LockMode mode) { return lock(tag, mode, LockWait::kSkip); }
  CancelState cancel;
  std::unique_ptr<Transaction> txn;
};

struct Fixture {
  std::unique_ptr<KvEngine> engine = make_memory_engine();
  std::unique_ptr<TransactionManager> manager = make_transaction_manager(*engine, 1 << 20);
  // Until n requests wait.
  void await_waiters(int n) {
    for (int i = 0; i < 2000; ++i) {
      int waiting = 0;
      for (const auto& lock : manager->locks()) waiting += !lock.granted;
      if (waiting == n) return;
      std::this_thread::sleep_for(1ms);
    }
    FAIL("nobody waits");
  }
};

}  // namespace

TEST_CASE("locks: the conflict table of manual 13.3.1") {
  // Row = requested, column = held, AccessShare first; X = conflict.
  const char* const kTable[] = {".......X", "......XX", "....XXXX", "...XXXXX", "..XX.XXX", "..XXXXXX", ".XXXXXXX",
                                "XXXXXXXX"};
  Fixture f;
  for (int requested = 1; requested <= 8; ++requested) {
    for (int held = 1; held <= 8; ++held) {
      Session a(*f.manager, 1), b(*f.manager, 2);
      a.lock(relation(7), static_cast<LockMode>(held));
      CHECK(b.try_lock(relation(7), static_cast<LockMode>(requested)) == (kTable[requested - 1][held - 1] == '.'));
    }
  }
  CHECK(f.manager->locks().empty());
}

TEST_CASE("locks: row strengths conflict as in manual 13.3.2") {
  using enum RowLockStrength;
  const char* const kTable[] = {"...X", "..XX", ".XXX", "XXXX"};
  Fixture f;
  for (int requested = 0; requested < 4; ++requested) {
    for (int held = 0; held < 4; ++held) {
      Session a(*f.manager, 1), b(*f.manager, 2);
      require_value(a.txn->lock_row(9, 1, static_cast<RowLockStrength>(held), LockWait::kBlock));
      CHECK(a.txn->held_row_lock(9, 1) == static_cast<RowLockStrength>(held));
      CHECK_FALSE(b.txn->held_row_lock(9, 1));
      CHECK(require_value(b.txn->lock_row(9, 1, static_cast<RowLockStrength>(requested), LockWait::kSkip)) ==
            (kTable[requested][held] == '.'));
    }
  }
}

TEST_CASE("locks: a waiter gets the lock when the holder ends") {
  Fixture f;
  auto holder = std::make_unique<Session>(*f.manager, 1);
  holder->lock(relation(1), LockMode::kAccessExclusive);
  std::atomic<int> entered{0}, left{0};
  f.manager->set_blocking_hooks([&] { ++entered; }, [&] { ++left; });
  std::atomic<bool> granted{false};
  std::thread waiter([&] {
    Session b(*f.manager, 2);
    b.lock(relation(1), LockMode::kAccessShare);
    granted = true;
  });
  f.await_waiters(1);
  CHECK_FALSE(granted);
  holder.reset();
  waiter.join();
  CHECK(granted);
  CHECK(entered == 1);
  CHECK(left == 1);
  CHECK(f.manager->locks().empty());
}

TEST_CASE("locks: the queue is fair, but who holds a lock does not wait behind its own waiters") {
  Fixture f;
  Session a(*f.manager, 1), c(*f.manager, 3);
  a.lock(relation(1), LockMode::kAccessShare);
  std::thread writer([&] {
    Session b(*f.manager, 2);
    b.txn->set_deadlock_timeout(10s);
    b.lock(relation(1), LockMode::kAccessExclusive);
  });
  f.await_waiters(1);
  CHECK_FALSE(c.try_lock(relation(1), LockMode::kAccessShare));  // behind the writer
  CHECK(a.try_lock(relation(1), LockMode::kRowExclusive));       // already inside
  a.txn->rollback();
  writer.join();
}

TEST_CASE("locks: no wait, skip, timeout, cancel") {
  Fixture f;
  Session a(*f.manager, 1), b(*f.manager, 2);
  a.lock(relation(1), LockMode::kAccessExclusive);
  require_value(a.txn->lock_row(3, 4, RowLockStrength::kForUpdate, LockWait::kBlock));
  auto no_wait = b.txn->lock(relation(1), LockMode::kAccessShare, LockWait::kNoWait);
  CHECK(no_wait.status().info().code == sqlstate::kLockNotAvailable);
  CHECK(no_wait.status().info().message == "could not obtain lock on relation");
  auto row = b.txn->lock_row(3, 4, RowLockStrength::kForShare, LockWait::kNoWait);
  CHECK(row.status().info().message == "could not obtain lock on row in relation");
  b.txn->set_lock_timeout(20ms);
  auto timeout = b.txn->lock(relation(1), LockMode::kAccessShare, LockWait::kBlock);
  CHECK(timeout.status().info().code == sqlstate::kLockNotAvailable);
  CHECK(timeout.status().info().message == "canceling statement due to lock timeout");
  b.txn->set_lock_timeout(0ms);
  std::thread canceller([&] {
    f.await_waiters(1);
    b.cancel.request(CancelReason::kUserRequest);
  });
  auto cancelled = b.txn->lock(relation(1), LockMode::kAccessShare, LockWait::kBlock);
  canceller.join();
  CHECK(cancelled.status().info().code == sqlstate::kQueryCanceled);
  CHECK(f.manager->locks().size() == 2);
}

TEST_CASE("locks: deadlocks are found, one transaction goes on") {
  Fixture f;
  Session a(*f.manager, 11);
  a.txn->set_deadlock_timeout(10s);
  require_value(a.txn->lock_row(1, 1, RowLockStrength::kForUpdate, LockWait::kBlock));
  std::atomic<bool> b_holds{false};
  ErrorInfo error;
  TransactionId b_id = 0;
  std::thread other([&] {
    Session b(*f.manager, 22);
    b_id = b.txn->id();
    b.lock(relation(2), LockMode::kExclusive);
    b_holds = true;
    f.await_waiters(1);
    auto result = b.txn->lock_row(1, 1, RowLockStrength::kForUpdate, LockWait::kBlock);
    if (!result.is_ok()) error = result.status().info();
  });
  while (!b_holds) std::this_thread::yield();
  CHECK(a.lock(relation(2), LockMode::kRowExclusive));
  other.join();
  CHECK(error.code == sqlstate::kDeadlockDetected);
  CHECK(error.message == "deadlock detected");
  CHECK(error.hint == "See server log for query details.");
  CHECK(error.detail == "Process 22 waits for ShareLock on transaction " + std::to_string(a.txn->id()) +
                            "; blocked by process 11.\n"
                            "Process 11 waits for RowExclusiveLock on relation 2 of database 5; blocked by process 22.");
}

TEST_CASE("locks: transactions of one session share, advisory locks count") {
  Fixture f;
  Session session(*f.manager, 1), other(*f.manager, 2);
  Session same(*f.manager, 1);
  LockTag advisory{LockSpace::kAdvisory, 5, 1, "12345678"};
  session.lock(advisory, LockMode::kExclusive);
  session.lock(advisory, LockMode::kExclusive);
  CHECK(same.try_lock(advisory, LockMode::kExclusive));
  same.txn->rollback();
  CHECK_FALSE(other.try_lock(advisory, LockMode::kExclusive));
  CHECK(session.txn->unlock(advisory, LockMode::kExclusive));
  CHECK_FALSE(other.try_lock(advisory, LockMode::kExclusive));
  CHECK(session.txn->unlock(advisory, LockMode::kExclusive));
  CHECK(other.try_lock(advisory, LockMode::kExclusive));
  CHECK_FALSE(session.txn->unlock(advisory, LockMode::kExclusive));
}

namespace {

LockTag unique_key(uint64_t key) {
  LockTag tag{LockSpace::kUniqueKey, 0, 3, {}};
  append_be(tag.key, key);
  return tag;
}

}  // namespace

TEST_CASE("locks: a unique key is handed on to who waits for it, and others stay free") {
  Fixture f;
  auto holder = std::make_unique<Session>(*f.manager, 1);
  for (uint64_t key = 0; key < 1000; ++key) holder->lock(unique_key(key), LockMode::kExclusive);
  holder->lock(unique_key(7), LockMode::kExclusive);  // held already
  CHECK(f.manager->locks().size() == 1000);
  Session other(*f.manager, 2);
  CHECK_FALSE(other.try_lock(unique_key(7), LockMode::kExclusive));
  CHECK(other.try_lock(unique_key(1000), LockMode::kExclusive));
  std::atomic<bool> granted{false};
  std::thread waiter([&] {
    Session b(*f.manager, 3);
    b.lock(unique_key(8), LockMode::kExclusive);
    granted = true;
    b.lock(unique_key(9), LockMode::kExclusive);
  });
  f.await_waiters(1);
  CHECK_FALSE(granted);
  holder.reset();
  waiter.join();
  CHECK(granted);
  CHECK(f.manager->locks().size() == 1);  // the other's
  CHECK(other.txn->unlock(unique_key(1000), LockMode::kExclusive));
  CHECK_FALSE(other.txn->unlock(unique_key(1000), LockMode::kExclusive));
  CHECK(f.manager->locks().empty());
}

TEST_CASE("locks: transactions of one session share a unique key; savepoints let it go") {
  Fixture f;
  Session session(*f.manager, 1), other(*f.manager, 2);
  auto same = std::make_unique<Session>(*f.manager, 1);
  session.lock(unique_key(1), LockMode::kExclusive);
  session.lock(unique_key(4), LockMode::kExclusive);
  CHECK(same->try_lock(unique_key(1), LockMode::kExclusive));
  SavepointId savepoint = session.txn->savepoint();
  session.lock(unique_key(2), LockMode::kExclusive);
  CHECK_FALSE(other.try_lock(unique_key(2), LockMode::kExclusive));
  session.txn->rollback_to(savepoint);
  CHECK_FALSE(other.try_lock(unique_key(4), LockMode::kExclusive));
  CHECK(other.try_lock(unique_key(2), LockMode::kExclusive));
  session.lock(unique_key(3), LockMode::kExclusive);
  session.txn->rollback_to(savepoint);
  CHECK(other.try_lock(unique_key(3), LockMode::kExclusive));
  session.txn->rollback();
  CHECK_FALSE(other.try_lock(unique_key(1), LockMode::kExclusive));
  same.reset();
  CHECK(other.try_lock(unique_key(1), LockMode::kExclusive));
}

TEST_CASE("locks: a deadlock over unique keys is found") {
  Fixture f;
  Session a(*f.manager, 11), b(*f.manager, 22);
  b.txn->set_deadlock_timeout(10s);
  a.lock(unique_key(1), LockMode::kExclusive);
  b.lock(unique_key(2), LockMode::kExclusive);
  std::thread second([&] { b.lock(unique_key(1), LockMode::kExclusive); });
  f.await_waiters(1);
  auto status = a.txn->lock(unique_key(2), LockMode::kExclusive, LockWait::kBlock);
  CHECK(status.status().info().code == sqlstate::kDeadlockDetected);
  a.txn->rollback();
  second.join();
}

TEST_CASE("locks: the table of unique keys against a model") {
  KeyLocks keys;
  std::map<uint64_t, LockOwner*> model;
  char owners[3];
  auto owner = [&](uint64_t n) { return reinterpret_cast<LockOwner*>(owners + n % 3); };
  // Few homes, so that runs of neighbours form and are taken apart again.
  auto hash = [](uint64_t key) { return ((key >> 6) % 5) | (key >> 6 << 32); };
  uint64_t random = 1;
  for (int i = 0; i < 40'000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const uint64_t key = (random >> 33) % (i < 20'000 ? 1000 : 100) * 17;
    if ((random >> 60) < 8) {
      if (keys.find(9, key, hash(key)) == nullptr) {
        CHECK_FALSE(model.contains(key));
        keys.add(9, key, hash(key), model[key] = owner(random >> 40));
      }
    } else {
      // A few of the block, some of them held by the owner.
      LockOwner* who = owner(random >> 40);
      const uint64_t bits = (random >> 5) | KeyLocks::bit_of(key);
      uint64_t expected = 0;
      for (uint64_t bit = 0; bit < 64; ++bit) {
        auto found = model.find((key & ~uint64_t{63}) | bit);
        if ((bits >> bit & 1) == 0 || found == model.end() || found->second != who) continue;
        expected |= uint64_t{1} << bit;
        model.erase(found);
      }
      CHECK(keys.erase(9, KeyLocks::block_of(key), bits, hash(key), who) == expected);
    }
    const uint64_t other = (random >> 20) % 1000 * 17;
    CHECK(keys.find(9, other, hash(other)) == (model.contains(other) ? model[other] : nullptr));
    CHECK(keys.find(8, other, hash(other)) == nullptr);
  }
  size_t count = 0;
  keys.for_each([&](const KeyLocks::Lock& lock) {
    for (uint64_t bit = 0; bit < 64; ++bit) {
      if ((lock.bits >> bit & 1) != 0) count += model.at(lock.block << 6 | bit) == lock.owner;
    }
  });
  CHECK(count == model.size());
}

TEST_CASE("locks: unique keys under contention") {
  Fixture f;
  constexpr int kThreads = 4, kRounds = 300;
  std::array<int, 5> counters{};  // each guarded by its key
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        Session session(*f.manager, 100 + t);
        const auto key = static_cast<size_t>(i + t) % counters.size();
        session.lock(unique_key(key), LockMode::kExclusive);
        session.lock(unique_key(static_cast<uint64_t>(t) * 1000 + 100 + static_cast<uint64_t>(i)), LockMode::kExclusive);
        ++counters[key];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(std::accumulate(counters.begin(), counters.end(), 0) == kThreads * kRounds);
  CHECK(f.manager->locks().empty());
}

TEST_CASE("locks: a counter under contention") {
  Fixture f;
  constexpr int kThreads = 4, kRounds = 200;
  int counter = 0;  // guarded by the row lock
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        Session session(*f.manager, 100 + t);
        session.lock(relation(1), LockMode::kRowExclusive);
        if (require_value(session.txn->lock_row(1, 1, RowLockStrength::kForNoKeyUpdate, LockWait::kBlock))) ++counter;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(counter == kThreads * kRounds);
  CHECK(f.manager->locks().empty());
}

}  // namespace vecino::storage::test

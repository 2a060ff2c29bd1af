// Commits per second: the engine's synced batches, whole transactions, and point reads.
//   bench_commit DIRECTORY [seconds per run]

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "storage/api/table_store.h"
#include "storage/api/transaction.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace {

using namespace vecino;
using namespace vecino::storage;
using Clock = std::chrono::steady_clock;

void die(const Status& status) {
  if (status.is_ok()) return;
  std::fprintf(stderr, "%s\n", status.info().message.c_str());
  std::exit(1);
}

// Runs `body(thread)` again and again in `threads` threads; prints calls per second.
template <typename Body>
void measure(const char* name, int threads, double seconds, Body body) {
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> calls{0};
  std::vector<std::thread> pool;
  auto start = Clock::now();
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      uint64_t own = 0;
      for (; !stop.load(std::memory_order_relaxed); ++own) body(t);
      calls += own;
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (auto& thread : pool) thread.join();
  double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%-28s %2d threads %12.0f /s\n", name, threads, static_cast<double>(calls) / elapsed);
  std::fflush(stdout);
}

TableLayout layout_of(uint32_t storage_id) {
  TableLayout layout;
  layout.storage_id = storage_id;
  layout.columns.resize(4);
  for (int i = 0; i < 3; ++i) layout.columns[static_cast<size_t>(i)].kind = PhysicalKind::kInt;
  return layout;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  auto opened = open_rocksdb_engine(argv[1], {});
  if (!opened.is_ok()) die(opened.status());
  KvEngine& engine = **opened;
  auto manager = make_transaction_manager(engine, size_t{1} << 30);
  auto tables = make_table_store(engine);
  std::string filler(84, 'x');

  std::atomic<uint64_t> next{0};
  auto write = [&](Durability durability) {
    auto batch = engine.new_batch();
    for (int i = 0; i < 4; ++i) batch->put(Family::kRows, "bench" + std::to_string(next++), filler);
    die(engine.write(*batch, durability));
  };
  for (int threads : {1, 2, 4, 8, 16}) measure("synced batch", threads, seconds, [&](int) { write(Durability::kSync); });
  measure("unsynced batch", 1, seconds, [&](int) { write(Durability::kNoSync); });

  TableLayout layout = layout_of(*tables->allocate_storage_id());
  constexpr int kRows = 100'000;
  {
    CancelState cancel;
    auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, 0);
    txn->begin_command();
    auto start = Clock::now();
    for (int i = 0; i < kRows; ++i) {
      Datum row[] = {Datum::from_int(i), Datum::from_int(0), Datum::from_int(0), Datum::from_bytes(filler)};
      auto id = tables->insert(*txn, layout, row);
      if (!id.is_ok()) die(id.status());
    }
    die(txn->commit(Durability::kSync));
    double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("%-28s            %12.0f /s\n", "rows inserted in one commit", kRows / elapsed);
  }

  auto read_row = [&](Transaction& txn, RowId id) {
    int columns[] = {0, 1};
    Datum a, b;
    Datum* out[] = {&a, &b};
    bool found;
    Arena arena;
    die(tables->fetch(txn, layout, {&id, 1}, columns, ReadMode::kSnapshot, &found, out, arena));
  };
  auto transaction = [&](int thread, bool update, Durability durability) {
    thread_local uint64_t random = 88172645463325252ull + static_cast<uint64_t>(thread);
    CancelState cancel;
    auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, thread + 1);
    for (int statement = 0; statement < (update ? 3 : 1); ++statement) {
      txn->begin_command();
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      RowId id = 1 + random % kRows;
      read_row(*txn, id);
      if (!update) continue;
      auto locked = tables->lock_row(*txn, layout, id, RowLockStrength::kForNoKeyUpdate, LockWait::kBlock);
      if (!locked.is_ok() || *locked == RowLockResult::kSelfUpdated) return txn->rollback();
      Datum row[] = {Datum::from_int(static_cast<int64_t>(id)), Datum::from_int(1), Datum::from_int(2),
                     Datum::from_bytes(filler)};
      bool changed[] = {false, true, true, false};
      die(tables->update(*txn, layout, id, row, changed));
    }
    die(txn->commit(durability));
  };
  measure("read transaction", 1, seconds, [&](int t) { transaction(t, false, Durability::kSync); });
  measure("3-update transaction, nosync", 1, seconds, [&](int t) { transaction(t, true, Durability::kNoSync); });
  for (int threads : {1, 8}) {
    measure("3-update transaction", threads, seconds, [&](int t) { transaction(t, true, Durability::kSync); });
  }
  measure("autocommit insert, nosync", 1, seconds, [&](int t) {
    CancelState cancel;
    auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, t + 1);
    txn->begin_command();
    Datum row[] = {Datum::from_int(1), Datum::from_int(0), Datum::from_int(0), Datum::from_bytes(filler)};
    auto id = tables->insert(*txn, layout, row);
    if (!id.is_ok()) die(id.status());
    die(txn->commit(Durability::kNoSync));
  });
  return 0;
}

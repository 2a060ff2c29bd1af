#include <numeric>
#include <thread>

#include "storage/api/table_store.h"
#include "storage/table/row_codec.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

Datum text(std::string_view value) { return Datum::from_bytes(value); }

TableLayout make_layout(uint32_t storage_id) {
  TableLayout layout;
  layout.storage_id = storage_id;
  layout.columns.resize(4);
  layout.columns[0].kind = PhysicalKind::kInt;
  layout.columns[1].kind = PhysicalKind::kBytes;
  layout.columns[2].kind = PhysicalKind::kFloat;
  layout.columns[3].large = true;
  return layout;
}

struct Fixture {
  explicit Fixture(EngineKind kind)
      : engine(kind), manager(make_transaction_manager(*engine, 64 << 20)), tables(make_table_store(*engine)) {
    layout = make_layout(require_value(tables->allocate_storage_id()));
  }
  std::unique_ptr<Transaction> begin(IsolationLevel level = IsolationLevel::kReadCommitted) {
    auto txn = manager->begin(level, cancel, 0);
    txn->begin_command();
    return txn;
  }
  RowId insert(Transaction& txn, int64_t number, std::string_view name, std::string_view vector) {
    std::vector<Datum> row{Datum::from_int(number), text(name), Datum::from_float(static_cast<double>(number) / 2),
                           vector.empty() ? Datum::null() : text(vector)};
    row.resize(layout.columns.size(), Datum::null());
    return require_value(tables->insert(txn, layout, row));
  }
  std::string scan(Transaction& txn, std::vector<int> columns, bool backward = false, RowId begin = 0,
                   RowId end = kInvalidRowId) {
    auto scan = tables->scan(txn, layout, {columns, begin, end, backward});
    std::vector<RowId> ids(3);
    std::vector<std::vector<Datum>> values(columns.size(), std::vector<Datum>(3));
    std::vector<Datum*> targets;
    for (auto& column : values) targets.push_back(column.data());
    std::string result;
    Arena arena;
    while (size_t count = require_value(scan->next(3, ids.data(), targets.data(), arena))) {
      for (size_t r = 0; r < count; ++r) {
        for (size_t c = 0; c < columns.size(); ++c) {
          result += show(layout.columns[static_cast<size_t>(columns[c])].kind, values[c][r]) + ",";
        }
        result += ";";
      }
    }
    return result;
  }
  std::string fetch(Transaction& txn, std::vector<RowId> ids, std::vector<int> columns,
                    ReadMode mode = ReadMode::kSnapshot) {
    auto found = std::make_unique<bool[]>(ids.size());
    std::vector<std::vector<Datum>> values(columns.size(), std::vector<Datum>(ids.size()));
    std::vector<Datum*> targets;
    for (auto& column : values) targets.push_back(column.data());
    Arena arena;
    require_ok(tables->fetch(txn, layout, ids, columns, mode, found.get(), targets.data(), arena));
    std::string result;
    for (size_t r = 0; r < ids.size(); ++r) {
      for (size_t c = 0; found[r] && c < columns.size(); ++c) {
        result += show(layout.columns[static_cast<size_t>(columns[c])].kind, values[c][r]) + ",";
      }
      result += found[r] ? ";" : "none;";
    }
    return result;
  }
  static std::string show(PhysicalKind kind, const Datum& value) {
    if (value.is_null) return "null";
    if (kind == PhysicalKind::kInt) return std::to_string(value.i64);
    if (kind == PhysicalKind::kFloat) return std::to_string(static_cast<int>(value.f64 * 10));
    return value.len > 20 ? std::to_string(value.len) + value.ptr[0] : std::string(value.bytes());
  }
  RowLockResult lock(Transaction& txn, RowId id, RowLockStrength strength = RowLockStrength::kForUpdate) {
    return require_value(tables->lock_row(txn, layout, id, strength, LockWait::kSkip));
  }
  void set_number(Transaction& txn, RowId id, int64_t number, RowLockStrength strength = RowLockStrength::kForUpdate) {
    REQUIRE(lock(txn, id, strength) == RowLockResult::kLocked);
    std::vector<Datum> row{Datum::from_int(number), text("upd"), Datum::from_float(0), Datum::null()};
    bool changed[] = {true, true, true, false};
    require_ok(tables->update(txn, layout, id, row, changed));
  }

  TestEngine engine;
  CancelState cancel;
  std::unique_ptr<TransactionManager> manager;
  std::unique_ptr<TableStore> tables;
  TableLayout layout;
};

}  // namespace

TEST_CASE("row codec: all kinds, nulls, missing and dropped columns") {
  TableLayout layout = make_layout(1);
  std::vector<Datum> row{Datum::from_int(INT64_MIN), text(""), Datum::from_float(-0.5), Datum::null()};
  std::string bytes;
  encode_row(layout, 77, 12, row, {}, bytes);
  RowHeader header;
  REQUIRE(read_row_header(bytes, header));
  CHECK(header.writer == 77);
  CHECK(header.key_writer == 12);
  CHECK(header.column_count == 3);  // the trailing null takes no room

  ColumnLayout added;
  added.kind = PhysicalKind::kInt;
  added.has_missing = true;
  added.missing = Datum::from_int(9);
  layout.columns.push_back(added);
  std::vector<int> columns{4, 2, 0, 3, 1, 0};
  Datum out[6];
  std::vector<int> external;
  REQUIRE(RowDecoder(layout, columns).decode(bytes, out, external));
  CHECK(out[0].i64 == 9);
  CHECK(out[1].f64 == -0.5);
  CHECK(out[2].i64 == INT64_MIN);
  CHECK(out[3].is_null);
  CHECK(out[4].bytes().empty());
  CHECK(out[5].i64 == INT64_MIN);
  layout.columns[0].dropped = true;
  REQUIRE(RowDecoder(layout, columns).decode(bytes, out, external));
  CHECK(out[2].is_null);
  CHECK(out[1].f64 == -0.5);

  for (size_t cut = 0; cut < bytes.size(); ++cut) {  // damaged rows are noticed, never read beyond
    std::string part(bytes.data(), cut);
    (void)RowDecoder(layout, columns).decode(part, out, external);
  }
}

TEST_CASE("table: insert, scan, fetch") {
  Fixture f(GENERATE(from_range(kEngines)));
  std::string vector(400, 'v'), document(5000, 'd');
  auto txn = f.begin();
  RowId one = f.insert(*txn, 1, "one", vector);
  RowId two = f.insert(*txn, -2, document, "");
  RowId three = f.insert(*txn, 3, "three", "tiny");
  CHECK(f.scan(*txn, {0}).empty());  // not by the same command
  txn->begin_command();
  std::string all = "1,one,5,400v,;-2,5000d,-10,null,;3,three,15,tiny,;";
  CHECK(f.scan(*txn, {0, 1, 2, 3}) == all);
  require_ok(txn->commit(Durability::kNoSync));
  auto reader = f.begin();
  CHECK(f.scan(*reader, {0, 1, 2, 3}) == all);
  CHECK(f.scan(*reader, {3, 0}, true) == "tiny,3,;null,-2,;400v,1,;");
  CHECK(f.scan(*reader, {}) == ";;;");
  CHECK(f.scan(*reader, {0}, false, two, three) == "-2,;");
  CHECK(f.fetch(*reader, {three, 999, one, two}, {3, 1, 0}) == "tiny,three,3,;none;400v,one,1,;null,5000d,-2,;");
  CHECK(f.fetch(*reader, {two}, {1}) == "5000d,;");
  CHECK(f.tables->max_row_id(f.layout) > three);
}

TEST_CASE("table: scans keep their view while the transaction goes on") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto setup = f.begin();
  for (int i = 1; i <= 5; ++i) f.insert(*setup, i, "n", std::string(200, 'v'));
  require_ok(setup->commit(Durability::kNoSync));
  auto txn = f.begin();
  std::vector<int> columns{0, 3};
  auto scan = f.tables->scan(*txn, f.layout, {columns});
  RowId ids[2];
  Datum numbers[2], vectors[2];
  Datum* targets[] = {numbers, vectors};
  Arena arena;
  size_t seen = 0;
  while (size_t count = require_value(scan->next(2, ids, targets, arena))) {
    seen += count;
    for (size_t i = 0; i < count; ++i) {
      CHECK(vectors[i].len == 200);
      REQUIRE(f.lock(*txn, ids[i]) == RowLockResult::kLocked);
      require_ok(f.tables->erase(*txn, f.layout, ids[i]));
    }
    f.insert(*txn, 100, "new", std::string(300, 'w'));
    auto other = f.begin();
    f.insert(*other, 200, "other", "");
    require_ok(other->commit(Durability::kNoSync));
    txn->begin_command();  // another statement; the scan is a suspended portal
  }
  CHECK(seen == 5);
  CHECK(f.scan(*txn, {0}) == "100,;200,;100,;200,;100,;200,;");
}

TEST_CASE("table: updates and deletes") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto txn = f.begin();
  RowId a = f.insert(*txn, 1, "a", std::string(200, 'v'));
  RowId b = f.insert(*txn, 2, "b", "tiny");
  RowId c = f.insert(*txn, 3, std::string(3000, 't'), std::string(200, 'x'));
  require_ok(txn->commit(Durability::kNoSync));

  auto update = f.begin();
  size_t before = f.engine->latest_sequence();
  f.set_number(*update, a, 10);  // its vector was not read and stays
  f.set_number(*update, b, 20);
  require_ok(update->commit(Durability::kNoSync));
  CHECK(f.engine->latest_sequence() - before <= 3);  // two rows, no vector (and maybe a reservation)
  auto reader = f.begin();
  CHECK(f.scan(*reader, {0, 1, 3}) == "10,upd,200v,;20,upd,tiny,;3,3000t,200x,;");

  auto shrink = f.begin();
  REQUIRE(f.lock(*shrink, c) == RowLockResult::kLocked);
  std::vector<Datum> row{Datum::null(), text("short"), Datum::null(), Datum::null()};
  bool changed[] = {true, true, true, true};
  require_ok(f.tables->update(*shrink, f.layout, c, row, changed));
  REQUIRE(f.lock(*shrink, a) == RowLockResult::kLocked);
  require_ok(f.tables->erase(*shrink, f.layout, a));
  require_ok(shrink->commit(Durability::kNoSync));
  reader->begin_command();
  CHECK(f.scan(*reader, {0, 1, 3}) == "20,upd,tiny,;null,short,null,;");
  auto large = f.engine->iterator(Family::kLarge, nullptr, {});
  large->seek_to_first();
  CHECK_FALSE(large->valid());  // nothing is left behind
}

TEST_CASE("table: lock_row tells what happened since the snapshot") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto setup = f.begin();
  RowId id = f.insert(*setup, 1, "a", ""), gone = f.insert(*setup, 2, "b", "");
  require_ok(setup->commit(Durability::kNoSync));

  auto committed = f.begin(), fresh = f.begin();
  auto repeatable = f.begin(IsolationLevel::kRepeatableRead);
  CHECK(f.scan(*committed, {0}) == "1,;2,;");
  auto writer = f.begin();
  f.set_number(*writer, id, 10, RowLockStrength::kForNoKeyUpdate);
  CHECK(f.lock(*fresh, id) == RowLockResult::kSkipped);
  CHECK(f.lock(*writer, id) == RowLockResult::kSelfUpdated);
  writer->begin_command();
  CHECK(f.lock(*writer, id) == RowLockResult::kLocked);
  REQUIRE(f.lock(*writer, gone) == RowLockResult::kLocked);
  require_ok(f.tables->erase(*writer, f.layout, gone));
  require_ok(writer->commit(Durability::kNoSync));

  CHECK(f.lock(*committed, id, RowLockStrength::kForKeyShare) == RowLockResult::kLocked);  // its keys are the same
  CHECK(f.lock(*committed, id) == RowLockResult::kUpdated);
  CHECK(f.fetch(*committed, {id}, {0}) == "1,;");
  CHECK(f.fetch(*committed, {id}, {0}, ReadMode::kLatest) == "10,;");
  CHECK(f.lock(*committed, gone) == RowLockResult::kDeleted);
  committed->rollback();
  auto update = f.tables->lock_row(*repeatable, f.layout, id, RowLockStrength::kForUpdate, LockWait::kBlock);
  CHECK(update.status().info().code == sqlstate::kSerializationFailure);
  CHECK(update.status().info().message == "could not serialize access due to concurrent update");
  auto erased = f.tables->lock_row(*repeatable, f.layout, gone, RowLockStrength::kForUpdate, LockWait::kBlock);
  CHECK(erased.status().info().message == "could not serialize access due to concurrent delete");
}

TEST_CASE("table: concurrent increments lose nothing") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto setup = f.begin();
  RowId id = f.insert(*setup, 0, "a", "");
  require_ok(setup->commit(Durability::kNoSync));
  constexpr int kThreads = 4, kRounds = 100;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        CancelState cancel;
        auto txn = f.manager->begin(IsolationLevel::kReadCommitted, cancel, 0);
        txn->begin_command();
        auto locked = f.tables->lock_row(*txn, f.layout, id, RowLockStrength::kForNoKeyUpdate, LockWait::kBlock);
        if (!locked.is_ok()) {
          ++failures;
          continue;
        }
        int column = 0;
        Datum value;
        Datum* target = &value;
        bool found = false;
        Arena arena;
        ReadMode mode = *locked == RowLockResult::kUpdated ? ReadMode::kLatest : ReadMode::kSnapshot;
        if (!f.tables->fetch(*txn, f.layout, {&id, 1}, {&column, 1}, mode, &found, &target, arena).is_ok()) ++failures;
        std::vector<Datum> row(4, Datum::null());
        row[0] = Datum::from_int(value.i64 + 1);
        bool changed[] = {true, true, true, true};
        if (!f.tables->update(*txn, f.layout, id, row, changed).is_ok()) ++failures;
        if (!txn->commit(Durability::kNoSync).is_ok()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(f.fetch(*f.begin(), {id}, {0}) == std::to_string(kThreads * kRounds) + ",;");
}

TEST_CASE("table: parallel workers scan parts of one snapshot") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto setup = f.begin();
  for (int i = 0; i < 400; ++i) f.insert(*setup, i, "n", std::string(100, 'v'));
  require_ok(setup->commit(Durability::kNoSync));
  auto txn = f.begin();
  f.insert(*txn, 1000, "own", "");
  txn->begin_command();
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> threads;
  for (RowId part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      int columns[] = {0, 3};
      auto scan = f.tables->scan(*txn, f.layout, {columns, part * 101, part == 3 ? kInvalidRowId : (part + 1) * 101});
      RowId ids[16];
      Datum numbers[16], vectors[16];
      Datum* targets[] = {numbers, vectors};
      Arena arena;
      while (true) {
        auto count = scan->next(16, ids, targets, arena);
        if (!count.is_ok() || *count == 0) break;
        for (size_t i = 0; i < *count; ++i) sum += numbers[i].i64;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(sum == 399 * 400 / 2 + 1000);
}

TEST_CASE("table: row and storage ids are not reused after a crash, drops leave nothing") {
  Fixture f(GENERATE(from_range(kEngines)));
  auto txn = f.begin();
  RowId last = 0;
  for (int i = 0; i < 1000; ++i) last = f.insert(*txn, i, "x", std::string(100, 'v'));
  require_ok(txn->commit(Durability::kNoSync));
  uint32_t storage_id = require_value(f.tables->allocate_storage_id());
  f.engine.crash();
  auto manager = make_transaction_manager(*f.engine, 64 << 20);
  auto tables = make_table_store(*f.engine);
  CancelState cancel;
  auto again = manager->begin(IsolationLevel::kReadCommitted, cancel, 0);
  std::vector<Datum> row(4, Datum::null());
  CHECK(require_value(tables->insert(*again, f.layout, row)) > last);
  CHECK(require_value(tables->allocate_storage_id()) > storage_id);
  tables->drop(*again, f.layout);
  require_ok(again->commit(Durability::kNoSync));
  for (Family family : {Family::kRows, Family::kLarge}) {
    auto rest = f.engine->iterator(family, nullptr, {});
    rest->seek_to_first();
    CHECK_FALSE(rest->valid());
  }
  again.reset();
  tables.reset();
  manager.reset();
}

}  // namespace vecino::storage::test

#include "storage/row_group/row_group.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "storage/api/kv_run.h"
#include "storage/api/table_store.h"
#include "storage/api/transaction.h"
#include "storage/row_group/row_group_engine.h"
#include "storage/table/table_keys.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

constexpr Family kRows = Family::kRows;
using Model = std::map<std::string, std::string>;

std::string key(uint32_t table, uint64_t row) { return std::string(table_keys::view(table_keys::row(table, row))); }

// Groups over an engine whose entries can be looked at.
struct Fixture {
  explicit Fixture(EngineKind kind) {
    std::unique_ptr<KvEngine> made;
    if (kind == EngineKind::kMemory) {
      made = make_memory_engine();
    } else {
      made = require_value(open_rocksdb_engine(directory.path(), small_options()));
    }
    raw = made.get();
    engine = with_row_groups(std::move(made));
  }

  // One run, as a transaction would write it.
  void load(const std::map<std::string, std::optional<std::string>>& changes) {
    auto writer = require_value(bulk_engine(*engine).new_run(kRows));
    for (const auto& [row, value] : changes) require_ok(value ? writer->put(row, *value) : writer->erase(row));
    KvIngest ingest{kRows, require_value(writer->finish())};
    require_ok(bulk_engine(*engine).ingest({&ingest, 1}, nullptr));
    for (const auto& [row, value] : changes) {
      if (value) {
        model[row] = *value;
      } else {
        model.erase(row);
      }
    }
  }
  void load(uint32_t table, uint64_t begin, uint64_t end, const std::string& value) {
    std::map<std::string, std::optional<std::string>> changes;
    for (uint64_t row = begin; row < end; ++row) changes[key(table, row)] = value + std::to_string(row);
    load(changes);
  }
  void put(const std::string& row, const std::string& value) {
    auto batch = engine->new_batch();
    batch->put(kRows, row, value);
    require_ok(engine->write(*batch, Durability::kNoSync));
    model[row] = value;
  }
  void erase(const std::string& row) {
    auto batch = engine->new_batch();
    batch->erase(kRows, row);
    require_ok(engine->write(*batch, Durability::kNoSync));
    model.erase(row);
  }
  std::string get(const std::string& row, const KvSnapshot* snapshot = nullptr) {
    PinnedValue value;
    return require_value(engine->get(kRows, row, snapshot, value)) ? std::string(value.view()) : "(none)";
  }
  size_t entries() {
    size_t count = 0;
    auto all = raw->iterator(kRows, nullptr, {});
    for (all->seek_to_first(); all->valid(); all->next()) ++count;
    return count;
  }
  Model contents(KvSnapshotPtr snapshot, KeyRange range = {}) {
    Model forward, backward;
    auto all = engine->iterator(kRows, std::move(snapshot), range);
    for (all->seek_to_first(); all->valid(); all->next()) forward.emplace(all->key(), all->value());
    require_ok(all->status());
    for (all->seek_to_last(); all->valid(); all->prev()) backward.emplace(all->key(), all->value());
    require_ok(all->status());
    CHECK(forward == backward);
    return forward;
  }

  TemporaryDirectory directory;
  KvEngine* raw = nullptr;
  std::unique_ptr<KvEngine> engine;
  Model model;
};

// The part of the model within the range.
Model cut(const Model& model, const KeyRange& range) {
  auto end = range.upper.empty() ? model.end() : model.lower_bound(range.upper);
  auto begin = model.lower_bound(range.lower);
  return range.upper.empty() || range.lower < range.upper ? Model(begin, end) : Model();
}

template <typename Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

}  // namespace

TEST_CASE("row groups: whole blocks of a load are one entry") {
  Fixture f(GENERATE(EngineKind::kMemory, EngineKind::kRocksdb));
  f.load(1, 200, 1100, "v");  // 56 rows, blocks 1, 2 and 3, 76 rows
  CHECK(f.entries() == 56 + 3 + 76);
  CHECK(f.contents(nullptr) == f.model);
  CHECK(f.get(key(1, 199)) == "(none)");
  CHECK(f.get(key(1, 255)) == "v255");
  CHECK(f.get(key(1, 256)) == "v256");
  CHECK(f.get(key(1, 1023)) == "v1023");
  CHECK(f.get(key(1, 1100)) == "(none)");
  CHECK(f.get(key(2, 300)) == "(none)");
}

TEST_CASE("row groups: what does not fit stays in rows") {
  Fixture f(GENERATE(EngineKind::kMemory, EngineKind::kRocksdb));
  f.load(1, 0, 256, std::string(126, 'x'));  // with three digits 129 bytes a row
  CHECK(f.entries() == 256);
  f.load(2, 0, 256, std::string(124, 'x'));
  CHECK(f.entries() == 257);
  CHECK(f.contents(nullptr) == f.model);
}

TEST_CASE("row groups: single writes hide the group's rows, erased ones too") {
  Fixture f(GENERATE(EngineKind::kMemory, EngineKind::kRocksdb));
  f.load(1, 0, 512, "v");
  auto before = f.engine->snapshot();
  Model old = f.model;
  f.put(key(1, 0), "new");
  f.put(key(1, 255), "new");
  f.erase(key(1, 256));
  f.erase(key(1, 7));
  f.erase(key(1, 255));
  f.put(key(1, 600), "alone");
  f.erase(key(1, 600));
  CHECK(f.get(key(1, 0)) == "new");
  CHECK(f.get(key(1, 7)) == "(none)");
  CHECK(f.get(key(1, 255)) == "(none)");
  CHECK(f.get(key(1, 255), before.get()) == "v255");
  CHECK(f.contents(nullptr) == f.model);
  CHECK(f.contents(before) == old);
  CHECK(f.entries() == 2 + 4);

  std::vector<std::string> names;
  for (uint64_t row : {0, 1, 7, 8, 255, 256, 257, 600, 0}) names.push_back(key(1, row));
  std::vector<std::string_view> keys(names.begin(), names.end());
  std::vector<PinnedValue> values(keys.size());
  bool found[9];
  require_ok(f.engine->multi_get(kRows, keys, nullptr, values, found));
  for (size_t i = 0; i < keys.size(); ++i) {
    INFO(i);
    REQUIRE(found[i] == (f.model.count(names[i]) > 0));
    if (found[i]) CHECK(values[i].view() == f.model[names[i]]);
  }
}

TEST_CASE("row groups: a block that is erased or written again as a whole leaves nothing behind") {
  Fixture f(GENERATE(EngineKind::kMemory, EngineKind::kRocksdb));
  f.load(1, 0, 512, "v");
  f.load(1, 0, 512, "again");
  CHECK(f.entries() == 2);
  CHECK(f.contents(nullptr) == f.model);
  f.put(key(1, 3), "new");
  f.erase(key(1, 4));
  std::map<std::string, std::optional<std::string>> erased;
  for (uint64_t row = 0; row < 512; ++row) erased[key(1, row)] = std::nullopt;
  f.load(erased);
  CHECK(f.entries() == 0);
  CHECK(f.contents(nullptr).empty());
}

TEST_CASE("row groups: rows written one by one are not hidden by a later load of their block") {
  Fixture f(GENERATE(EngineKind::kMemory, EngineKind::kRocksdb));
  f.load(1, 0, 256, "v");
  f.put(key(1, 9), "single");
  f.load(1, 0, 256, "later");
  CHECK(f.get(key(1, 9)) == "later9");
  CHECK(f.contents(nullptr) == f.model);
}

TEST_CASE("row groups: scans have groups without rows removed") {
  Fixture f(GENERATE(EngineKind::kMemory, EngineKind::kRocksdb));
  f.load(1, 0, 768, "v");
  auto before = f.engine->snapshot();
  Model old = f.model;
  for (uint64_t row = 0; row < 256; ++row) f.erase(key(1, row));
  for (uint64_t row = 256; row < 512; ++row) row % 3 == 0 ? f.erase(key(1, row)) : f.put(key(1, row), "new");
  for (uint64_t row = 512; row < 767; ++row) f.erase(key(1, row));
  CHECK(f.contents(nullptr) == f.model);
  CHECK(f.contents(before) == old);
  // The first two: nothing; the rows that were written. The third has a row left.
  const size_t left = static_cast<size_t>(std::distance(f.model.lower_bound(key(1, 256)), f.model.lower_bound(key(1, 512))));
  CHECK(soon([&] { return f.entries() == left + 256; }));
  CHECK(f.contents(nullptr) == f.model);
  CHECK(f.contents(before) == old);
}

TEST_CASE("row groups: random writes against a model") {
  Fixture f(GENERATE(EngineKind::kMemory, EngineKind::kRocksdb));
  std::mt19937 random(GENERATE(1u, 2u, 3u, 4u));
  std::vector<std::pair<KvSnapshotPtr, Model>> seen;
  std::set<std::string> erased;  // ids of rows are used once
  auto any_row = [&] { return random() % 1600; };
  auto any_key = [&] { return key(1 + random() % 2, any_row()); };
  for (int step = 0; step < 120; ++step) {
    switch (random() % 6) {
      case 0:
      case 1: {
        // What one transaction changes: a stretch of rows, of which it may leave out, erase or write some.
        std::map<std::string, std::optional<std::string>> changes;
        uint32_t table = 1 + random() % 2;
        uint64_t begin = any_row(), end = begin + random() % 900;
        int kind = static_cast<int>(random() % 3);
        for (uint64_t row = begin; row < end; ++row) {
          if (kind == 2 && random() % 200 == 0) continue;
          std::string one = key(table, row);
          if (kind == 1 || (kind == 2 && random() % 100 == 0)) {
            changes[one] = std::nullopt;
            erased.insert(one);
          } else if (!erased.contains(one)) {
            changes[one] = std::to_string(random() % 100000);
          }
        }
        if (!changes.empty()) f.load(changes);
        break;
      }
      case 2:
        for (int i = 0; i < 50; ++i) {
          std::string one = any_key();
          if (!erased.contains(one)) f.put(one, std::to_string(random() % 100000));
        }
        break;
      case 3:
        for (int i = 0; i < 50; ++i) {
          std::string one = any_key();
          f.erase(one);
          erased.insert(one);
        }
        break;
      case 4:
        if (seen.size() < 4) seen.emplace_back(f.engine->snapshot(), f.model);
        break;
      default: {
        KeyRange range{random() % 3 == 0 ? std::string() : any_key(), random() % 3 == 0 ? std::string() : any_key()};
        if (random() % 4 == 0) range.upper = key(1, 0).substr(0, 4) + '\xff';
        if (!range.upper.empty() && range.upper <= range.lower) break;
        REQUIRE(f.contents(nullptr, range) == cut(f.model, range));
      }
    }
    for (int i = 0; i < 10; ++i) {
      std::string one = any_key();
      auto place = f.model.find(one);
      REQUIRE(f.get(one) == (place == f.model.end() ? "(none)" : place->second));
      // From anywhere, a few steps each way.
      auto entries = f.engine->iterator(kRows, nullptr, {});
      auto at = f.model.lower_bound(one);
      if (random() % 2 == 0) {
        entries->seek(one);
      } else {
        entries->seek_for_prev(one);
        if (at == f.model.end() || at->first != one) at = at == f.model.begin() ? f.model.end() : std::prev(at);
      }
      for (int move = 0; move < 12; ++move) {
        REQUIRE(entries->valid() == (at != f.model.end()));
        if (!entries->valid()) break;
        REQUIRE(entries->key() == at->first);
        REQUIRE(entries->value() == at->second);
        if (random() % 2 == 0) {
          entries->next();
          ++at;
        } else {
          entries->prev();
          at = at == f.model.begin() ? f.model.end() : std::prev(at);
        }
      }
    }
    if (!seen.empty() && random() % 10 == 0) {
      size_t which = random() % seen.size();
      REQUIRE(f.contents(seen[which].first) == seen[which].second);
      seen.erase(seen.begin() + static_cast<ptrdiff_t>(which));
    }
  }
  REQUIRE(f.contents(nullptr) == f.model);
}

TEST_CASE("row groups: a damaged group is an error, not an answer") {
  Fixture f(EngineKind::kMemory);
  f.load(1, 0, 256, "v");
  auto batch = f.raw->new_batch();
  batch->put(kRows, key(1, 0).substr(0, row_group::kGroupKeySize), "short");
  require_ok(f.raw->write(*batch, Durability::kNoSync));
  PinnedValue value;
  CHECK(f.engine->get(kRows, key(1, 5), nullptr, value).status().info().code == sqlstate::kDataCorrupted);
  auto all = f.engine->iterator(kRows, nullptr, {});
  all->seek_to_first();
  CHECK_FALSE(all->valid());
  CHECK(all->status().info().code == sqlstate::kDataCorrupted);
  all->seek_to_last();
  CHECK_FALSE(all->valid());
  CHECK(all->status().info().code == sqlstate::kDataCorrupted);
}

TEST_CASE("row groups: a transaction that inserts many rows takes whole blocks of ids") {
  Fixture f(EngineKind::kMemory);
  auto manager = make_transaction_manager(*f.engine, 1 << 20);
  auto store = make_table_store(*f.engine);
  TableLayout layout;
  layout.storage_id = require_value(store->allocate_storage_id());
  layout.columns.resize(1);
  layout.columns[0].kind = PhysicalKind::kInt;
  CancelState cancel;
  auto a = manager->begin(IsolationLevel::kReadCommitted, cancel, 1);
  auto b = manager->begin(IsolationLevel::kReadCommitted, cancel, 2);
  a->begin_command();
  b->begin_command();
  std::set<RowId> ids;
  std::map<RowId, std::array<size_t, 2>> blocks;  // rows of each by block
  const Datum value = Datum::from_int(1);
  for (int i = 0; i < 3000; ++i) {
    for (size_t who : {0, 1}) {
      RowId id = require_value(store->insert(who == 0 ? *a : *b, layout, {&value, 1}));
      ids.insert(id);
      ++blocks[id / row_group::kRowCount][who];
    }
  }
  REQUIRE(ids.size() == 6000);
  CHECK(std::count_if(blocks.begin(), blocks.end(), [](const auto& block) {
          return std::max(block.second[0], block.second[1]) == row_group::kRowCount;
        }) >= 20);
  a->rollback();
  b->rollback();

  TableLayout other = layout;
  other.storage_id = require_value(store->allocate_storage_id());
  auto c = manager->begin(IsolationLevel::kReadCommitted, cancel, 1);
  c->begin_command();
  for (int i = 0; i < 10'000; ++i) require_value(store->insert(*c, other, {&value, 1}));
  require_ok(c->commit(Durability::kNoSync));
  CHECK(store->max_row_id(other) == 10'001);  // what was taken and not used is given back
}

}  // namespace vecino::storage::test

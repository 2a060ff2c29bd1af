#include <atomic>
#include <thread>

#include "index/api/access_method.h"
#include "storage/memory/memory_engine.h"
#include "storage/util/memcmp_key.h"
#include "tests/unit/catch.h"

namespace vecino::index {
namespace {

using storage::Durability;
using storage::IsolationLevel;

void encode_int(const Datum& value, std::string& out) { memcmp_key::append_int64(out, value.i64); }
void encode_text(const Datum& value, std::string& out) { memcmp_key::append_bytes(out, value.bytes()); }

const Datum kNull = Datum::null();
Datum num(int64_t value) { return Datum::from_int(value); }
Datum text(std::string_view value) { return Datum::from_bytes(value); }

struct Fixture {
  explicit Fixture(IndexDefinition definition) {
    definition.storage_id = 7;
    auto opened = find_access_method("btree")->open(definition, *engine);
    REQUIRE(opened.is_ok());
    index = *opened;
  }
  std::unique_ptr<Transaction> begin(IsolationLevel level = IsolationLevel::kReadCommitted) {
    auto txn = manager->begin(level, cancel, 0);
    txn->begin_command();
    return txn;
  }
  std::optional<RowId> insert(Transaction& txn, std::vector<Datum> key, RowId row) {
    auto outcome = index->insert(txn, key, row, UniqueCheck::kImmediate);
    REQUIRE(outcome.is_ok());
    return outcome->conflict;
  }
  std::string scan(Transaction& txn, const ScanSpec& spec) {
    auto scan = index->begin_scan(txn, spec);
    std::string rows;
    Hit hits[2];
    while (true) {
      auto count = scan->next(hits);
      REQUIRE(count.is_ok());
      if (*count == 0) break;
      for (size_t i = 0; i < *count; ++i) rows += std::to_string(hits[i].row) + " ";
    }
    return rows;
  }
  std::unique_ptr<storage::KvEngine> engine = storage::make_memory_engine();
  std::unique_ptr<storage::TransactionManager> manager = storage::make_transaction_manager(*engine, 64 << 20);
  CancelState cancel;
  std::shared_ptr<Index> index;
};

ScanSpec between(std::optional<KeyBound> lower, std::optional<KeyBound> upper, bool backward = false) {
  ScanSpec spec;
  spec.lower = std::move(lower);
  spec.upper = std::move(upper);
  spec.backward = backward;
  return spec;
}
KeyBound at(std::vector<Datum> values, bool inclusive = true) { return {std::move(values), inclusive}; }

}  // namespace

TEST_CASE("btree: bounds, direction, nulls") {
  IndexDefinition definition;
  definition.columns = {{{encode_int}}, {{encode_text}}};
  Fixture f(definition);
  auto txn = f.begin();
  f.insert(*txn, {num(1), text("a")}, 1);
  f.insert(*txn, {num(1), text("b")}, 2);
  f.insert(*txn, {num(1), kNull}, 3);
  f.insert(*txn, {num(2), text("a")}, 4);
  f.insert(*txn, {num(-5), text("z")}, 5);
  f.insert(*txn, {kNull, text("a")}, 6);
  f.insert(*txn, {num(1), text("a")}, 7);
  CHECK(f.scan(*txn, {}).empty());  // not by the same command
  txn->begin_command();
  CHECK(f.scan(*txn, {}) == "5 1 7 2 3 4 6 ");
  CHECK(f.scan(*txn, between({}, {}, true)) == "6 4 3 2 7 1 5 ");
  CHECK(f.scan(*txn, between(at({num(1)}), at({num(1)}))) == "1 7 2 3 ");
  CHECK(f.scan(*txn, between(at({num(1)}), at({num(1)}), true)) == "3 2 7 1 ");
  CHECK(f.scan(*txn, between(at({num(1)}, false), {})) == "4 ");  // x > 1: never null
  CHECK(f.scan(*txn, between({}, at({num(1)}, false))) == "5 ");
  CHECK(f.scan(*txn, between({}, at({num(1)}))) == "5 1 7 2 3 ");
  CHECK(f.scan(*txn, between(at({num(1), text("a")}, false), at({num(1)}))) == "2 ");  // x = 1 and y > 'a'
  CHECK(f.scan(*txn, between(at({num(1)}), at({num(1), text("b")}, false))) == "1 7 ");
  CHECK(f.scan(*txn, between(at({kNull}), at({kNull}))) == "6 ");
  CHECK(f.scan(*txn, between(at({num(1), kNull}), at({num(1), kNull}))) == "3 ");
  CHECK(f.scan(*txn, between(at({num(3)}), at({num(1)}))).empty());
  auto scan = f.index->begin_scan(*txn, between(at({num(2)}), at({num(2)})));
  Hit hit;
  REQUIRE(*scan->next({&hit, 1}) == 1);
  CHECK(hit.row == 4);
  REQUIRE(scan->rescan(between(at({num(-5)}), at({num(-5)}))).is_ok());
  REQUIRE(*scan->next({&hit, 1}) == 1);
  CHECK(hit.row == 5);
  CHECK(scan->buffers() > 0);
}

TEST_CASE("btree: descending, nulls first") {
  IndexDefinition definition;
  definition.columns = {{{encode_text}, true, true}};
  Fixture f(definition);
  auto txn = f.begin();
  f.insert(*txn, {text("a")}, 1);
  f.insert(*txn, {text("ab")}, 2);
  f.insert(*txn, {kNull}, 3);
  f.insert(*txn, {text("b")}, 4);
  txn->begin_command();
  CHECK(f.scan(*txn, {}) == "3 4 2 1 ");
  // In index order: x < 'b' is everything after it, x > 'a' everything before it except nulls.
  CHECK(f.scan(*txn, between(at({text("b")}, false), {})) == "2 1 ");
  CHECK(f.scan(*txn, between({}, at({text("a")}, false))) == "4 2 ");
}

TEST_CASE("btree: unique keys") {
  IndexDefinition definition;
  definition.unique = true;
  definition.columns = {{{encode_int}}};
  Fixture f(definition);
  auto txn = f.begin();
  CHECK_FALSE(f.insert(*txn, {num(1)}, 1));
  CHECK(f.insert(*txn, {num(1)}, 2) == RowId{1});  // also within one command
  CHECK_FALSE(f.insert(*txn, {kNull}, 3));
  CHECK_FALSE(f.insert(*txn, {kNull}, 4));
  REQUIRE(txn->commit(Durability::kNoSync).is_ok());

  auto old = f.begin(IsolationLevel::kRepeatableRead);
  auto mover = f.begin();
  std::vector<Datum> key{num(1)};
  REQUIRE(f.index->erase(*mover, key, 1).is_ok());
  CHECK_FALSE(f.insert(*mover, {num(1)}, 5));
  mover->begin_command();
  CHECK(f.scan(*mover, {}) == "5 3 4 ");
  REQUIRE(mover->commit(Durability::kNoSync).is_ok());
  CHECK(f.scan(*old, {}) == "1 3 4 ");  // its snapshot's entries
  CHECK(f.insert(*old, {num(1)}, 6) == RowId{5});  // but the newest state decides on conflicts

  IndexDefinition strict = definition;
  strict.nulls_not_distinct = true;
  Fixture g(strict);
  auto first = g.begin();
  CHECK_FALSE(g.insert(*first, {kNull}, 1));
  CHECK(g.insert(*first, {kNull}, 2) == RowId{1});
}

TEST_CASE("btree: an inserter waits for the transaction that holds the key") {
  IndexDefinition definition;
  definition.unique = true;
  definition.columns = {{{encode_int}}};
  Fixture f(definition);
  bool commits = GENERATE(true, false);
  bool erases = GENERATE(true, false);
  if (erases) {
    auto setup = f.begin();
    f.insert(*setup, {num(1)}, 1);
    REQUIRE(setup->commit(Durability::kNoSync).is_ok());
  }
  auto holder = f.begin();
  std::vector<Datum> key{num(1)};
  if (erases) {
    REQUIRE(f.index->erase(*holder, key, 1).is_ok());
  } else {
    f.insert(*holder, key, 1);
  }
  std::atomic<bool> done{false};
  std::optional<RowId> conflict;
  std::thread other([&] {
    CancelState cancel;
    auto txn = f.manager->begin(IsolationLevel::kReadCommitted, cancel, 0);
    txn->begin_command();
    auto outcome = f.index->insert(*txn, key, 2, UniqueCheck::kImmediate);
    if (outcome.is_ok()) conflict = outcome->conflict;
    done = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK_FALSE(done);
  if (commits) {
    REQUIRE(holder->commit(Durability::kNoSync).is_ok());
  } else {
    holder->rollback();
  }
  other.join();
  CHECK(conflict.has_value() == (commits != erases));
}

TEST_CASE("btree: build") {
  class Source final : public BuildSource {
   public:
    explicit Source(std::vector<std::string> values) : values_(std::move(values)) {}
    Result<size_t> next(size_t max, RowId* rows, Datum* const* keys, Arena& arena) override {
      size_t count = 0;
      for (; count < max && next_ < values_.size(); ++count, ++next_) {
        rows[count] = next_ + 1;
        keys[0][count] = values_[next_] == "null" ? kNull : text(arena.copy(values_[next_]));
      }
      return count;
    }

   private:
    std::vector<std::string> values_;
    size_t next_ = 0;
  };
  IndexDefinition definition;
  definition.unique = true;
  definition.columns = {{{encode_text}}};
  Fixture f(definition);
  auto txn = f.begin();
  Arena arena;
  std::vector<Datum> conflict;
  Source good({"pear", "null", "apple", "null", "fig"});
  REQUIRE(f.index->build(*txn, good, {}, arena, &conflict).is_ok());
  txn->begin_command();
  CHECK(f.scan(*txn, {}) == "3 5 1 2 4 ");
  REQUIRE(txn->commit(Durability::kNoSync).is_ok());
  CHECK(f.index->approximate_bytes() > 0);

  auto dropping = f.begin();
  f.index->drop(*dropping);
  REQUIRE(dropping->commit(Durability::kNoSync).is_ok());
  CHECK(f.scan(*f.begin(), {}).empty());

  auto failing = f.begin();
  Source twice({"pear", "fig", "apple", "fig"});
  Status status = f.index->build(*failing, twice, {}, arena, &conflict);
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.info().code == sqlstate::kUniqueViolation);
  REQUIRE(conflict.size() == 1);
  CHECK(conflict[0].bytes() == "fig");
}

}  // namespace vecino::index

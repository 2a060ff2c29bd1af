#include "storage/txn/nearby_reader.h"

#include <map>
#include <optional>
#include <random>

#include "storage/api/transaction.h"
#include "storage/table/table_keys.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

std::string key(uint64_t number, uint32_t table = 1) {
  return std::string(table_keys::view(table_keys::row(table, number)));
}

}  // namespace

TEST_CASE("nearby reader: answers ascending keys, knows gaps, gives up on distant ones") {
  TestEngine engine(GENERATE(from_range(kEngines)));
  auto batch = engine->new_batch();
  for (uint64_t i = 0; i < 1000; i += 2) batch->put(Family::kOrdered, key(i), std::to_string(i));
  require_ok(engine->write(*batch, Durability::kNoSync));
  NearbyReader reader(*engine);
  PinnedValue value;
  using Answer = NearbyReader::Answer;
  size_t known = 0;
  for (uint64_t i = 0; i < 500; ++i) {
    Answer answer = reader.find(Family::kOrdered, key(i), 0, value);
    if (answer == Answer::kUnknown) continue;
    ++known;
    REQUIRE(answer == (i % 2 == 0 ? Answer::kFound : Answer::kAbsent));
    if (answer == Answer::kFound) REQUIRE(value.view() == std::to_string(i));
  }
  CHECK(known > 450);
  CHECK(reader.find(Family::kOrdered, key(498), 0, value) == Answer::kUnknown);  // passed, and not looked at again
  CHECK(reader.find(Family::kOrdered, key(499), 0, value) == Answer::kAbsent);
  CHECK(reader.find(Family::kOrdered, key(900), 0, value) == Answer::kUnknown);
  CHECK(reader.find(Family::kRows, key(500), 0, value) == Answer::kUnknown);
  CHECK(reader.find(Family::kOrdered, key(500, 2), 0, value) == Answer::kUnknown);
}

TEST_CASE("nearby reader: a transaction's latest reads see what others commit meanwhile") {
  TestEngine engine(GENERATE(from_range(kEngines)));
  auto family = GENERATE(Family::kRows, Family::kOrdered);
  auto manager = make_transaction_manager(*engine, 64 << 20);
  CancelState cancel;
  std::mt19937 random(5);
  std::map<uint64_t, std::string> model;
  auto change = [&](uint64_t number, std::optional<std::string> value) {
    auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, 2);
    txn->begin_command();
    require_ok(value ? txn->put(family, key(number), *value) : txn->erase(family, key(number)));
    require_ok(txn->commit(Durability::kNoSync));
    if (value) {
      model[number] = *value;
    } else {
      model.erase(number);
    }
  };
  for (uint64_t i = 0; i < 1000; ++i) {
    if (i % 3 != 0) change(i, "old" + std::to_string(i));
  }
  auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, 1);
  txn->begin_command();
  (void)txn->snapshot();
  const auto snapshot = model;
  for (uint64_t i = 0; i < 1000; ++i) {
    // Before, at and after where the reader stands; erased ones do not come back (row ids are used once).
    uint64_t other = (i + random() % 40 + 980) % 1000;
    if (random() % 3 == 0 && model.count(other) > 0) {
      change(other, random() % 2 == 0 ? std::nullopt : std::optional("new" + std::to_string(i)));
    }
    const std::string one = key(i);
    PinnedValue value;
    bool found = require_value(txn->get(family, one, ReadMode::kLatest, value));
    REQUIRE(found == (model.count(i) > 0));
    if (found) REQUIRE(value.view() == model[i]);
    const bool same = model.count(i) == snapshot.count(i) && (model.count(i) == 0 || model[i] == snapshot.at(i));
    if (!same) REQUIRE(txn->changed_since_snapshot(family, one));
    if (i % 5 == 0 && model.count(i) > 0) {  // its own writes hide the others'
      require_ok(txn->erase(family, one));
      REQUIRE_FALSE(require_value(txn->get(family, one, ReadMode::kLatest, value)));
    }
  }
}

}  // namespace vecino::storage::test

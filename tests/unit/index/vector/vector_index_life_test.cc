// What a vector index does by itself: removing what old snapshots held, giving space back, waiting for memory.
#include <chrono>
#include <fstream>
#include <thread>

#include "storage/util/failpoint.h"
#include "tests/unit/index/recall/kinds.h"
#include "tests/unit/index/vector/fixture.h"

namespace vecino::index {
namespace {

template <typename Condition>
bool comes_true(Condition&& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

void update_all(Fixture& f, Vectors& base, uint32_t seed) {
  auto txn = f.begin();
  const Vectors fresh = testing::clustered(base.size(), base[0].size(), seed);
  for (RowId row = 0; row < base.size(); ++row) {
    f.erase(*txn, row, base[row]);
    f.put(*txn, row, fresh[row]);
  }
  base = fresh;
  REQUIRE(txn->commit(Durability::kNoSync).is_ok());
}

uint64_t address_space() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * 4096;
}

}  // namespace

TEST_CASE("vector index: what an old snapshot held goes after it, without another change") {
  for (std::string method : {"hnsw", "ivfflat"}) {
    Fixture f(method, Metric::kL2, 8);
    auto base = testing::clustered(600, 8, 1);
    const auto old_base = base;
    f.build(base);
    auto old = f.begin(IsolationLevel::kRepeatableRead);
    CHECK(f.nearest(*old, base[0], 1) == std::vector<RowId>{0});
    for (uint32_t round = 1; round <= 6; ++round) update_all(f, base, round + 1);
    INFO(method);
    for (RowId row = 0; row < 600; row += 50) {
      CHECK(f.nearest(*old, old_base[row], 1) == std::vector<RowId>{row});
      CHECK(f.nearest(base[row], 1) == std::vector<RowId>{row});
    }
    old.reset();
    // Free slots are used again.
    CHECK(comes_true([&] { return f.vector_index().dead_entries() == 0; }));
    for (uint32_t round = 7; round <= 9; ++round) {
      update_all(f, base, round + 1);
      CHECK(comes_true([&] { return f.vector_index().dead_entries() == 0; }));
    }
    for (RowId row = 0; row < 600; row += 50) CHECK(f.nearest(base[row], 1) == std::vector<RowId>{row});
  }
}

TEST_CASE("IVFFlat: the space of deleted rows comes back") {
  for (size_t dimensions : {8u, 64u}) {
    Fixture f("ivfflat", Metric::kL2, static_cast<int>(dimensions));
    auto base = testing::clustered(2000, dimensions, 1);
    f.build(base);
    const uint64_t full = f.index->approximate_bytes();
    for (uint32_t round = 0; round < 5; ++round) {
      {
        auto txn = f.begin();
        for (RowId row = 0; row < base.size(); ++row) f.erase(*txn, row, base[row]);
        REQUIRE(txn->commit(Durability::kNoSync).is_ok());
      }
      REQUIRE(f.vector_index().run_maintenance().is_ok());
      CHECK(comes_true([&] { return f.index->approximate_bytes() < full / 10; }));
      // Others, in other lists.
      base = testing::clustered(2000, dimensions, round + 20);
      auto txn = f.begin();
      for (RowId row = 0; row < base.size(); ++row) f.put(*txn, row, base[row]);
      REQUIRE(txn->commit(Durability::kNoSync).is_ok());
      CHECK(f.index->approximate_bytes() < full + full / 4);
      for (RowId row = 0; row < base.size(); row += 100) CHECK(f.nearest(base[row], 1) == std::vector<RowId>{row});
    }
  }
}

TEST_CASE("vector index: without memory it is not there, and comes back with all that was written meanwhile") {
  for (std::string method : {"hnsw", "ivfflat"}) {
    Fixture f(method, Metric::kL2, 8);
    auto base = testing::clustered(300, 8, 1);
    f.build(base);
    REQUIRE(failpoint::set("vector_index_memory", "error*1").is_ok());
    f.open();
    CHECK(f.vector_index().health() == IndexHealth::kNoMemory);
    CHECK_FALSE(f.index->can_answer(*f.begin()));
    {
      auto txn = f.begin();
      f.erase(*txn, 7, base[7]);
      f.put(*txn, 1000, {9, 9, 9, 9, 9, 9, 9, 9});
      REQUIRE(txn->commit(Durability::kNoSync).is_ok());
    }
    CHECK(comes_true([&] { return f.vector_index().health() == IndexHealth::kReady; }));
    failpoint::clear();
    CHECK(f.nearest({9, 9, 9, 9, 9, 9, 9, 9}, 1) == std::vector<RowId>{1000});
    CHECK(f.nearest(base[7], 1) != std::vector<RowId>{7});
    CHECK(f.nearest(base[8], 1) == std::vector<RowId>{8});
  }
}

TEST_CASE("vector index: a small one takes little address space") {
  constexpr size_t kIndexes = 200;
  const auto base = testing::clustered(20, 64, 1);
  const uint64_t before = address_space();
  std::vector<std::unique_ptr<Fixture>> all;
  for (size_t i = 0; i < kIndexes; ++i) {
    all.push_back(std::make_unique<Fixture>("hnsw", Metric::kL2, 64));
    all.back()->build(base);
  }
  CHECK((address_space() - before) / kIndexes < 8'000'000);
}

}  // namespace vecino::index

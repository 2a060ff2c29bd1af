#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "index/vector/vector_index.h"
#include "storage/memory/memory_engine.h"
#include "storage/util/bytes.h"
#include "storage/util/failpoint.h"
#include "tests/unit/catch.h"
#include "tests/unit/index/vector/fixture.h"

// Both access methods through the interface that SQL uses: transactions, snapshots, restart, damage.

namespace vecino::index {
namespace {

double recall(Fixture& f, const Vectors& base, const Vectors& queries, size_t k) {
  size_t hits = 0;
  auto txn = f.begin();
  for (const auto& query : queries) {
    auto found = f.nearest(*txn, query, k);
    for (size_t truth : testing::exact_nearest(f.definition.metric, base, query, k)) {
      hits += std::count(found.begin(), found.end(), truth);
    }
  }
  return static_cast<double>(hits) / static_cast<double>(queries.size() * k);
}

}  // namespace

TEST_CASE("vector index: recall against exact search, all metrics") {
  for (std::string method : {"hnsw", "ivfflat"}) {
    for (Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kL1}) {
      if (method == "ivfflat" && metric == Metric::kL1) continue;
      for (size_t dimensions : {8u, 48u}) {
        auto base = testing::clustered(3000, dimensions, 1);
        auto queries = testing::clustered(50, dimensions, 2);
        Fixture f(method, metric, static_cast<int>(dimensions));
        f.build(base);
        INFO(method << " metric " << static_cast<int>(metric) << " dimensions " << dimensions);
        // The queries come from other clusters: a graph may lead one of fifty to the wrong one.
        const double least = method == "ivfflat" ? 0.98 : metric == Metric::kInnerProduct ? 0.9 : metric == Metric::kL1 ? 0.95 : 0.97;
        CHECK(recall(f, base, queries, 10) > least);
        f.open();  // from the image
        CHECK(recall(f, base, queries, 10) > least);
      }
    }
  }
}

TEST_CASE("vector index: NULL and zero vectors are left out, dimensions are checked") {
  Fixture f("hnsw", Metric::kCosine, 2);
  f.build({{1, 0}, {}, {0, 0}, {0, 1}});
  CHECK(f.nearest({1, 0}, 10) == std::vector<RowId>{0, 3});
  auto txn = f.begin();
  f.put(*txn, 9, {0, 0});
  std::vector<float> three{1, 2, 3};
  Datum key[] = {datum(three)};
  auto wrong = f.index->insert(*txn, key, 10, UniqueCheck::kNone);
  REQUIRE_FALSE(wrong.is_ok());
  CHECK(wrong.status().info().message == "expected 2 dimensions, not 3");
  REQUIRE(txn->commit(Durability::kNoSync).is_ok());
  CHECK(f.nearest({1, 0}, 10) == std::vector<RowId>{0, 3});
}

TEST_CASE("vector index: own changes are seen, others' are not, rollback and savepoints drop them") {
  for (std::string method : {"hnsw", "ivfflat"}) {
    Fixture f(method, Metric::kL2, 2);
    f.build({{0, 0}, {1, 0}, {2, 0}});
    auto writer = f.begin();
    f.put(*writer, 10, {0.1f, 0});
    f.erase(*writer, 1, {1, 0});
    CHECK(f.nearest(*writer, {0, 0}, 9) == std::vector<RowId>{0, 1, 2});  // this command's own writes are not visible
    writer->begin_command();
    CHECK(f.nearest(*writer, {0, 0}, 9) == std::vector<RowId>{0, 10, 2});
    CHECK(f.nearest({0, 0}, 9) == std::vector<RowId>{0, 1, 2});
    auto savepoint = writer->savepoint();
    f.put(*writer, 11, {0.2f, 0});
    f.erase(*writer, 2, {2, 0});
    f.put(*writer, 2, {0.05f, 0});
    writer->begin_command();
    CHECK(f.nearest(*writer, {0, 0}, 9) == std::vector<RowId>{0, 2, 10, 11});
    writer->rollback_to(savepoint);
    writer->begin_command();
    CHECK(f.nearest(*writer, {0, 0}, 9) == std::vector<RowId>{0, 10, 2});
    auto old = f.begin(IsolationLevel::kRepeatableRead);
    CHECK(f.nearest(*old, {0, 0}, 9) == std::vector<RowId>{0, 1, 2});
    REQUIRE(writer->commit(Durability::kNoSync).is_ok());
    CHECK(f.nearest({0, 0}, 9) == std::vector<RowId>{0, 10, 2});
    REQUIRE(f.vector_index().run_maintenance().is_ok());
    CHECK(f.nearest(*old, {0, 0}, 9) == std::vector<RowId>{0, 1, 2});
    old.reset();
    REQUIRE(f.vector_index().run_maintenance().is_ok());
    CHECK(f.nearest({0, 0}, 9) == std::vector<RowId>{0, 10, 2});

    auto undone = f.begin();
    auto first = undone->savepoint();
    f.put(*undone, 20, {0, 0});
    undone->rollback_to(first);
    f.put(*undone, 21, {0, 0.5f});
    undone->begin_command();
    CHECK(f.nearest(*undone, {0, 0}, 9) == std::vector<RowId>{0, 10, 21, 2});
    undone->rollback();
    CHECK(f.nearest({0, 0}, 9) == std::vector<RowId>{0, 10, 2});
  }
}

TEST_CASE("vector index: equal vectors share a node and are all found") {
  Fixture f("hnsw", Metric::kL2, 4);
  Vectors base;
  for (int i = 0; i < 500; ++i) base.push_back({1, 2, 3, 4});
  for (int i = 0; i < 500; ++i) base.push_back({static_cast<float>(i), 0, 0, 0});
  f.build(base);
  CHECK(f.nearest({1, 2, 3, 4}, 2000).size() >= 500);
  auto txn = f.begin();
  for (RowId row = 0; row < 400; ++row) f.erase(*txn, row, base[row]);
  REQUIRE(txn->commit(Durability::kNoSync).is_ok());
  auto left = f.nearest({1, 2, 3, 4}, 100);
  CHECK(std::count_if(left.begin(), left.end(), [](RowId row) { return row >= 400 && row < 500; }) == 100);
  REQUIRE(f.vector_index().run_maintenance().is_ok());
  CHECK(f.nearest({1, 2, 3, 4}, 100).size() == 100);
}

TEST_CASE("vector index: off ends at ef_search, iterative scans go on in order") {
  auto base = testing::clustered(2000, 16, 3);
  Fixture f("hnsw", Metric::kL2, 16);
  f.build(base);
  auto txn = f.begin();
  ScanSpec spec;
  spec.ef_search = 40;
  CHECK(f.nearest(*txn, base[7], 5000, spec).size() == 40);
  spec.iterative = IterativeScan::kRelaxed;
  spec.max_scan_tuples = 1'000'000;
  auto all = f.nearest(*txn, base[7], 5000, spec);
  CHECK(std::set<RowId>(all.begin(), all.end()).size() == all.size());
  CHECK(all.size() > 1950);
  spec.iterative = IterativeScan::kStrict;
  auto strict = f.nearest(*txn, base[7], 5000, spec);
  CHECK(strict.size() > 40);
  for (size_t i = 1; i < strict.size(); ++i) {
    CHECK(testing::reference_distance(Metric::kL2, base[7], base[strict[i - 1]]) <=
          testing::reference_distance(Metric::kL2, base[7], base[strict[i]]) + 1e-4);
  }
  spec.iterative = IterativeScan::kRelaxed;
  spec.max_scan_tuples = 200;
  auto limited = f.nearest(*txn, base[7], 5000, spec);
  CHECK(limited.size() > 40);
  CHECK(limited.size() < 1900);

  Fixture ivf("ivfflat", Metric::kL2, 16);
  ivf.build(base);
  auto reader = ivf.begin();
  ScanSpec probing;
  probing.probes = 1;
  size_t one = ivf.nearest(*reader, base[7], 5000, probing).size();
  CHECK(one < 1000);
  probing.iterative = IterativeScan::kRelaxed;
  probing.max_probes = 10;
  CHECK(ivf.nearest(*reader, base[7], 5000, probing).size() == 2000);
}

TEST_CASE("vector index: a tenth deleted and a tenth updated costs no recall, slots are used again") {
  for (std::string method : {"hnsw", "ivfflat"}) {
    auto base = testing::clustered(4000, 24, 1);
    auto queries = testing::clustered(60, 24, 2), moved = testing::clustered(400, 24, 9);
    Fixture f(method, Metric::kL2, 24);
    f.build(base);
    double before = recall(f, base, queries, 10);
    auto txn = f.begin();
    for (RowId row = 0; row < 400; ++row) f.erase(*txn, row, base[row]);
    for (RowId row = 400; row < 800; ++row) {
      f.erase(*txn, row, base[row]);
      f.put(*txn, row, moved[row - 400]);
      base[row] = moved[row - 400];
    }
    REQUIRE(txn->commit(Durability::kNoSync).is_ok());
    txn.reset();
    for (RowId row = 0; row < 400; ++row) base[row].assign(24, 1e6f);  // out of everybody's way
    CHECK(recall(f, base, queries, 10) > before - 0.01);
    uint64_t bytes = f.index->approximate_bytes();
    REQUIRE(f.vector_index().run_maintenance().is_ok());
    REQUIRE(f.vector_index().run_maintenance().is_ok());
    CHECK(recall(f, base, queries, 10) > before - 0.01);
    // Every live row is found by its own vector.
    auto reader = f.begin();
    size_t missing = 0;
    for (RowId row = 400; row < base.size(); ++row) missing += f.nearest(*reader, base[row], 1) != std::vector<RowId>{row};
    CHECK(missing <= 2);
    auto again = f.begin();
    for (RowId row = 5000; row < 5300; ++row) f.put(*again, row, moved[row % 400]);
    REQUIRE(again->commit(Durability::kNoSync).is_ok());
    CHECK(f.index->approximate_bytes() <= bytes + bytes / 10);
    f.open();
    auto reopened = f.begin();
    CHECK(f.nearest(*reopened, moved[5000 % 400], 2).size() == 2);
  }
}

TEST_CASE("vector index: restart brings back image and log; damage is noticed") {
  for (std::string method : {"hnsw", "ivfflat"}) {
    auto base = testing::clustered(1000, 12, 1);
    Fixture f(method, Metric::kL2, 12);
    f.build({base.begin(), base.begin() + 800});
    auto txn = f.begin();
    for (RowId row = 800; row < 1000; ++row) f.put(*txn, row, base[row]);
    for (RowId row = 0; row < 50; ++row) f.erase(*txn, row, base[row]);
    REQUIRE(txn->commit(Durability::kNoSync).is_ok());
    for (int round = 0; round < 2; ++round) {
      f.open();
      auto reader = f.begin();
      REQUIRE(f.index->can_answer(*reader));
      CHECK(f.nearest(*reader, base[900], 1) == std::vector<RowId>{900});
      CHECK(f.nearest(*reader, base[20], 1) != std::vector<RowId>{20});
      CHECK(f.index->statistics().tuples == 950);
      reader.reset();
      REQUIRE(f.vector_index().run_maintenance().is_ok());  // second round: a new image, no log
    }
    std::string lower("\0\0\0\7i", 5);
    auto piece = f.engine->iterator(storage::Family::kImages, nullptr, {lower, prefix_successor(lower)});
    piece->seek_to_last();
    REQUIRE(piece->valid());
    std::string key(piece->key()), value(piece->value());
    value[value.size() / 2] ^= 1;
    auto batch = f.engine->new_batch();
    batch->put(storage::Family::kImages, key, value);
    REQUIRE(f.engine->write(*batch, Durability::kNoSync).is_ok());
    f.open();
    CHECK_FALSE(f.index->can_answer(*f.begin()));
  }
}

TEST_CASE("vector index: writers and readers at once") {
  for (std::string method : {"hnsw", "ivfflat"}) {
    auto base = testing::clustered(1200, 40, 1);
    Fixture f(method, Metric::kL2, 40);
    f.build({base.begin(), base.begin() + 300});
    std::atomic<bool> stop{false};
    std::atomic<size_t> wrong{0};
    std::vector<std::thread> threads;
    for (size_t w = 0; w < 2; ++w) {
      threads.emplace_back([&, w] {
        for (size_t row = 300 + w; row < base.size(); row += 2) {  // what it erases later is its own
          auto txn = f.begin();
          f.put(*txn, row, base[row]);
          if (row % 3 == 0) f.erase(*txn, row - 300, base[row - 300]);
          if (!txn->commit(Durability::kNoSync).is_ok()) ++wrong;
          // Found as soon as the commit has returned.
          if (f.nearest(base[row], 1) != std::vector<RowId>{row}) ++wrong;
        }
      });
    }
    for (int r = 0; r < 2; ++r) {
      threads.emplace_back([&, r] {
        std::mt19937 random(static_cast<uint32_t>(r));
        while (!stop) {
          auto txn = f.begin(IsolationLevel::kRepeatableRead);
          const auto& query = base[random() % base.size()];
          auto first = f.nearest(*txn, query, 5), second = f.nearest(*txn, query, 5);
          if (first.size() != 5 || first != second) ++wrong;
        }
      });
    }
    std::thread maintenance([&] {
      while (!stop) {
        if (!f.vector_index().run_maintenance().is_ok()) ++wrong;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
    threads[0].join();
    threads[1].join();
    stop = true;
    threads[2].join();
    threads[3].join();
    maintenance.join();
    INFO(method);
    CHECK(wrong <= 3);  // an approximate search may differ between two looks while the graph grows
    f.open();
    CHECK(f.index->statistics().tuples == 1200 - 300);
  }
}

// Every row leaves and comes back with another vector, many times over: lists are closed again and again, and each node's first
// neighbours are long gone.
TEST_CASE("vector index: every row can be found after long churn") {
  constexpr size_t kRows = 1000;
  for (std::string method : {"hnsw", "ivfflat"}) {
    const auto pool = testing::clustered(kRows * 5, 40, 3);
    Fixture f(method, Metric::kL2, 40);
    if (method == "hnsw") f.definition.options = {{"m", 4}, {"ef_construction", 16}};  // short lists lose somebody sooner
    f.open();
    f.build({pool.begin(), pool.begin() + kRows});
    std::vector<size_t> version(kRows, 0);
    std::mt19937 random(1);
    for (int round = 0; round < 100; ++round) {
      auto txn = f.begin();
      for (size_t i = 0; i < kRows / 5; ++i) {
        size_t row = random() % kRows;
        f.erase(*txn, row, pool[row + version[row] * kRows]);
        version[row] = (version[row] + 1) % 5;
        f.put(*txn, row, pool[row + version[row] * kRows]);
      }
      REQUIRE(txn->commit(Durability::kNoSync).is_ok());
      REQUIRE(f.vector_index().run_maintenance().is_ok());
    }
    ScanSpec spec;
    spec.iterative = IterativeScan::kRelaxed;
    spec.max_scan_tuples = 1 << 30;
    spec.max_probes = 32768;
    for (size_t query = 0; query < kRows; query += 50) {
      auto txn = f.begin();
      auto found = f.nearest(*txn, pool[query], kRows + 1, spec);
      CHECK(found.size() == kRows);
      CHECK(std::set<RowId>(found.begin(), found.end()).size() == kRows);
    }
  }
}

// Hidden: takes VECINO_STRESS_SECONDS (10). Rows get new vectors, leave and come back; every distance must be one that the row's
// vector has or had, and in the end exactly the live rows are found.
TEST_CASE("vector index: 8 writers and 8 readers", "[.stress]") {
  constexpr size_t kWriters = 8, kReaders = 8, kRows = 4000, kVersions = 16;
  const char* wanted = std::getenv("VECINO_STRESS_SECONDS");
  const auto length = std::chrono::seconds(wanted != nullptr ? std::atoi(wanted) : 10);
  for (std::string method : {"hnsw", "ivfflat"}) {
    const auto deadline = std::chrono::steady_clock::now() + length;
    auto running = [&] { return std::chrono::steady_clock::now() < deadline; };
    const auto pool = testing::clustered(kRows, 48, 3);
    auto vector_of = [&](size_t row, size_t version) -> const std::vector<float>& {
      return pool[(row * 31 + version * 1009) % kRows];
    };
    Fixture f(method, Metric::kL2, 48);
    Vectors initial;
    for (size_t row = 0; row < kRows / 2; ++row) initial.push_back(vector_of(row, 0));
    f.build(initial);
    std::vector<int> state(kRows, -1);  // version, -1 = no such row; each written by one thread
    for (size_t row = 0; row < kRows / 2; ++row) state[row] = 0;
    std::atomic<size_t> impossible{0}, unordered{0}, failed{0}, commits{0}, searches{0};
    std::vector<std::thread> threads;
    for (size_t w = 0; w < kWriters; ++w) {
      threads.emplace_back([&, w] {
        std::mt19937 random(static_cast<uint32_t>(w));
        while (running()) {
          size_t row = random() % (kRows / kWriters) * kWriters + w;
          int now = state[row], then = random() % 4 == 0 ? -1 : static_cast<int>(random() % kVersions);
          auto txn = f.begin();
          if (now >= 0) f.erase(*txn, row, vector_of(row, static_cast<size_t>(now)));
          if (then >= 0) f.put(*txn, row, vector_of(row, static_cast<size_t>(then)));
          if (random() % 8 == 0) {
            txn->rollback();
            continue;
          }
          if (!txn->commit(Durability::kNoSync).is_ok()) ++failed;
          state[row] = then;
          ++commits;
        }
      });
    }
    for (size_t r = 0; r < kReaders; ++r) {
      threads.emplace_back([&, r] {
        std::mt19937 random(static_cast<uint32_t>(100 + r));
        while (running()) {
          auto txn = f.begin();
          const auto& query = pool[random() % kRows];
          ScanSpec spec;
          spec.query = datum(query);
          spec.ef_search = 40;
          spec.probes = 5;
          auto scan = f.index->begin_scan(*txn, spec);
          Hit hits[10];
          auto count = scan->next(hits);
          must(count.is_ok());
          for (size_t i = 0; i < *count; ++i) {
            bool possible = false;
            for (size_t version = 0; version < kVersions && !possible; ++version) {
              double d = testing::reference_distance(Metric::kL2, query, vector_of(hits[i].row, version));
              possible = std::fabs(d - hits[i].distance) <= 1e-4 * (1 + d);
            }
            if (!possible) ++impossible;
            if (i > 0 && hits[i].distance < hits[i - 1].distance) ++unordered;
          }
          ++searches;
        }
      });
    }
    threads.emplace_back([&] {
      while (running()) {
        if (!f.vector_index().run_maintenance().is_ok()) ++failed;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    });
    for (auto& thread : threads) thread.join();
    WARN(method << ": " << commits << " commits, " << searches << " searches");
    CHECK(failed == 0);
    CHECK(impossible == 0);
    CHECK(unordered == 0);
    for (int look = 0; look < 2; ++look) {
      auto txn = f.begin();
      ScanSpec spec;
      spec.iterative = IterativeScan::kRelaxed;
      spec.max_scan_tuples = 1 << 30;
      spec.max_probes = 32768;
      auto found = f.nearest(*txn, pool[0], kRows + 1, spec);
      std::set<RowId> distinct(found.begin(), found.end()), live;
      for (size_t row = 0; row < kRows; ++row) {
        if (state[row] >= 0) live.insert(row);
      }
      std::vector<RowId> missing, ghosts;
      std::set_difference(live.begin(), live.end(), distinct.begin(), distinct.end(), std::back_inserter(missing));
      std::set_difference(distinct.begin(), distinct.end(), live.begin(), live.end(), std::back_inserter(ghosts));
      CHECK(distinct.size() == found.size());
      CHECK(missing == std::vector<RowId>{});
      CHECK(ghosts == std::vector<RowId>{});
      txn.reset();
      f.open();  // image and log say the same
    }
  }
}

}  // namespace vecino::index

#include <cmath>
#include <cstring>
#include <memory>
#include <set>

#include "index/hnsw/hnsw_core.h"
#include "storage/memory/memory_engine.h"
#include "tests/unit/catch.h"
#include "tests/unit/index/vector/vectors.h"

namespace vecino::index::hnsw {
namespace {

GraphOptions options_for(size_t dimensions) {
  GraphOptions options;
  options.metric = Metric::kL2;
  options.dimensions = static_cast<int>(dimensions);
  return options;
}

bool never() { return false; }

// What a search along links finds that looks at as much as it can get to.
size_t reachable(const HnswCore& core, const std::vector<float>& query) {
  SearchContext context;
  core.graph().search(query.data(), 10'000, context, false);
  size_t rows = 0;
  for (const Candidate& found : context.pool) core.entries().for_each(found.id, 1000, [&](RowId) { ++rows; });
  return rows;
}

std::vector<RowId> nearest(const HnswCore& core, const std::vector<float>& query, size_t k) {
  ScanSpec spec;
  spec.ef_search = 200;
  auto scan = core.scan(spec, query.data(), [&](NodeId node) { return core.entries().any(node, 1000, [](RowId) { return false; }); });
  std::vector<RowId> rows;
  NodeHit hit;
  while (rows.size() < k) {
    auto more = scan->next(hit);
    REQUIRE(more.is_ok());
    if (!*more) break;
    core.entries().for_each(hit.node, 1000, [&](RowId row) { rows.push_back(row); });
  }
  rows.resize(std::min(rows.size(), k));
  return rows;
}

}  // namespace

TEST_CASE("HNSW load: exact answers before the links are there, and changes meanwhile") {
  constexpr size_t kRows = 4000, kMore = 300;
  const auto base = testing::clustered(kRows + kMore, 40, 1);
  auto engine = storage::make_memory_engine();
  HnswCore built(options_for(40));
  for (size_t row = 0; row < kRows; ++row) REQUIRE(built.add(base[row].data(), row, 0).is_ok());
  ImageWriter writer(*engine, 7, 1);
  REQUIRE(built.save(writer, never).is_ok());
  REQUIRE(writer.finish().is_ok());

  ImageReader reader(*engine, 7, 1);
  auto header = read_header(reader, 40);
  REQUIRE(header.is_ok());
  HnswCore core(options_for(40));
  REQUIRE(core.load(reader, *header, never).is_ok());

  auto alive = [](size_t row) { return row >= 200; };
  for (size_t row = 0; row < 200; ++row) REQUIRE(core.entries().end(row, 5));
  for (size_t row = kRows; row < kRows + kMore; ++row) REQUIRE(core.add(base[row].data(), row, 5).is_ok());
  REQUIRE(core.vacuum(10, [] { return false; }).is_ok());  // nothing to do yet
  auto exact = [&](const std::vector<float>& query) {
    std::vector<RowId> rows;
    for (size_t row : testing::exact_nearest(Metric::kL2, base, query, 210)) {
      if (alive(row) && rows.size() < 10) rows.push_back(row);
    }
    return rows;
  };
  for (size_t i = 0; i < base.size(); i += 97) CHECK(nearest(core, base[i], 10) == exact(base[i]));

  REQUIRE(core.complete(reader, never).is_ok());
  size_t hits = 0, wanted = 0;
  for (size_t i = 0; i < base.size(); i += 29) {
    auto found = nearest(core, base[i], 10);
    std::set<RowId> set(found.begin(), found.end());
    for (RowId row : exact(base[i])) hits += set.count(row);
    wanted += 10;
    if (alive(i)) CHECK(found[0] == i);
  }
  CHECK(static_cast<double>(hits) > 0.98 * static_cast<double>(wanted));
  REQUIRE(core.vacuum(10, [] { return false; }).is_ok());
  CHECK(core.entries().row_count() == kRows + kMore - 200);
}

TEST_CASE("HNSW load: an empty image takes rows, before and after it is complete") {
  const auto base = testing::clustered(100, 8, 1);
  auto engine = storage::make_memory_engine();
  HnswCore built(options_for(8));
  ImageWriter writer(*engine, 7, 1);
  REQUIRE(built.save(writer, never).is_ok());
  REQUIRE(writer.finish().is_ok());
  ImageReader reader(*engine, 7, 1);
  auto header = read_header(reader, 8);
  REQUIRE(header.is_ok());
  HnswCore core(options_for(8));
  REQUIRE(core.load(reader, *header, never).is_ok());
  for (size_t row = 0; row < 50; ++row) REQUIRE(core.add(base[row].data(), row, 1).is_ok());
  CHECK(nearest(core, base[3], 1) == std::vector<RowId>{3});
  REQUIRE(core.complete(reader, never).is_ok());
  for (size_t row = 50; row < 100; ++row) REQUIRE(core.add(base[row].data(), row, 1).is_ok());
  for (size_t row = 0; row < 100; ++row) CHECK(nearest(core, base[row], 1) == std::vector<RowId>{row});
}

namespace {

// Saves `built` and calls change(core) between the two steps of loading it.
template <typename Change>
std::unique_ptr<HnswCore> saved_and_loaded(HnswCore& built, GraphOptions options, Change&& change) {
  auto engine = storage::make_memory_engine();
  ImageWriter writer(*engine, 7, 1);
  REQUIRE(built.save(writer, never).is_ok());
  REQUIRE(writer.finish().is_ok());
  ImageReader reader(*engine, 7, 1);
  auto header = read_header(reader, options.dimensions);
  REQUIRE(header.is_ok());
  auto core = std::make_unique<HnswCore>(options);
  REQUIRE(core->load(reader, *header, never).is_ok());
  change(*core);
  REQUIRE(core->complete(reader, never).is_ok());
  return core;
}

}  // namespace

TEST_CASE("HNSW load: many rows with equal vectors that come in meanwhile are no dead end") {
  constexpr size_t kRows = 60, kEqual = 400;
  const auto base = testing::clustered(kRows, 3, 1);
  HnswCore built(options_for(3));
  for (size_t row = 0; row < kRows; ++row) REQUIRE(built.add(base[row].data(), row, 0).is_ok());
  auto place = [](size_t i) { return std::vector<float>{1.0f + static_cast<float>(i % 7), 2, 3}; };
  auto core = saved_and_loaded(built, options_for(3), [&](HnswCore& loading) {
    for (size_t i = 0; i < kEqual; ++i) REQUIRE(loading.add(place(i).data(), kRows + i, 5).is_ok());
  });
  for (size_t i = 0; i < 7; ++i) CHECK(reachable(*core, place(i)) == kRows + kEqual);
  for (const auto& query : base) CHECK(reachable(*core, query) == kRows + kEqual);
}

TEST_CASE("HNSW load: rows that were deleted but not yet removed when the image was written leave no gap") {
  constexpr size_t kRows = 3000;
  GraphOptions options = options_for(3);
  options.m = 2;
  options.ef_construction = 8;
  const auto base = testing::clustered(kRows, 3, 2);
  HnswCore built(options);
  for (size_t row = 0; row < kRows; ++row) REQUIRE(built.add(base[row].data(), row, 0).is_ok());
  built.connect(never);
  for (size_t row = 0; row < kRows; ++row) {
    if (row % 3 != 0) REQUIRE(built.entries().end(row, 5));
  }
  auto core = saved_and_loaded(built, options, [](HnswCore&) {});
  for (size_t row = 0; row < kRows; row += 101) CHECK(reachable(*core, base[row]) == kRows / 3);
  CHECK(core->wants_vacuum());
  REQUIRE(core->vacuum(10, never).is_ok());
  CHECK_FALSE(core->wants_vacuum());
  for (size_t row = 0; row < kRows; row += 101) CHECK(reachable(*core, base[row]) == kRows / 3);
}

}  // namespace vecino::index::hnsw

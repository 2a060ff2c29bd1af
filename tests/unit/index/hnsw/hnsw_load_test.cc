#include <cmath>
#include <cstring>
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

std::vector<RowId> nearest(const HnswCore& core, const std::vector<float>& query, size_t k) {
  ScanSpec spec;
  spec.ef_search = 200;
  auto scan = core.scan(spec, query.data());
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
  REQUIRE(built.save(writer).is_ok());
  REQUIRE(writer.finish().is_ok());

  ImageReader reader(*engine, 7, 1);
  auto header = read_header(reader, 40);
  REQUIRE(header.is_ok());
  HnswCore core(options_for(40));
  REQUIRE(core.load(reader, *header).is_ok());

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

  REQUIRE(core.complete(reader).is_ok());
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
  REQUIRE(built.save(writer).is_ok());
  REQUIRE(writer.finish().is_ok());
  ImageReader reader(*engine, 7, 1);
  auto header = read_header(reader, 8);
  REQUIRE(header.is_ok());
  HnswCore core(options_for(8));
  REQUIRE(core.load(reader, *header).is_ok());
  for (size_t row = 0; row < 50; ++row) REQUIRE(core.add(base[row].data(), row, 1).is_ok());
  CHECK(nearest(core, base[3], 1) == std::vector<RowId>{3});
  REQUIRE(core.complete(reader).is_ok());
  for (size_t row = 50; row < 100; ++row) REQUIRE(core.add(base[row].data(), row, 1).is_ok());
  for (size_t row = 0; row < 100; ++row) CHECK(nearest(core, base[row], 1) == std::vector<RowId>{row});
}

}  // namespace vecino::index::hnsw

#include "index/btree/entry_sorter.h"

#include <filesystem>
#include <random>

#include "tests/unit/catch.h"

namespace vecino::index::btree {
namespace {

struct Row {
  std::string key, value, note;
  auto operator<=>(const Row&) const = default;
};

std::vector<Row> sorted(std::vector<Row> rows, size_t memory_limit, size_t largest_part = size_t{32} << 20) {
  EntrySorter sorter(std::filesystem::temp_directory_path().string(), memory_limit, 4, nullptr, largest_part);
  for (const Row& row : rows) REQUIRE(sorter.add({row.key, row.value, row.note}).is_ok());
  REQUIRE(sorter.finish().is_ok());
  std::vector<Row> out;
  EntrySorter::Entry entry;
  while (true) {
    auto any = sorter.next(entry);
    REQUIRE(any.is_ok());
    if (!*any) return out;
    out.push_back({std::string(entry.key), std::string(entry.value), std::string(entry.note)});
  }
}

// Keys that differ in the first bytes, only behind them, or only in their lengths; some twice.
std::vector<Row> some_rows(size_t count) {
  std::mt19937 random(7);
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    std::string key = "same";
    switch (random() % 3) {
      case 0: key += static_cast<char>(random() % 256); break;
      case 1: key += "in common" + std::to_string(random() % count); break;
      default: key.append(random() % 20, '\xff'); break;
    }
    rows.push_back({key, i % 2 == 0 ? std::to_string(i) : "", std::string(random() % 50, 'n')});
  }
  return rows;
}

}  // namespace

TEST_CASE("entry sorter: in memory and through runs") {
  const size_t count = GENERATE(0, 1, 2, 20000);
  std::vector<Row> rows = some_rows(count);
  std::vector<Row> expected = rows;
  std::sort(expected.begin(), expected.end());
  // All at once; in files; in memory; in both.
  using Limits = std::pair<size_t, size_t>;
  for (auto [memory_limit, largest_part] : {Limits{SIZE_MAX, SIZE_MAX}, Limits{64 << 10, 32 << 10},
                                            Limits{64 << 20, 64 << 10}, Limits{512 << 10, 64 << 10}}) {
    std::vector<Row> got = sorted(rows, memory_limit, largest_part);
    CHECK(std::is_sorted(got.begin(), got.end(), [](const Row& a, const Row& b) { return a.key < b.key; }));
    std::sort(got.begin(), got.end());
    CHECK(got == expected);
  }
}

TEST_CASE("entry sorter: entries larger than the buffers of its files") {
  std::vector<Row> rows;
  for (int i = 0; i < 20; ++i) rows.push_back({"same" + std::string(700000, static_cast<char>('t' - i)), "v", "n"});
  std::vector<Row> got = sorted(rows, 1 << 20);
  std::reverse(rows.begin(), rows.end());
  CHECK(got == rows);
}

TEST_CASE("entry sorter: a cancelled build stops, and a directory that is not there is an error") {
  CancelState cancel;
  EntrySorter sorter(std::filesystem::temp_directory_path().string(), 64 << 10, 4, &cancel);
  cancel.request(CancelReason::kUserRequest);
  Status status;
  for (int i = 0; status.is_ok() && i < 100000; ++i) status = sorter.add({"same" + std::to_string(i), "v", ""});
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.info().code == sqlstate::kQueryCanceled);

  EntrySorter lost("/nonexistent", 64 << 10, 4, nullptr);
  status = Status::ok();
  for (int i = 0; status.is_ok() && i < 100000; ++i) status = lost.add({"same" + std::to_string(i), "v", ""});
  if (status.is_ok()) status = lost.finish();
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.info().code == sqlstate::kIoError);
}

}  // namespace vecino::index::btree

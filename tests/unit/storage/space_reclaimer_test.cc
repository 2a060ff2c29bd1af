#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "storage/util/bytes.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

constexpr int kValues = 300;
constexpr size_t kValueBytes = 64 << 10;

RocksdbOptions quick_options() {
  RocksdbOptions options = small_options();
  options.reclaim.tick = std::chrono::milliseconds(20);
  options.reclaim.quiet = std::chrono::milliseconds(60);
  options.reclaim.idle = std::chrono::milliseconds(200);
  options.reclaim.long_log = 64 << 10;
  return options;
}

std::string key_of(uint32_t storage, int number) {
  std::string key;
  append_be(key, storage);
  append_be(key, static_cast<uint64_t>(number));
  return key;
}

void fill(KvEngine& engine, uint32_t storage) {
  std::mt19937_64 random(storage);
  for (int i = 0; i < kValues; ++i) {
    std::string value(kValueBytes, '\0');
    for (size_t at = 0; at + 8 <= value.size(); at += 8) {
      const uint64_t word = random();
      std::memcpy(value.data() + at, &word, sizeof word);
    }
    auto batch = engine.new_batch();
    batch->put(Family::kLarge, key_of(storage, i), value);
    require_ok(engine.write(*batch, Durability::kNoSync));
  }
  require_ok(engine.flush());
}

void erase_all(KvEngine& engine, uint32_t storage) {
  for (int i = 0; i < kValues; ++i) {
    auto batch = engine.new_batch();
    batch->erase(Family::kLarge, key_of(storage, i));
    require_ok(engine.write(*batch, Durability::kNoSync));
  }
}

uint64_t table_bytes(KvEngine& engine) { return engine.maintenance()->metrics().table_bytes; }

template <typename Condition>
bool becomes(const Condition& condition, int milliseconds = 10'000) {
  for (int waited = 0; waited < milliseconds; waited += 20) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

uint64_t log_bytes(const std::string& directory) {
  uint64_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.path().extension() == ".log") bytes += file.file_size();
  }
  return bytes;
}

}  // namespace

TEST_CASE("reclaim: erased values give their space back, others stay") {
  TemporaryDirectory directory;
  auto engine = require_value(open_rocksdb_engine(directory.path(), quick_options()));
  fill(*engine, 1);
  fill(*engine, 2);
  const uint64_t full = table_bytes(*engine);
  REQUIRE(full > 2 * kValues * kValueBytes);
  erase_all(*engine, 1);
  CHECK(becomes([&] { return table_bytes(*engine) < full * 6 / 10; }));
  PinnedValue value;
  CHECK(require_value(engine->get(Family::kLarge, key_of(2, 7), nullptr, value)));
  CHECK(value.view().size() == kValueBytes);
  CHECK_FALSE(require_value(engine->get(Family::kLarge, key_of(1, 7), nullptr, value)));
}

TEST_CASE("reclaim: what a snapshot sees stays until it goes") {
  TemporaryDirectory directory;
  auto engine = require_value(open_rocksdb_engine(directory.path(), quick_options()));
  fill(*engine, 1);
  const uint64_t full = table_bytes(*engine);
  KvSnapshotPtr snapshot = engine->snapshot();
  erase_all(*engine, 1);
  CHECK_FALSE(becomes([&] { return table_bytes(*engine) < full / 2; }, 500));
  PinnedValue value;
  CHECK(require_value(engine->get(Family::kLarge, key_of(1, 7), snapshot.get(), value)));
  value = {};
  snapshot.reset();
  CHECK(becomes([&] { return table_bytes(*engine) < full / 2; }));
}

TEST_CASE("reclaim: an idle server has a short log") {
  TemporaryDirectory directory;
  auto engine = require_value(open_rocksdb_engine(directory.path(), quick_options()));
  auto batch = engine->new_batch();
  for (int i = 0; i < 64; ++i) batch->put(Family::kRows, key_of(3, i), std::string(4096, 'x'));
  require_ok(engine->write(*batch, Durability::kSync));
  const uint64_t before = engine->maintenance()->metrics().memtable_bytes;
  CHECK(becomes([&] { return engine->maintenance()->metrics().memtable_bytes < before / 2 || log_bytes(directory.path()) == 0; }));
  engine.reset();
  engine = require_value(open_rocksdb_engine(directory.path(), quick_options()));
  PinnedValue value;
  CHECK(require_value(engine->get(Family::kRows, key_of(3, 63), nullptr, value)));
}

}  // namespace vecino::storage::test

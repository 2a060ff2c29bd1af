#include <fcntl.h>
#include <sys/wait.h>

#include <fstream>

#include "storage/util/failpoint.h"
#include "tests/unit/storage/engines.h"

namespace vecino::storage::test {
namespace {

namespace fs = std::filesystem;

Status open_status(const std::string& path) {
  auto opened = open_rocksdb_engine(path, small_options());
  return opened.is_ok() ? Status::ok() : opened.status();
}
void write_file(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

void put(KvEngine& engine, std::string_view key, std::string_view value, Durability durability) {
  auto batch = engine.new_batch();
  batch->put(Family::kRows, key, value);
  require_ok(engine.write(*batch, durability));
}

}  // namespace

TEST_CASE("rocksdb: a data directory belongs to one server") {
  TemporaryDirectory directory;
  auto engine = require_value(open_rocksdb_engine(directory.path(), small_options()));
  Status second = open_status(directory.path());
  REQUIRE_FALSE(second.is_ok());
  CHECK(second.info().code == sqlstate::kObjectInUse);
  CHECK(second.info().message == "lock file \"vecinod.pid\" already exists");
  CHECK(second.info().hint.find("(PID " + std::to_string(getpid()) + ")") != std::string::npos);
  engine.reset();
  CHECK(open_status(directory.path()).is_ok());
}

TEST_CASE("rocksdb: foreign and newer directories are refused and left alone") {
  TemporaryDirectory directory;
  SECTION("PostgreSQL's") {
    write_file(directory.path() + "/PG_VERSION", "15\n");
    CHECK(open_status(directory.path()).info().message.find("is a PostgreSQL data directory") != std::string::npos);
  }
  SECTION("anything else") {
    write_file(directory.path() + "/thesis.tex", "...");
    CHECK(open_status(directory.path()).info().message.find("exists but is not empty") != std::string::npos);
  }
  SECTION("newer format") {
    write_file(directory.path() + "/VECINO", "99\n");
    CHECK(open_status(directory.path()).info().message == "database files are incompatible with server");
  }
  CHECK_FALSE(fs::exists(directory.path() + "/kv"));
}

TEST_CASE("rocksdb: configuration files may be there first") {
  TemporaryDirectory directory;
  write_file(directory.path() + "/postgresql.conf", "");
  CHECK(open_status(directory.path()).is_ok());
  CHECK(fs::exists(directory.path() + "/VECINO"));
}

TEST_CASE("rocksdb: what was written survives a crash, a torn log tail is dropped") {
  TestEngine engine(EngineKind::kRocksdb);
  put(*engine, "synced", "1", Durability::kSync);
  put(*engine, "unsynced", "2", Durability::kNoSync);
  engine.crash();
  PinnedValue value;
  CHECK(require_value(engine->get(Family::kRows, "synced", nullptr, value)));
  CHECK(require_value(engine->get(Family::kRows, "unsynced", nullptr, value)));
}

TEST_CASE("rocksdb: a torn record at the log's end") {
  const Durability durability = GENERATE(Durability::kNoSync, Durability::kSync);
  TemporaryDirectory directory, copy;
  auto engine = require_value(open_rocksdb_engine(directory.path(), small_options()));
  put(*engine, "first", std::string(500, 'x'), Durability::kSync);
  put(*engine, "second", std::string(500, 'y'), durability);
  fs::copy(directory.path(), copy.path(), fs::copy_options::recursive);
  for (const auto& file : fs::directory_iterator(copy.path() + "/kv")) {
    if (file.path().extension() != ".log") continue;
    // The second record ends somewhere in zeroes, as when power fails.
    std::fstream log(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(log)), {});
    size_t at = text.rfind("yyyyyyyyyy");
    REQUIRE(at != std::string::npos);
    log.clear();
    log.seekp(static_cast<std::streamoff>(at - 100));
    log << std::string(110, '\0');
  }
  if (durability == Durability::kSync) {  // no power loss does that
    CHECK(open_status(copy.path()).info().code == sqlstate::kDataCorrupted);
    return;
  }
  auto recovered = require_value(open_rocksdb_engine(copy.path(), small_options()));
  PinnedValue value;
  CHECK(require_value(recovered->get(Family::kRows, "first", nullptr, value)));
  CHECK_FALSE(require_value(recovered->get(Family::kRows, "second", nullptr, value)));
}

TEST_CASE("rocksdb: a damaged block is an error, not an answer") {
  TemporaryDirectory directory;
  {
    auto engine = require_value(open_rocksdb_engine(directory.path(), small_options()));
    auto batch = engine->new_batch();
    for (int i = 0; i < 2000; ++i) batch->put(Family::kLarge, std::to_string(10000 + i), std::string(300, 'v'));
    require_ok(engine->write(*batch, Durability::kSync));
    require_ok(engine->flush());
  }
  for (const auto& file : fs::directory_iterator(directory.path() + "/kv")) {
    if (file.path().extension() != ".sst" || file.file_size() < 100'000) continue;
    std::fstream table(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(1000);
    table << "garbage";
  }
  auto engine = require_value(open_rocksdb_engine(directory.path(), small_options()));
  PinnedValue value;
  auto result = engine->get(Family::kLarge, "10001", nullptr, value);
  REQUIRE_FALSE(result.is_ok());
  CHECK(result.status().info().code == sqlstate::kDataCorrupted);
  auto iterator = engine->iterator(Family::kLarge, nullptr, {});
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
  }
  CHECK_FALSE(iterator->status().is_ok());
}

}  // namespace vecino::storage::test

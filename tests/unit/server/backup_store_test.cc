#include "server/backup_store.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::server;

namespace {

namespace fs = std::filesystem;

struct Directory {
  Directory() : path("/tmp/vecino_backup_test_" + std::to_string(getpid())) { fs::create_directory(path); }
  ~Directory() { fs::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
    return path + "/" + name;
  }
  const std::string path;
};

BackupManifest manifest_of(const std::string& name, std::vector<BackupFile> files) {
  BackupManifest manifest;
  manifest.name = name;
  manifest.data_format = 1;
  manifest.files = std::move(files);
  return manifest;
}

}  // namespace

TEST_CASE("contents are kept once, and go with the last backup that has them") {
  Directory directory;
  const std::string target = directory.path + "/store";
  auto store = BackupStore::open_for_writing(target);
  REQUIRE(store.is_ok());
  auto a = store->add(directory.file("a", "same"), "kv/a");
  auto b = store->add(directory.file("b", "same"), "kv/b with space");
  auto c = store->add(directory.file("c", "other"), "c");
  REQUIRE((a.is_ok() && b.is_ok() && c.is_ok()));
  CHECK(a->copied);
  CHECK_FALSE(b->copied);
  CHECK(a->file.checksum == *text_checksum("same"));
  REQUIRE(store->commit(manifest_of("1", {a->file, c->file})).is_ok());
  REQUIRE(store->commit(manifest_of("2", {a->file, b->file})).is_ok());
  CHECK(*store->names() == std::vector<std::string>{"1", "2"});
  auto newest = store->read("");
  REQUIRE(newest.is_ok());
  CHECK(newest->name == "2");
  REQUIRE(newest->files.size() == 2);
  CHECK(newest->files[1].path == "kv/b with space");
  CHECK(newest->files[1].size == 4);
  REQUIRE(store->prune(1).is_ok());
  CHECK(*store->names() == std::vector<std::string>{"2"});
  CHECK(store->verify(a->file).is_ok());
  CHECK_FALSE(store->verify(c->file).is_ok());
}

TEST_CASE("one writer at a time, and no foreign directory") {
  Directory directory;
  auto first = BackupStore::open_for_writing(directory.path + "/store");
  REQUIRE(first.is_ok());
  auto second = BackupStore::open_for_writing(directory.path + "/store");
  REQUIRE_FALSE(second.is_ok());
  CHECK(second.status().info().code == sqlstate::kObjectInUse);
  directory.file("a", "x");
  auto foreign = BackupStore::open_for_writing(directory.path);
  REQUIRE_FALSE(foreign.is_ok());
  CHECK(foreign.status().info().code == sqlstate::kObjectNotInPrerequisiteState);
  CHECK_FALSE(BackupStore::open(directory.path).is_ok());
}

TEST_CASE("damage is found") {
  Directory directory;
  const std::string target = directory.path + "/store";
  auto store = BackupStore::open_for_writing(target);
  auto added = store->add(directory.file("a", "contents"), "a");
  REQUIRE(store->commit(manifest_of("1", {added->file})).is_ok());
  std::ofstream(store->content_path(added->file.checksum)) << "Contents";
  Status verified = store->verify(added->file);
  REQUIRE_FALSE(verified.is_ok());
  CHECK(verified.info().code == sqlstate::kDataCorrupted);
  const std::string manifest = target + "/1.manifest";
  std::string text;
  std::getline(std::ifstream(manifest), text, '\0');
  for (const std::string& bad : {text.substr(0, text.size() / 2), text + "more\n", "end x\n" + text, std::string()}) {
    std::ofstream(manifest) << bad;
    CHECK_FALSE(store->read("1").is_ok());
  }
  // Right checksum, but paths that lead out of the data directory.
  for (const char* path : {"../x", "/etc/passwd", "kv/../../x"}) {
    BackupFile file = added->file;
    file.path = path;
    REQUIRE(store->commit(manifest_of("2", {file})).is_ok());
    CHECK_FALSE(store->read("2").is_ok());
  }
}

#pragma once

#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "storage/memory/memory_engine.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/row_group/row_group_engine.h"
#include "storage/util/status.h"
#include "tests/unit/catch.h"

namespace vecino::storage::test {

// A directory below TMPDIR that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vecino_test_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

enum class EngineKind { kMemory, kRocksdb, kMemoryGroups, kRocksdbGroups };  // the latter as the server uses them
inline constexpr std::array kEngines{EngineKind::kMemory, EngineKind::kRocksdb, EngineKind::kMemoryGroups,
                                     EngineKind::kRocksdbGroups};
inline bool is_durable(EngineKind kind) { return kind == EngineKind::kRocksdb || kind == EngineKind::kRocksdbGroups; }
inline bool has_groups(EngineKind kind) { return kind == EngineKind::kMemoryGroups || kind == EngineKind::kRocksdbGroups; }

inline RocksdbOptions small_options() {
  RocksdbOptions options;
  options.block_cache_bytes = 8 << 20;
  options.write_buffer_bytes = 16 << 20;
  return options;
}

// An engine of either kind with its directory. reopen() closes and opens again; crash() opens a copy of the files as
// they are on disk, as after kill -9 (no destructor of the old engine runs before).
class TestEngine {
 public:
  explicit TestEngine(EngineKind kind) : kind_(kind) { open(); }
  KvEngine& operator*() { return *engine_; }
  KvEngine* operator->() { return engine_.get(); }
  EngineKind kind() const { return kind_; }
  void reopen() {
    if (!is_durable(kind_)) return;
    engine_.reset();
    open();
  }
  // The old engine lives on in its own directory until the object goes.
  void crash() {
    if (!is_durable(kind_)) return;
    auto copy = copy_of_directory();
    dead_engine_ = std::move(engine_);
    dead_directory_ = std::move(directory_);
    directory_ = std::move(copy);
    open();
  }

 private:
  void open() {
    engine_ = is_durable(kind_) ? open_directory() : make_memory_engine();
    if (has_groups(kind_)) engine_ = with_row_groups(std::move(engine_));
  }
  std::unique_ptr<KvEngine> open_directory() {
    if (directory_ == nullptr) directory_ = std::make_unique<TemporaryDirectory>();
    auto opened = open_rocksdb_engine(directory_->path(), small_options());
    if (!opened.is_ok()) FAIL(opened.status().info().message);
    return std::move(opened).value();
  }

  // Again when a file was deleted in the background meanwhile.
  std::unique_ptr<TemporaryDirectory> copy_of_directory() {
    for (int attempt = 0;; ++attempt) {
      auto copy = std::make_unique<TemporaryDirectory>();
      std::error_code error;
      std::filesystem::copy(directory_->path(), copy->path(), std::filesystem::copy_options::recursive, error);
      if (!error) return copy;
      if (attempt == 20) FAIL(error.message());
    }
  }

  EngineKind kind_;
  std::unique_ptr<TemporaryDirectory> dead_directory_, directory_;
  std::unique_ptr<KvEngine> dead_engine_, engine_;
};

inline void require_ok(const Status& status) {
  if (!status.is_ok()) FAIL(status.info().code.view() << ": " << status.info().message);
}
template <typename T>
T require_value(Result<T> result) {
  if (!result.is_ok()) FAIL(result.status().info().code.view() << ": " << result.status().info().message);
  return std::move(result).value();
}

}  // namespace vecino::storage::test

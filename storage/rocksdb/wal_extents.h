#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/util/status.h"

namespace vecino::storage {

// How much of each file of the write-ahead log, and of the manifest, is known to be on disk, in a file of its own beside them
// (kv/wal.extents) that is mapped into memory. RocksDB takes one that is cut, or a log that is missing, for one that was never
// written; this tells the difference at the next start. A commit changes its slot after its sync has returned, so the file never
// promises more than the disk has, whatever of it a power loss leaves; it is not synced itself, and costs a commit two stores. Before
// a file is removed its slot is emptied durably. A slot torn by a crash has a wrong checksum and is ignored. Thread-safe.
class WalExtents {
 public:
  enum class Kind : uint32_t { kNone, kLog, kManifest };
  struct File {
    Kind kind = Kind::kNone;
    uint64_t number = 0;
    std::string name() const;  // below the directory
    bool operator==(const File&) const = default;
  };
  struct Extent {
    File file;
    uint64_t size = 0;  // bytes that were synced
  };

  // Of the last run; nullopt = there is no such file (a new directory, or one of an older version).
  static Result<std::optional<std::vector<Extent>>> read(const std::string& directory);
  // With what is there, or empty.
  static Result<std::unique_ptr<WalExtents>> open(const std::string& directory);
  ~WalExtents();
  WalExtents(const WalExtents&) = delete;

  // kNone = not one of this directory's.
  File file_of(const std::string& path) const;
  void synced(const File& file, uint64_t size);
  // Before the file goes or gets another name.
  void forget(const File& file);
  // Empties the slots of files that are not there, and those that are torn.
  void forget_absent();

 private:
  struct Slot;
  WalExtents(std::string directory, int fd, Slot* slots) : directory_(std::move(directory)), fd_(fd), slots_(slots) {}
  static uint32_t checksum(const Slot& slot);
  Slot* find(const File& file);
  void sync();

  const std::string directory_;  // ends with a slash
  int fd_;
  std::mutex mutex_;
  Slot* slots_;
};

// What the last run had made durable and is not there, or not whole, any more: one line for each file.
Result<std::vector<std::string>> find_lost_log(const std::string& directory);

}  // namespace vecino::storage

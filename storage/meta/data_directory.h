#pragma once

#include <memory>
#include <string>

#include "storage/util/status.h"

namespace vecino::storage {

// Layout of a data directory: VECINO (format version, text), vecinod.pid (lock), kv/ (the engine's files), bulk/ (runs of
// transactions that have not committed; emptied at start); other files there (*.conf, certificates) belong to the server.
// Format 2 has groups of rows (storage/row_group); directories of format 1 are read, and become 2 when they are opened.
inline constexpr int kDataFormatVersion = 2;

// An opened and locked data directory. The lock goes with the object, or with the process however it ends.
class DataDirectory {
 public:
  // Creates the directory when absent. Errors: 55006 when another server has it, 55000 when it belongs to something
  // else or to a newer Vecino or is open to others, XX001 when the engine's root is missing, 58030 / 53100 / 42501 for the
  // file system's.
  static Result<std::unique_ptr<DataDirectory>> open(const std::string& path);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string engine_path() const { return path_ + "/kv"; }
  std::string bulk_path() const { return path_ + "/bulk"; }  // on the same file system: its files are moved to kv/

 private:
  explicit DataDirectory(std::string path) : path_(std::move(path)) {}
  Status lock();
  Status check_format();
  Status check_access();
  Status check_engine();

  std::string path_;
  int version_ = 0;  // 0 = a new directory
  int lock_fd_ = -1;
};

}  // namespace vecino::storage

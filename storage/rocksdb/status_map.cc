#include "storage/rocksdb/status_map.h"

#include <cerrno>
#include <cstring>
#include <string_view>

namespace vecino::storage {

bool is_no_space(const rocksdb::Status& status) {
  return status.subcode() == rocksdb::Status::kNoSpace || status.subcode() == rocksdb::Status::kSpaceLimit;
}

bool is_out_of_files(const rocksdb::Status& status) {
  if (!status.IsIOError() || status.getState() == nullptr) return false;
  return std::string_view(status.getState()).find(std::strerror(EMFILE)) != std::string_view::npos ||
         std::string_view(status.getState()).find(std::strerror(ENFILE)) != std::string_view::npos;
}

Status from_rocksdb(const rocksdb::Status& status) {
  if (status.ok()) return Status::ok();
  std::string text = status.ToString();
  if (is_out_of_files(status)) {
    return Status::error(sqlstate::kInsufficientResources, "out of file descriptors: Too many open files", text,
                         "The server continues by itself when files are closed; raise its limit (ulimit -n).");
  }
  if (is_no_space(status)) {
    return Status::error(sqlstate::kDiskFull, "could not write to the data directory: No space left on device", text,
                         "Free some disk space; the server continues by itself.");
  }
  if (status.IsCorruption()) return Status::error(sqlstate::kDataCorrupted, "data is damaged: " + text);
  if (status.IsIOError()) return Status::error(sqlstate::kIoError, "could not access the data directory: " + text);
  if (status.IsMemoryLimit()) return Status::error(sqlstate::kOutOfMemory, "out of memory", text);
  return Status::error(sqlstate::kInternalError, "storage engine: " + text);
}

}  // namespace vecino::storage

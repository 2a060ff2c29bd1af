#include "storage/rocksdb/status_map.h"

namespace vecino::storage {

bool is_no_space(const rocksdb::Status& status) {
  return status.subcode() == rocksdb::Status::kNoSpace || status.subcode() == rocksdb::Status::kSpaceLimit;
}

Status from_rocksdb(const rocksdb::Status& status) {
  if (status.ok()) return Status::ok();
  std::string text = status.ToString();
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

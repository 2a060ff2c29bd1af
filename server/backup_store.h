#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/util/status.h"

namespace vecino::server {

// A directory of backups. Files are kept once, under the SHA-256 of their contents, however many backups have them;
// what one backup consists of is said by its manifest, which appears last and whole:
//
//   VECINO_BACKUP           format of the directory
//   files/ab/cdef...        contents
//   NAME.manifest           one line per file: checksum, size, path; then the checksum of the lines
//
// So a second backup writes only what has changed, and one that is killed leaves the earlier ones as they were.
struct BackupFile {
  std::string checksum, path;  // path: within the data directory
  uint64_t size = 0;
};
struct BackupManifest {
  std::string name;
  int data_format = 0;
  std::vector<BackupFile> files;
};

class BackupStore {
 public:
  // Makes the directory when it does not exist or is empty. Errors: 55000 when it is something else, 55006 when another
  // backup is being written, 58030 / 53100 / 42501 for the file system's.
  static Result<BackupStore> open_for_writing(const std::string& directory);
  static Result<BackupStore> open(const std::string& directory);
  ~BackupStore();
  BackupStore(BackupStore&& other) noexcept;
  BackupStore& operator=(BackupStore&&) = delete;

  struct Added {
    BackupFile file;
    bool copied = false;  // false: a backup already has it
  };
  Result<Added> add(const std::string& source, const std::string& path);
  // After this the backup exists.
  Status commit(const BackupManifest& manifest);
  // Removes manifests but for the newest `keep`, then contents that no manifest names.
  Status prune(size_t keep);

  // Oldest first.
  Result<std::vector<std::string>> names() const;
  Result<BackupManifest> read(const std::string& name) const;  // empty = the newest
  // XX001 when the contents are not what the manifest says.
  Status verify(const BackupFile& file) const;
  std::string content_path(const std::string& checksum) const;

 private:
  explicit BackupStore(std::string directory) : directory_(std::move(directory)) {}
  Status lock();
  std::string directory_;
  int lock_fd_ = -1;
};

// Hexadecimal SHA-256 of a file's contents, or of a text.
Result<std::string> file_checksum(const std::string& path);
Result<std::string> text_checksum(std::string_view text);
// Copies, and has the copy on disk before it returns. `target` appears whole or not at all.
Status copy_file_durably(const std::string& source, const std::string& target);
Status sync_directory(const std::string& path);
Status file_failure(const char* what, const std::string& path, int error);

}  // namespace vecino::server

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/util/status.h"

namespace vecino::index::btree {

// Bytes that are written once and read once, in order: a sorted run on its way to the merge, in a file or in memory. The file has no
// name, so that it is gone with the process. Not thread-safe.
class RunFile {
 public:
  // A file in `directory`. Errors: 53100, 58030.
  static Result<std::unique_ptr<RunFile>> create(const std::string& directory);
  // Room for `size` bytes in memory.
  static std::unique_ptr<RunFile> in_memory(size_t size);
  ~RunFile();
  RunFile(const RunFile&) = delete;

  Status append(std::string_view bytes);
  // From here on it is read.
  Status rewind();
  bool at_end() const { return read_ == size_; }
  // The next `count` bytes, valid until the next call. REQUIRES: so many are left.
  Result<std::string_view> read(size_t count);

 private:
  static constexpr size_t kBuffer = 256 << 10;
  explicit RunFile(int file) : file_(file) {}
  Status flush();
  Status fill(size_t count);

  const int file_;  // -1 = in memory
  uint64_t size_ = 0, read_ = 0;
  std::string buffer_;
  size_t at_ = 0;  // of the next byte in the buffer, when reading
};

}  // namespace vecino::index::btree

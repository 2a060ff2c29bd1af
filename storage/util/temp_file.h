#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "storage/util/status.h"

namespace vecino {

// An open file without a name in `directory`, which is gone with its descriptor. Errors: 53100, 58030.
Result<int> open_nameless_file(const std::string& directory);

// Where the temporary files of one session are, and how large they may be together. Thread-safe, but for set_limit().
class TempSpace {
 public:
  explicit TempSpace(std::string directory) : directory_(std::move(directory)) {}
  TempSpace(const TempSpace&) = delete;
  const std::string& directory() const { return directory_; }
  void set_limit_kb(int64_t kilobytes) { limit_kb_ = kilobytes; }  // temp_file_limit; -1 = none
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  // 53400 when that would be too much.
  Status add(uint64_t bytes);
  void release(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const std::string directory_;
  int64_t limit_kb_ = -1;
  std::atomic<uint64_t> used_{0};
};

// A temporary file that grows at its end and is read anywhere. Not thread-safe.
class TempFile {
 public:
  // `space` must outlive it.
  static Result<std::unique_ptr<TempFile>> create(TempSpace& space);
  ~TempFile();
  TempFile(const TempFile&) = delete;

  uint64_t size() const { return size_; }
  Status append(std::string_view bytes);
  // REQUIRES: offset + size <= size()
  Status read(uint64_t offset, char* to, size_t size) const;
  // Everything is forgotten, the space is given back.
  Status truncate();

 private:
  TempFile(TempSpace& space, int file) : space_(space), file_(file) {}
  TempSpace& space_;
  const int file_;
  uint64_t size_ = 0;
};

}  // namespace vecino

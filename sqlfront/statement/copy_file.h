#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vecino::sql {

// A server file that COPY reads or writes (manual: COPY, filename), with PostgreSQL's errors. Not thread-safe.
class CopyFile {
 public:
  enum class Use { kRead, kWrite };
  // Throws 42602, 58P01, 42501, 42809, 58030.
  CopyFile(std::string path, Use use);
  ~CopyFile();
  CopyFile(const CopyFile&) = delete;

  // Up to `size` bytes into `buffer`; 0 = the end.
  size_t read(char* buffer, size_t size);
  void write(std::string_view bytes);
  int64_t size() const { return size_; }  // when it was opened
  // Written files: reports what the file system said last.
  void close();

 private:
  const std::string path_;
  int fd_ = -1;
  int64_t size_ = 0;
};

}  // namespace vecino::sql

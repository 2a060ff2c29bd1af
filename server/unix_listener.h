#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "storage/util/status.h"

namespace vecino::server {

// The name of a listening Unix-domain socket, DIRECTORY/.s.PGSQL.PORT, and the lock file beside it that says who has
// it. Both are removed with the object; what a killed server left behind is taken over.
class UnixSocketFile {
 public:
  // F0000 / 55006 when another server has the socket, or the directory cannot be written to.
  static Result<std::unique_ptr<UnixSocketFile>> create(const std::string& directory, uint16_t port,
                                                        const std::string& data_directory);
  ~UnixSocketFile();
  UnixSocketFile(const UnixSocketFile&) = delete;

  const std::string& path() const { return path_; }
  // After the socket was bound.
  Status set_access(unsigned permissions, const std::string& group) const;

 private:
  explicit UnixSocketFile(std::string path) : path_(std::move(path)) {}
  Status lock(const std::string& content);

  const std::string path_;
  bool locked_ = false;
};

}  // namespace vecino::server

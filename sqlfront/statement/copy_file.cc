#include "sqlfront/statement/copy_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

SqlState state_of(int error) {
  switch (error) {
    case ENOENT: return sqlstate::kUndefinedFile;
    case EACCES:
    case EPERM:
    case EROFS: return sqlstate::kInsufficientPrivilege;
    case EISDIR: return sqlstate::kWrongObjectType;
    case ENOSPC:
    case EDQUOT: return sqlstate::kDiskFull;
    default: return sqlstate::kIoError;
  }
}

[[noreturn]] void throw_not_opened(const std::string& path, CopyFile::Use use, int error) {
  const bool read = use == CopyFile::Use::kRead;
  SqlError failure(state_of(error), "could not open file \"" + path + "\" for " + (read ? "reading" : "writing") + ": " +
                                        std::strerror(error));
  if (error == ENOENT || error == EACCES) {
    failure.info().hint = read ? "COPY FROM instructs the PostgreSQL server process to read a file. You may want a "
                                 "client-side facility such as psql's \\copy."
                               : "COPY TO instructs the PostgreSQL server process to write a file. You may want a "
                                 "client-side facility such as psql's \\copy.";
  }
  throw failure;
}

}  // namespace

CopyFile::CopyFile(std::string path, Use use) : path_(std::move(path)) {
  if (use == Use::kWrite && (path_.empty() || path_[0] != '/')) {
    throw SqlError(sqlstate::kInvalidName, "relative path not allowed for COPY to file");
  }
  const int flags = use == Use::kRead ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
  fd_ = ::open(path_.c_str(), flags | O_CLOEXEC | (use == Use::kWrite ? O_EXCL : 0), 0644);
  if (fd_ >= 0 && use == Use::kWrite) {
    (void)::fchmod(fd_, 0644);  // a new file is for others to read, which the server's umask would not let them
  } else if (use == Use::kWrite && errno == EEXIST) {
    fd_ = ::open(path_.c_str(), (flags & ~O_CREAT) | O_CLOEXEC);
  }
  if (fd_ < 0) throw_not_opened(path_, use, errno);
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return;
  size_ = status.st_size;
  if (S_ISDIR(status.st_mode)) {
    ::close(fd_);
    throw SqlError(sqlstate::kWrongObjectType, "\"" + path_ + "\" is a directory");
  }
}

CopyFile::~CopyFile() {
  if (fd_ >= 0) ::close(fd_);
}

size_t CopyFile::read(char* buffer, size_t size) {
  while (true) {
    ssize_t got = ::read(fd_, buffer, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw SqlError(state_of(errno), std::string("could not read from COPY file: ") + std::strerror(errno));
  }
}

void CopyFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw SqlError(state_of(errno), std::string("could not write to COPY file: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void CopyFile::close() {
  const int fd = std::exchange(fd_, -1);
  if (fd >= 0 && ::close(fd) != 0) {
    throw SqlError(state_of(errno), "could not close file \"" + path_ + "\": " + std::strerror(errno));
  }
}

}  // namespace vecino::sql

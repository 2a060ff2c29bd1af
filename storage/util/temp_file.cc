#include "storage/util/temp_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "storage/util/failpoint.h"

namespace vecino {
namespace {

Status failed(const char* what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Status::error(full ? sqlstate::kDiskFull : sqlstate::kIoError,
                       std::string("could not ") + what + " temporary file: " + std::strerror(error));
}

}  // namespace

Result<int> open_nameless_file(const std::string& directory) {
  int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {  // not every file system has files without names
    std::string path = directory + "/sort.XXXXXX";
    file = ::mkostemp(path.data(), O_CLOEXEC);
    if (file >= 0) (void)::unlink(path.c_str());
  }
  if (file < 0) return failed("create", errno);
  return file;
}

Status TempSpace::add(uint64_t bytes) {
  const uint64_t used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (limit_kb_ < 0 || used <= static_cast<uint64_t>(limit_kb_) * 1024) return Status::ok();
  release(bytes);
  return Status::error(sqlstate::kConfigurationLimitExceeded,
                       "temporary file size exceeds temp_file_limit (" + std::to_string(limit_kb_) + "kB)");
}

Result<std::unique_ptr<TempFile>> TempFile::create(TempSpace& space) {
  ASSIGN_OR_RETURN(const int file, open_nameless_file(space.directory()));
  return std::unique_ptr<TempFile>(new TempFile(space, file));
}

TempFile::~TempFile() {
  ::close(file_);
  space_.release(size_);
}

Status TempFile::append(std::string_view bytes) {
  RETURN_IF_ERROR(failpoint::check("temp_file_write"));
  RETURN_IF_ERROR(space_.add(bytes.size()));
  const uint64_t at = size_;
  size_ += bytes.size();
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write to", errno);
    done += static_cast<size_t>(written);
  }
  return Status::ok();
}

Status TempFile::read(uint64_t offset, char* to, size_t size) const {
  assert(offset + size <= size_);
  while (size > 0) {
    const ssize_t got = ::pread(file_, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failed("read from", got < 0 ? errno : EIO);
    to += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
  return Status::ok();
}

Status TempFile::truncate() {
  if (::ftruncate(file_, 0) != 0) return failed("truncate", errno);
  space_.release(size_);
  size_ = 0;
  return Status::ok();
}

}  // namespace vecino

#include "index/btree/run_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/util/temp_file.h"

namespace vecino::index::btree {
namespace {

Status failed(const char* what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Status::error(full ? sqlstate::kDiskFull : sqlstate::kIoError,
                       std::string("could not ") + what + " temporary file: " + std::strerror(error));
}

}  // namespace

Result<std::unique_ptr<RunFile>> RunFile::create(const std::string& directory) {
  ASSIGN_OR_RETURN(const int file, open_nameless_file(directory));
  return std::unique_ptr<RunFile>(new RunFile(file));
}

std::unique_ptr<RunFile> RunFile::in_memory(size_t size) {
  std::unique_ptr<RunFile> run(new RunFile(-1));
  run->buffer_.reserve(size);
  return run;
}

RunFile::~RunFile() {
  if (file_ >= 0) ::close(file_);
}

Status RunFile::append(std::string_view bytes) {
  buffer_ += bytes;
  size_ += bytes.size();
  return buffer_.size() < kBuffer || file_ < 0 ? Status::ok() : flush();
}

Status RunFile::flush() {
  for (std::string_view rest = buffer_; !rest.empty();) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write to", errno);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
  return Status::ok();
}

Status RunFile::rewind() {
  if (file_ < 0) return Status::ok();
  RETURN_IF_ERROR(flush());
  if (::lseek(file_, 0, SEEK_SET) != 0) return failed("rewind", errno);
  return Status::ok();
}

Status RunFile::fill(size_t count) {
  buffer_.erase(0, at_);
  at_ = 0;
  size_t have = buffer_.size();
  buffer_.resize(std::max(count, kBuffer));
  while (have < count) {
    const ssize_t got = ::read(file_, buffer_.data() + have, buffer_.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failed("read from", got < 0 ? errno : EIO);
    have += static_cast<size_t>(got);
  }
  buffer_.resize(have);
  return Status::ok();
}

Result<std::string_view> RunFile::read(size_t count) {
  if (buffer_.size() - at_ < count) RETURN_IF_ERROR(fill(count));
  std::string_view bytes(buffer_.data() + at_, count);
  at_ += count;
  read_ += count;
  return bytes;
}

}  // namespace vecino::index::btree

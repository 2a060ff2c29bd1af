#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "server/backup_store.h"

namespace vecino::server {
namespace {

constexpr size_t kBuffer = 1 << 20;

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Calls use(bytes, count) for the whole file.
template <typename Use>
Status read_through(const std::string& path, Use&& use) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return file_failure("open", path, errno);
  std::unique_ptr<char[]> buffer(new char[kBuffer]);
  for (;;) {
    ssize_t count = ::read(file.fd(), buffer.get(), kBuffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_failure("read", path, errno);
    if (count == 0) return Status::ok();
    RETURN_IF_ERROR(use(buffer.get(), static_cast<size_t>(count)));
  }
}

class Checksum {
 public:
  Checksum() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    ok_ = context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }
  void add(std::string_view bytes) { ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1; }
  Result<std::string> finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!ok_ || EVP_DigestFinal_ex(context_.get(), digest, &size) != 1) {
      return Status::error(sqlstate::kInternalError, "could not compute checksum");
    }
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
      text += "0123456789abcdef"[digest[i] >> 4];
      text += "0123456789abcdef"[digest[i] & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool ok_ = false;
};

}  // namespace

Status file_failure(const char* what, const std::string& path, int error) {
  SqlState state = sqlstate::kIoError;
  if (error == ENOSPC || error == EDQUOT) state = sqlstate::kDiskFull;
  if (error == EMFILE || error == ENFILE) state = sqlstate::kInsufficientResources;
  if (error == EACCES || error == EPERM || error == EROFS) state = sqlstate::kInsufficientPrivilege;
  if (error == ENOENT) state = sqlstate::kUndefinedFile;
  return Status::error(state, std::string("could not ") + what + " file \"" + path + "\": " + std::strerror(error));
}

Status sync_directory(const std::string& path) {
  File directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return file_failure("open", path, errno);
  return ::fsync(directory.fd()) == 0 ? Status::ok() : file_failure("fsync", path, errno);
}

Result<std::string> file_checksum(const std::string& path) {
  Checksum checksum;
  RETURN_IF_ERROR(read_through(path, [&](const char* bytes, size_t count) {
    checksum.add({bytes, count});
    return Status::ok();
  }));
  return checksum.finish();
}

Result<std::string> text_checksum(std::string_view text) {
  Checksum checksum;
  checksum.add(text);
  return checksum.finish();
}

Status copy_file_durably(const std::string& source, const std::string& target) {
  const std::string temporary = target + ".tmp";
  Status status;
  {
    File out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!out.is_open()) return file_failure("create", temporary, errno);
    status = read_through(source, [&](const char* bytes, size_t count) {
      while (count > 0) {
        ssize_t written = ::write(out.fd(), bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_failure("write to", temporary, errno);
        bytes += written;
        count -= static_cast<size_t>(written);
      }
      return Status::ok();
    });
    if (status.is_ok() && ::fsync(out.fd()) != 0) status = file_failure("fsync", temporary, errno);
  }
  if (status.is_ok() && ::rename(temporary.c_str(), target.c_str()) != 0) {
    status = file_failure("rename", temporary, errno);
  }
  if (!status.is_ok()) ::unlink(temporary.c_str());
  return status;
}

}  // namespace vecino::server

#include "server/auth_files.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace vecino::server {
namespace {

constexpr const char* kSecretName = "/auth_secret";
constexpr size_t kSecretLength = 32;

Status file_error(const char* action, const std::string& path) {
  return Status::error(sqlstate::kIoError, std::string("could not ") + action + " file \"" + path + "\": " +
                                               std::strerror(errno));
}

// Leaves a file that exists alone. Readable by its owner only.
Status write_new(const std::string& path, const std::string& text) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno == EEXIST ? Status::ok() : file_error("create", path);
  bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  Status status = written ? Status::ok() : file_error("write", path);
  ::close(fd);
  if (!written) ::unlink(path.c_str());
  return status;
}

}  // namespace

Status write_auth_files(const std::string& directory, const conf::HbaDefaults& methods) {
  RETURN_IF_ERROR(write_new(directory + "/pg_hba.conf", conf::default_hba_text(methods)));
  RETURN_IF_ERROR(write_new(directory + "/pg_ident.conf", conf::default_ident_text()));
  std::string secret(kSecretLength, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(secret.size())) != 1) {
    return Status::error(sqlstate::kInternalError, "could not generate random bytes");
  }
  return write_new(directory + kSecretName, secret);
}

Status ensure_auth_files(const std::string& directory) {
  if (::access((directory + kSecretName).c_str(), F_OK) == 0) return Status::ok();
  return write_auth_files(directory, conf::HbaDefaults{});
}

Result<std::string> read_auth_secret(const std::string& directory) {
  std::ifstream file(directory + kSecretName, std::ios::binary);
  std::string secret(kSecretLength, '\0');
  if (!file) return file_error("open", directory + kSecretName);
  file.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  if (file.gcount() == static_cast<std::streamsize>(secret.size())) return secret;
  return Status::error(sqlstate::kDataCorrupted, "file \"" + directory + kSecretName + "\" is damaged");
}

}  // namespace vecino::server

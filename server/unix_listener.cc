#include "server/unix_listener.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>

namespace vecino::server {
namespace {

Status system_error(const std::string& what, const std::string& path) {
  return Status::error(sqlstate::kIoError, what + " \"" + path + "\": " + std::strerror(errno));
}

// The process that a lock file names; 0 = none that can be read.
pid_t owner_of(const std::string& lock_path) {
  std::ifstream file(lock_path);
  std::string line;
  std::getline(file, line);
  long pid = 0;
  std::from_chars(line.data(), line.data() + line.size(), pid);
  return static_cast<pid_t>(pid < 0 ? -pid : pid);
}

bool is_alive(pid_t pid) { return pid > 0 && pid != ::getpid() && (::kill(pid, 0) == 0 || errno == EPERM); }

}  // namespace

Result<std::unique_ptr<UnixSocketFile>> UnixSocketFile::create(const std::string& directory, uint16_t port,
                                                               const std::string& data_directory) {
  std::string path = directory + "/.s.PGSQL." + std::to_string(port);
  if (path.size() >= sizeof(sockaddr_un{}.sun_path)) {
    return Status::error(sqlstate::kConfigFileError, "Unix-domain socket path \"" + path + "\" is too long (maximum " +
                                                         std::to_string(sizeof(sockaddr_un{}.sun_path) - 1) + " bytes)");
  }
  std::unique_ptr<UnixSocketFile> file(new UnixSocketFile(std::move(path)));
  std::string content = std::to_string(::getpid()) + "\n" + data_directory + "\n" + std::to_string(std::time(nullptr)) +
                        "\n" + std::to_string(port) + "\n" + directory + "\n";
  RETURN_IF_ERROR(file->lock(content));
  // With the lock in hand, a socket that is there is nobody's.
  if (::unlink(file->path_.c_str()) != 0 && errno != ENOENT) return system_error("could not remove file", file->path_);
  return file;
}

Status UnixSocketFile::lock(const std::string& content) {
  std::string lock_path = path_ + ".lock";
  for (int attempt = 0; attempt < 10; ++attempt) {
    int fd = ::open(lock_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
      bool written = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
      ::close(fd);
      locked_ = true;
      return written ? Status::ok() : system_error("could not write lock file", lock_path);
    }
    if (errno != EEXIST) return system_error("could not create lock file", lock_path);
    pid_t owner = owner_of(lock_path);
    if (is_alive(owner)) {
      return Status::error(sqlstate::kObjectInUse, "lock file \"" + lock_path + "\" already exists", {},
                           "Is another postmaster (PID " + std::to_string(owner) + ") using socket file \"" + path_ +
                               "\"?");
    }
    if (::unlink(lock_path.c_str()) != 0 && errno != ENOENT) {
      return system_error("could not remove old lock file", lock_path);
    }
  }
  return Status::error(sqlstate::kObjectInUse, "could not create lock file \"" + lock_path + "\": others keep taking it");
}

Status UnixSocketFile::set_access(unsigned permissions, const std::string& group) const {
  if (!group.empty()) {
    char* end = nullptr;
    unsigned long number = std::strtoul(group.c_str(), &end, 10);
    bool is_number = end != group.c_str() && *end == '\0';
    struct group* found = is_number ? nullptr : ::getgrnam(group.c_str());
    if (!is_number && found == nullptr) {
      return Status::error(sqlstate::kConfigFileError, "group \"" + group + "\" does not exist");
    }
    gid_t gid = is_number ? static_cast<gid_t>(number) : found->gr_gid;
    if (::chown(path_.c_str(), static_cast<uid_t>(-1), gid) != 0) return system_error("could not set group of file", path_);
  }
  if (::chmod(path_.c_str(), permissions) != 0) return system_error("could not set permissions of file", path_);
  return Status::ok();
}

UnixSocketFile::~UnixSocketFile() {
  if (!locked_) return;
  ::unlink(path_.c_str());
  ::unlink((path_ + ".lock").c_str());
}

}  // namespace vecino::server

#include "storage/meta/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "storage/util/log.h"

namespace vecino::storage {
namespace {

namespace fs = std::filesystem;

SqlState state_of(int error) {
  switch (error) {
    case ENOSPC: case EDQUOT: return sqlstate::kDiskFull;
    case EACCES: case EPERM: case EROFS: return sqlstate::kInsufficientPrivilege;
    case ENOENT: return sqlstate::kUndefinedFile;
    default: return sqlstate::kIoError;
  }
}

Status file_error(std::string_view what, const std::string& path, int error) {
  return Status::error(state_of(error), fmt::format("could not {} \"{}\": {}", what, path, std::strerror(error)));
}

Status sync_path(const std::string& path, int flags) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) return file_error("open file", path, errno);
  int result = ::fsync(fd);
  int error = errno;
  ::close(fd);
  return result == 0 ? Status::ok() : file_error("fsync file", path, error);
}

Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error("write to file", path, errno);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return Status::ok();
}

Result<std::string> read_file(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("open file", path, errno);
  std::string text;
  char buffer[512];
  ssize_t got;
  while ((got = ::read(fd, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(got));
  int error = errno;
  ::close(fd);
  if (got < 0) return file_error("read file", path, error);
  return text;
}

// Appears whole or not at all.
Status write_file_atomically(const std::string& directory, const std::string& name, std::string_view text) {
  std::string target = directory + "/" + name, temporary = target + ".tmp";
  int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("create file", temporary, errno);
  Status status = write_all(fd, text, temporary);
  if (status.is_ok() && ::fsync(fd) != 0) status = file_error("fsync file", temporary, errno);
  ::close(fd);
  RETURN_IF_ERROR(status);
  if (::rename(temporary.c_str(), target.c_str()) != 0) return file_error("rename file", temporary, errno);
  return sync_path(directory, O_DIRECTORY);
}

// What the server or an administrator may put into a directory before it becomes a data directory.
bool may_be_present(std::string_view name) {
  if (name.starts_with(".") || name == "lost+found" || name == "log" || name == "vecinod.pid") return true;
  for (std::string_view ending : {".conf", ".crt", ".key", ".pem", ".pid", ".opts", ".log", ".sample", ".tmp"}) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(const std::string& path) {
  std::error_code error;
  bool created = fs::create_directories(path, error);
  if (error) return file_error("create directory", path, error.value());
  if (created) ::chmod(path.c_str(), S_IRWXU);
  std::unique_ptr<DataDirectory> directory(new DataDirectory(fs::absolute(path, error).string()));
  // Before anything is written: a foreign directory stays as it is.
  RETURN_IF_ERROR(directory->check_format());
  RETURN_IF_ERROR(directory->check_access());
  RETURN_IF_ERROR(directory->lock());
  // An older directory needs no change but this one: what the server writes from now on, an older server does not know.
  if (directory->version_ != kDataFormatVersion) {
    RETURN_IF_ERROR(write_file_atomically(directory->path_, "VECINO", fmt::format("{}\n", kDataFormatVersion)));
  }
  RETURN_IF_ERROR(directory->check_engine());
  fs::create_directory(directory->engine_path(), error);
  if (error) return file_error("create directory", directory->engine_path(), error.value());
  // What a crash left there belongs to nobody.
  fs::remove_all(directory->bulk_path(), error);
  fs::create_directory(directory->bulk_path(), error);
  if (error) return file_error("create directory", directory->bulk_path(), error.value());
  return directory;
}

// What is in it is nobody else's: a group may be let in to read, for backups.
Status DataDirectory::check_access() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return file_error("read permissions of directory", path_, errno);
  constexpr mode_t kOthers = S_IWGRP | S_IRWXO;
  if (version_ == 0 && (status.st_mode & kOthers) != 0) {
    // As initdb does with a directory that somebody has made for it.
    if (::chmod(path_.c_str(), S_IRWXU) != 0) return file_error("change permissions of directory", path_, errno);
    return Status::ok();
  }
  if (::geteuid() != 0 && status.st_uid != ::geteuid()) {
    return Status::error(sqlstate::kObjectNotInPrerequisiteState, fmt::format("data directory \"{}\" has wrong ownership", path_),
                         "", "The server must be started by the user that owns the data directory.");
  }
  if ((status.st_mode & kOthers) != 0) {
    // Servers that did not watch their log yet made directories as the umask said.
    if (std::error_code error; !fs::exists(engine_path() + "/wal.extents", error)) {
      if (::chmod(path_.c_str(), S_IRWXU) != 0) return file_error("change permissions of directory", path_, errno);
      log::warning(fmt::format("data directory \"{}\" of an older version was open to others: its permissions are u=rwx (0700) now", path_));
      return Status::ok();
    }
    return Status::error(sqlstate::kObjectNotInPrerequisiteState,
                         fmt::format("data directory \"{}\" has invalid permissions", path_),
                         "Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).");
  }
  return Status::ok();
}

// RocksDB would begin a new database where it does not find one.
Status DataDirectory::check_engine() {
  std::error_code error;
  if (version_ == 0 || fs::exists(engine_path() + "/CURRENT", error)) return Status::ok();
  // Written after the first start was complete; or whatever the engine has left.
  bool was_used = fs::exists(path_ + "/auth_secret", error);
  for (const auto& entry : fs::directory_iterator(engine_path(), error)) {
    const std::string name = entry.path().filename().string();
    was_used = was_used || name.ends_with(".sst") || name.starts_with("MANIFEST-");
  }
  if (!was_used) return Status::ok();
  return Status::error(sqlstate::kDataCorrupted, fmt::format("file \"{}/CURRENT\" is missing", engine_path()),
                       "Without it nothing tells which files make up the database.", "Restore a backup.");
}

DataDirectory::~DataDirectory() {
  if (lock_fd_ < 0) return;
  // Truncated, not removed: removal would race with a server that has just opened the file.
  [[maybe_unused]] int ignored = ::ftruncate(lock_fd_, 0);
  ::close(lock_fd_);
}

Status DataDirectory::lock() {
  std::string file = path_ + "/vecinod.pid";
  int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("create lock file", file, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    int error = errno;
    ::close(fd);
    if (error != EWOULDBLOCK) return file_error("lock file", file, error);
    auto text = read_file(file);
    std::string pid = text.is_ok() ? text->substr(0, text->find('\n')) : "";
    return Status::error(sqlstate::kObjectInUse, "lock file \"vecinod.pid\" already exists", "",
                         fmt::format("Is another vecinod{} running in data directory \"{}\"?",
                                     pid.empty() ? "" : " (PID " + pid + ")", path_));
  }
  lock_fd_ = fd;
  if (::ftruncate(fd, 0) != 0) return file_error("truncate file", file, errno);
  return write_all(fd, fmt::format("{}\n{}\n", ::getpid(), path_), file);
}

Status DataDirectory::check_format() {
  std::string file = path_ + "/VECINO";
  std::error_code error;
  if (fs::exists(file, error)) {
    ASSIGN_OR_RETURN(std::string text, read_file(file));
    int version = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (code != std::errc() || version < 1) {
      return Status::error(sqlstate::kDataCorrupted, fmt::format("file \"{}\" does not contain a valid format version", file));
    }
    if (version > kDataFormatVersion) {
      return Status::error(sqlstate::kObjectNotInPrerequisiteState, "database files are incompatible with server",
                           fmt::format("The data directory has format {}, which is not compatible with this version, "
                                       "which supports formats up to {}.", version, kDataFormatVersion));
    }
    version_ = version;
    return Status::ok();
  }
  if (fs::exists(path_ + "/PG_VERSION", error)) {
    return Status::error(sqlstate::kObjectNotInPrerequisiteState,
                         fmt::format("directory \"{}\" is a PostgreSQL data directory", path_), "",
                         "Use an empty directory, and load the data with pg_dump and psql.");
  }
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    if (may_be_present(entry.path().filename().string())) continue;
    return Status::error(sqlstate::kObjectNotInPrerequisiteState,
                         fmt::format("directory \"{}\" exists but is not empty", path_),
                         fmt::format("It contains \"{}\" but no file \"VECINO\".", entry.path().filename().string()),
                         "Use an empty directory, or one that Vecino created.");
  }
  if (error) return file_error("open directory", path_, error.value());
  return Status::ok();
}

}  // namespace vecino::storage

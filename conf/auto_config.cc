#include "conf/auto_config.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "conf/config_file.h"
#include "conf/setting_value.h"

namespace vecino::conf {
namespace {

Status file_error(const char* what, const std::string& path, int error) {
  SqlState state = error == ENOSPC || error == EDQUOT ? sqlstate::kDiskFull : sqlstate::kIoError;
  if (error == EMFILE || error == ENFILE) state = sqlstate::kInsufficientResources;
  return Status::error(state, "could not " + std::string(what) + " file \"" + path + "\": " + std::strerror(error));
}

Status sync_directory(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error("open", path, errno);
  int result = ::fsync(fd);
  int error = errno;
  ::close(fd);
  return result == 0 ? Status::ok() : file_error("fsync", path, error);
}

Status replace_file(const std::string& directory, const std::string& name, const std::string& text) {
  std::string target = directory + "/" + name, temporary = target + ".tmp";
  int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("open", temporary, errno);
  Status status;
  for (size_t done = 0; done < text.size() && status.is_ok();) {
    ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      status = file_error("write to", temporary, errno);
    } else {
      done += static_cast<size_t>(count);
    }
  }
  if (status.is_ok() && ::fsync(fd) != 0) status = file_error("fsync", temporary, errno);
  ::close(fd);
  if (status.is_ok() && ::rename(temporary.c_str(), target.c_str()) != 0) {
    status = file_error("rename", temporary, errno);
  }
  if (!status.is_ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_directory(directory);
}

constexpr const char* kName = "postgresql.auto.conf";
constexpr const char* kHeading = "# Written by ALTER SYSTEM. What is edited here by hand is lost at the next one.\n";

std::string line_of(const std::string& name, const std::string& value) {
  std::string text = name + " = '";
  for (char c : value) {
    if (c == '\'' || c == '\\') text += c;
    text += c;
  }
  return text + "'\n";
}

}  // namespace

Status write_auto_setting(const std::string& data_directory, const std::string& name,
                          const std::optional<std::string>& value) {
  std::string text = kHeading;
  std::string path = data_directory + "/" + kName;
  if (std::filesystem::exists(path)) {
    ASSIGN_OR_RETURN(std::vector<ConfigEntry> entries, read_config_file(path));
    for (const ConfigEntry& entry : entries) {
      if (!equals_ignoring_case(entry.name, name)) text += line_of(entry.name, entry.value);
    }
  }
  if (value) text += line_of(name, *value);
  return replace_file(data_directory, kName, text);
}

Status clear_auto_settings(const std::string& data_directory) { return replace_file(data_directory, kName, kHeading); }

}  // namespace vecino::conf

#include "server/backup_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace vecino::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "VECINO_BACKUP";
constexpr const char* kFormat = "1";
constexpr std::string_view kEnding = ".manifest";

Status not_ours(const std::string& directory, std::string detail) {
  return Status::error(sqlstate::kObjectNotInPrerequisiteState,
                       "directory \"" + directory + "\" is not a directory of Vecino backups", std::move(detail));
}

Status damaged(const std::string& what) { return Status::error(sqlstate::kDataCorrupted, what); }

// Through a temporary file, like every other file here.
Status write_text(const std::string& path, const std::string& text) {
  const std::string scratch = path + ".new";
  {
    std::ofstream out(scratch, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out) return file_failure("write to", scratch, errno != 0 ? errno : EIO);
  }
  Status status = copy_file_durably(scratch, path);
  ::unlink(scratch.c_str());
  return status;
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return file_failure("open", path, errno);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Status make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? file_failure("create", path, error.value()) : Status::ok();
}

}  // namespace

BackupStore::BackupStore(BackupStore&& other) noexcept
    : directory_(std::move(other.directory_)), lock_fd_(std::exchange(other.lock_fd_, -1)) {}
BackupStore::~BackupStore() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

Result<BackupStore> BackupStore::open(const std::string& directory) {
  Result<std::string> format = read_text(directory + "/" + kMarker);
  if (!format.is_ok()) return not_ours(directory, format.status().info().message);
  if (format->substr(0, format->find('\n')) != kFormat) {
    return not_ours(directory, "It was written by a newer Vecino.");
  }
  return BackupStore(directory);
}

Result<BackupStore> BackupStore::open_for_writing(const std::string& directory) {
  RETURN_IF_ERROR(make_directory(directory));
  std::error_code error;
  if (!fs::exists(directory + "/" + kMarker, error)) {
    for (const auto& entry : fs::directory_iterator(directory, error)) {
      std::string name = entry.path().filename().string();
      if (name.starts_with(kMarker) || name == "lost+found") continue;
      return not_ours(directory, "It contains \"" + name + "\".");
    }
    if (error) return file_failure("open", directory, error.value());
    RETURN_IF_ERROR(write_text(directory + "/" + kMarker, std::string(kFormat) + "\n"));
  }
  ASSIGN_OR_RETURN(BackupStore store, open(directory));
  RETURN_IF_ERROR(store.lock());
  RETURN_IF_ERROR(make_directory(directory + "/files"));
  RETURN_IF_ERROR(sync_directory(directory));
  return store;
}

Status BackupStore::lock() {
  std::string path = directory_ + "/" + kMarker;
  lock_fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock_fd_ < 0) return file_failure("open", path, errno);
  if (::flock(lock_fd_, LOCK_EX | LOCK_NB) == 0) return Status::ok();
  return Status::error(sqlstate::kObjectInUse, "another backup is being written to \"" + directory_ + "\"");
}

std::string BackupStore::content_path(const std::string& checksum) const {
  return directory_ + "/files/" + checksum.substr(0, 2) + "/" + checksum.substr(2);
}

Result<BackupStore::Added> BackupStore::add(const std::string& source, const std::string& path) {
  Added added;
  ASSIGN_OR_RETURN(added.file.checksum, file_checksum(source));
  added.file.path = path;
  std::error_code error;
  added.file.size = fs::file_size(source, error);
  if (error) return file_failure("stat", source, error.value());
  std::string target = content_path(added.file.checksum);
  if (fs::exists(target, error) && fs::file_size(target, error) == added.file.size) return added;
  std::string parent = fs::path(target).parent_path().string();
  RETURN_IF_ERROR(make_directory(parent));
  RETURN_IF_ERROR(copy_file_durably(source, target));
  RETURN_IF_ERROR(sync_directory(parent));
  added.copied = true;
  return added;
}

Status BackupStore::commit(const BackupManifest& manifest) {
  RETURN_IF_ERROR(sync_directory(directory_ + "/files"));
  std::string text = "vecino-backup " + std::string(kFormat) + "\ndata-format " + std::to_string(manifest.data_format) + "\n";
  for (const BackupFile& file : manifest.files) {
    text += file.checksum + " " + std::to_string(file.size) + " " + file.path + "\n";
  }
  // The last line is the checksum of those above it.
  ASSIGN_OR_RETURN(std::string checksum, text_checksum(text));
  RETURN_IF_ERROR(write_text(directory_ + "/" + manifest.name + std::string(kEnding), text + "end " + checksum + "\n"));
  return sync_directory(directory_);
}

Result<std::vector<std::string>> BackupStore::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    std::string name = entry.path().filename().string();
    if (name.ends_with(kEnding)) names.push_back(name.substr(0, name.size() - kEnding.size()));
  }
  if (error) return file_failure("open", directory_, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<BackupManifest> BackupStore::read(const std::string& wanted) const {
  BackupManifest manifest;
  manifest.name = wanted;
  if (wanted.empty()) {
    ASSIGN_OR_RETURN(std::vector<std::string> all, names());
    if (all.empty()) {
      return Status::error(sqlstate::kUndefinedObject, "there is no complete backup in \"" + directory_ + "\"");
    }
    manifest.name = all.back();
  }
  const std::string path = directory_ + "/" + manifest.name + std::string(kEnding);
  ASSIGN_OR_RETURN(std::string text, read_text(path));
  const size_t end = text.rfind("end ");
  if (end == std::string::npos || (end > 0 && text[end - 1] != '\n')) return damaged("manifest \"" + path + "\" is damaged");
  ASSIGN_OR_RETURN(std::string checksum, text_checksum(std::string_view(text).substr(0, end)));
  if (text.substr(end) != "end " + checksum + "\n") return damaged("manifest \"" + path + "\" is damaged");
  std::istringstream lines(text.substr(0, end));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    if (line.starts_with("data-format ")) {
      words.ignore(12);
      words >> manifest.data_format;
      continue;
    }
    BackupFile file;
    words >> file.checksum >> file.size;
    words.get();
    std::getline(words, file.path);
    // What is written to a data directory stays within it.
    if (file.checksum.size() != 64 || file.path.empty() || file.path[0] == '/' || file.path.find("..") != std::string::npos) {
      return damaged("manifest \"" + path + "\" has a line that makes no sense: " + line);
    }
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

Status BackupStore::verify(const BackupFile& file) const {
  const std::string path = content_path(file.checksum);
  std::error_code error;
  if (!fs::exists(path, error)) return damaged("contents of \"" + file.path + "\" are missing: \"" + path + "\"");
  ASSIGN_OR_RETURN(std::string checksum, file_checksum(path));
  if (checksum == file.checksum) return Status::ok();
  return damaged("checksum mismatch for \"" + file.path + "\": \"" + path + "\" is damaged");
}

Status BackupStore::prune(size_t keep) {
  ASSIGN_OR_RETURN(std::vector<std::string> all, names());
  const size_t dropped = all.size() > keep ? all.size() - keep : 0;
  for (size_t i = 0; i < dropped; ++i) ::unlink((directory_ + "/" + all[i] + std::string(kEnding)).c_str());
  RETURN_IF_ERROR(sync_directory(directory_));
  std::set<std::string> used;
  for (size_t i = dropped; i < all.size(); ++i) {
    ASSIGN_OR_RETURN(BackupManifest manifest, read(all[i]));
    for (const BackupFile& file : manifest.files) used.insert(content_path(file.checksum));
  }
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(directory_ + "/files", error)) {
    if (entry.is_regular_file(error) && !used.contains(entry.path().string())) ::unlink(entry.path().c_str());
  }
  return error ? file_failure("open", directory_ + "/files", error.value()) : Status::ok();
}

}  // namespace vecino::server

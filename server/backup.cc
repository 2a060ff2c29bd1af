#include "server/backup.h"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>

#include "server/backup_store.h"
#include "storage/meta/data_directory.h"
#include "storage/util/failpoint.h"

namespace vecino::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCheckpointPrefix = "kv.backup";

// Sorts by time: 20260102T030405.678Z.
std::string backup_name() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const time_t seconds = static_cast<time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40], fraction[8];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%S", &parts);
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(ms % 1000));
  return std::string(text) + fraction;
}

// Of the files beside the engine's: configuration and certificates, not what belongs to the running process.
bool belongs_to_backup(const std::string& name) {
  for (std::string_view ending : {".pid", ".tmp", ".log", ".ctl", ".new"}) {
    if (name.ends_with(ending)) return false;
  }
  return name != "VECINO" && !name.starts_with(kCheckpointPrefix);
}

struct Totals {
  size_t files = 0, copied_files = 0;
  uint64_t bytes = 0, copied_bytes = 0;
};

Status add_files(BackupStore& store, const std::string& directory, const std::string& prefix, bool only_configuration,
                 BackupManifest& manifest, Totals& totals) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    std::string name = entry.path().filename().string();
    if (!entry.is_regular_file(error) || (only_configuration && !belongs_to_backup(name))) continue;
    if (name == "LOCK") continue;
    RETURN_IF_ERROR(failpoint::check("backup_copy"));
    ASSIGN_OR_RETURN(BackupStore::Added added, store.add(entry.path().string(), prefix + name));
    ++totals.files;
    totals.bytes += added.file.size;
    totals.copied_files += added.copied;
    totals.copied_bytes += added.copied ? added.file.size : 0;
    manifest.files.push_back(std::move(added.file));
  }
  return error ? file_failure("open", directory, error.value()) : Status::ok();
}

}  // namespace

Result<std::string> make_backup(const std::string& data_directory, storage::EngineMaintenance& engine,
                                const std::string& target) {
  ASSIGN_OR_RETURN(BackupStore store, BackupStore::open_for_writing(target));
  struct Checkpoint {
    std::string path;
    ~Checkpoint() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } checkpoint{data_directory + "/" + kCheckpointPrefix};
  std::error_code ignored;
  fs::remove_all(checkpoint.path, ignored);
  RETURN_IF_ERROR(engine.checkpoint(checkpoint.path));
  BackupManifest manifest;
  manifest.name = backup_name();
  manifest.data_format = storage::kDataFormatVersion;
  Totals totals;
  RETURN_IF_ERROR(add_files(store, checkpoint.path, "kv/", false, manifest, totals));
  RETURN_IF_ERROR(add_files(store, data_directory, "", true, manifest, totals));
  RETURN_IF_ERROR(store.commit(manifest));
  return manifest.name + ": " + std::to_string(totals.files) + " files, " + std::to_string(totals.bytes) + " bytes; " +
         std::to_string(totals.copied_files) + " files, " + std::to_string(totals.copied_bytes) + " bytes were new";
}

void remove_backup_leftovers(const std::string& data_directory) {
  std::error_code ignored;
  const std::string checkpoint = data_directory + "/" + kCheckpointPrefix;
  for (const std::string& path : {checkpoint, checkpoint + ".tmp"}) fs::remove_all(path, ignored);  // RocksDB's staging
}

}  // namespace vecino::server

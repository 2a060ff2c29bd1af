#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "storage/meta/data_directory.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/rocksdb/wal_extents.h"
#include "storage/rocksdb/wal_reader.h"

namespace vecino::storage {
namespace {

namespace fs = std::filesystem;

Status file_error(const char* what, const fs::path& path, const std::error_code& error) {
  return Status::error(error == std::errc::no_space_on_device ? sqlstate::kDiskFull : sqlstate::kIoError,
                       fmt::format("could not {} \"{}\": {}", what, path.string(), error.message()));
}

Status copy_engine(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) return file_error("create directory", to, error);
  fs::permissions(to, fs::perms::owner_all, error);
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = fs::path(to) / entry.path().filename();
    if (entry.path().extension() == ".sst") {
      fs::create_hard_link(entry.path(), target, error);
      if (!error) continue;
    }
    if (!entry.is_regular_file()) continue;
    fs::copy_file(entry.path(), target, error);
    if (error) return file_error("copy file to", target, error);
  }
  return Status::ok();
}

std::vector<uint64_t> logs_in(const std::string& directory, const WalExtents& extents) {
  std::vector<uint64_t> numbers;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const WalExtents::File file = extents.file_of(entry.path().string());
    if (file.kind == WalExtents::Kind::kLog) numbers.push_back(file.number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Cuts the log where its good part ends and removes the later ones.
Status drop_damaged(const std::string& directory, std::string& report) {
  ASSIGN_OR_RETURN(auto known, WalExtents::read(directory));
  if (!known) return Status::ok();  // of an older version: what was synced is not known
  ASSIGN_OR_RETURN(auto extents, WalExtents::open(directory));
  uint64_t first_damaged = UINT64_MAX;
  for (const WalExtents::Extent& extent : *known) {
    const std::string path = directory + "/" + extent.file.name();
    ASSIGN_OR_RETURN(WalCheck check, check_wal(path, extent.file.number, extent.size));
    if (check.exists && check.good_size >= extent.size) continue;
    if (extent.file.kind == WalExtents::Kind::kManifest) {
      return Status::error(sqlstate::kDataCorrupted, fmt::format("file \"{}\" is damaged and cannot be repaired", path),
                           "It tells which files make up the database.", "Restore a backup.");
    }
    if (extent.file.number > first_damaged) continue;
    first_damaged = extent.file.number;
    report += check.last_sequence == 0
                  ? fmt::format("Everything from \"{}\" on is dropped.\n", extent.file.name())
                  : fmt::format("Everything after change {} in \"{}\" is dropped.\n", check.last_sequence, extent.file.name());
    std::error_code error;
    if (check.exists) fs::resize_file(path, check.good_size, error);
    if (error) return file_error("truncate file", path, error);
  }
  for (uint64_t number : logs_in(directory, *extents)) {
    if (number <= first_damaged) continue;
    const std::string name = WalExtents::File{WalExtents::Kind::kLog, number}.name();
    std::error_code error;
    fs::remove(directory + "/" + name, error);
    if (error) return file_error("remove file", directory + "/" + name, error);
    report += fmt::format("\"{}\", which comes after it, is dropped.\n", name);
  }
  std::error_code error;
  fs::remove(directory + "/wal.extents", error);
  return error ? file_error("remove file", directory + "/wal.extents", error) : Status::ok();
}

}  // namespace

Result<std::string> repair_rocksdb_engine(const std::string& path) {
  std::string report, copy;
  {
    ASSIGN_OR_RETURN(auto directory, DataDirectory::open(path));
    ASSIGN_OR_RETURN(std::vector<std::string> lost, find_lost_log(directory->engine_path()));
    if (lost.empty()) return std::string("The write-ahead log is complete: nothing was done.\n");
    for (const std::string& line : lost) report += line + "\n";
    copy = fmt::format("{}/damaged-{:%Y%m%d%H%M%S}", directory->path(), fmt::localtime(std::time(nullptr)));
    RETURN_IF_ERROR(copy_engine(directory->engine_path(), copy));
    report += fmt::format("The files as they were are in \"{}\".\n", copy);
    RETURN_IF_ERROR(drop_damaged(directory->engine_path(), report));
  }
  ASSIGN_OR_RETURN(auto engine, open_rocksdb_engine(path, {}));
  // They may know rows that are lost.
  RETURN_IF_ERROR(engine->drop_range(Family::kImages, {}));
  RETURN_IF_ERROR(engine->flush());
  report += fmt::format("The database ends with change {}.\n", engine->latest_sequence());
  engine.reset();
  std::ofstream(copy + "/repair.txt") << report;
  ::sync();
  return report;
}

}  // namespace vecino::storage

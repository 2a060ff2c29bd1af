// vecinod backup, restore and verify-backup.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string_view>

#include "server/backup.h"
#include "server/backup_store.h"
#include "server/control_socket.h"
#include "storage/meta/data_directory.h"

namespace vecino::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsage = R"(Usage:
  vecinod backup DIR [-D DATA] [--keep N]       make a backup in DIR, of a running server or of one that is stopped
  vecinod backup --list DIR                     list the backups in DIR
  vecinod verify-backup DIR [--name NAME]       compare every file of a backup with its checksum
  vecinod restore DIR -D DATA [--name NAME]     make DATA what it was; files that are right already are left alone

DIR holds any number of backups; each writes only what the earlier ones do not have. NAME defaults to the newest.
DATA defaults to $PGDATA.
)";

struct Arguments {
  std::string command, directory, data, name;
  size_t keep = 0;  // 0 = all
  bool list = false, help = false;
};

Status bad(std::string message) {
  return Status::error(sqlstate::kInvalidParameterValue, std::move(message), "", "Try \"vecinod backup --help\".");
}

Result<Arguments> parse(int argc, const char* const* argv) {
  Arguments result;
  result.command = argv[1];
  if (const char* data = std::getenv("PGDATA")) result.data = data;
  for (int i = 2; i < argc; ++i) {
    std::string_view argument = argv[i];
    auto value = [&]() -> Result<std::string> {
      if (++i >= argc) return bad("option \"" + std::string(argument) + "\" requires an argument");
      return std::string(argv[i]);
    };
    if (argument == "--help" || argument == "-?") {
      result.help = true;
    } else if (argument == "--list") {
      result.list = true;
    } else if (argument == "-D") {
      ASSIGN_OR_RETURN(result.data, value());
    } else if (argument == "--name") {
      ASSIGN_OR_RETURN(result.name, value());
    } else if (argument == "--keep") {
      ASSIGN_OR_RETURN(std::string text, value());
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.keep);
      if (error != std::errc() || *end != 0 || result.keep == 0) return bad("invalid number for --keep: " + text);
    } else if (argument.starts_with("-")) {
      return bad("unrecognized option \"" + std::string(argument) + "\"");
    } else if (result.directory.empty()) {
      result.directory = argument;
    } else {
      return bad("unexpected argument \"" + std::string(argument) + "\"");
    }
  }
  if (result.help) return result;
  if (result.directory.empty()) return bad("no directory of backups given");
  bool needs_data = result.command == "restore" || (result.command == "backup" && !result.list);
  if (needs_data && result.data.empty()) return bad("no data directory given: use -D DATA or set PGDATA");
  return result;
}

Status backup(const Arguments& arguments) {
  std::error_code error;
  const std::string target = fs::absolute(arguments.directory, error).lexically_normal().string();
  const std::string data = fs::absolute(arguments.data, error).lexically_normal().string();
  if (!fs::exists(data + "/VECINO", error)) {
    return Status::error(sqlstate::kUndefinedFile, "\"" + data + "\" is not a data directory of Vecino");
  }
  Result<std::string> report = ask_server(data, "backup " + target);
  if (!report.is_ok() && report.status().info().code == sqlstate::kConnectionFailure) {
    // No server runs there; opening the directory makes sure that none starts meanwhile.
    auto engine = storage::open_rocksdb_engine(data, {});
    if (!engine.is_ok()) return engine.status();
    report = make_backup(data, *(*engine)->maintenance(), target);
  }
  if (!report.is_ok()) return report.status();
  std::printf("%s\n", report->c_str());
  if (arguments.keep == 0) return Status::ok();
  ASSIGN_OR_RETURN(BackupStore store, BackupStore::open_for_writing(target));
  return store.prune(arguments.keep);
}

Status list(const Arguments& arguments) {
  ASSIGN_OR_RETURN(BackupStore store, BackupStore::open(arguments.directory));
  ASSIGN_OR_RETURN(std::vector<std::string> names, store.names());
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(BackupManifest manifest, store.read(name));
    uint64_t bytes = 0;
    for (const BackupFile& file : manifest.files) bytes += file.size;
    std::printf("%s: %zu files, %llu bytes\n", name.c_str(), manifest.files.size(),
                static_cast<unsigned long long>(bytes));
  }
  return Status::ok();
}

Status verify(const Arguments& arguments) {
  ASSIGN_OR_RETURN(BackupStore store, BackupStore::open(arguments.directory));
  ASSIGN_OR_RETURN(BackupManifest manifest, store.read(arguments.name));
  for (const BackupFile& file : manifest.files) RETURN_IF_ERROR(store.verify(file));
  std::printf("%s: %zu files verified\n", manifest.name.c_str(), manifest.files.size());
  return Status::ok();
}

constexpr const char* kIncomplete = "/restore.incomplete";

// The directory may be empty, hold a data directory, or what an interrupted restore has left.
Status check_target(const std::string& data) {
  std::error_code error;
  if (fs::exists(data + "/VECINO", error) || fs::exists(data + kIncomplete, error)) return Status::ok();
  for (const auto& entry : fs::directory_iterator(data, error)) {
    std::string name = entry.path().filename().string();
    if (name == "lost+found" || name == "vecinod.pid") continue;
    return Status::error(sqlstate::kObjectNotInPrerequisiteState, "directory \"" + data + "\" exists but is not empty",
                         "It contains \"" + name + "\" but no file \"VECINO\".", "Use an empty directory, or one that Vecino created.");
  }
  return Status::ok();
}

// Keeps servers out as a server would.
class TargetLock {
 public:
  ~TargetLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  Status take(const std::string& data) {
    std::string path = data + "/vecinod.pid";
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) return file_failure("create lock", path, errno);
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return Status::ok();
    return Status::error(sqlstate::kObjectInUse, "lock file \"vecinod.pid\" already exists", "",
                         "Is another vecinod running in data directory \"" + data + "\"?");
  }

 private:
  int fd_ = -1;
};

Status touch(const std::string& path) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return file_failure("create", path, errno);
  ::close(fd);
  return Status::ok();
}

Status remove_file(const std::string& path) {
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? Status::ok() : file_failure("remove", path, errno);
}

// While the files change there is no VECINO, so that no server takes the directory for a good one.
Status restore(const Arguments& arguments) {
  ASSIGN_OR_RETURN(BackupStore store, BackupStore::open(arguments.directory));
  ASSIGN_OR_RETURN(BackupManifest manifest, store.read(arguments.name));
  if (manifest.data_format > storage::kDataFormatVersion) {
    return Status::error(sqlstate::kObjectNotInPrerequisiteState, "database files are incompatible with server",
                         "The backup has format " + std::to_string(manifest.data_format) +
                             ", which is not compatible with this version, which supports formats up to " +
                             std::to_string(storage::kDataFormatVersion) + ".");
  }
  std::error_code error;
  const std::string data = fs::absolute(arguments.data, error).lexically_normal().string();
  if (fs::create_directories(data + "/kv", error)) ::chmod(data.c_str(), 0700);
  if (error) return file_failure("create directory", data, error.value());
  fs::remove(data + "/kv", error);  // when it is empty: it is not what the check is about
  RETURN_IF_ERROR(check_target(data));
  ::umask(S_IRWXG | S_IRWXO);
  ::chmod(data.c_str(), S_IRWXU);
  fs::create_directories(data + "/kv", error);
  TargetLock lock;
  RETURN_IF_ERROR(lock.take(data));
  RETURN_IF_ERROR(touch(data + kIncomplete));
  RETURN_IF_ERROR(remove_file(data + "/VECINO"));
  RETURN_IF_ERROR(sync_directory(data));
  std::set<std::string> wanted;
  size_t copied = 0;
  for (const BackupFile& file : manifest.files) {
    const std::string target = data + "/" + file.path;
    wanted.insert(target);
    if (fs::exists(target, error) && fs::file_size(target, error) == file.size) {
      Result<std::string> present = file_checksum(target);
      if (present.is_ok() && *present == file.checksum) continue;
    }
    RETURN_IF_ERROR(store.verify(file));
    RETURN_IF_ERROR(copy_file_durably(store.content_path(file.checksum), target));
    ++copied;
  }
  for (const auto& entry : fs::directory_iterator(data + "/kv", error)) {
    if (!wanted.contains(entry.path().string())) RETURN_IF_ERROR(remove_file(entry.path().string()));
  }
  RETURN_IF_ERROR(sync_directory(data + "/kv"));
  const std::string scratch = data + "/restore.version";
  {
    FILE* out = std::fopen(scratch.c_str(), "w");
    if (out == nullptr) return file_failure("create", scratch, errno);
    std::fprintf(out, "%d\n", manifest.data_format);
    std::fclose(out);
  }
  RETURN_IF_ERROR(copy_file_durably(scratch, data + "/VECINO"));
  RETURN_IF_ERROR(remove_file(scratch));
  RETURN_IF_ERROR(remove_file(data + kIncomplete));
  RETURN_IF_ERROR(sync_directory(data));
  std::printf("%s: %zu files restored, %zu were right already\n", manifest.name.c_str(), copied,
              manifest.files.size() - copied);
  return Status::ok();
}

Status run(const Arguments& arguments) {
  if (arguments.command == "restore") return restore(arguments);
  if (arguments.command == "verify-backup") return verify(arguments);
  return arguments.list ? list(arguments) : backup(arguments);
}

}  // namespace

bool run_backup_command(int argc, const char* const* argv, int& status) {
  if (argc < 2) return false;
  std::string_view command = argv[1];
  if (command != "backup" && command != "restore" && command != "verify-backup") return false;
  Result<Arguments> arguments = parse(argc, argv);
  Status outcome = arguments.is_ok() ? Status::ok() : arguments.status();
  if (arguments.is_ok() && arguments->help) {
    std::fputs(kUsage, stdout);
  } else if (arguments.is_ok()) {
    outcome = run(*arguments);
  }
  if (!outcome.is_ok()) {
    std::fprintf(stderr, "vecinod: error: %s\n", outcome.info().message.c_str());
    if (!outcome.info().detail.empty()) std::fprintf(stderr, "vecinod: detail: %s\n", outcome.info().detail.c_str());
    if (!outcome.info().hint.empty()) std::fprintf(stderr, "vecinod: hint: %s\n", outcome.info().hint.c_str());
  }
  status = outcome.is_ok() ? 0 : 1;
  return true;
}

}  // namespace vecino::server

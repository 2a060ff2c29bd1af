#include "server/repair_command.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/rocksdb/rocksdb_engine.h"

namespace vecino::server {
namespace {

constexpr const char* kUsage = R"(vecinod repair lets a server start whose write-ahead log is damaged or missing.

Usage:
  vecinod repair [-D DATA]

The server must be stopped. What cannot be read any more is dropped, with everything that was committed after it: restoring a
backup may lose less. The files as they were are copied into the data directory first, and a text says what was dropped.
DATA defaults to $PGDATA.
)";

void print_error(const ErrorInfo& error) {
  std::fprintf(stderr, "vecinod: error: %s\n", error.message.c_str());
  if (!error.detail.empty()) std::fprintf(stderr, "vecinod: detail: %s\n", error.detail.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "vecinod: hint: %s\n", error.hint.c_str());
}

}  // namespace

bool run_repair_command(int argc, const char* const* argv, int& status) {
  if (argc < 2 || std::string_view(argv[1]) != "repair") return false;
  std::string directory;
  if (const char* data = std::getenv("PGDATA")) directory = data;
  status = 1;
  for (int i = 2; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-?") {
      std::fputs(kUsage, stdout);
      status = 0;
      return true;
    }
    if (argument == "-D" && i + 1 < argc) {
      directory = argv[++i];
    } else if (argument.starts_with("-D") && argument.size() > 2) {
      directory = argument.substr(2);
    } else {
      std::fprintf(stderr, "vecinod: error: invalid argument: \"%s\"\n", argv[i]);
      return true;
    }
  }
  struct stat version {};
  if (directory.empty() || ::stat((directory + "/VECINO").c_str(), &version) != 0) {
    std::fprintf(stderr, "vecinod: error: \"%s\" is not a data directory of Vecino\n", directory.c_str());
    return true;
  }
  ::umask(S_IRWXG | S_IRWXO);
  Result<std::string> report = storage::repair_rocksdb_engine(directory);
  if (!report.is_ok()) {
    print_error(report.status().info());
    return true;
  }
  std::fputs(report->c_str(), stdout);
  status = 0;
  return true;
}

}  // namespace vecino::server

#include "server/init_command.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "conf/hba_default.h"
#include "protocol/scram.h"
#include "server/auth_files.h"
#include "sqlfront/catalog/bootstrap.h"
#include "sqlfront/sql_error.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace vecino::server {
namespace {

constexpr const char* kUsage = R"(vecinod --init makes a new data directory.

Usage:
  vecinod --init -D DIR [OPTION]...

Options:
  -D, --pgdata=DIR        where to make it (default: $PGDATA)
  -U, --username=NAME     database superuser name (default: postgres)
      --pwfile=FILE       read the superuser's password from the first line of FILE
  -A, --auth=METHOD       authentication method for all connections
      --auth-host=METHOD  authentication method for TCP/IP connections
      --auth-local=METHOD authentication method for local-socket connections

Without -A or --auth-host, connections from this machine are trusted and all others need a password.
)";

struct InitOptions {
  std::string directory, user = "postgres", password_file, auth_host, auth_local;
  bool help = false;
};

Status bad(std::string message) {
  return Status::error(sqlstate::kInvalidParameterValue, std::move(message), {},
                       "Try \"vecinod --init --help\" for more information.");
}

struct OptionName {
  std::string_view long_name;
  char short_name;
  std::string InitOptions::*target;
};
constexpr OptionName kOptions[] = {
    {"--pgdata", 'D', &InitOptions::directory},   {"--username", 'U', &InitOptions::user},
    {"--pwfile", 0, &InitOptions::password_file}, {"--auth-host", 0, &InitOptions::auth_host},
    {"--auth-local", 0, &InitOptions::auth_local},
};

// Splits --name=value, -Xvalue and both with the value as the next argument.
Status read_option(int argc, const char* const* argv, int& at, std::string& name, std::string& value) {
  std::string argument = argv[at];
  size_t equals = argument.find('=');
  bool is_long = argument.starts_with("--");
  name = is_long ? argument.substr(0, equals) : argument.substr(0, 2);
  if (is_long ? equals != std::string::npos : argument.size() > 2) {
    value = argument.substr(is_long ? equals + 1 : 2);
    return Status::ok();
  }
  if (++at >= argc) return bad("option \"" + name + "\" requires an argument");
  value = argv[at];
  return Status::ok();
}

Result<InitOptions> parse_options(int argc, const char* const* argv) {
  InitOptions options;
  if (const char* directory = std::getenv("PGDATA")) options.directory = directory;
  for (int at = 2; at < argc; ++at) {
    std::string argument = argv[at];
    if (argument == "--help" || argument == "-?") return options.help = true, options;
    if (argument.size() < 2 || argument[0] != '-') return bad("unexpected argument \"" + argument + "\"");
    std::string name, value;
    RETURN_IF_ERROR(read_option(argc, argv, at, name, value));
    if (name == "-A" || name == "--auth") {
      options.auth_host = options.auth_local = value;
      continue;
    }
    bool known = false;
    for (const OptionName& option : kOptions) {
      bool is_short = option.short_name != 0 && name.size() == 2 && name[1] == option.short_name;
      if (name != option.long_name && !is_short) continue;
      options.*option.target = value;
      known = true;
    }
    if (!known) return bad("unrecognized option \"" + name + "\"");
  }
  return options;
}

bool needs_password(const std::string& method) { return method == "scram-sha-256" || method == "password"; }

Status check_method(const std::string& method, bool is_local, bool has_password) {
  if (method.empty()) return Status::ok();
  if (method == "md5") {
    return bad("authentication method \"md5\" is not supported; use \"scram-sha-256\"");
  }
  bool known = is_local ? conf::is_local_auth_method(method) : conf::is_host_auth_method(method);
  if (!known) {
    return bad("invalid authentication method \"" + method + "\" for \"" + (is_local ? "local" : "host") +
               "\" connections");
  }
  if (needs_password(method) && !has_password) {
    return bad("must specify a password for the superuser to enable password authentication");
  }
  return Status::ok();
}

Result<std::string> read_password(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Status::error(sqlstate::kUndefinedFile,
                         "could not open file \"" + path + "\" for reading: " + std::strerror(errno));
  }
  std::string line;
  std::getline(file, line);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  if (line.empty()) return Status::error(sqlstate::kInvalidPassword, "password file \"" + path + "\" is empty");
  return line;
}

// What a password becomes in pg_authid: a verifier stays as it is.
Result<std::string> stored_form(const std::string& password) {
  if (protocol::parse_scram_verifier(password)) return password;
  return protocol::make_scram_verifier(password, protocol::kScramDefaultIterations);
}

Status check_target(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return Status::ok();
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    std::string name = entry.path().filename().string();
    return Status::error(sqlstate::kIoError, "directory \"" + directory + "\" exists but is not empty",
                         name == "lost+found" ? "It contains a lost+found directory, perhaps due to it being a mount point."
                                              : "It contains \"" + name + "\".",
                         "If you want to create a new database system, either remove or empty the directory, or run "
                         "vecinod --init with an argument other than \"" + directory + "\".");
  }
  if (!error) return Status::ok();
  return Status::error(sqlstate::kIoError, "could not access directory \"" + directory + "\": " + error.message());
}

Status create(const InitOptions& options) {
  sql::InitialSuperuser superuser;
  superuser.name = options.user;
  if (!options.password_file.empty()) {
    ASSIGN_OR_RETURN(std::string password, read_password(options.password_file));
    ASSIGN_OR_RETURN(superuser.password, stored_form(password));
  }
  RETURN_IF_ERROR(check_target(options.directory));
  conf::HbaDefaults methods;
  if (!options.auth_local.empty()) methods.local = options.auth_local;
  if (!options.auth_host.empty()) methods.loopback = methods.others = options.auth_host;
  ASSIGN_OR_RETURN(auto engine, storage::open_rocksdb_engine(options.directory, storage::RocksdbOptions{}));
  (void)::chmod(options.directory.c_str(), 0700);
  sql::write_initial_catalog(*engine, superuser);
  RETURN_IF_ERROR(engine->flush());
  return write_auth_files(options.directory, methods);
}

Status run(const InitOptions& options) {
  if (options.directory.empty()) {
    return bad("no data directory specified: use -D DIR or set PGDATA");
  }
  if (options.user.starts_with("pg_")) {
    return bad("superuser name \"" + options.user + "\" is disallowed; role names cannot begin with \"pg_\"");
  }
  if (options.user.empty() || options.user.size() > 63) return bad("invalid superuser name");
  bool has_password = !options.password_file.empty();
  RETURN_IF_ERROR(check_method(options.auth_local, true, has_password));
  RETURN_IF_ERROR(check_method(options.auth_host, false, has_password));
  return create(options);
}

int fail(const ErrorInfo& error) {
  std::fprintf(stderr, "vecinod: error: %s\n", error.message.c_str());
  if (!error.detail.empty()) std::fprintf(stderr, "vecinod: detail: %s\n", error.detail.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "vecinod: hint: %s\n", error.hint.c_str());
  return 1;
}

}  // namespace

int run_init_command(int argc, const char* const* argv) {
  Result<InitOptions> options = parse_options(argc, argv);
  if (!options.is_ok()) return fail(options.status().info());
  if (options->help) return std::fputs(kUsage, stdout), 0;
  try {
    Status status = run(*options);
    if (!status.is_ok()) return fail(status.info());
  } catch (const SqlError& error) {
    return fail(error.info());
  }
  std::printf("Success. You can now start the database server using:\n\n    vecinod -D %s\n", options->directory.c_str());
  return 0;
}

}  // namespace vecino::server

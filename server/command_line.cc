#include "server/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace vecino::server {
namespace {

Status bad_argument(std::string message) {
  return Status::error(sqlstate::kSyntaxError, std::move(message), {}, "Try \"vecinod --help\" for more information.");
}

Status add_assignment(const std::string& text, const std::string& shown, CommandLine& result) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return bad_argument(shown + " requires a value");
  std::string name = text.substr(0, equals);
  std::replace(name.begin(), name.end(), '-', '_');
  result.settings.emplace_back(std::move(name), text.substr(equals + 1));
  return Status::ok();
}

// PostgreSQL's letters for settings that are often given.
constexpr std::pair<char, const char*> kSettingOptions[] = {
    {'p', "port"},     {'h', "listen_addresses"}, {'k', "unix_socket_directories"}, {'N', "max_connections"},
    {'S', "work_mem"}, {'B', "shared_buffers"},
};
constexpr const char* kOptionsWithValue = "DcdphkNSB";

Status apply_option(char option, const std::string& value, CommandLine& result) {
  switch (option) {
    case 'D':
      result.data_directory = value;
      return Status::ok();
    case 'c':
      return add_assignment(value, "-c " + value, result);
    case 'd':
      result.settings.emplace_back("log_min_messages", value == "0" ? "notice" : "debug" + value);
      return Status::ok();
    default:
      break;
  }
  for (const auto& [letter, setting] : kSettingOptions) {
    if (letter == option) result.settings.emplace_back(setting, value);
  }
  return Status::ok();
}

}  // namespace

const char* usage_text() {
  return R"(vecinod is the Vecino vector database server.

Usage:
  vecinod -D DIR [OPTION]...
  vecinod --init -D DIR [OPTION]...   make a new data directory (see vecinod --init --help)

Options:
  -D DIR          data directory; made when it does not exist (default: $PGDATA)
  -p PORT         port number to listen on (default: 5432)
  -h ADDRESS      addresses to listen on, separated by commas, * for all (default: localhost)
  -k DIRECTORY    directory of the Unix-domain socket
  -N MAX-CONNECT  maximum number of connections
  -S WORK-MEM     memory for a sort or hash table (in kB)
  -B SIZE         taken as PostgreSQL's shared_buffers; it has no effect
  -F              turn fsync off
  -i, -l          listen on all addresses; turn TLS on
  -d 1-5          debugging level
  -c NAME=VALUE   set a run-time parameter; also --NAME=VALUE
  --check-config  read the configuration, say what is wrong with it, then exit
  --version       output version information, then exit
  --help          show this help, then exit

Other commands, each with its own --help:
  vecinod --init          make a data directory
  vecinod --check         tell whether a server accepts connections
  vecinod check-dump      tell what of a dump will not load
  vecinod backup          make a backup, while the server runs or not
  vecinod repair          go on without what a damaged write-ahead log has lost
  vecinod restore         make a data directory of a backup
  vecinod verify-backup   compare a backup with its checksums

The server runs in the foreground and logs to stderr.
SIGTERM ends it when its last session has ended, SIGINT at once but in order, SIGQUIT without regard.
)";
}

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  CommandLine result;
  if (const char* directory = std::getenv("PGDATA")) result.data_directory = directory;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--help" || argument == "-?") {
      result.help = true;
    } else if (argument == "--version" || argument == "-V") {
      result.version = true;
    } else if (argument == "--check-config") {
      result.check_config = true;
    } else if (argument == "-F") {
      result.settings.emplace_back("fsync", "off");
    } else if (argument == "-i") {
      result.settings.emplace_back("listen_addresses", "*");
    } else if (argument == "-l") {
      result.settings.emplace_back("ssl", "on");
    } else if (argument.starts_with("--")) {
      RETURN_IF_ERROR(add_assignment(argument.substr(2), argument, result));
    } else if (argument.size() >= 2 && argument[0] == '-' && std::strchr(kOptionsWithValue, argument[1]) != nullptr) {
      std::string value = argument.substr(2);
      if (value.empty()) {
        if (++i >= argc) return bad_argument("option requires an argument -- '" + argument.substr(1) + "'");
        value = argv[i];
      }
      RETURN_IF_ERROR(apply_option(argument[1], value, result));
    } else {
      return bad_argument("invalid argument: \"" + argument + "\"");
    }
  }
  return result;
}

}  // namespace vecino::server

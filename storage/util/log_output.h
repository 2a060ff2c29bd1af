#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "storage/util/log.h"
#include "storage/util/status.h"

namespace vecino::log {

// Where the log goes and what its lines look like (manual 20.8). log.h is what callers need; this is for the server,
// which configures it, and for sessions, whose lines say who they are. Thread-safe.

// What a line can say about the session that it comes from.
struct Session {
  std::string user, database, application_name, remote_host, remote_port;  // host "[local]" = unix socket
  int32_t pid = 0;
  int64_t start_us = 0;  // Unix time
  uint64_t transaction = 0;
  int64_t query_id = 0;
  std::string_view command_tag;
  mutable uint64_t lines = 0;  // written so far
};

struct Entry {
  Level level = Level::kInfo;
  const Session* session = nullptr;  // null = the server itself
  std::string_view sqlstate = "00000", message, detail, hint, context, statement;
  int position = 0;  // in `statement`, 1-based; 0 = unknown
};
// Written whatever the minimum level is: the caller has decided.
void emit(const Entry& entry);

struct Options {
  std::string line_prefix = "%m [%p] ";
  bool to_stderr = true, to_csv = false, to_json = false;  // log_destination
  // Files. Without the collector everything is text on stderr.
  bool collector = false;
  std::string directory, file_pattern;
  int64_t rotation_minutes = 0, rotation_kilobytes = 0;  // 0 = never
  bool truncate_on_rotation = false;
  unsigned file_mode = 0600;
  bool verbose = false, terse = false;  // log_error_verbosity
  // Seconds east of Greenwich and abbreviation at a Unix time; empty = UTC.
  struct Zone {
    int offset = 0;
    std::string name = "UTC";
  };
  std::function<Zone(int64_t unix_seconds)> zone;
};
// Errors: 58P01 and the like when files cannot be written; then the log stays as it was.
Status configure(Options options);
void rotate();  // new files now (pg_rotate_logfile)
// Of the running collector; empty = none. `format`: stderr, csvlog, jsonlog; empty = the first there is.
std::string current_file(std::string_view format);

// `entry` as each destination writes it, for configure()'s sinks and for tests.
std::string text_lines(const Entry& entry, const Options& options, int64_t now_us);
std::string csv_line(const Entry& entry, const Options& options, int64_t now_us);
std::string json_line(const Entry& entry, const Options& options, int64_t now_us);
const char* level_name(Level level);

}  // namespace vecino::log

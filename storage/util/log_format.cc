// The three forms of a log entry: text with log_line_prefix, csvlog and jsonlog (manual 20.8.4, 20.8.5).
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

#include "storage/util/log_output.h"

namespace vecino::log {
namespace {

enum class Fraction { kNone, kMilliseconds };

std::string format_time(int64_t us, const Options& options, Fraction fraction) {
  const int64_t seconds = us / 1000000;
  Options::Zone zone = options.zone ? options.zone(seconds) : Options::Zone();
  const time_t local = static_cast<time_t>(seconds + zone.offset);
  std::tm parts{};
  gmtime_r(&local, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  if (fraction == Fraction::kNone) return fmt::format("{} {}", text, zone.name);
  return fmt::format("{}.{:03} {}", text, us % 1000000 / 1000, zone.name);
}

std::string session_id(const Session& session) {
  return fmt::format("{:x}.{:x}", session.start_us / 1000000, static_cast<uint32_t>(session.pid));
}

std::string remote(const Session& session, bool with_port) {
  if (session.remote_port.empty() || !with_port) return session.remote_host;
  return session.remote_host + "(" + session.remote_port + ")";
}

// One escape of log_line_prefix. Without a session most are empty, user and the like "[unknown]" only within one.
std::string prefix_value(char escape, const Entry& entry, const Options& options, int64_t now_us) {
  const Session* session = entry.session;
  auto known = [](const std::string& value) { return value.empty() ? "[unknown]" : value; };
  switch (escape) {
    case 'm': return format_time(now_us, options, Fraction::kMilliseconds);
    case 't': return format_time(now_us, options, Fraction::kNone);
    case 'n': return fmt::format("{}.{:03}", now_us / 1000000, now_us % 1000000 / 1000);
    case 'p': return std::to_string(session ? session->pid : static_cast<int32_t>(::getpid()));
    case 'P': return "";
    case 'b': return session ? "client backend" : "postmaster";
    case 'e': return std::string(entry.sqlstate);
    case 'a': return session ? known(session->application_name) : "";
    case 'u': return session ? known(session->user) : "";
    case 'd': return session ? known(session->database) : "";
    case 'r': return session ? remote(*session, true) : "";
    case 'h': return session ? remote(*session, false) : "";
    case 'i': return session ? std::string(session->command_tag) : "";
    case 'c': return session ? session_id(*session) : fmt::format("{:x}", static_cast<uint32_t>(::getpid()));
    case 'l': return session ? std::to_string(session->lines) : "1";
    case 's': return session ? format_time(session->start_us, options, Fraction::kNone) : "";
    case 'v': return session ? fmt::format("{}/1", session->pid) : "";
    case 'x': return std::to_string(session ? session->transaction : 0);
    case 'Q': return std::to_string(session ? session->query_id : 0);
    case '%': return "%";
    default: return "";
  }
}

std::string line_prefix(const Entry& entry, const Options& options, int64_t now_us) {
  std::string out;
  const std::string& pattern = options.line_prefix;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    if (++i == pattern.size()) break;
    bool left = pattern[i] == '-';
    if (left) ++i;
    size_t width = 0;
    while (i < pattern.size() && pattern[i] >= '0' && pattern[i] <= '9') width = width * 10 + (pattern[i++] - '0');
    if (i == pattern.size()) break;
    if (pattern[i] == 'q') {  // the rest is for sessions only
      if (!entry.session) break;
      continue;
    }
    std::string value = prefix_value(pattern[i], entry, options, now_us);
    width = std::min<size_t>(width, 1000);
    if (value.size() < width) value.insert(left ? value.size() : 0, width - value.size(), ' ');
    out += value;
  }
  return out;
}

// Further lines of a message are marked by a tab.
void append_tabbed(std::string& out, std::string_view text) {
  for (char c : text) {
    out += c;
    if (c == '\n') out += '\t';
  }
}

std::string csv_value(std::string_view value) {
  if (value.empty()) return "";
  std::string out = "\"";
  for (char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void append_json_string(std::string& out, std::string_view value) {
  out += '"';
  for (char c : value) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<int>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

class JsonObject {
 public:
  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    begin(key);
    append_json_string(out_, value);
  }
  void number(std::string_view key, int64_t value) {
    begin(key);
    out_ += std::to_string(value);
  }
  std::string take() { return std::move(out_) + "}\n"; }

 private:
  void begin(std::string_view key) {
    out_ += out_.empty() ? '{' : ',';
    append_json_string(out_, key);
    out_ += ':';
  }
  std::string out_;
};

}  // namespace

const char* level_name(Level level) {
  constexpr const char* kNames[] = {"DEBUG", "LOG", "NOTICE", "WARNING", "ERROR", "FATAL", "PANIC"};
  return kNames[static_cast<int>(level)];
}

std::string text_lines(const Entry& entry, const Options& options, int64_t now_us) {
  const std::string prefix = line_prefix(entry, options, now_us);
  std::string out;
  auto add = [&](std::string_view label, std::string_view text) {
    out += prefix;
    out += label;
    out += ":  ";
    append_tabbed(out, text);
    out += '\n';
  };
  std::string message;
  if (options.verbose) message = std::string(entry.sqlstate) + ": ";
  message += entry.message;
  if (entry.position > 0) message += " at character " + std::to_string(entry.position);
  add(level_name(entry.level), message);
  if (!options.terse) {
    if (!entry.detail.empty()) add("DETAIL", entry.detail);
    if (!entry.hint.empty()) add("HINT", entry.hint);
    if (!entry.context.empty()) add("CONTEXT", entry.context);
  }
  if (!entry.statement.empty()) add("STATEMENT", entry.statement);
  return out;
}

std::string csv_line(const Entry& entry, const Options& options, int64_t now_us) {
  static const Session kNobody;
  const Session& s = entry.session ? *entry.session : kNobody;
  const bool client = entry.session != nullptr;
  const bool quiet = options.terse;
  const int32_t pid = client ? s.pid : static_cast<int32_t>(::getpid());
  std::string from = s.remote_port.empty() ? s.remote_host : s.remote_host + ":" + s.remote_port;
  std::string out = format_time(now_us, options, Fraction::kMilliseconds);
  auto add = [&out](std::string_view value) { out += ',', out += value; };
  add(csv_value(s.user));
  add(csv_value(s.database));
  add(std::to_string(pid));
  add(csv_value(from));
  add(client ? session_id(s) : fmt::format("{:x}", static_cast<uint32_t>(pid)));
  add(std::to_string(client ? s.lines : 1));
  add(csv_value(s.command_tag));
  add(client ? format_time(s.start_us, options, Fraction::kNone) : "");
  add(client ? fmt::format("{}/1", s.pid) : "");
  add(std::to_string(s.transaction));
  add(level_name(entry.level));
  add(entry.sqlstate);
  add(csv_value(entry.message));
  add(csv_value(quiet ? "" : entry.detail));
  add(csv_value(quiet ? "" : entry.hint));
  add("");  // internal query and its position: there is none
  add("");
  add(csv_value(quiet ? "" : entry.context));
  add(csv_value(entry.statement));
  add(entry.position > 0 ? std::to_string(entry.position) : "");
  add("");  // location in the server's sources
  add(csv_value(s.application_name));
  add(client ? "\"client backend\"" : "\"postmaster\"");
  add("");
  add(std::to_string(s.query_id));
  return out + "\n";
}

std::string json_line(const Entry& entry, const Options& options, int64_t now_us) {
  JsonObject json;
  json.text("timestamp", format_time(now_us, options, Fraction::kMilliseconds));
  if (const Session* s = entry.session) {
    json.text("user", s->user);
    json.text("dbname", s->database);
    json.number("pid", s->pid);
    json.text("remote_host", s->remote_host);
    if (!s->remote_port.empty()) json.number("remote_port", std::strtol(s->remote_port.c_str(), nullptr, 10));
    json.text("session_id", session_id(*s));
    json.number("line_num", static_cast<int64_t>(s->lines));
    json.text("ps", s->command_tag);
    json.text("session_start", format_time(s->start_us, options, Fraction::kNone));
    json.text("vxid", fmt::format("{}/1", s->pid));
    json.number("txid", static_cast<int64_t>(s->transaction));
  } else {
    json.number("pid", static_cast<int64_t>(::getpid()));
    json.text("session_id", fmt::format("{:x}", static_cast<uint32_t>(::getpid())));
  }
  json.text("error_severity", level_name(entry.level));
  if (entry.sqlstate != "00000") json.text("state_code", entry.sqlstate);
  json.text("message", entry.message);
  if (!options.terse) {
    json.text("detail", entry.detail);
    json.text("hint", entry.hint);
    json.text("context", entry.context);
  }
  json.text("statement", entry.statement);
  if (entry.position > 0) json.number("cursor_position", entry.position);
  if (entry.session) json.text("application_name", entry.session->application_name);
  json.text("backend_type", entry.session ? "client backend" : "postmaster");
  json.number("query_id", entry.session ? entry.session->query_id : 0);
  return json.take();
}

}  // namespace vecino::log

#include "server/dump_check.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <vector>

#include "server/dump_reader.h"
#include "sqlfront/statement/session.h"

namespace vecino::server {
namespace {

// Keeps the first error of a statement; nobody reads the rows.
class ErrorSink final : public sql::ResultSink {
 public:
  std::optional<ErrorInfo> failure;

  void row_description(std::span<const sql::ResultColumn>, const sql::FormatCodes&) override {}
  void no_data() override {}
  void parameter_description(std::span<const Oid>) override {}
  void begin_row(size_t) override {}
  void null_value() override {}
  std::string& begin_value() override { return scrap(); }
  void end_value() override {}
  void end_row() override {}
  void command_complete(std::string_view) override {}
  void empty_query() override {}
  void portal_suspended() override {}
  void parse_complete() override {}
  void bind_complete() override {}
  void close_complete() override {}
  void copy_in(bool, size_t) override {}
  void copy_out(bool, size_t) override {}
  std::string& copy_data_begin() override { return scrap(); }
  void copy_data_end() override {}
  void copy_done() override {}
  void error(const ErrorInfo& error) override {
    if (!failure) failure = error;
  }
  void notice(const ErrorInfo&, std::string_view) override {}
  void parameter_status(std::string_view, std::string_view) override {}
  void ready_for_query(char) override {}
  bool full() const override { return false; }

 private:
  std::string& scrap() {
    scrap_.clear();
    return scrap_;
  }
  std::string scrap_;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string first_line(const std::string& text) {
  constexpr size_t kShown = 100;
  std::string line = text.substr(0, text.find('\n'));
  return line.size() > kShown ? line.substr(0, kShown) + "..." : line;
}

// What stands between the first pair of double quotes after `before`.
std::string quoted_after(std::string_view text, std::string_view before) {
  size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  begin += before.size();
  const size_t end = text.find('"', begin);
  return end == std::string_view::npos ? std::string() : std::string(text.substr(begin, end - begin));
}

// The last part of the name that a CREATE statement defines: what later statements will miss.
std::string created_name(const std::string& statement) {
  static const std::set<std::string> kKinds = {"table", "view",     "type",      "domain",    "function",   "sequence", "schema",
                                               "index", "aggregate", "procedure", "extension", "collation", "operator"};
  if (!lower(statement.substr(0, 7)).starts_with("create ")) return {};
  size_t at = 6;
  bool kind_seen = false;
  while (at < statement.size()) {
    while (at < statement.size() && std::isspace(static_cast<unsigned char>(statement[at]))) ++at;
    size_t end = at;
    std::string last;
    while (end < statement.size() && !std::isspace(static_cast<unsigned char>(statement[end])) && statement[end] != '(') {
      if (statement[end] == '"') {
        const size_t close = statement.find('"', end + 1);
        if (close == std::string::npos) return {};
        last += statement.substr(end + 1, close - end - 1);
        end = close + 1;
      } else if (statement[end] == '.') {
        last.clear();
        ++end;
      } else {
        last += statement[end++];
      }
    }
    const std::string word = lower(last);
    if (kind_seen && word != "if" && word != "not" && word != "exists") return last;
    kind_seen = kind_seen || kKinds.contains(word);
    if (end == at) return {};
    at = end;
  }
  return {};
}

class DumpCheck {
 public:
  DumpCheck(sql::Instance& instance, std::string name, std::ostream& out)
      : instance_(instance), name_(std::move(name)), out_(out) {}

  int run(std::istream& dump) {
    connect("postgres", 0);
    DumpReader reader(dump);
    DumpItem item;
    while (reader.next(item)) {
      if (item.kind == DumpItem::Kind::kConnect) {
        connect(item.text, item.line);
        continue;
      }
      ++statements_;
      rows_ += item.copy_rows;
      check(item);
    }
    report();
    if (session_) session_->end();
    return failures_ + follow_ups_ == 0 ? 0 : 1;
  }

 private:
  void connect(const std::string& database, size_t line) {
    sql::StartupParameters startup;
    startup.user = "postgres";
    startup.database = database;
    startup.application_name = kCheckDumpCommand;
    startup.pid = ++pid_;
    auto cancel = std::make_unique<CancelState>();
    auto opened = sql::Session::open(instance_, std::move(startup), *cancel);
    if (!opened.is_ok()) {
      ++failures_;
      out_ << name_ << ":" << line << ": " << opened.status().info().message << "\n";
      return;
    }
    if (session_) session_->end();
    session_ = std::move(*opened);
    cancel_ = std::move(cancel);
  }

  std::optional<ErrorInfo> execute(const std::string& sql) {
    ErrorSink sink;
    sql::Progress progress = session_->simple_query(sql, sink);
    if (progress == sql::Progress::kCopyIn) progress = session_->copy_done(sink);
    while (progress == sql::Progress::kSuspended) progress = session_->resume(sink);
    return sink.failure;
  }

  std::optional<ErrorInfo> execute_without_rows(const DumpItem& item) {
    if (!lower(item.text.substr(0, 7)).starts_with("insert ")) return execute(item.text);
    execute("BEGIN");
    auto failure = execute(item.text);
    execute("ROLLBACK");
    return failure;
  }

  void check(const DumpItem& item) {
    if (!session_) return;
    auto failure = execute_without_rows(item);
    // The role is somebody else's to create; each statement may name several.
    while (failure) {
      const std::string role = quoted_after(failure->message, "role \"");
      if (role.empty() || !failure->message.ends_with("does not exist") || !roles_.insert(role).second) break;
      std::string quoted = "\"";
      for (char c : role) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
      execute("CREATE ROLE " + quoted + "\"");
      failure = execute_without_rows(item);
    }
    if (failure) record(item, *failure);
  }

  void record(const DumpItem& item, const ErrorInfo& error) {
    if (std::string name = created_name(item.text); !name.empty()) missing_.insert(name);
    if (is_follow_up(error)) {
      ++follow_ups_;
      return;
    }
    ++failures_;
    out_ << name_ << ":" << item.line << ": " << error.message << "\n";
    if (!error.detail.empty()) out_ << "    " << error.detail << "\n";
    out_ << "    " << first_line(item.text) << "\n";
  }

  // Only what was refused before is missing now.
  bool is_follow_up(const ErrorInfo& error) const {
    if (error.code != sqlstate::kUndefinedTable && error.code != sqlstate::kUndefinedObject &&
        error.code != sqlstate::kUndefinedFunction && error.code != sqlstate::kInvalidSchemaName) {
      return false;
    }
    return std::any_of(missing_.begin(), missing_.end(), [&](const std::string& name) { return names(error.message, name); });
  }

  // As a word of its own: quoted, or the last part of a name.
  static bool names(const std::string& message, const std::string& name) {
    for (size_t at = message.find(name); at != std::string::npos; at = message.find(name, at + 1)) {
      const char before = at > 0 ? message[at - 1] : ' ';
      const char after = at + name.size() < message.size() ? message[at + name.size()] : ' ';
      if ((before == '"' || before == '.') && (after == '"' || after == '(' || after == '[')) return true;
      if (before == ' ' && after == '(') return true;
    }
    return false;
  }

  void report() {
    for (const std::string& role : roles_) out_ << name_ << ": needs a role: " << role << "\n";
    if (follow_ups_ > 0) out_ << name_ << ": " << follow_ups_ << " more statements need what is named above\n";
    out_ << name_ << ": " << statements_ << " statements, " << rows_ << " rows by COPY; ";
    if (failures_ + follow_ups_ == 0) {
      out_ << "everything will load\n";
    } else {
      out_ << failures_ + follow_ups_ << " statements will not load\n";
    }
  }

  sql::Instance& instance_;
  std::string name_;
  std::ostream& out_;
  std::unique_ptr<CancelState> cancel_;
  std::unique_ptr<sql::Session> session_;
  std::set<std::string> roles_, missing_;
  size_t statements_ = 0, rows_ = 0, failures_ = 0, follow_ups_ = 0;
  int32_t pid_ = 0;
};

}  // namespace

const char* check_dump_usage() {
  return R"(vecinod check-dump says what of a plain-text dump will not load into this server, and why.

Usage:
  vecinod check-dump [FILE]      FILE as pg_dump or pg_dumpall write it; standard input without one or with -

The statements run against an empty server in memory; rows are skipped. A line for each statement that is refused:
  FILE:LINE: reason

Exit status: 0 everything will load, 1 something will not, 2 the file cannot be read.
)";
}

int check_dump(sql::Instance& instance, std::istream& dump, const std::string& name, std::ostream& out) {
  return DumpCheck(instance, name, out).run(dump);
}

}  // namespace vecino::server

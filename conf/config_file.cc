#include "conf/config_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "conf/setting_value.h"

namespace vecino::conf {
namespace {

constexpr int kMaxIncludeDepth = 10;

bool is_name_char(char c) {
  return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '$' || (c & 0x80);
}
bool is_value_char(char c) { return is_name_char(c) || c == '-' || c == '/' || c == ':' || c == '+'; }

class LineParser {
 public:
  LineParser(std::string_view line, const std::string& file, int number) : line_(line), file_(file), number_(number) {}

  // False = nothing on this line.
  Result<bool> parse(ConfigEntry& entry) {
    skip_space();
    if (at_end()) return false;
    size_t start = at_;
    while (at_ < line_.size() && is_name_char(line_[at_])) ++at_;
    if (at_ == start) return syntax_error();
    entry.name = line_.substr(start, at_ - start);
    skip_space();
    if (at_ < line_.size() && line_[at_] == '=') {
      ++at_;
      skip_space();
    }
    if (at_end()) return syntax_error();
    RETURN_IF_ERROR(parse_value(entry.value));
    skip_space();
    if (!at_end()) return syntax_error();
    entry.file = file_;
    entry.line = number_;
    return true;
  }

 private:
  void skip_space() {
    while (at_ < line_.size() && isspace(static_cast<unsigned char>(line_[at_]))) ++at_;
  }
  bool at_end() const { return at_ >= line_.size() || line_[at_] == '#'; }

  Status parse_value(std::string& value) {
    if (line_[at_] == '\'') return parse_quoted(value);
    size_t start = at_;
    while (at_ < line_.size() && is_value_char(line_[at_])) ++at_;
    if (at_ == start) return syntax_error();
    value = line_.substr(start, at_ - start);
    return Status::ok();
  }

  Status parse_quoted(std::string& value) {
    size_t start = at_++;
    value.clear();
    while (at_ < line_.size()) {
      char c = line_[at_++];
      if (c == '\'') {
        if (at_ >= line_.size() || line_[at_] != '\'') return Status::ok();
        value += '\'';
        ++at_;
      } else if (c == '\\' && at_ < line_.size()) {
        parse_escape(value);
      } else {
        value += c;
      }
    }
    at_ = start;
    return syntax_error();
  }

  void parse_escape(std::string& value) {
    char c = line_[at_++];
    switch (c) {
      case 'b':
        value += '\b';
        return;
      case 'f':
        value += '\f';
        return;
      case 'n':
        value += '\n';
        return;
      case 'r':
        value += '\r';
        return;
      case 't':
        value += '\t';
        return;
      default:
        break;
    }
    if (c < '0' || c > '7') {
      value += c;
      return;
    }
    int code = c - '0';
    for (int i = 0; i < 2 && at_ < line_.size() && line_[at_] >= '0' && line_[at_] <= '7'; ++i) {
      code = code * 8 + (line_[at_++] - '0');
    }
    value += static_cast<char>(code);
  }

  Status syntax_error() const {
    std::string place = "syntax error in file \"" + file_ + "\" line " + std::to_string(number_);
    if (at_ >= line_.size()) return Status::error(sqlstate::kConfigFileError, place + ", near end of line");
    size_t end = at_ + 1;
    if (is_value_char(line_[at_])) {
      while (end < line_.size() && is_value_char(line_[end])) ++end;
    }
    return Status::error(sqlstate::kConfigFileError,
                         place + ", near token \"" + std::string(line_.substr(at_, end - at_)) + "\"");
  }

  std::string_view line_;
  const std::string& file_;
  int number_;
  size_t at_ = 0;
};

std::string resolve(const std::string& path, const std::string& from) {
  std::filesystem::path target(path);
  return target.is_absolute() ? path : (std::filesystem::path(from).parent_path() / target).string();
}

enum class Missing { kError, kSkip };
Status read_into(const std::string& path, Missing missing, int depth, std::vector<ConfigEntry>& entries);

Status read_directory(const std::string& path, int depth, std::vector<ConfigEntry>& entries) {
  std::error_code error;
  std::vector<std::string> files;
  for (const auto& item : std::filesystem::directory_iterator(path, error)) {
    std::string name = item.path().filename().string();
    if (name.ends_with(".conf") && name[0] != '.') files.push_back(item.path().string());
  }
  if (error) {
    return Status::error(sqlstate::kUndefinedFile,
                         "could not open configuration directory \"" + path + "\": " + error.message());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) RETURN_IF_ERROR(read_into(file, Missing::kError, depth + 1, entries));
  return Status::ok();
}

Status read_into(const std::string& path, Missing missing, int depth, std::vector<ConfigEntry>& entries) {
  if (depth > kMaxIncludeDepth) {
    return Status::error(sqlstate::kProgramLimitExceeded,
                         "could not open configuration file \"" + path + "\": maximum nesting depth exceeded");
  }
  std::ifstream file(path);
  if (!file) {
    if (missing == Missing::kSkip) return Status::ok();
    return Status::error(sqlstate::kUndefinedFile,
                         "could not open configuration file \"" + path + "\": " + std::strerror(errno));
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    ConfigEntry entry;
    ASSIGN_OR_RETURN(bool any, LineParser(line, path, number).parse(entry));
    if (!any) continue;
    if (equals_ignoring_case(entry.name, "include")) {
      RETURN_IF_ERROR(read_into(resolve(entry.value, path), Missing::kError, depth + 1, entries));
    } else if (equals_ignoring_case(entry.name, "include_if_exists")) {
      RETURN_IF_ERROR(read_into(resolve(entry.value, path), Missing::kSkip, depth + 1, entries));
    } else if (equals_ignoring_case(entry.name, "include_dir")) {
      RETURN_IF_ERROR(read_directory(resolve(entry.value, path), depth, entries));
    } else {
      entries.push_back(std::move(entry));
    }
  }
  return Status::ok();
}

}  // namespace

Result<std::vector<ConfigEntry>> read_config_file(const std::string& path) {
  std::vector<ConfigEntry> entries;
  RETURN_IF_ERROR(read_into(path, Missing::kError, 0, entries));
  return entries;
}

}  // namespace vecino::conf

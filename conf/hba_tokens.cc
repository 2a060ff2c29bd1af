#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "conf/hba_file.h"

namespace vecino::conf {
namespace {

constexpr int kMaxIncludeDepth = 10;
constexpr size_t kLongestToken = 10240;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\n'; }

// Cuts one logical line into words.
class LineSplitter {
 public:
  explicit LineSplitter(std::string_view line) : line_(line) {}

  // False at the end of the line. `list_goes_on`: a comma follows, so that the next word belongs to the same field.
  bool next(HbaToken& token, bool& list_goes_on) {
    list_goes_on = false;
    while (at_ < line_.size() && (is_blank(line_[at_]) || line_[at_] == ',')) ++at_;
    if (at_ >= line_.size() || line_[at_] == '#') return false;
    token = {};
    bool in_quote = false;
    for (; at_ < line_.size(); ++at_) {
      char c = line_[at_];
      if (!in_quote && (is_blank(c) || c == ',' || c == '#')) break;
      if (c == '"') {
        // Inside quotes "" stands for a quote.
        if (in_quote && at_ + 1 < line_.size() && line_[at_ + 1] == '"') {
          token.text += '"';
          ++at_;
          continue;
        }
        in_quote = !in_quote;
        if (token.text.empty()) token.quoted = true;
        continue;
      }
      token.text += c;
    }
    list_goes_on = at_ < line_.size() && line_[at_] == ',';
    return true;
  }

 private:
  std::string_view line_;
  size_t at_ = 0;
};

std::string beside(const std::string& name, const std::string& file) {
  std::filesystem::path path(name);
  return path.is_absolute() ? name : (std::filesystem::path(file).parent_path() / path).string();
}

void append(const HbaToken& token, const std::string& file, int depth, HbaField& field, std::string& error);

// Every word of the file at @name.
void include(const std::string& name, const std::string& from, int depth, HbaField& field, std::string& error) {
  std::string path = beside(name, from);
  std::string opening = "could not open secondary authentication file \"@" + name + "\" as \"" + path + "\"";
  if (depth > kMaxIncludeDepth) {
    error = opening + ": maximum nesting depth exceeded";
    return;
  }
  std::ifstream file(path);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    error = opening + ": " + std::strerror(errno);
    return;
  }
  std::string line;
  while (error.empty() && std::getline(text, line)) {
    LineSplitter splitter(line);
    HbaToken token;
    bool ignored;
    while (error.empty() && splitter.next(token, ignored)) append(token, path, depth, field, error);
  }
}

void append(const HbaToken& token, const std::string& file, int depth, HbaField& field, std::string& error) {
  if (token.text.size() > kLongestToken) {
    error = "authentication file token too long, skipping: \"" + token.text.substr(0, 32) + "...\"";
  } else if (!token.quoted && token.text.size() > 1 && token.text[0] == '@') {
    include(token.text.substr(1), file, depth + 1, field, error);
  } else {
    field.push_back(token);
  }
}

void split_line(std::string_view text, const std::string& file, HbaLine& line) {
  LineSplitter splitter(text);
  HbaToken token;
  bool list_goes_on = false;
  while (line.error.empty()) {
    bool same_field = list_goes_on;
    if (!splitter.next(token, list_goes_on)) return;
    if (!same_field) line.fields.emplace_back();
    append(token, file, 0, line.fields.back(), line.error);
  }
}

}  // namespace

std::vector<HbaLine> split_hba_text(std::string_view text, const std::string& file) {
  std::vector<HbaLine> lines;
  int number = 0;
  for (size_t at = 0; at < text.size();) {
    std::string logical;
    int first = number + 1;
    bool continued = true;
    while (continued && at < text.size()) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string_view physical = text.substr(at, end - at);
      if (!physical.empty() && physical.back() == '\r') physical.remove_suffix(1);
      at = end + 1;
      ++number;
      continued = !physical.empty() && physical.back() == '\\';
      if (continued) physical.remove_suffix(1);
      logical += physical;
    }
    HbaLine line;
    line.number = first;
    split_line(logical, file, line);
    if (!line.fields.empty() || !line.error.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace vecino::conf

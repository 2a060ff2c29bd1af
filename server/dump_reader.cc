#include "server/dump_reader.h"

#include <cctype>
#include <string_view>

namespace vecino::server {
namespace {

constexpr std::string_view kComment = "*/";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || (c & 0x80) != 0; }

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// $tag$ at the start of `text`; empty = none.
std::string_view dollar_tag(std::string_view text) {
  size_t end = 1;
  while (end < text.size() && is_word(text[end]) && text[end] != '$') ++end;
  if (end >= text.size() || text[end] != '$' || (end > 1 && std::isdigit(static_cast<unsigned char>(text[1])))) return {};
  return text.substr(0, end + 1);
}

std::string database_of_connect(std::string_view rest) {
  auto quoted = [&](std::string_view before) -> std::string {
    size_t begin = rest.find(before);
    if (begin == std::string_view::npos) return {};
    begin += before.size();
    return std::string(rest.substr(begin, rest.find('\'', begin) - begin));
  };
  if (std::string name = quoted("dbname='"); !name.empty()) return name;
  const size_t begin = rest.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  rest.remove_prefix(begin);
  if (rest[0] == '"') return std::string(rest.substr(1, rest.find('"', 1) - 1));
  return std::string(rest.substr(0, rest.find_first_of(" \t")));
}

}  // namespace

bool DumpReader::read_line() {
  if (!std::getline(input_, line_)) return false;
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  ++number_;
  at_ = 0;
  have_line_ = true;
  return true;
}

bool DumpReader::next(DumpItem& item) {
  item = {};
  for (;;) {
    if (!have_line_ && !read_line()) break;
    if (at_ == 0 && is_blank(text_) && quote_.empty() && line_.starts_with('\\')) {
      have_line_ = false;
      if (backslash_command(item)) return true;
      continue;
    }
    if (scan(item)) return true;
    append("\n");
    have_line_ = false;
  }
  if (is_blank(text_)) return false;
  finish(item);
  return true;
}

bool DumpReader::backslash_command(DumpItem& item) {
  for (std::string_view name : {"\\connect ", "\\c "}) {
    if (!line_.starts_with(name)) continue;
    item.kind = DumpItem::Kind::kConnect;
    item.text = database_of_connect(std::string_view(line_).substr(name.size()));
    item.line = number_;
    return true;
  }
  return false;
}

void DumpReader::append(std::string_view text) {
  if (text_.empty()) {
    if (is_blank(text)) return;
    start_ = number_;
  }
  text_ += text;
}

// Inside a quote: passes over what belongs to it.
bool DumpReader::scan_quoted(char c) {
  if (quote_.empty()) return false;
  const std::string_view rest = std::string_view(line_).substr(at_);
  if (quote_ == kComment && rest.starts_with("/*")) {
    ++comments_;
    at_ += 2;
  } else if (escapes_ && c == '\\' && rest.size() > 1) {
    append(rest.substr(0, 2));
    at_ += 2;
  } else if (rest.starts_with(quote_)) {
    at_ += quote_.size();
    if (quote_ == kComment) {
      if (--comments_ == 0) quote_.clear();
      return true;
    }
    append(quote_);
    quote_.clear();
  } else {
    if (quote_ != kComment) append(rest.substr(0, 1));
    ++at_;
  }
  return true;
}

void DumpReader::scan_word(size_t& at) {
  size_t end = at;
  while (end < line_.size() && is_word(line_[end])) ++end;
  std::string word = line_.substr(at, end - at);
  append(word);
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (words_.size() < 256) words_ += word + " ";
  if (words_.ends_with("begin atomic ")) atomic_ = 1;
  else if (atomic_ > 0 && word == "case") ++atomic_;
  else if (atomic_ > 0 && word == "end") --atomic_;
  at = end;
}

bool DumpReader::scan(DumpItem& item) {
  while (at_ < line_.size()) {
    const char c = line_[at_];
    if (scan_quoted(c)) continue;
    const std::string_view rest = std::string_view(line_).substr(at_);
    if (rest.starts_with("--")) {
      at_ = line_.size();
      break;
    }
    if (rest.starts_with("/*")) {
      quote_ = kComment;
      comments_ = 1;
      at_ += 2;
      continue;
    }
    if (c == '\'' || c == '"') {
      const char before = text_.empty() ? ' ' : text_.back();
      escapes_ = c == '\'' && (before == 'E' || before == 'e') && (text_.size() < 2 || !is_word(text_[text_.size() - 2]));
      quote_ = c;
    } else if (std::string_view tag = c == '$' ? dollar_tag(rest) : std::string_view(); !tag.empty()) {
      quote_ = tag;
      escapes_ = false;
      append(tag);
      at_ += tag.size();
      continue;
    } else if (is_word(c)) {
      scan_word(at_);
      continue;
    } else if (c == '(') {
      ++parentheses_;
    } else if (c == ')') {
      --parentheses_;
    } else if (c == ';' && parentheses_ <= 0 && atomic_ == 0) {
      ++at_;
      if (is_blank(text_)) continue;
      finish(item);
      return true;
    }
    append(rest.substr(0, 1));
    ++at_;
  }
  return false;
}

void DumpReader::finish(DumpItem& item) {
  item.kind = DumpItem::Kind::kStatement;
  item.text = std::move(text_);
  item.line = start_;
  if (words_.starts_with("copy ") && words_.find(" from stdin ") != std::string::npos) item.copy_rows = skip_copy_data();
  text_.clear();
  words_.clear();
  parentheses_ = atomic_ = 0;
}

size_t DumpReader::skip_copy_data() {
  size_t rows = 0;
  while (read_line() && line_ != "\\.") ++rows;
  have_line_ = false;
  return rows;
}

}  // namespace vecino::server

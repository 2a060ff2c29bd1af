#include "sqlfront/parse/literals.h"

#include <charconv>

namespace vecino::sql {
namespace {

constexpr size_t kMaxText = 4096, kMaxLiterals = 32;
constexpr char kPlaceholder = '\x01';  // no token of SQL

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c) || c == '$'; }

class Splitter {
 public:
  Splitter(std::string_view sql, LiteralText& out) : sql_(sql), out_(out) {}

  bool run() {
    while (at_ < sql_.size()) {
      char c = sql_[at_];
      if (c == '\\' || c == kPlaceholder) return false;
      if (is_digit(c)) {
        number();
      } else if (starts_identifier(c)) {
        skip_while(continues_identifier);
      } else if (!other(c)) {
        return false;
      }
      if (out_.literals.size() > kMaxLiterals) return false;
    }
    out_.key.append(sql_.substr(copied_));
    return true;
  }

 private:
  char peek(size_t ahead) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  template <typename Predicate>
  void skip_while(Predicate predicate) {
    while (at_ < sql_.size() && predicate(sql_[at_])) ++at_;
  }

  bool other(char c) {
    if (c == '\'' || c == '"') return quoted(c);
    if (c == '-' && peek(1) == '-') {
      skip_while([](char x) { return x != '\n' && x != '\r'; });
      return true;
    }
    if (c == '/' && peek(1) == '*') return block_comment();
    if (c == '$') return dollar();
    ++at_;
    if (c == '.') skip_while(continues_identifier);  // .5, or the field of a name
    return true;
  }

  // A doubled quote is two strings in a row here, which comes to the same. A backslash inside would need the settings.
  bool quoted(char quote) {
    size_t end = sql_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return false;
    if (sql_.substr(at_, end - at_).find('\\') != std::string_view::npos) return false;
    at_ = end + 1;
    return true;
  }

  bool block_comment() {
    int depth = 0;
    while (at_ < sql_.size()) {
      if (sql_[at_] == '/' && peek(1) == '*') {
        ++depth;
        at_ += 2;
      } else if (sql_[at_] == '*' && peek(1) == '/') {
        at_ += 2;
        if (--depth == 0) return true;
      } else {
        ++at_;
      }
    }
    return false;
  }

  bool dollar() {
    size_t end = at_ + 1;
    if (end < sql_.size() && is_digit(sql_[end])) {  // $1
      ++at_;
      skip_while(is_digit);
      return true;
    }
    while (end < sql_.size() && continues_identifier(sql_[end]) && sql_[end] != '$') ++end;
    if (end >= sql_.size() || sql_[end] != '$') return false;
    std::string_view tag = sql_.substr(at_, end + 1 - at_);
    size_t close = sql_.find(tag, end + 1);
    if (close == std::string_view::npos) return false;
    at_ = close + tag.size();
    return true;
  }

  void number() {
    const size_t start = at_;
    skip_while(is_digit);
    const char next = peek(0);
    int32_t value = 0;
    auto [stop, error] = std::from_chars(sql_.data() + start, sql_.data() + at_, value);
    if (next == '.' || continues_identifier(next) || error != std::errc()) {  // 1.5, 1e5, too large for integer
      skip_while([](char x) { return x == '.' || continues_identifier(x); });
      return;
    }
    out_.key.append(sql_.substr(copied_, start - copied_));
    out_.key.push_back(kPlaceholder);
    out_.literals.push_back({static_cast<int>(start), value});
    copied_ = at_;
  }

  std::string_view sql_;
  LiteralText& out_;
  size_t at_ = 0, copied_ = 0;
};

}  // namespace

bool split_literals(std::string_view sql, LiteralText& out) {
  out.key.clear();
  out.literals.clear();
  return sql.size() <= kMaxText && Splitter(sql, out).run();
}

}  // namespace vecino::sql

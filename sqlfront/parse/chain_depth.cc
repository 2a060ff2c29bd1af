#include "sqlfront/parse/chain_depth.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace vecino::sql::parse {
namespace {

bool is_word_start(char c) { return isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80); }
bool is_word(char c) { return is_word_start(c) || isdigit(static_cast<unsigned char>(c)) || c == '$'; }
bool is_operator(char c) { return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos; }

template <size_t N>
bool is_one_of(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// Left-recursive operators that are words.
constexpr std::string_view kWordOperators[] = {"is", "isnull", "notnull", "collate", "at", "like", "ilike", "similar"};
constexpr std::string_view kQueryOperators[] = {"union", "except", "intersect", "join"};
// What stands behind these is a new expression.
constexpr std::string_view kBeginnings[] = {"and",  "or",    "not",    "when", "then",   "else",      "case",   "end",
                                            "from", "where", "having", "on",   "select", "returning", "values", "set"};

class ChainFinder {
 public:
  explicit ChainFinder(std::string_view sql) : sql_(sql) {}

  size_t run() {
    while (at_ < sql_.size()) step();
    return longest_;
  }

 private:
  struct Level {
    size_t operators = 0, queries = 0;
  };

  void step() {
    const char c = sql_[at_];
    if (c == '\'' || c == '"') return skip_quoted(c, at_ > 0 && (sql_[at_ - 1] | 32) == 'e');
    if (c == '$' && at_ + 1 < sql_.size() && !isdigit(static_cast<unsigned char>(sql_[at_ + 1]))) return skip_dollar_quoted();
    if (sql_.substr(at_, 2) == "--") return skip_to("\n", 2);
    if (sql_.substr(at_, 2) == "/*") return skip_to("*/", 2);
    if (sql_.substr(at_, 2) == "::") {
      ++at_;
      count(levels_.back().operators);
    } else if (is_operator(c)) {
      while (at_ + 1 < sql_.size() && is_operator(sql_[at_ + 1]) && sql_.substr(at_ + 1, 2) != "--") ++at_;
      count(levels_.back().operators);
    } else if (c == '(' || c == '[') {
      levels_.emplace_back();
    } else if (c == ')' || c == ']') {
      if (levels_.size() > 1) levels_.pop_back();
    } else if (c == ',') {
      levels_.back().operators = 0;
    } else if (c == ';') {
      levels_.assign(1, Level());
    } else if (is_word_start(c)) {
      return take_word();
    }
    ++at_;
  }
  void take_word() {
    constexpr size_t kLongestWord = 10;
    const size_t begin = at_;
    while (at_ < sql_.size() && is_word(sql_[at_])) ++at_;
    if (at_ - begin > kLongestWord) return;
    std::string word(sql_.substr(begin, at_ - begin));
    for (char& c : word) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
    if (is_one_of(word, kWordOperators)) count(levels_.back().operators);
    if (is_one_of(word, kQueryOperators)) count(levels_.back().queries);
    if (is_one_of(word, kBeginnings)) levels_.back().operators = 0;
  }
  void count(size_t& chain) { longest_ = std::max(longest_, ++chain); }

  void skip_quoted(char quote, bool escapes) {
    for (++at_; at_ < sql_.size() && sql_[at_] != quote; ++at_) at_ += escapes && sql_[at_] == '\\';
    ++at_;
  }
  void skip_dollar_quoted() {
    size_t end = at_ + 1;
    while (end < sql_.size() && is_word(sql_[end]) && sql_[end] != '$') ++end;
    if (end >= sql_.size() || sql_[end] != '$') {
      ++at_;
      return;
    }
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    skip_to(tag, tag.size());
  }
  void skip_to(std::string_view end, size_t from) {
    const size_t found = sql_.find(end, at_ + from);
    at_ = found == std::string_view::npos ? sql_.size() : found + end.size();
  }

  std::string_view sql_;
  size_t at_ = 0, longest_ = 0;
  std::vector<Level> levels_ = std::vector<Level>(1);
};

}  // namespace

size_t longest_chain(std::string_view sql) { return ChainFinder(sql).run(); }

}  // namespace vecino::sql::parse

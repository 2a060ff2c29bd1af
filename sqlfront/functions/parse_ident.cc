#include "sqlfront/functions/parse_ident.h"

#include "sqlfront/sql_error.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {

namespace {

bool starts_identifier(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool continues_identifier(char c) { return starts_identifier(c) || (c >= '0' && c <= '9') || c == '$'; }

class IdentifierParser {
 public:
  explicit IdentifierParser(std::string_view text) : text_(text) {}

  std::vector<std::string> parse(bool strict) {
    bool after_dot = false;
    for (skip_blanks();; skip_blanks()) {
      if (current() == '"') names_.push_back(quoted());
      else if (starts_identifier(current())) names_.push_back(plain());
      else if (current() == '.') fail("No valid identifier before \".\".");
      else fail(after_dot ? "No valid identifier after \".\"." : "");
      skip_blanks();
      if (at_ == text_.size()) return std::move(names_);
      if (current() != '.') {
        if (strict) fail("");
        return std::move(names_);
      }
      after_dot = true;
      ++at_;
    }
  }

 private:
  char current() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  std::string quoted() {
    std::string name;
    for (++at_;; ++at_) {
      if (at_ >= text_.size()) fail("String has unclosed double quotes.");
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      name.push_back(text_[at_]);
    }
    ++at_;
    if (name.empty()) fail("Quoted identifier must not be empty.");
    return name;
  }
  std::string plain() {
    std::string name;
    for (; at_ < text_.size() && continues_identifier(text_[at_]); ++at_) {
      char c = text_[at_];
      name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return name;
  }
  [[noreturn]] void fail(const char* detail) const {
    SqlError error(sqlstate::kInvalidParameterValue, "string is not a valid identifier: \"" + std::string(text_) + "\"");
    if (*detail != '\0') throw std::move(error).detail(detail);
    throw error;
  }
  std::string_view text_;
  size_t at_ = 0;
  std::vector<std::string> names_;
};

}  // namespace

std::vector<std::string> parse_identifier(std::string_view text, bool strict) { return IdentifierParser(text).parse(strict); }

}  // namespace vecino::sql

#include "sqlfront/types/json_parse.h"

#include <algorithm>
#include <cstdio>

#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/scalar_text.h"

namespace vecino::sql {
namespace {


enum class Token : uint8_t {
  kEnd, kObjectStart, kObjectEnd, kArrayStart, kArrayEnd, kComma, kColon, kString, kNumber, kTrue, kFalse, kNull,
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<uint8_t>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The number at the start of `text`; when it is malformed, `length` reaches as far as PostgreSQL reports.
struct NumberScan {
  size_t length = 0;
  bool valid = true;
};
NumberScan scan_number(std::string_view text) {
  size_t i = 0;
  bool valid = true;
  auto at = [&](size_t k) { return k < text.size() ? text[k] : '\0'; };
  auto digits = [&] {
    if (!is_digit(at(i))) valid = false;
    while (is_digit(at(i))) ++i;
  };
  if (at(i) == '-') ++i;
  if (at(i) == '0') {
    ++i;
  } else {
    digits();
  }
  if (at(i) == '.') {
    ++i;
    digits();
  }
  if (at(i) == 'e' || at(i) == 'E') {
    ++i;
    if (at(i) == '+' || at(i) == '-') ++i;
    digits();
  }
  for (; i < text.size() && is_word(text[i]); ++i) valid = false;
  return {i, valid};
}

class Parser {
 public:
  Parser(std::string_view text, JsonHandler& handler, JsonStrings strings)
      : text_(text), handler_(handler), convert_(strings == JsonStrings::kConvert) {}

  void run() {
    advance();
    parse_value();
    if (token_ != Token::kEnd) expected("Expected end of input, but found \"%s\".");
  }

 private:
  // --- errors ---
  [[noreturn]] void fail(std::string detail, SqlState code = sqlstate::kInvalidTextRepresentation,
                         const char* message = "invalid input syntax for type json") {
    throw SqlError(code, message).detail(std::move(detail)).context(context());
  }
  // The current line up to the offending token, at most about 50 characters.
  std::string context() const {
    size_t line = 1, line_start = 0;
    size_t end = std::min(token_end_, text_.size());
    for (size_t i = 0; i < std::min(token_begin_, text_.size()); ++i) {
      if (text_[i] == '\n') {
        ++line;
        line_start = i + 1;
      }
    }
    size_t start = line_start;
    while (end - start >= 50) {
      ++start;
      while (start < end && is_utf8_continuation(text_[start])) ++start;
    }
    if (start - line_start <= 3) start = line_start;
    bool more = token_ != Token::kEnd && end < text_.size() && text_[end] != '\n' && text_[end] != '\r';
    return "JSON data, line " + std::to_string(line) + ": " + (start > line_start ? "..." : "") +
           std::string(text_.substr(start, end - start)) + (more ? "..." : "");
  }
  [[noreturn]] void expected(std::string_view pattern) {
    if (token_ == Token::kEnd) fail("The input string ended unexpectedly.");
    std::string detail(pattern);
    detail.replace(detail.find("%s"), 2, text_.substr(token_begin_, token_end_ - token_begin_));
    fail(std::move(detail));
  }
  [[noreturn]] void invalid_token(size_t end) {
    token_end_ = std::min(end, text_.size());
    token_ = Token::kNull;  // not the end: the context may go on
    fail("Token \"" + std::string(text_.substr(token_begin_, token_end_ - token_begin_)) + "\" is invalid.");
  }

  // --- lexer ---
  void advance() {
    previous_end_ = token_end_;
    while (pos_ < text_.size() && (text_[pos_] == ' ' || text_[pos_] == '\t' || text_[pos_] == '\n' ||
                                   text_[pos_] == '\r')) {
      ++pos_;
    }
    token_begin_ = pos_;
    if (pos_ == text_.size()) return set(Token::kEnd, 0);
    switch (text_[pos_]) {
      case '{': return set(Token::kObjectStart, 1);
      case '}': return set(Token::kObjectEnd, 1);
      case '[': return set(Token::kArrayStart, 1);
      case ']': return set(Token::kArrayEnd, 1);
      case ',': return set(Token::kComma, 1);
      case ':': return set(Token::kColon, 1);
      case '"': return read_string();
      default: break;
    }
    if (text_[pos_] == '-' || is_digit(text_[pos_])) return read_number();
    read_word();
  }
  void set(Token token, size_t length) {
    token_ = token;
    pos_ += length;
    token_end_ = pos_;
  }

  void read_number() {
    NumberScan number = scan_number(text_.substr(pos_));
    if (!number.valid) invalid_token(pos_ + number.length);
    scalar_.assign(text_.substr(pos_, number.length));
    set(Token::kNumber, number.length);
  }

  void read_word() {
    size_t end = pos_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end == pos_) {
      ++end;
      while (end < text_.size() && is_utf8_continuation(text_[end])) ++end;
      invalid_token(end);
    }
    std::string_view word = text_.substr(pos_, end - pos_);
    if (word == "true") return set(Token::kTrue, 4);
    if (word == "false") return set(Token::kFalse, 5);
    if (word == "null") return set(Token::kNull, 4);
    invalid_token(end);
  }

  // An error inside a string: the token ends at `end`.
  [[noreturn]] void fail_in_string(size_t end, std::string detail,
                                   SqlState code = sqlstate::kInvalidTextRepresentation,
                                   const char* message = "invalid input syntax for type json") {
    while (end < text_.size() && is_utf8_continuation(text_[end])) ++end;
    token_end_ = std::min(end, text_.size());
    token_ = Token::kString;
    fail(std::move(detail), code, message);
  }

  void read_string() {
    scalar_.clear();
    size_t at = pos_ + 1;
    uint32_t high_surrogate = 0;
    for (;;) {
      size_t plain = at;
      while (plain < text_.size() && text_[plain] != '"' && text_[plain] != '\\' &&
             static_cast<uint8_t>(text_[plain]) >= 0x20) {
        ++plain;
      }
      if (plain > at) {
        if (high_surrogate != 0) missing_low_surrogate(at + 1);
        scalar_.append(text_.substr(at, plain - at));
        at = plain;
      }
      if (at == text_.size()) {
        token_begin_ = pos_;
        token_end_ = text_.size();
        token_ = Token::kString;
        invalid_token(text_.size());
      }
      char c = text_[at];
      if (c == '"') break;
      if (c != '\\') {
        char buffer[64];
        std::snprintf(buffer, sizeof buffer, "Character with value 0x%02x must be escaped.",
                      static_cast<unsigned>(static_cast<uint8_t>(c)));
        fail_in_string(at, buffer);
      }
      read_escape(at, high_surrogate);
    }
    if (high_surrogate != 0) missing_low_surrogate(at + 1);
    set(Token::kString, at + 1 - pos_);
  }

  [[noreturn]] void missing_low_surrogate(size_t end) {
    fail_in_string(end, "Unicode low surrogate must follow a high surrogate.");
  }

  void read_escape(size_t& at, uint32_t& high_surrogate) {
    if (at + 1 >= text_.size()) invalid_token(text_.size());
    char c = text_[at + 1];
    if (c == 'u') return read_unicode_escape(at, high_surrogate);
    if (high_surrogate != 0 && convert_) missing_low_surrogate(at + 2);
    char value;
    switch (c) {
      case '"':
      case '\\':
      case '/': value = c; break;
      case 'b': value = '\b'; break;
      case 'f': value = '\f'; break;
      case 'n': value = '\n'; break;
      case 'r': value = '\r'; break;
      case 't': value = '\t'; break;
      default: {
        size_t end = at + 2;
        while (end < text_.size() && is_utf8_continuation(text_[end])) ++end;
        fail_in_string(end, "Escape sequence \"" + std::string(text_.substr(at, end - at)) + "\" is invalid.");
      }
    }
    scalar_.push_back(value);
    at += 2;
  }

  void read_unicode_escape(size_t& at, uint32_t& high_surrogate) {
    uint32_t code = 0;
    for (size_t i = 0; i < 4; ++i) {
      size_t digit_at = at + 2 + i;
      if (digit_at >= text_.size()) invalid_token(text_.size());
      char c = text_[digit_at];
      bool hex = is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
      if (!hex) fail_in_string(digit_at + 1, "\"\\u\" must be followed by four hexadecimal digits.");
      code = code * 16 + static_cast<uint32_t>(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
    }
    at += 6;
    if (!convert_) return;
    if (code == 0) {
      fail_in_string(at, "\\u0000 cannot be converted to text.", sqlstate::kUntranslatableCharacter,
                     "unsupported Unicode escape sequence");
    }
    if (code >= 0xD800 && code < 0xDC00) {
      if (high_surrogate != 0) fail_in_string(at, "Unicode high surrogate must not follow a high surrogate.");
      high_surrogate = code;
      return;
    }
    if (code >= 0xDC00 && code < 0xE000) {
      if (high_surrogate == 0) missing_low_surrogate(at);
      code = 0x10000 + ((high_surrogate & 0x3FF) << 10) + (code & 0x3FF);
      high_surrogate = 0;
    } else if (high_surrogate != 0) {
      missing_low_surrogate(at);
    }
    append_utf8(scalar_, code);
  }

  // --- grammar ---
  void parse_value() {
    check_stack_depth();
    switch (token_) {
      case Token::kObjectStart: parse_object(); break;
      case Token::kArrayStart: parse_array(); break;
      case Token::kString: emit(JsonScalar::kString); break;
      case Token::kNumber: emit(JsonScalar::kNumber); break;
      case Token::kTrue: emit(JsonScalar::kTrue); break;
      case Token::kFalse: emit(JsonScalar::kFalse); break;
      case Token::kNull: emit(JsonScalar::kNull); break;
      default: expected("Expected JSON value, but found \"%s\".");
    }
  }
  void emit(JsonScalar kind) {
    handler_.scalar(kind, scalar_, token_begin_, token_end_);
    advance();
  }

  void parse_object() {
    handler_.object_start(token_begin_);
    advance();
    if (token_ == Token::kString) {
      parse_pair();
      while (token_ == Token::kComma) {
        advance();
        if (token_ != Token::kString) expected("Expected string, but found \"%s\".");
        parse_pair();
      }
      if (token_ != Token::kObjectEnd) expected("Expected \",\" or \"}\", but found \"%s\".");
    } else if (token_ != Token::kObjectEnd) {
      expected("Expected string or \"}\", but found \"%s\".");
    }
    handler_.object_end(token_end_);
    advance();
  }
  void parse_pair() {
    std::string name = scalar_;
    advance();
    if (token_ != Token::kColon) expected("Expected \":\", but found \"%s\".");
    handler_.key(name);
    advance();
    parse_value();
  }
  void parse_array() {
    handler_.array_start(token_begin_);
    advance();
    if (token_ != Token::kArrayEnd) {
      parse_value();
      while (token_ == Token::kComma) {
        advance();
        parse_value();
      }
      if (token_ != Token::kArrayEnd) expected("Expected \",\" or \"]\", but found \"%s\".");
    }
    handler_.array_end(token_end_);
    advance();
  }

  std::string_view text_;
  JsonHandler& handler_;
  bool convert_;
  size_t pos_ = 0;
  Token token_ = Token::kEnd;
  size_t token_begin_ = 0, token_end_ = 0, previous_end_ = 0;
  std::string scalar_;
};

}  // namespace

void parse_json(std::string_view text, JsonHandler& handler, JsonStrings strings) {
  Parser(text, handler, strings).run();
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<uint8_t>(c) < 0x20) {
          char buffer[8];
          std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
          out += buffer;
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

bool is_json_number(std::string_view text) {
  NumberScan number = scan_number(text);
  return number.valid && number.length == text.size();
}

}  // namespace vecino::sql

// Reads PostgreSQL's ARE syntax (manual 9.7.3) and writes RE2 syntax.
#include <cstdio>
#include <optional>

#include "sqlfront/functions/regex_engine.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

[[noreturn]] void fail(const char* reason) {
  throw SqlError(sqlstate::kInvalidRegularExpression, std::string("invalid regular expression: ") + reason);
}
[[noreturn]] void unsupported(const char* what) {
  throw SqlError(sqlstate::kFeatureNotSupported, std::string(what) + " in regular expressions are not supported");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(uint32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

constexpr const char* kWordClass = "\\pL\\pN_";
constexpr const char* kSpaceClass = "\\x09-\\x0d\\x20";

// A named class as it stands inside RE2 brackets; nullptr = unknown.
const char* class_body(std::string_view name) {
  if (name == "alpha") return "\\pL";
  if (name == "alnum") return "\\pL\\pN";
  if (name == "upper") return "\\p{Lu}";
  if (name == "lower") return "\\p{Ll}";
  if (name == "digit") return "0-9";
  if (name == "xdigit") return "0-9A-Fa-f";
  if (name == "space") return kSpaceClass;
  if (name == "blank") return "\\x20\\x09";
  if (name == "cntrl") return "\\x00-\\x1f\\x7f";
  if (name == "punct") return "[:punct:]\\pP\\pS";
  if (name == "print") return "\\x20-\\x7e\\pL\\pM\\pN\\pP\\pS";
  if (name == "graph") return "\\x21-\\x7e\\pL\\pM\\pN\\pP\\pS";
  if (name == "word") return kWordClass;
  return nullptr;
}

struct CollatingName {
  const char* name;
  char value;
};
constexpr CollatingName kCollatingNames[] = {
    {"NUL", 0}, {"tab", 9}, {"newline", 10}, {"space", ' '}, {"exclamation-mark", '!'}, {"quotation-mark", '"'},
    {"number-sign", '#'}, {"dollar-sign", '$'}, {"percent-sign", '%'}, {"ampersand", '&'}, {"apostrophe", '\''},
    {"left-parenthesis", '('}, {"right-parenthesis", ')'}, {"asterisk", '*'}, {"plus-sign", '+'}, {"comma", ','},
    {"hyphen", '-'}, {"hyphen-minus", '-'}, {"period", '.'}, {"full-stop", '.'}, {"slash", '/'}, {"solidus", '/'},
    {"colon", ':'}, {"semicolon", ';'}, {"less-than-sign", '<'}, {"equals-sign", '='}, {"greater-than-sign", '>'},
    {"question-mark", '?'}, {"commercial-at", '@'}, {"left-square-bracket", '['}, {"backslash", '\\'},
    {"reverse-solidus", '\\'}, {"right-square-bracket", ']'}, {"circumflex", '^'}, {"circumflex-accent", '^'},
    {"underscore", '_'}, {"low-line", '_'}, {"grave-accent", '`'}, {"left-brace", '{'}, {"left-curly-bracket", '{'},
    {"vertical-line", '|'}, {"right-brace", '}'}, {"right-curly-bracket", '}'}, {"tilde", '~'},
};

class Translator {
 public:
  Translator(std::string_view pattern, RegexFlags flags) : text_(pattern), flags_(flags) {}

  TranslatedRegex run() {
    read_director();
    if (flags_.literal) {
      for (size_t at = 0; at < text_.size();) emit_literal(next_code_point(at));
    } else {
      parse_alternation(0);
      if (pos_ < text_.size()) fail("parentheses () not balanced");
    }
    result_.ignore_case = flags_.ignore_case;
    result_.prefers_short = preference_ == Preference::kShort;
    return std::move(result_);
  }

 private:
  enum class Preference { kNone, kShort, kLong };

  // ***: ***= and (?flags) at the start.
  void read_director() {
    if (flags_.literal) return;
    if (text_.substr(0, 3) == "***") {
      char kind = text_.size() > 3 ? text_[3] : '\0';
      if (kind == '=') {
        flags_.literal = true;
      } else if (kind != ':') {
        fail("quantifier operand invalid");
      } else {
        flags_.extended = false;
      }
      text_.remove_prefix(4);
      if (flags_.literal) return;
    }
    if (flags_.extended) return;
    if (text_.size() >= 3 && text_[0] == '(' && text_[1] == '?' && std::isalpha(static_cast<unsigned char>(text_[2]))) {
      size_t close = text_.find(')');
      if (close == std::string_view::npos) fail("invalid embedded option");
      for (char c : text_.substr(2, close - 2)) embedded_option(c);
      text_.remove_prefix(close + 1);
    }
  }

  void embedded_option(char c) {
    switch (c) {
      case 'b': unsupported("basic regular expressions (option b)");
      case 'c': flags_.ignore_case = false; break;
      case 'e': flags_.extended = true; break;
      case 'i': flags_.ignore_case = true; break;
      case 'm':
      case 'n': flags_.newline_dot = flags_.newline_anchors = true; break;
      case 'p': flags_.newline_dot = true; flags_.newline_anchors = false; break;
      case 'q': flags_.literal = true; break;
      case 's': flags_.newline_dot = flags_.newline_anchors = false; break;
      case 't': flags_.expanded = false; break;
      case 'w': flags_.newline_dot = false; flags_.newline_anchors = true; break;
      case 'x': flags_.expanded = true; break;
      default: fail("invalid embedded option");
    }
  }

  // --- output ---
  void emit(std::string_view piece) {
    result_.greedy += piece;
    result_.written += piece;
    result_.lazy += piece;
  }
  static std::string literal(uint32_t c) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return {static_cast<char>(c)};
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "\\x{%x}", c);
    return buffer;
  }
  void emit_literal(uint32_t c) { emit(literal(c)); }

  // --- input ---
  bool at_end() const { return pos_ >= text_.size(); }
  char peek(size_t ahead = 0) const { return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0'; }
  bool starts_with(std::string_view prefix) const { return text_.substr(pos_).starts_with(prefix); }

  uint32_t next_code_point(size_t& at) const {
    uint8_t first = static_cast<uint8_t>(text_[at]);
    int length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first >= 0x80 && first < 0xC0) length = 1;
    uint32_t value = length == 1 ? first : first & (0xFF >> (length + 1));
    ++at;
    for (int i = 1; i < length && at < text_.size(); ++i, ++at) {
      value = value << 6 | (static_cast<uint8_t>(text_[at]) & 0x3F);
    }
    return value;
  }

  void skip_comments() {
    for (;;) {
      if (flags_.expanded && !at_end() && (peek() == ' ' || (peek() >= '\t' && peek() <= '\r'))) {
        ++pos_;
      } else if (flags_.expanded && peek() == '#') {
        while (!at_end() && peek() != '\n') ++pos_;
      } else if (!flags_.extended && starts_with("(?#")) {
        size_t close = text_.find(')', pos_);
        if (close == std::string_view::npos) fail("parentheses () not balanced");
        pos_ = close + 1;
      } else {
        return;
      }
    }
  }

  void parse_alternation(int depth) {
    if (depth > 250) fail("regular expression is too complex");
    for (;;) {
      parse_branch(depth);
      if (peek() != '|' || at_end()) return;
      ++pos_;
      emit("|");
      // An alternation of several branches always prefers the longest match.
      if (depth == 0) preference_ = Preference::kLong;
    }
  }

  void parse_branch(int depth) {
    previous_word_ = false;
    for (;;) {
      skip_comments();
      if (at_end() || peek() == '|') return;
      if (peek() == ')') {
        if (depth > 0) return;
        if (!flags_.extended) fail("parentheses () not balanced");
      }
      AtomStart start{result_.greedy.size(), result_.written.size(), result_.lazy.size()};
      bool quantifiable = parse_atom(depth);
      skip_comments();
      parse_quantifier(quantifiable, start);
    }
  }

  struct AtomStart {
    size_t greedy, written, lazy;  // where the atom begins in each output
  };

  void parse_quantifier(bool quantifiable, AtomStart start) {
    std::string body = read_quantifier();
    if (body.empty()) return;
    if (!quantifiable) fail("quantifier operand invalid");
    bool lazy = false;
    if (peek() == '?' && !flags_.extended) {
      ++pos_;
      lazy = true;
    }
    // {m} never changes a preference by itself.
    bool fixed = body.size() > 2 && body[0] == '{' && body.find(',') == std::string::npos;
    if (preference_ == Preference::kNone && !fixed) preference_ = lazy ? Preference::kShort : Preference::kLong;
    result_.has_lazy |= lazy;
    if (body == "{1,1}") {  // forces a preference on everything inside
      const std::string& source = lazy ? result_.lazy : result_.greedy;
      result_.written.resize(start.written);
      result_.written += source.substr(lazy ? start.lazy : start.greedy);
    }
    result_.greedy += body;
    result_.written += lazy ? body + "?" : body;
    result_.lazy += body + "?";
    previous_word_ = false;
    skip_comments();
    if (!read_quantifier().empty()) fail("quantifier operand invalid");
  }

  // Empty = no quantifier here.
  std::string read_quantifier() {
    char c = peek();
    if (!at_end() && (c == '*' || c == '+' || c == '?')) {
      ++pos_;
      return std::string(1, c);
    }
    if (c != '{' || !is_digit(peek(1))) return {};
    ++pos_;
    int low = read_bound();
    std::string body = "{" + std::to_string(low);
    if (peek() == ',') {
      ++pos_;
      body += ",";
      if (is_digit(peek())) {
        int high = read_bound();
        if (high < low) fail("invalid repetition count(s)");
        body += std::to_string(high);
      }
    }
    if (peek() != '}') fail(at_end() ? "braces {} not balanced" : "invalid repetition count(s)");
    ++pos_;
    return body + "}";
  }
  int read_bound() {
    int value = 0;
    while (is_digit(peek())) {
      value = value * 10 + (text_[pos_++] - '0');
      if (value > 255) fail("invalid repetition count(s)");
    }
    return value;
  }

  // Returns whether a quantifier may follow.
  bool parse_atom(int depth) {
    char c = peek();
    switch (c) {
      case '*':
      case '+':
      case '?': fail("quantifier operand invalid");
      case '{':
        if (is_digit(peek(1))) fail("quantifier operand invalid");
        break;
      case '(': return parse_group(depth);
      case '[': return parse_bracket();
      case '.':
        ++pos_;
        emit(flags_.newline_dot ? "[^\\n]" : "(?s:.)");
        previous_word_ = false;
        return true;
      case '^':
        ++pos_;
        emit(flags_.newline_anchors ? "(?m:^)" : "\\A");
        return false;
      case '$':
        ++pos_;
        emit(flags_.newline_anchors ? "(?m:$)" : "\\z");
        return false;
      case '\\': return parse_escape();
      default: break;
    }
    uint32_t code = next_code_point(pos_);
    emit_literal(code);
    previous_word_ = is_word(code);
    return true;
  }

  bool parse_group(int depth) {
    ++pos_;
    if (!flags_.extended && peek() == '?') {
      if (starts_with("?=") || starts_with("?!") || starts_with("?<=") || starts_with("?<!")) {
        unsupported("lookahead and lookbehind constraints");
      }
      if (!starts_with("?:")) fail("quantifier operand invalid");
      pos_ += 2;
      emit("(?:");
    } else {
      emit("(");
    }
    parse_alternation(depth + 1);
    if (peek() != ')' || at_end()) fail("parentheses () not balanced");
    ++pos_;
    emit(")");
    previous_word_ = false;
    return true;
  }

  bool next_is_word() const {
    if (at_end()) return false;
    if (peek() == '\\') return peek(1) == 'w' || peek(1) == 'd';
    size_t at = pos_;
    while (at < text_.size() && (text_[at] == '(' || text_[at] == '?' || text_[at] == ':')) ++at;
    return at < text_.size() && is_word(static_cast<uint8_t>(text_[at]));
  }

  bool constraint_at_word_edge(bool start) {
    bool certain = start ? next_is_word() : previous_word_;
    if (!certain) unsupported(start ? "word-start constraints (\\m) not before a word character"
                                    : "word-end constraints (\\M) not after a word character");
    emit("\\b");
    return false;
  }

  bool parse_escape() {
    ++pos_;
    if (at_end()) fail("invalid escape \\ sequence");
    char c = peek();
    if (flags_.extended) {
      uint32_t code = next_code_point(pos_);
      emit_literal(code);
      previous_word_ = is_word(code);
      return true;
    }
    switch (c) {
      case 'd': return class_escape("0-9", false);
      case 'D': return class_escape("0-9", true);
      case 'w': return class_escape(kWordClass, false);
      case 'W': return class_escape(kWordClass, true);
      case 's': return class_escape(kSpaceClass, false);
      case 'S': return class_escape(kSpaceClass, true);
      case 'A': ++pos_; emit("\\A"); return false;
      case 'Z': ++pos_; emit("\\z"); return false;
      case 'y': ++pos_; emit("\\b"); return false;
      case 'Y': ++pos_; emit("\\B"); return false;
      case 'm': ++pos_; return constraint_at_word_edge(true);
      case 'M': ++pos_; return constraint_at_word_edge(false);
      default: break;
    }
    if (c >= '1' && c <= '9') unsupported("back references");
    uint32_t code = character_escape();
    emit_literal(code);
    previous_word_ = is_word(code);
    return true;
  }

  bool class_escape(const char* body, bool negated) {
    previous_word_ = !negated && body != kSpaceClass;
    ++pos_;
    emit("[");
    if (negated) emit("^");
    emit(body);
    if (negated && flags_.newline_dot) emit("\\n");
    emit("]");
    return true;
  }

  uint32_t hex_digits(int minimum, int maximum) {
    uint32_t value = 0;
    int count = 0;
    while (count < maximum && std::isxdigit(static_cast<unsigned char>(peek()))) {
      char c = text_[pos_++];
      value = value * 16 + static_cast<uint32_t>(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
      ++count;
    }
    if (count < minimum || value > 0x10FFFF) fail("invalid escape \\ sequence");
    return value;
  }

  // After the backslash: an escape that stands for one character.
  uint32_t character_escape() {
    char c = peek();
    if (!std::isalnum(static_cast<unsigned char>(c))) return next_code_point(pos_);
    ++pos_;
    switch (c) {
      case 'a': return 7;
      case 'b': return 8;
      case 'B': return '\\';
      case 'c':
        if (at_end()) fail("invalid escape \\ sequence");
        return next_code_point(pos_) & 037;
      case 'e': return 27;
      case 'f': return 12;
      case 'n': return 10;
      case 'r': return 13;
      case 't': return 9;
      case 'v': return 11;
      case 'u': return hex_digits(4, 4);
      case 'U': return hex_digits(8, 8);
      case 'x': return hex_digits(1, 255);
      case '0': {
        uint32_t value = 0;
        for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7'; ++i) {
          value = value * 8 + static_cast<uint32_t>(text_[pos_++] - '0');
        }
        return value;
      }
      default: fail("invalid escape \\ sequence");
    }
  }

  // --- bracket expressions ---
  bool parse_bracket() {
    if (starts_with("[[:<:]]")) {
      pos_ += 7;
      return constraint_at_word_edge(true);
    }
    if (starts_with("[[:>:]]")) {
      pos_ += 7;
      return constraint_at_word_edge(false);
    }
    ++pos_;
    std::string body;
    bool negated = peek() == '^';
    if (negated) ++pos_;
    bool first = true;
    for (;; first = false) {
      if (at_end()) fail("brackets [] not balanced");
      if (peek() == ']' && !first) break;
      bracket_item(body);
    }
    ++pos_;
    if (negated && flags_.newline_dot) body += "\\n";
    emit(negated ? "[^" : "[");
    emit(body);
    emit("]");
    previous_word_ = false;
    return true;
  }

  void bracket_item(std::string& body) {
    if (starts_with("[:")) {
      body += bracket_class();
      return;
    }
    if (!flags_.extended && peek() == '\\') {
      if (const char* inside = bracket_class_escape()) {
        body += inside;
        return;
      }
    }
    uint32_t low = bracket_character();
    uint32_t high = low;
    if (peek() == '-' && peek(1) != ']' && pos_ + 1 < text_.size()) {
      ++pos_;
      if (starts_with("[:")) fail("invalid character range");
      high = bracket_character();
      if (high < low) fail("invalid character range");
    }
    body += literal(low);
    if (high != low) body += "-" + literal(high);
  }

  std::string bracket_class() {
    size_t close = text_.find(":]", pos_ + 2);
    if (close == std::string_view::npos) fail("brackets [] not balanced");
    const char* inside = class_body(text_.substr(pos_ + 2, close - pos_ - 2));
    if (inside == nullptr) fail("invalid character class");
    pos_ = close + 2;
    return inside;
  }

  // \d, \s, \w (and their complements) inside brackets; nullptr = some other escape.
  const char* bracket_class_escape() {
    const char* inside = nullptr;
    switch (peek(1)) {
      case 'd': inside = "0-9"; break;
      case 'w': inside = kWordClass; break;
      case 's': inside = kSpaceClass; break;
      case 'D': inside = "\\D"; break;
      case 'S': inside = "\\S"; break;
      case 'W': inside = "\\W"; break;
      default: return nullptr;
    }
    pos_ += 2;
    return inside;
  }

  uint32_t bracket_character() {
    if (!flags_.extended && peek() == '\\') {
      ++pos_;
      if (at_end()) fail("invalid escape \\ sequence");
      return character_escape();
    }
    if (starts_with("[.") || starts_with("[=")) {
      char kind = peek(1);
      size_t close = text_.find(std::string{kind, ']'}, pos_ + 2);
      if (close == std::string_view::npos) fail("brackets [] not balanced");
      std::string_view name = text_.substr(pos_ + 2, close - pos_ - 2);
      size_t at = pos_ + 2;
      pos_ = close + 2;
      if (!name.empty()) {
        uint32_t code = next_code_point(at);
        if (at == close) return code;
      }
      for (const CollatingName& known : kCollatingNames) {
        if (name == known.name) return static_cast<uint32_t>(known.value);
      }
      fail("invalid collating element");
    }
    return next_code_point(pos_);
  }

  std::string_view text_;
  RegexFlags flags_;
  size_t pos_ = 0;
  TranslatedRegex result_;
  Preference preference_ = Preference::kNone;  // of the first quantified atom
  bool previous_word_ = false;                 // the last atom is surely a word character
};

}  // namespace

TranslatedRegex translate_regex(std::string_view pattern, RegexFlags flags) { return Translator(pattern, flags).run(); }

RegexFlags parse_regex_flags(std::string_view options) {
  RegexFlags flags;
  for (size_t i = 0; i < options.size(); ++i) {
    switch (options[i]) {
      case 'g': flags.global = true; break;
      case 'b': unsupported("basic regular expressions (option b)");
      case 'c': flags.ignore_case = false; break;
      case 'e': flags.extended = true; break;
      case 'i': flags.ignore_case = true; break;
      case 'm':
      case 'n': flags.newline_dot = flags.newline_anchors = true; break;
      case 'p': flags.newline_dot = true; flags.newline_anchors = false; break;
      case 'q': flags.literal = true; break;
      case 's': flags.newline_dot = flags.newline_anchors = false; break;
      case 't': flags.expanded = false; break;
      case 'w': flags.newline_dot = false; flags.newline_anchors = true; break;
      case 'x': flags.expanded = true; break;
      default: {
        size_t length = 1;
        while (i + length < options.size() && (static_cast<uint8_t>(options[i + length]) & 0xC0) == 0x80) ++length;
        throw SqlError(sqlstate::kInvalidParameterValue,
                       "invalid regular expression option: \"" + std::string(options.substr(i, length)) + "\"");
      }
    }
  }
  return flags;
}

}  // namespace vecino::sql

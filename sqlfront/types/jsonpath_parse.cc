#include <charconv>
#include <optional>

#include "sqlfront/interrupts.h"
#include "sqlfront/types/jsonpath.h"
#include "sqlfront/types/numeric.h"
#include "sqlfront/types/scalar_text.h"
#include "sqlfront/types/type_helpers.h"

namespace vecino::sql {
namespace {

enum class Tok : uint8_t { kEnd, kWord, kString, kNumber, kVariable, kSymbol };

bool is_special(char c) {
  return is_space(c) || std::string_view("?%$.[]{}()|&!=<>@#,*:-+/\\\"").find(c) != std::string_view::npos;
}

PathPtr make(PathKind kind, std::string text = {}) {
  auto node = std::make_unique<PathNode>();
  node->kind = kind;
  node->text = std::move(text);
  return node;
}
PathPtr make(PathKind kind, PathPtr left, PathPtr right = nullptr) {
  PathPtr node = make(kind);
  node->left = std::move(left);
  node->right = std::move(right);
  return node;
}

bool is_predicate(PathKind kind) { return kind >= PathKind::kOr && kind <= PathKind::kLikeRegex; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { advance(); }

  JsonPath run() {
    if (token_ == Tok::kEnd) {
      throw SqlError(sqlstate::kInvalidTextRepresentation,
                     "invalid input syntax for type jsonpath: \"" + std::string(text_) + "\"");
    }
    JsonPath path;
    if (is_word("strict") || is_word("lax")) {
      path.strict = value_ == "strict";
      advance();
    }
    path.root = parse_or();
    if (token_ != Tok::kEnd) fail();
    return path;
  }

 private:
  [[noreturn]] void fail(const char* what = "syntax error") const {
    std::string message(what);
    if (begin_ >= text_.size()) {
      message += " at end of jsonpath input";
    } else {
      message += " at or near \"" + std::string(text_.substr(begin_, end_ - begin_)) + "\" of jsonpath input";
    }
    throw SqlError(sqlstate::kSyntaxError, message);
  }

  // --- tokens ---
  bool is_symbol(std::string_view symbol) const { return token_ == Tok::kSymbol && value_ == symbol; }
  bool is_word(std::string_view word) const { return token_ == Tok::kWord && !quoted_ && value_ == word; }
  bool accept(std::string_view symbol) {
    if (!is_symbol(symbol)) return false;
    advance();
    return true;
  }
  void expect(std::string_view symbol) {
    if (!accept(symbol)) fail();
  }

  void advance() {
    skip_space();
    begin_ = end_;
    value_.clear();
    quoted_ = false;
    if (begin_ >= text_.size()) {
      token_ = Tok::kEnd;
      return;
    }
    char c = text_[begin_];
    if (c == '"') {
      read_quoted();
      token_ = Tok::kString;
      return;
    }
    bool fraction = c == '.' && begin_ + 1 < text_.size() && is_digit(text_[begin_ + 1]);
    if (is_digit(c) || fraction) return read_number();
    if (c == '$' && begin_ + 1 < text_.size() && (text_[begin_ + 1] == '"' || !is_special(text_[begin_ + 1]))) {
      ++end_;
      if (text_[end_] == '"') {
        read_quoted();
      } else {
        read_word();
      }
      token_ = Tok::kVariable;
      return;
    }
    if (!is_special(c) || c == '\\') {
      read_word();
      token_ = Tok::kWord;
      return;
    }
    static constexpr std::string_view kLong[] = {"**", "&&", "||", "==", "!=", "<>", "<=", ">="};
    token_ = Tok::kSymbol;
    for (std::string_view symbol : kLong) {
      if (text_.substr(begin_).starts_with(symbol)) {
        value_ = symbol;
        end_ += symbol.size();
        return;
      }
    }
    value_ = c;
    ++end_;
  }

  void skip_space() {
    for (;;) {
      while (end_ < text_.size() && is_space(text_[end_])) ++end_;
      if (!text_.substr(end_).starts_with("/*")) return;
      size_t close = text_.find("*/", end_ + 2);
      begin_ = end_;
      if (close == std::string_view::npos) {
        end_ = begin_ = text_.size();
        fail("unexpected end of comment");
      }
      end_ = close + 2;
    }
  }

  void read_number() {
    size_t at = begin_;
    auto digits = [&] { while (at < text_.size() && is_digit(text_[at])) ++at; };
    digits();
    if (at < text_.size() && text_[at] == '.' && !text_.substr(at).starts_with(".**")) {
      ++at;
      digits();
    }
    if (at < text_.size() && (text_[at] | 32) == 'e') {
      size_t exponent = at + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (exponent >= text_.size() || !is_digit(text_[exponent])) {
        end_ = std::min(exponent, text_.size());
        fail("invalid numeric literal");
      }
      at = exponent;
      digits();
    }
    if (at < text_.size() && !is_special(text_[at])) {
      end_ = at + 1;
      fail("trailing junk after numeric literal");
    }
    end_ = at;
    Arena arena;
    numeric_to_text(numeric_from_text(arena, text_.substr(begin_, end_ - begin_)), value_);
    token_ = Tok::kNumber;
  }

  void read_word() {
    while (end_ < text_.size() && (!is_special(text_[end_]) || text_[end_] == '\\')) {
      if (text_[end_] == '\\') {
        read_escape();
        quoted_ = true;
      } else {
        value_.push_back(text_[end_++]);
      }
    }
  }

  void read_quoted() {
    ++end_;
    quoted_ = true;
    for (;;) {
      if (end_ >= text_.size()) fail("unterminated quoted string");
      if (text_[end_] == '"') break;
      if (text_[end_] == '\\') {
        read_escape();
      } else {
        value_.push_back(text_[end_++]);
      }
    }
    ++end_;
  }

  uint32_t read_hex(size_t count) {
    uint32_t value = 0;
    auto [stop, error] = std::from_chars(text_.data() + std::min(end_, text_.size()),
                                         text_.data() + std::min(end_ + count, text_.size()), value, 16);
    if (error != std::errc() || stop != text_.data() + end_ + count) fail("invalid Unicode escape sequence");
    end_ += count;
    return value;
  }

  void read_escape() {
    ++end_;
    if (end_ >= text_.size()) fail("unexpected end after backslash");
    char c = text_[end_++];
    switch (c) {
      case 'b': value_.push_back('\b'); return;
      case 'f': value_.push_back('\f'); return;
      case 'n': value_.push_back('\n'); return;
      case 'r': value_.push_back('\r'); return;
      case 't': value_.push_back('\t'); return;
      case 'v': value_.push_back('\v'); return;
      case 'x': append_utf8(value_, read_hex(2)); return;
      case 'u': break;
      default: value_.push_back(c); return;
    }
    uint32_t code;
    if (end_ < text_.size() && text_[end_] == '{') {
      size_t close = text_.find('}', end_);
      if (close == std::string_view::npos || close - end_ - 1 > 6 || close == end_ + 1) {
        fail("invalid Unicode escape sequence");
      }
      ++end_;
      code = read_hex(close - end_);
      ++end_;
    } else {
      code = read_hex(4);
    }
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(end_).starts_with("\\u")) {
      end_ += 2;
      code = 0x10000 + ((code & 0x3FF) << 10) + (read_hex(4) & 0x3FF);
    }
    if (code == 0) {
      throw SqlError(sqlstate::kUntranslatableCharacter, "unsupported Unicode escape sequence")
          .detail("\\u0000 cannot be converted to text.");
    }
    append_utf8(value_, code);
  }

  // --- grammar, loosest first ---
  PathPtr parse_or() {
    check_stack_depth();
    PathPtr left = parse_and();
    while (is_symbol("||")) {
      advance();
      left = make(PathKind::kOr, std::move(left), parse_and());
    }
    return left;
  }
  PathPtr parse_and() {
    PathPtr left = parse_not();
    while (is_symbol("&&")) {
      advance();
      left = make(PathKind::kAnd, std::move(left), parse_not());
    }
    return left;
  }
  PathPtr parse_not() {
    if (!is_symbol("!")) return parse_comparison();
    advance();
    PathPtr operand;
    if (is_word("exists")) {
      operand = parse_exists();
    } else {
      expect("(");
      operand = parse_or();
      expect(")");
    }
    return make(PathKind::kNot, std::move(operand));
  }
  PathPtr parse_exists() {
    advance();
    expect("(");
    PathPtr inner = parse_or();
    expect(")");
    return make(PathKind::kExists, std::move(inner));
  }

  std::optional<PathKind> comparison() const {
    if (token_ != Tok::kSymbol) return std::nullopt;
    if (value_ == "==") return PathKind::kEqual;
    if (value_ == "!=" || value_ == "<>") return PathKind::kNotEqual;
    if (value_ == "<") return PathKind::kLess;
    if (value_ == "<=") return PathKind::kLessEqual;
    if (value_ == ">") return PathKind::kGreater;
    if (value_ == ">=") return PathKind::kGreaterEqual;
    return std::nullopt;
  }

  PathPtr parse_comparison() {
    if (is_word("exists")) return parse_exists();
    PathPtr left = parse_additive();
    if (auto kind = comparison()) {
      advance();
      return make(*kind, std::move(left), parse_additive());
    }
    if (is_word("starts")) {
      advance();
      if (!is_word("with")) fail();
      advance();
      if (token_ != Tok::kString && token_ != Tok::kVariable) fail();
      PathPtr initial = make(token_ == Tok::kString ? PathKind::kString : PathKind::kVariable, value_);
      advance();
      return make(PathKind::kStartsWith, std::move(left), std::move(initial));
    }
    if (is_word("like_regex")) {
      advance();
      return parse_like_regex(std::move(left));
    }
    return left;
  }

  PathPtr parse_like_regex(PathPtr left) {
    if (token_ != Tok::kString) fail();
    PathPtr node = make(PathKind::kLikeRegex, value_);
    node->left = std::move(left);
    advance();
    if (!is_word("flag")) return node;
    advance();
    if (token_ != Tok::kString) fail();
    for (char c : value_) {
      if (std::string_view("ismxq").find(c) == std::string_view::npos) {
        throw SqlError(sqlstate::kSyntaxError, "invalid input syntax for type jsonpath")
            .detail("Unrecognized flag character \"" + std::string(1, c) + "\" in LIKE_REGEX predicate.");
      }
      if (node->flags.find(c) == std::string::npos) node->flags.push_back(c);
    }
    // Printed in this order.
    std::string ordered;
    for (char c : std::string_view("ismxq")) {
      if (node->flags.find(c) != std::string::npos) ordered.push_back(c);
    }
    node->flags = ordered;
    advance();
    return node;
  }

  PathPtr parse_additive() {
    PathPtr left = parse_multiplicative();
    while (is_symbol("+") || is_symbol("-")) {
      PathKind kind = value_ == "+" ? PathKind::kAdd : PathKind::kSubtract;
      advance();
      left = make(kind, std::move(left), parse_multiplicative());
    }
    return left;
  }
  PathPtr parse_multiplicative() {
    PathPtr left = parse_unary();
    while (is_symbol("*") || is_symbol("/") || is_symbol("%")) {
      PathKind kind = value_ == "*"   ? PathKind::kMultiply
                      : value_ == "/" ? PathKind::kDivide
                                      : PathKind::kModulo;
      advance();
      left = make(kind, std::move(left), parse_unary());
    }
    return left;
  }
  PathPtr parse_unary() {
    check_stack_depth();
    if (!is_symbol("+") && !is_symbol("-")) return parse_postfix();
    PathKind kind = value_ == "+" ? PathKind::kPlus : PathKind::kMinus;
    advance();
    PathPtr operand = parse_unary();
    if (operand->kind == PathKind::kNumber && !operand->next) {  // a signed literal
      if (kind == PathKind::kMinus) {
        operand->text = operand->text[0] == '-' ? operand->text.substr(1) : "-" + operand->text;
      }
      return operand;
    }
    return make(kind, std::move(operand));
  }

  PathPtr parse_postfix() {
    PathPtr node = parse_primary();
    if (is_predicate(node->kind) && is_word("is")) {
      advance();
      if (!is_word("unknown")) fail();
      advance();
      return make(PathKind::kIsUnknown, std::move(node));
    }
    PathNode* tail = node.get();
    while (PathPtr accessor = parse_accessor()) {
      while (tail->next) tail = tail->next.get();
      tail->next = std::move(accessor);
    }
    return node;
  }

  PathPtr parse_primary() {
    PathPtr node;
    if (token_ == Tok::kString) {
      node = make(PathKind::kString, value_);
    } else if (token_ == Tok::kNumber) {
      node = make(PathKind::kNumber, value_);
    } else if (token_ == Tok::kVariable) {
      node = make(PathKind::kVariable, value_);
    } else if (is_word("null")) {
      node = make(PathKind::kNull);
    } else if (is_word("true")) {
      node = make(PathKind::kTrue);
    } else if (is_word("false")) {
      node = make(PathKind::kFalse);
    } else if (is_word("last")) {
      if (subscript_depth_ == 0) {
        throw SqlError(sqlstate::kSyntaxError, "LAST is allowed only in array subscripts");
      }
      node = make(PathKind::kLast);
    } else if (is_symbol("$")) {
      node = make(PathKind::kRoot);
    } else if (is_symbol("@")) {
      if (filter_depth_ == 0) throw SqlError(sqlstate::kSyntaxError, "@ is not allowed in root expressions");
      node = make(PathKind::kCurrent);
    } else if (is_symbol("(")) {
      advance();
      node = parse_or();
      expect(")");
      return node;
    } else {
      fail();
    }
    advance();
    return node;
  }

  PathPtr parse_accessor() {
    if (is_symbol("[")) return parse_subscripts();
    if (is_symbol("?")) {
      advance();
      expect("(");
      ++filter_depth_;
      PathPtr condition = parse_or();
      --filter_depth_;
      if (!is_predicate(condition->kind)) fail();
      expect(")");
      return make(PathKind::kFilter, std::move(condition));
    }
    if (!is_symbol(".")) return nullptr;
    advance();
    if (is_symbol("*")) {
      advance();
      return make(PathKind::kAnyKey);
    }
    if (is_symbol("**")) {
      advance();
      return parse_recursive();
    }
    if (token_ != Tok::kWord && token_ != Tok::kString) fail();
    std::string name = value_;
    bool may_be_method = token_ == Tok::kWord && !quoted_;
    advance();
    if (!may_be_method || !is_symbol("(")) return make(PathKind::kKey, name);
    static constexpr std::string_view kMethods[] = {"type", "size", "double", "ceiling", "floor", "abs", "keyvalue"};
    for (std::string_view method : kMethods) {
      if (name != method) continue;
      advance();
      expect(")");
      return make(PathKind::kMethod, name);
    }
    if (name == "datetime") {
      throw SqlError(sqlstate::kFeatureNotSupported, "jsonpath item method .datetime() is not supported");
    }
    fail();
  }

  PathPtr parse_subscripts() {
    advance();
    if (is_symbol("*")) {
      advance();
      expect("]");
      return make(PathKind::kAnyArray);
    }
    PathPtr node = make(PathKind::kSubscripts);
    ++subscript_depth_;
    do {
      PathNode::Subscript subscript;
      subscript.from = parse_additive();
      if (is_word("to")) {
        advance();
        subscript.to = parse_additive();
      }
      node->subscripts.push_back(std::move(subscript));
    } while (accept(","));
    --subscript_depth_;
    expect("]");
    return node;
  }

  uint32_t parse_level() {
    if (is_word("last")) {
      advance();
      return kPathLastLevel;
    }
    uint32_t level = 0;
    auto [end, error] = std::from_chars(value_.data(), value_.data() + value_.size(), level);
    if (token_ != Tok::kNumber || error != std::errc() || end != value_.data() + value_.size()) fail();
    advance();
    return level;
  }
  PathPtr parse_recursive() {
    PathPtr node = make(PathKind::kRecursive);
    node->last = kPathLastLevel;
    if (!accept("{")) return node;
    node->first = node->last = parse_level();
    if (is_word("to")) {
      advance();
      node->last = parse_level();
    }
    expect("}");
    return node;
  }

  std::string_view text_;
  Tok token_ = Tok::kEnd;
  std::string value_;
  bool quoted_ = false;         // the word had escapes: it is a name, not a key word
  size_t begin_ = 0, end_ = 0;
  int filter_depth_ = 0, subscript_depth_ = 0;
};

// Moves what is below a node to the end of `nodes`.
void take_children(PathNode& node, std::vector<PathPtr>& nodes) {
  auto take = [&](PathPtr& child) {
    if (child) nodes.push_back(std::move(child));
  };
  take(node.left);
  take(node.right);
  take(node.next);
  for (PathNode::Subscript& subscript : node.subscripts) {
    take(subscript.from);
    take(subscript.to);
  }
}

}  // namespace

// Chains of operators and accessors are read in loops, so they may be deeper than the stack.
PathNode::~PathNode() {
  std::vector<PathPtr> nodes;
  take_children(*this, nodes);
  while (!nodes.empty()) {
    PathPtr node = std::move(nodes.back());
    nodes.pop_back();
    take_children(*node, nodes);
  }
}

JsonPath parse_jsonpath(std::string_view text) { return Parser(text).run(); }

}  // namespace vecino::sql

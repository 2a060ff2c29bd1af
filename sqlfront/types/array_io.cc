#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool equals_null(std::string_view s) {
  return s.size() == 4 && (s[0] | 32) == 'n' && (s[1] | 32) == 'u' && (s[2] | 32) == 'l' && (s[3] | 32) == 'l';
}

// An array literal split into its element texts; shapes checked, element values not yet read.
class LiteralParser {
 public:
  LiteralParser(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  struct Element {
    std::string text;
    bool is_null;
  };

  void parse() {
    skip_space();
    if (peek() == '[') {
      parse_dimensions();
    } else if (peek() != '{') {
      fail("Array value must start with \"{\" or dimension information.");
    }
    parse_contents();
    skip_space();
    if (!at_end()) fail("Junk after closing right brace.");
    if (explicit_) {
      bool same = explicit_lengths_.size() == lengths_.size() || elements_.empty();
      for (size_t i = 0; same && i < lengths_.size(); ++i) same = explicit_lengths_[i] == lengths_[i];
      if (!same || elements_.empty()) fail("Specified array dimensions do not match array contents.");
    } else {
      lowers_.assign(lengths_.size(), 1);
    }
  }
  const std::vector<Element>& elements() const { return elements_; }
  const std::vector<int>& lengths() const { return lengths_; }
  const std::vector<int>& lowers() const { return lowers_; }

 private:
  [[noreturn]] void fail(std::string detail) const {
    throw SqlError(sqlstate::kInvalidTextRepresentation, fmt::format("malformed array literal: \"{}\"", text_))
        .detail(std::move(detail));
  }
  bool at_end() const { return pos_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[pos_]; }
  void skip_space() {
    while (!at_end() && is_space(text_[pos_])) ++pos_;
  }
  bool parse_int(int& out) {
    const char* begin = text_.data() + pos_;
    const char* end = text_.data() + text_.size();
    const char* start = begin;
    if (begin < end && *begin == '+') ++begin;
    auto [stop, error] = std::from_chars(begin, end, out);
    if (error == std::errc::result_out_of_range) {
      throw SqlError(sqlstate::kProgramLimitExceeded, "array bound is out of integer range");
    }
    if (error != std::errc()) return false;
    pos_ += static_cast<size_t>(stop - start);
    return true;
  }

  void parse_dimensions() {
    explicit_ = true;
    for (;;) {
      skip_space();
      if (peek() != '[') break;
      ++pos_;
      if (explicit_lengths_.size() == kMaxArrayDimensions) too_many_dimensions(kMaxArrayDimensions + 1);
      int lower = 1, upper = 0;
      skip_space();
      if (!parse_int(upper)) fail("\"[\" must introduce explicitly-specified array dimensions.");
      skip_space();
      if (peek() == ':') {
        ++pos_;
        lower = upper;
        skip_space();
        if (!parse_int(upper)) fail("Missing array dimension value.");
        skip_space();
      }
      if (peek() != ']') fail("Missing \"]\" after array dimensions.");
      ++pos_;
      if (upper < lower) {
        throw SqlError(sqlstate::kArraySubscriptError, "upper bound cannot be less than lower bound");
      }
      int64_t length = static_cast<int64_t>(upper) - lower + 1;
      if (length > 134217727) checked_element_count(std::array<int, 1>{-1});
      explicit_lengths_.push_back(static_cast<int>(length));
      lowers_.push_back(lower);
    }
    if (peek() != '=') fail("Missing \"=\" after array dimensions.");
    ++pos_;
    skip_space();
    if (peek() != '{') fail("Array contents must start with \"{\".");
  }

  [[noreturn]] static void too_many_dimensions(int given) {
    throw SqlError(sqlstate::kProgramLimitExceeded,
                   fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})", given,
                               kMaxArrayDimensions));
  }

  enum class Previous { kOpen, kElement, kClose, kDelimiter };

  void parse_contents() {
    int depth = 0;                   // braces open
    int leaf_depth = -1;             // depth at which elements (not sub-arrays) live
    std::vector<int> counts;         // items seen so far in each open brace
    std::vector<int> seen;           // length of finished braces per depth, -1 = none finished
    std::vector<bool> delimited_by_level;
    Previous previous = Previous::kOpen;
    bool started = false;
    bool after_level = false;        // the last delimiter followed a sub-array
    for (;;) {
      skip_space();
      if (at_end()) fail("Unexpected end of input.");
      char c = text_[pos_];
      if (c == '{') {
        bool ok = !started || previous == Previous::kOpen || (previous == Previous::kDelimiter && after_level);
        if (!ok) fail("Unexpected \"{\" character.");
        started = true;
        ++pos_;
        if (depth >= kMaxArrayDimensions) too_many_dimensions(depth + 1);
        if (leaf_depth >= 0 && depth >= leaf_depth) mismatch();
        ++depth;
        counts.push_back(0);
        if (seen.size() < static_cast<size_t>(depth)) seen.push_back(-1);
        previous = Previous::kOpen;
      } else if (c == '}') {
        bool ok = previous == Previous::kElement || previous == Previous::kClose ||
                  (previous == Previous::kOpen && depth == 1);
        if (!ok) fail("Unexpected \"}\" character.");
        ++pos_;
        int count = counts.back();
        counts.pop_back();
        int& expected = seen[static_cast<size_t>(depth - 1)];
        if (expected >= 0 && expected != count) mismatch();
        expected = count;
        --depth;
        if (depth == 0) break;
        ++counts.back();
        previous = Previous::kClose;
      } else if (c == delimiter_) {
        if (previous != Previous::kElement && previous != Previous::kClose) {
          fail(fmt::format("Unexpected \"{}\" character.", c));
        }
        after_level = previous == Previous::kClose;
        ++pos_;
        previous = Previous::kDelimiter;
      } else {
        bool ok = previous == Previous::kOpen || (previous == Previous::kDelimiter && !after_level);
        if (!ok) {
          if (c == '\\') fail("Unexpected \"\\\" character.");
          fail("Unexpected array element.");
        }
        if (leaf_depth >= 0 && leaf_depth != depth) mismatch();
        leaf_depth = depth;
        parse_element();
        ++counts.back();
        previous = Previous::kElement;
      }
    }
    if (elements_.empty()) return;
    for (int length : seen) lengths_.push_back(length);
    checked_element_count(lengths_);
  }
  [[noreturn]] void mismatch() const {
    fail("Multidimensional arrays must have sub-arrays with matching dimensions.");
  }

  void parse_element() {
    Element element{{}, false};
    if (text_[pos_] == '"') {
      ++pos_;
      for (;;) {
        if (at_end()) fail("Unexpected end of input.");
        char c = text_[pos_++];
        if (c == '"') break;
        if (c == '\\') {
          if (at_end()) fail("Unexpected end of input.");
          c = text_[pos_++];
        }
        element.text.push_back(c);
      }
    } else {
      bool escaped = false;
      size_t keep = 0;  // trailing white space is not part of the element, escaped white space is
      while (!at_end()) {
        char c = text_[pos_];
        if (c == delimiter_ || c == '}') break;
        if (c == '{') fail("Unexpected \"{\" character.");
        if (c == '"') fail("Unexpected array element.");
        ++pos_;
        bool literal = false;
        if (c == '\\') {
          if (at_end()) fail("Unexpected end of input.");
          c = text_[pos_++];
          escaped = literal = true;
        }
        element.text.push_back(c);
        if (literal || !is_space(c)) keep = element.text.size();
      }
      element.text.resize(keep);
      element.is_null = !escaped && equals_null(element.text);
    }
    elements_.push_back(std::move(element));
  }

  std::string_view text_;
  char delimiter_;
  size_t pos_ = 0;
  bool explicit_ = false;
  std::vector<int> explicit_lengths_;
  std::vector<int> lengths_, lowers_;
  std::vector<Element> elements_;
};

const TypeInfo& element_type_of(const CallContext& context) {
  const TypeInfo& array_type = type_info(context.result_type);
  return type_info(array_type.element_id);
}

bool needs_quotes(std::string_view text, char delimiter) {
  if (text.empty() || equals_null(text)) return true;
  for (char c : text) {
    if (c == '"' || c == '\\' || c == '{' || c == '}' || c == delimiter || is_space(c)) return true;
  }
  return false;
}

void append_element(std::string& out, std::string_view text, char delimiter) {
  if (!needs_quotes(text, delimiter)) {
    out += text;
    return;
  }
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

void put_int32(std::string& out, uint32_t value) {
  char bytes[4] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                   static_cast<char>(value)};
  out.append(bytes, 4);
}

class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : bytes_(bytes) {}
  int32_t int32() {
    std::string_view b = take(4);
    uint32_t value = 0;
    for (char c : b) value = value << 8 | static_cast<uint8_t>(c);
    return static_cast<int32_t>(value);
  }
  std::string_view take(size_t count) {
    if (bytes_.size() < count) {
      throw SqlError(sqlstate::kProtocolViolation, "insufficient data left in message");
    }
    std::string_view result = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return result;
  }
  size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

}  // namespace

Datum array_input(CallContext& context, std::string_view text) {
  const TypeInfo& element = element_type_of(context);
  LiteralParser parser(text, element.delimiter);
  parser.parse();
  CallContext inner = context;
  inner.result_type = element.id;
  ArrayBuilder builder(element.id);
  for (const LiteralParser::Element& item : parser.elements()) {
    builder.add(item.is_null ? Datum::null() : element.input(inner, item.text));
  }
  return builder.finish(*context.arena, parser.lengths(), parser.lowers());
}

void array_output(CallContext& context, const Datum& value, std::string& out) {
  ArrayView array(value);
  if (array.empty()) {
    out += "{}";
    return;
  }
  const TypeInfo& element = type_info(array.element_type());
  bool show_bounds = false;
  for (int lower : array.lowers()) show_bounds |= lower != 1;
  if (show_bounds) {
    for (int i = 0; i < array.ndim(); ++i) {
      fmt::format_to(std::back_inserter(out), "[{}:{}]", array.lower(i), array.upper(i));
    }
    out.push_back('=');
  }
  CallContext inner = context;
  inner.result_type = element.id;
  std::string text;
  int index[kMaxArrayDimensions] = {};
  out.append(static_cast<size_t>(array.ndim()), '{');
  for (size_t i = 0; i < array.size(); ++i) {
    if (array.is_null(i)) {
      out += "NULL";
    } else {
      text.clear();
      element.output(inner, array[i], text);
      append_element(out, text, element.delimiter);
    }
    int wrapped = 0;  // dimensions that end with this element
    for (int d = array.ndim() - 1; d >= 0 && ++index[d] == array.length(d); --d) {
      index[d] = 0;
      ++wrapped;
    }
    out.append(static_cast<size_t>(wrapped), '}');
    if (i + 1 == array.size()) break;
    out.push_back(element.delimiter);
    out.append(static_cast<size_t>(wrapped), '{');
  }
}

Datum array_receive(CallContext& context, std::string_view bytes) {
  const TypeInfo& element = element_type_of(context);
  BinaryReader reader(bytes);
  int32_t ndim = reader.int32();
  if (ndim < 0) {
    throw SqlError(sqlstate::kInvalidBinaryRepresentation, fmt::format("invalid number of dimensions: {}", ndim));
  }
  if (ndim > kMaxArrayDimensions) {
    throw SqlError(sqlstate::kProgramLimitExceeded,
                   fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})", ndim,
                               kMaxArrayDimensions));
  }
  int32_t flags = reader.int32();
  if (flags != 0 && flags != 1) throw SqlError(sqlstate::kInvalidBinaryRepresentation, "invalid array flags");
  Oid sent = static_cast<Oid>(reader.int32());
  if (sent != element.id) {
    throw SqlError(sqlstate::kDatatypeMismatch,
                   fmt::format("binary data has array element type {} ({}) instead of expected {} ({})", sent,
                               find_type(sent) ? format_type(sent) : "???", element.id, format_type(element.id)));
  }
  std::vector<int> lengths, lowers;
  for (int i = 0; i < ndim; ++i) {
    lengths.push_back(reader.int32());
    lowers.push_back(reader.int32());
  }
  size_t count = checked_element_count(lengths);
  if (count > reader.left() / 4) throw SqlError(sqlstate::kProtocolViolation, "insufficient data left in message");
  CallContext inner = context;
  inner.result_type = element.id;
  ArrayBuilder builder(element.id);
  for (size_t i = 0; i < count; ++i) {
    int32_t size = reader.int32();
    if (size < -1 || (size > 0 && static_cast<size_t>(size) > reader.left())) {
      throw SqlError(sqlstate::kInvalidBinaryRepresentation, "insufficient data left in message");
    }
    builder.add(size < 0 ? Datum::null() : element.receive(inner, reader.take(static_cast<size_t>(size))));
  }
  if (count == 0) return builder.finish(*context.arena);
  return builder.finish(*context.arena, lengths, lowers);
}

void array_send(CallContext& context, const Datum& value, std::string& out) {
  ArrayView array(value);
  const TypeInfo& element = type_info(array.element_type());
  CallContext inner = context;
  inner.result_type = element.id;
  put_int32(out, static_cast<uint32_t>(array.ndim()));
  put_int32(out, array.has_nulls() ? 1 : 0);
  put_int32(out, element.id);
  for (int i = 0; i < array.ndim(); ++i) {
    put_int32(out, static_cast<uint32_t>(array.length(i)));
    put_int32(out, static_cast<uint32_t>(array.lower(i)));
  }
  for (size_t i = 0; i < array.size(); ++i) {
    if (array.is_null(i)) {
      put_int32(out, 0xffffffffu);
      continue;
    }
    size_t at = out.size();
    put_int32(out, 0);
    element.send(inner, array[i], out);
    uint32_t size = static_cast<uint32_t>(out.size() - at - 4);
    for (int b = 0; b < 4; ++b) out[at + static_cast<size_t>(b)] = static_cast<char>(size >> (24 - 8 * b));
  }
}

Datum vector_like_input(CallContext& context, std::string_view text) {
  const TypeInfo& element = element_type_of(context);
  CallContext inner = context;
  inner.result_type = element.id;
  ArrayBuilder builder(element.id);
  size_t at = 0;
  for (;;) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) break;
    size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    builder.add(element.input(inner, text.substr(at, end - at)));
    at = end;
  }
  int length = static_cast<int>(builder.size()), lower = 0;
  return builder.finish(*context.arena, {&length, 1}, {&lower, 1});
}

void vector_like_output(CallContext& context, const Datum& value, std::string& out) {
  ArrayView array(value);
  const TypeInfo& element = type_info(array.element_type());
  CallContext inner = context;
  inner.result_type = element.id;
  for (size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out.push_back(' ');
    element.output(inner, array[i], out);
  }
}

}  // namespace vecino::sql

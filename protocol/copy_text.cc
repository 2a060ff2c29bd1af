#include <cstring>

#include "protocol/copy_lines.h"
#include "protocol/scan.h"

namespace vecino::protocol {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// ---- reading

class TextReader final : public CopyLineReader {
 public:
  using CopyLineReader::CopyLineReader;

 private:
  Kind kind() const override { return Kind::kText; }
  void start_line() override { scanned_ = 0; }

  Result<size_t> find_line_end(std::string_view unread) override {
    size_t at = scanned_;
    while (at < unread.size()) {
      at = find_any(unread, at, '\n', '\r', '\\', '\\');
      if (at == unread.size()) break;
      if (unread[at] == '\\') {
        // The escaped character is data even when it is a line end; an escape cut in half waits for more bytes.
        if (at + 1 >= unread.size()) break;
        if (unread[at + 1] == '.') {
          if (at + 2 >= unread.size() && !finished()) break;
          bool line_end = at + 2 >= unread.size() || unread[at + 2] == '\n' || unread[at + 2] == '\r';
          if (at > 0 || !line_end) {
            return Status::error(sqlstate::kBadCopyFileFormat, "end-of-copy marker corrupt");
          }
        }
        at += 2;
        continue;
      }
      scanned_ = at;
      ASSIGN_OR_RETURN(EndCheck check, check_line_end(unread, at));
      return check == EndCheck::kEnd ? at : std::string_view::npos;
    }
    scanned_ = at;
    return std::string_view::npos;
  }

  Status split(std::string_view line, std::vector<CopyField>& fields) override {
    fields.clear();
    if (line.find('\\') == std::string_view::npos) {
      split_plain(line, fields);
    } else {
      split_escaped(line, fields);
    }
    return Status::ok();
  }

  void split_plain(std::string_view line, std::vector<CopyField>& fields) {
    while (true) {
      const void* found = line.empty() ? nullptr : std::memchr(line.data(), options_.delimiter, line.size());
      size_t length = line.size();
      if (found != nullptr) length = static_cast<size_t>(static_cast<const char*>(found) - line.data());
      std::string_view value = line.substr(0, length);
      fields.push_back({value == options_.null_text, value});
      if (found == nullptr) return;
      line.remove_prefix(length + 1);
    }
  }

  // Unescaped values live in values_, which never has to grow: no value gets longer than its source.
  void split_escaped(std::string_view line, std::vector<CopyField>& fields) {
    values_.clear();
    values_.reserve(line.size());
    size_t at = 0;
    while (true) {
      size_t raw_start = at, value_start = values_.size();
      while (at < line.size() && line[at] != options_.delimiter) {
        if (line[at] == '\\' && at + 1 < line.size()) {
          ++at;
          unescape(line, at);
          continue;
        }
        size_t end = find_any(line, at + 1, '\\', options_.delimiter, '\\', '\\');
        values_.append(line.substr(at, end - at));
        at = end;
      }
      std::string_view raw = line.substr(raw_start, at - raw_start);
      fields.push_back({raw == options_.null_text, std::string_view(values_).substr(value_start)});
      if (at >= line.size()) return;
      ++at;
    }
  }

  // line[at] follows a backslash.
  void unescape(std::string_view line, size_t& at) {
    char c = line[at++];
    switch (c) {
      case 'b':
        values_ += '\b';
        return;
      case 'f':
        values_ += '\f';
        return;
      case 'n':
        values_ += '\n';
        return;
      case 'r':
        values_ += '\r';
        return;
      case 't':
        values_ += '\t';
        return;
      case 'v':
        values_ += '\v';
        return;
      default:
        break;
    }
    if (is_octal(c)) {
      int code = c - '0';
      for (int i = 0; i < 2 && at < line.size() && is_octal(line[at]); ++i) code = code * 8 + (line[at++] - '0');
      values_ += static_cast<char>(code & 0xff);
    } else if (c == 'x' && at < line.size() && hex_value(line[at]) >= 0) {
      int code = hex_value(line[at++]);
      if (at < line.size() && hex_value(line[at]) >= 0) code = code * 16 + hex_value(line[at++]);
      values_ += static_cast<char>(code);
    } else {
      values_ += c;
    }
  }

  size_t scanned_ = 0;
  std::string values_;
};

// ---- writing

class TextWriter final : public CopyWriter {
 public:
  explicit TextWriter(CopyOptions options) : options_(std::move(options)) {}

  Status header(std::string& out) override {
    if (options_.header == CopyHeader::kNone) return Status::ok();
    for (size_t i = 0; i < options_.column_names.size(); ++i) {
      if (i > 0) out += options_.delimiter;
      value(options_.column_names[i], out);
    }
    out += '\n';
    return Status::ok();
  }
  Status row(std::span<const CopyField> fields, std::string& out) override {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += options_.delimiter;
      if (fields[i].is_null) {
        out += options_.null_text;
      } else {
        value(fields[i].bytes, out);
      }
    }
    out += '\n';
    return Status::ok();
  }
  void trailer(std::string&) override {}

 private:
  void value(std::string_view text, std::string& out) const {
    size_t copied = 0;
    for (size_t i = 0; (i = find_control_or(text, i, '\\', options_.delimiter)) < text.size(); ++i) {
      char escaped = escape_of(text[i]);
      if (escaped == 0) continue;
      out.append(text.substr(copied, i - copied));
      out += '\\';
      out += escaped;
      copied = i + 1;
    }
    out.append(text.substr(copied));
  }
  char escape_of(char c) const {
    if (c == '\\' || c == options_.delimiter) return c == '\t' ? 't' : c;
    if (static_cast<unsigned char>(c) >= 32) return 0;
    switch (c) {
      case '\b':
        return 'b';
      case '\f':
        return 'f';
      case '\n':
        return 'n';
      case '\r':
        return 'r';
      case '\t':
        return 't';
      case '\v':
        return 'v';
      default:
        return 0;
    }
  }
  CopyOptions options_;
};

}  // namespace

std::unique_ptr<CopyReader> make_text_reader(CopyOptions options, size_t columns) {
  return std::make_unique<TextReader>(std::move(options), columns);
}
std::unique_ptr<CopyWriter> make_text_writer(CopyOptions options, size_t columns) {
  return std::make_unique<TextWriter>(std::move(options));
}

}  // namespace vecino::protocol

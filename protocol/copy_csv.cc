#include "protocol/copy_lines.h"
#include "protocol/scan.h"

namespace vecino::protocol {
namespace {

Status bad_format(std::string message) { return Status::error(sqlstate::kBadCopyFileFormat, std::move(message)); }

// ---- reading

class CsvReader final : public CopyLineReader {
 public:
  using CopyLineReader::CopyLineReader;

 private:
  Kind kind() const override { return Kind::kCsv; }
  void start_line() override {
    scanned_ = 0;
    in_quote_ = escaped_ = false;
  }

  // Line ends inside quotes are data. With an escape character of its own, an escaped quote does not toggle.
  Result<size_t> find_line_end(std::string_view unread) override {
    bool own_escape = options_.escape != options_.quote;
    for (; scanned_ < unread.size(); ++scanned_) {
      const size_t next = find_any(unread, scanned_, options_.quote, options_.escape, '\n', '\r');
      if (next > scanned_) escaped_ = false;
      scanned_ = next;
      if (scanned_ == unread.size()) break;
      char c = unread[scanned_];
      if (own_escape && in_quote_ && c == options_.escape) escaped_ = !escaped_;
      if (c == options_.quote && !escaped_) in_quote_ = !in_quote_;
      if (!own_escape || c != options_.escape) escaped_ = false;
      if (in_quote_ || (c != '\n' && c != '\r')) continue;
      ASSIGN_OR_RETURN(EndCheck check, check_line_end(unread, scanned_));
      return check == EndCheck::kEnd ? scanned_ : std::string_view::npos;
    }
    return std::string_view::npos;
  }

  Status split(std::string_view line, std::vector<CopyField>& fields) override {
    fields.clear();
    values_.clear();
    values_.reserve(line.size());
    size_t at = 0;
    while (true) {
      size_t raw_start = at, value_start = values_.size();
      bool quoted = false;
      RETURN_IF_ERROR(read_value(line, at, quoted));
      std::string_view raw = line.substr(raw_start, at - raw_start);
      std::string_view value = std::string_view(values_).substr(value_start);
      fields.push_back({is_null(fields.size(), raw, value, quoted), value});
      if (at >= line.size()) return Status::ok();
      ++at;
    }
  }

  Status read_value(std::string_view line, size_t& at, bool& quoted) {
    while (at < line.size() && line[at] != options_.delimiter) {
      if (line[at] != options_.quote) {
        size_t end = find_any(line, at, options_.quote, options_.delimiter, options_.quote, options_.quote);
        values_.append(line.substr(at, end - at));
        at = end;
        continue;
      }
      ++at;
      quoted = true;
      RETURN_IF_ERROR(read_quoted(line, at));
    }
    return Status::ok();
  }

  // `at` is behind the opening quote; leaves it behind the closing one.
  Status read_quoted(std::string_view line, size_t& at) {
    while (at < line.size()) {
      const size_t special = find_any(line, at, options_.quote, options_.escape, options_.quote, options_.quote);
      values_.append(line.substr(at, special - at));
      at = special;
      if (at == line.size()) break;
      char c = line[at++];
      if (c == options_.escape && at < line.size() && (line[at] == options_.escape || line[at] == options_.quote)) {
        values_ += line[at++];
      } else if (c == options_.quote) {
        return Status::ok();
      } else {
        values_ += c;
      }
    }
    return bad_format("unterminated CSV quoted field");
  }

  bool is_null(size_t column, std::string_view raw, std::string_view value, bool quoted) const {
    auto has = [column](const std::vector<bool>& flags) { return column < flags.size() && flags[column]; };
    if (!quoted && raw == options_.null_text) return !has(options_.force_not_null);
    return quoted && has(options_.force_null) && value == options_.null_text;
  }

  size_t scanned_ = 0;
  bool in_quote_ = false, escaped_ = false;
  std::string values_;
};

// ---- writing

class CsvWriter final : public CopyWriter {
 public:
  CsvWriter(CopyOptions options, size_t columns) : options_(std::move(options)), single_(columns == 1) {}

  Status header(std::string& out) override {
    if (options_.header == CopyHeader::kNone) return Status::ok();
    for (size_t i = 0; i < options_.column_names.size(); ++i) {
      if (i > 0) out += options_.delimiter;
      value(options_.column_names[i], false, out);
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
        value(fields[i].bytes, i < options_.force_quote.size() && options_.force_quote[i], out);
      }
    }
    out += '\n';
    return Status::ok();
  }
  void trailer(std::string&) override {}

 private:
  bool needs_quotes(std::string_view text) const {
    if (text == options_.null_text) return true;
    // Alone on a line it would read as the end of the data.
    if (single_ && text == "\\.") return true;
    return find_any(text, 0, options_.delimiter, options_.quote, '\n', '\r') < text.size();
  }
  void value(std::string_view text, bool force, std::string& out) const {
    if (!force && !needs_quotes(text)) {
      out.append(text);
      return;
    }
    out += options_.quote;
    for (size_t at = 0; at < text.size();) {
      const size_t special = find_any(text, at, options_.quote, options_.escape, options_.quote, options_.quote);
      out.append(text.substr(at, special - at));
      if (special < text.size()) {
        out += options_.escape;
        out += text[special];
      }
      at = special + 1;
    }
    out += options_.quote;
  }
  CopyOptions options_;
  bool single_;
};

}  // namespace

std::unique_ptr<CopyReader> make_csv_reader(CopyOptions options, size_t columns) {
  return std::make_unique<CsvReader>(std::move(options), columns);
}
std::unique_ptr<CopyWriter> make_csv_writer(CopyOptions options, size_t columns) {
  return std::make_unique<CsvWriter>(std::move(options), columns);
}

}  // namespace vecino::protocol

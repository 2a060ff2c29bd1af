#include "protocol/copy_lines.h"

#include "protocol/utf8.h"

namespace vecino::protocol {
namespace {

Status bad_format(std::string message, std::string hint = {}) {
  return Status::error(sqlstate::kBadCopyFileFormat, std::move(message), {}, std::move(hint));
}

}  // namespace

CopyLineReader::CopyLineReader(CopyOptions options, size_t columns)
    : options_(std::move(options)), columns_(columns), header_pending_(options_.header != CopyHeader::kNone) {}

void CopyLineReader::feed(std::string_view bytes) {
  if (ended_) return;  // everything after \. is ignored
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
    line_ = {};
  }
  buffer_.append(bytes);
}

Status CopyLineReader::finish() {
  finished_ = true;
  return Status::ok();
}

// The style of the first line end binds all others, so that a stray \r in a \n file is noticed.
Result<CopyLineReader::EndCheck> CopyLineReader::check_line_end(std::string_view unread, size_t at) {
  bool csv = kind() == Kind::kCsv;
  if (unread[at] == '\r') {
    if (line_end_ == LineEnd::kUnknown || line_end_ == LineEnd::kReturnNewline) {
      if (at + 1 >= unread.size() && !finished_) return EndCheck::kMore;
      bool newline_follows = at + 1 < unread.size() && unread[at + 1] == '\n';
      if (line_end_ == LineEnd::kUnknown) {
        line_end_ = newline_follows ? LineEnd::kReturnNewline : LineEnd::kReturn;
        return EndCheck::kEnd;
      }
      if (newline_follows) return EndCheck::kEnd;
    } else if (line_end_ == LineEnd::kReturn) {
      return EndCheck::kEnd;
    }
    return csv ? bad_format("unquoted carriage return found in data",
                            "Use quoted CSV field to represent carriage return.")
               : bad_format("literal carriage return found in data", "Use \"\\r\" to represent carriage return.");
  }
  if (line_end_ == LineEnd::kUnknown) line_end_ = LineEnd::kNewline;
  if (line_end_ == LineEnd::kNewline) return EndCheck::kEnd;
  return csv ? bad_format("unquoted newline found in data", "Use quoted CSV field to represent newline.")
             : bad_format("literal newline found in data", "Use \"\\n\" to represent newline.");
}

// True = line_ is the next line.
Result<bool> CopyLineReader::next_line() {
  if (ended_) return false;
  std::string_view unread = std::string_view(buffer_).substr(start_);
  Result<size_t> found = find_line_end(unread);
  if (!found.is_ok()) {
    ++line_number_;  // CONTEXT names the line that could not be read
    return found.status();
  }
  size_t end = *found;
  if (end == std::string_view::npos) {
    if (!finished_ || unread.empty()) return false;
    line_ = unread;
    start_ = buffer_.size();
  } else {
    line_ = unread.substr(0, end);
    start_ += end + end_length();
  }
  start_line();
  ++line_number_;
  if (line_ == "\\.") {
    ended_ = true;
    start_ = buffer_.size();
    return false;
  }
  RETURN_IF_ERROR(check_utf8(line_));
  return true;
}

Status CopyLineReader::check_header(const std::vector<CopyField>& fields) const {
  if (fields.size() != columns_) {
    return bad_format("wrong number of fields in header line: got " + std::to_string(fields.size()) + ", expected " +
                      std::to_string(columns_));
  }
  for (size_t i = 0; i < fields.size() && i < options_.column_names.size(); ++i) {
    const std::string& expected = options_.column_names[i];
    std::string number = std::to_string(i + 1);
    if (fields[i].is_null) {
      return bad_format("column name mismatch in header line field " + number + ": got null value (\"" +
                        options_.null_text + "\"), expected \"" + expected + "\"");
    }
    if (fields[i].bytes != expected) {
      return bad_format("column name mismatch in header line field " + number + ": got \"" +
                        std::string(fields[i].bytes) + "\", expected \"" + expected + "\"");
    }
  }
  return Status::ok();
}

Result<bool> CopyLineReader::next(std::vector<CopyField>& fields) {
  while (true) {
    ASSIGN_OR_RETURN(bool any, next_line());
    if (!any) return false;
    if (header_pending_) {
      header_pending_ = false;
      if (options_.header == CopyHeader::kMatch) {
        RETURN_IF_ERROR(split(line_, fields));
        RETURN_IF_ERROR(check_header(fields));
      }
      continue;
    }
    RETURN_IF_ERROR(split(line_, fields));
    return true;
  }
}

std::unique_ptr<CopyReader> make_copy_reader(CopyOptions options, size_t columns) {
  switch (options.format) {
    case CopyFormat::kText:
      return make_text_reader(std::move(options), columns);
    case CopyFormat::kCsv:
      return make_csv_reader(std::move(options), columns);
    case CopyFormat::kBinary:
      return make_binary_reader(columns);
  }
  return nullptr;
}

std::unique_ptr<CopyWriter> make_copy_writer(CopyOptions options, size_t columns) {
  switch (options.format) {
    case CopyFormat::kText:
      return make_text_writer(std::move(options), columns);
    case CopyFormat::kCsv:
      return make_csv_writer(std::move(options), columns);
    case CopyFormat::kBinary:
      return make_binary_writer();
  }
  return nullptr;
}

}  // namespace vecino::protocol

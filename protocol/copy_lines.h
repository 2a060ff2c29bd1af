#pragma once

#include "protocol/copy.h"

namespace vecino::protocol {

// What the text and CSV readers share: the byte buffer, line ends of one style, the \. marker, headers and UTF-8
// checks. Subclasses say where a line ends and split it.
class CopyLineReader : public CopyReader {
 public:
  CopyLineReader(CopyOptions options, size_t columns);

  void feed(std::string_view bytes) override;
  Status finish() override;
  Result<bool> next(std::vector<CopyField>& fields) override;
  uint64_t line_number() const override { return line_number_; }
  std::string_view current_line() const override { return line_; }

 protected:
  enum class LineEnd : uint8_t { kUnknown, kNewline, kReturn, kReturnNewline };
  enum class Kind : uint8_t { kText, kCsv };

  // Position of the line end in the unread bytes, at or after what was already scanned; npos = not there yet.
  // The subclass keeps its own scanning state (quotes) and is told to forget it by start_line().
  virtual Result<size_t> find_line_end(std::string_view unread) = 0;
  virtual void start_line() = 0;
  virtual Status split(std::string_view line, std::vector<CopyField>& fields) = 0;
  virtual Kind kind() const = 0;

  // Judges a \r or \n at unread[at] that is no data. kData: part of the line (only where style allows), kEnd, kMore.
  enum class EndCheck : uint8_t { kEnd, kMore };
  Result<EndCheck> check_line_end(std::string_view unread, size_t at);
  bool finished() const { return finished_; }

  CopyOptions options_;
  size_t columns_;

 private:
  size_t end_length() const { return line_end_ == LineEnd::kReturnNewline ? 2 : 1; }
  Result<bool> next_line();
  Status check_header(const std::vector<CopyField>& fields) const;

  std::string buffer_;
  size_t start_ = 0;  // of the unread bytes in buffer_
  bool finished_ = false;
  bool ended_ = false;  // \. was seen
  bool header_pending_;
  LineEnd line_end_ = LineEnd::kUnknown;
  uint64_t line_number_ = 0;
  std::string_view line_;
};

}  // namespace vecino::protocol

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/util/encoding.h"
#include "storage/util/status.h"

namespace vecino::sql {

// COPY options as the user gave them (manual: COPY), validated. Codecs live in protocol/, handed in by server/.
enum class CopyFormat : uint8_t { kText, kCsv, kBinary };
struct CopyOptions {
  CopyFormat format = CopyFormat::kText;
  char delimiter = '\t', quote = '"', escape = '"';
  std::string null_text = "\\N";
  bool header = false, header_match = false;
  bool freeze = false;
  const Encoding* encoding = nullptr;  // of text and CSV; null = UTF8
  std::vector<bool> force_quote, force_not_null, force_null;  // per column; empty = none
  std::vector<std::string> column_names;
};

struct CopyField {
  bool is_null;
  std::string_view bytes;  // text after unescaping, or binary payload; valid until the next call
};

// Bytes -> fields. feed() takes any slicing of the stream; next() yields complete rows.
class CopyDecoder {
 public:
  virtual ~CopyDecoder() = default;
  virtual void feed(std::string_view bytes) = 0;
  virtual Status finish() = 0;  // end of data: 22P04 for an unterminated row or missing trailer
  // True = a row is in `fields` (size = columns in the row); false = needs more bytes or at the end.
  virtual Result<bool> next(std::vector<CopyField>& fields) = 0;
  virtual uint64_t line_number() const = 0;      // of the last row, for CONTEXT
  virtual std::string_view current_line() const = 0;  // raw text of the last row (text, CSV)
};
class CopyEncoder {
 public:
  virtual ~CopyEncoder() = default;
  virtual Status header(std::string& out) = 0;   // CSV/text header line or binary signature
  virtual Status row(std::span<const CopyField> fields, std::string& out) = 0;  // 22P05
  virtual void trailer(std::string& out) = 0;
};
struct CopyCodecs {
  // 42883: no conversion of the encoding.
  Result<std::unique_ptr<CopyDecoder>> (*make_decoder)(const CopyOptions& options, size_t column_count) = nullptr;
  Result<std::unique_ptr<CopyEncoder>> (*make_encoder)(const CopyOptions& options, size_t column_count) = nullptr;
};

}  // namespace vecino::sql

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/util/encoding.h"
#include "storage/util/status.h"

namespace vecino::protocol {

// COPY's three formats (manual: COPY, File Formats): bytes <-> fields, without SQL types.
enum class CopyFormat : uint8_t { kText, kCsv, kBinary };
enum class CopyHeader : uint8_t { kNone, kPresent, kMatch };

struct CopyOptions {
  CopyFormat format = CopyFormat::kText;
  char delimiter = '\t', quote = '"', escape = '"';
  std::string null_text = "\\N";
  CopyHeader header = CopyHeader::kNone;
  std::vector<bool> force_quote, force_not_null, force_null;  // per column; empty = none
  std::vector<std::string> column_names;                      // for headers
};

struct CopyField {
  bool is_null;
  std::string_view bytes;  // valid until the next call
};

// Bytes -> rows. Errors are 22P04 with PostgreSQL's texts, 22021 for text that is not UTF-8.
class CopyReader {
 public:
  virtual ~CopyReader() = default;
  // Takes any slicing of the stream.
  virtual void feed(std::string_view bytes) = 0;
  // No more bytes will come: next() then also yields an unterminated last line.
  virtual Status finish() = 0;
  // True = a row is in `fields`. False = needs more bytes, or all rows are out.
  virtual Result<bool> next(std::vector<CopyField>& fields) = 0;
  virtual uint64_t line_number() const = 0;
  virtual std::string_view current_line() const = 0;
};

class CopyWriter {
 public:
  virtual ~CopyWriter() = default;
  // Errors: what the encoding does not have, 22P05.
  virtual Status header(std::string& out) = 0;
  virtual Status row(std::span<const CopyField> fields, std::string& out) = 0;
  virtual void trailer(std::string& out) = 0;
};

std::unique_ptr<CopyReader> make_copy_reader(CopyOptions options, size_t columns);
std::unique_ptr<CopyWriter> make_copy_writer(CopyOptions options, size_t columns);

// The same in the encoding that `transcoder` converts from, or to (copy_transcode.cc).
std::unique_ptr<CopyReader> transcoded(std::unique_ptr<CopyReader> reader, std::unique_ptr<Transcoder> transcoder);
std::unique_ptr<CopyWriter> transcoded(std::unique_ptr<CopyWriter> writer, std::unique_ptr<Transcoder> transcoder);

// One format each (copy_text.cc, copy_csv.cc, copy_binary.cc).
std::unique_ptr<CopyReader> make_text_reader(CopyOptions options, size_t columns);
std::unique_ptr<CopyReader> make_csv_reader(CopyOptions options, size_t columns);
std::unique_ptr<CopyReader> make_binary_reader(size_t columns);
std::unique_ptr<CopyWriter> make_text_writer(CopyOptions options, size_t columns);
std::unique_ptr<CopyWriter> make_csv_writer(CopyOptions options, size_t columns);
std::unique_ptr<CopyWriter> make_binary_writer();

}  // namespace vecino::protocol

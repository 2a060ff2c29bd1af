// COPY readers: rows must not depend on how the stream is cut, and text rows written again must read the same.
// First byte: format, options and encoding; second: size of the pieces.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/copy.h"

using namespace vecino;
using namespace vecino::protocol;

namespace {

constexpr size_t kColumns = 3;

struct Outcome {
  std::string rows;     // encoded unambiguously
  std::string written;  // rows with as many fields as columns, by the writer of the same options
  std::string error;
};

Outcome read(const CopyOptions& options, const char* encoding, std::string_view data, size_t piece) {
  Outcome outcome;
  auto reader = make_copy_reader(options, kColumns);
  if (encoding != nullptr && options.format != CopyFormat::kBinary) {
    auto transcoder = Transcoder::make(*find_encoding(encoding), *find_encoding("UTF8"));
    if (!transcoder.is_ok()) abort();
    reader = transcoded(std::move(reader), std::move(*transcoder));
  }
  auto writer = make_copy_writer(options, kColumns);
  std::vector<CopyField> fields;
  auto drain = [&] {
    while (true) {
      Result<bool> row = reader->next(fields);
      if (!row.is_ok()) return outcome.error = row.status().info().message, false;
      if (!*row) return true;
      for (const CopyField& field : fields) {
        outcome.rows +=
            field.is_null ? std::string("N") : std::to_string(field.bytes.size()) + ":" + std::string(field.bytes);
      }
      outcome.rows += "\n";
      if (fields.size() == kColumns && !writer->row(fields, outcome.written).is_ok()) abort();
    }
  };
  bool ok = true;
  for (size_t at = 0; ok && at < data.size(); at += piece) {
    reader->feed(data.substr(at, piece));
    ok = drain();
  }
  if (ok && reader->finish().is_ok()) drain();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  CopyOptions options;
  options.format = static_cast<CopyFormat>(data[0] % 3);
  if (options.format == CopyFormat::kCsv) {
    options.delimiter = ',';
    options.null_text = "";
    if (data[0] & 0x10) options.escape = '\\';
  }
  if (data[0] & 0x20) options.header = CopyHeader::kPresent;
  constexpr const char* kEncodings[] = {nullptr, "LATIN1", "EUC_JP", "GB18030"};
  const char* encoding = kEncodings[data[0] >> 6];
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  Outcome whole = read(options, encoding, rest, rest.size() + 1);
  Outcome pieces = read(options, encoding, rest, data[1] % 16 + 1);
  if (whole.rows != pieces.rows || whole.error != pieces.error) abort();
  if (options.format == CopyFormat::kText && options.header == CopyHeader::kNone && whole.error.empty()) {
    Outcome again = read(options, nullptr, whole.written, 7);
    if (again.error.empty() && again.written != whole.written) abort();
  }
  return 0;
}

#include "server/copy_adapter.h"

#include "protocol/copy.h"

namespace vecino::server {
namespace {

protocol::CopyOptions convert(const sql::CopyOptions& options) {
  protocol::CopyOptions result;
  switch (options.format) {
    case sql::CopyFormat::kText:
      result.format = protocol::CopyFormat::kText;
      break;
    case sql::CopyFormat::kCsv:
      result.format = protocol::CopyFormat::kCsv;
      break;
    case sql::CopyFormat::kBinary:
      result.format = protocol::CopyFormat::kBinary;
      break;
  }
  result.delimiter = options.delimiter;
  result.quote = options.quote;
  result.escape = options.escape;
  result.null_text = options.null_text;
  if (options.header) result.header = protocol::CopyHeader::kPresent;
  if (options.header_match) result.header = protocol::CopyHeader::kMatch;
  result.force_quote = options.force_quote;
  result.force_not_null = options.force_not_null;
  result.force_null = options.force_null;
  result.column_names = options.column_names;
  return result;
}

class Decoder final : public sql::CopyDecoder {
 public:
  explicit Decoder(std::unique_ptr<protocol::CopyReader> reader) : reader_(std::move(reader)) {}
  void feed(std::string_view bytes) override { reader_->feed(bytes); }
  Status finish() override { return reader_->finish(); }
  Result<bool> next(std::vector<sql::CopyField>& fields) override {
    ASSIGN_OR_RETURN(bool any, reader_->next(fields_));
    if (!any) return false;
    fields.clear();
    for (const protocol::CopyField& field : fields_) fields.push_back({field.is_null, field.bytes});
    return true;
  }
  uint64_t line_number() const override { return reader_->line_number(); }
  std::string_view current_line() const override { return reader_->current_line(); }

 private:
  std::unique_ptr<protocol::CopyReader> reader_;
  std::vector<protocol::CopyField> fields_;
};

class Encoder final : public sql::CopyEncoder {
 public:
  explicit Encoder(std::unique_ptr<protocol::CopyWriter> writer) : writer_(std::move(writer)) {}
  Status header(std::string& out) override { return writer_->header(out); }
  Status row(std::span<const sql::CopyField> fields, std::string& out) override {
    fields_.clear();
    for (const sql::CopyField& field : fields) fields_.push_back({field.is_null, field.bytes});
    return writer_->row(fields_, out);
  }
  void trailer(std::string& out) override { writer_->trailer(out); }

 private:
  std::unique_ptr<protocol::CopyWriter> writer_;
  std::vector<protocol::CopyField> fields_;
};

Result<std::unique_ptr<sql::CopyDecoder>> make_decoder(const sql::CopyOptions& options, size_t columns) {
  std::unique_ptr<protocol::CopyReader> reader = protocol::make_copy_reader(convert(options), columns);
  if (options.encoding != nullptr && options.format != sql::CopyFormat::kBinary) {
    ASSIGN_OR_RETURN(auto transcoder, Transcoder::make(*options.encoding, *find_encoding("UTF8")));
    reader = protocol::transcoded(std::move(reader), std::move(transcoder));
  }
  return std::unique_ptr<sql::CopyDecoder>(std::make_unique<Decoder>(std::move(reader)));
}
Result<std::unique_ptr<sql::CopyEncoder>> make_encoder(const sql::CopyOptions& options, size_t columns) {
  std::unique_ptr<protocol::CopyWriter> writer = protocol::make_copy_writer(convert(options), columns);
  if (options.encoding != nullptr && options.format != sql::CopyFormat::kBinary) {
    ASSIGN_OR_RETURN(auto transcoder, Transcoder::make(*find_encoding("UTF8"), *options.encoding));
    writer = protocol::transcoded(std::move(writer), std::move(transcoder));
  }
  return std::unique_ptr<sql::CopyEncoder>(std::make_unique<Encoder>(std::move(writer)));
}

}  // namespace

sql::CopyCodecs copy_codecs() { return {&make_decoder, &make_encoder}; }

}  // namespace vecino::server

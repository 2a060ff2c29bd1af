// COPY in other encodings than UTF8: text and CSV are UTF8 between the readers and writers and this layer.
#include "protocol/copy.h"

namespace vecino::protocol {
namespace {

class TranscodingReader final : public CopyReader {
 public:
  TranscodingReader(std::unique_ptr<CopyReader> reader, std::unique_ptr<Transcoder> transcoder)
      : reader_(std::move(reader)), transcoder_(std::move(transcoder)) {}

  // What cannot be converted is an error of its line: the lines before it are read first.
  void feed(std::string_view bytes) override {
    if (!failure_.is_ok()) return;
    text_.clear();
    failure_ = transcoder_->convert(bytes, text_);
    reader_->feed(text_);
  }
  Status finish() override {
    text_.clear();
    if (failure_.is_ok()) failure_ = transcoder_->finish(text_);
    reader_->feed(text_);
    // The bad line stays unfinished.
    return failure_.is_ok() ? reader_->finish() : Status::ok();
  }
  Result<bool> next(std::vector<CopyField>& fields) override {
    ASSIGN_OR_RETURN(bool any, reader_->next(fields));
    if (any || failure_.is_ok()) return any;
    failed_ = true;
    return std::move(failure_);
  }
  uint64_t line_number() const override { return reader_->line_number() + (failed_ ? 1 : 0); }
  std::string_view current_line() const override { return reader_->current_line(); }

 private:
  std::unique_ptr<CopyReader> reader_;
  std::unique_ptr<Transcoder> transcoder_;
  std::string text_;
  Status failure_;
  bool failed_ = false;
};

class TranscodingWriter final : public CopyWriter {
 public:
  TranscodingWriter(std::unique_ptr<CopyWriter> writer, std::unique_ptr<Transcoder> transcoder)
      : writer_(std::move(writer)), transcoder_(std::move(transcoder)) {}

  Status header(std::string& out) override {
    text_.clear();
    RETURN_IF_ERROR(writer_->header(text_));
    return convert(out);
  }
  Status row(std::span<const CopyField> fields, std::string& out) override {
    text_.clear();
    RETURN_IF_ERROR(writer_->row(fields, text_));
    return convert(out);
  }
  void trailer(std::string& out) override { writer_->trailer(out); }

 private:
  Status convert(std::string& out) {
    RETURN_IF_ERROR(transcoder_->convert(text_, out));
    return transcoder_->finish(out);
  }
  std::unique_ptr<CopyWriter> writer_;
  std::unique_ptr<Transcoder> transcoder_;
  std::string text_;
};

}  // namespace

std::unique_ptr<CopyReader> transcoded(std::unique_ptr<CopyReader> reader, std::unique_ptr<Transcoder> transcoder) {
  return std::make_unique<TranscodingReader>(std::move(reader), std::move(transcoder));
}
std::unique_ptr<CopyWriter> transcoded(std::unique_ptr<CopyWriter> writer, std::unique_ptr<Transcoder> transcoder) {
  return std::make_unique<TranscodingWriter>(std::move(writer), std::move(transcoder));
}

}  // namespace vecino::protocol

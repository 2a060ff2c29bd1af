#include "protocol/bytes.h"
#include "protocol/copy.h"

namespace vecino::protocol {
namespace {

constexpr char kSignature[] = "PGCOPY\n\377\r\n";  // and the NUL that ends the literal: 11 bytes
constexpr size_t kSignatureSize = sizeof kSignature;
constexpr uint32_t kHasOids = 1u << 16;

Status bad_format(std::string message) { return Status::error(sqlstate::kBadCopyFileFormat, std::move(message)); }

class BinaryReader final : public CopyReader {
 public:
  explicit BinaryReader(size_t columns) : columns_(columns) {}

  void feed(std::string_view bytes) override {
    if (start_ > 0) {
      buffer_.erase(0, start_);
      start_ = 0;
    }
    buffer_.append(bytes);
  }

  Status finish() override {
    finished_ = true;
    return Status::ok();
  }

  Result<bool> next(std::vector<CopyField>& fields) override {
    if (!header_read_) {
      ASSIGN_OR_RETURN(bool any, read_header());
      if (!any) return false;
    }
    if (ended_) {
      if (start_ < buffer_.size()) return bad_format("received copy data after EOF marker");
      return false;
    }
    size_t at = start_;
    if (left(at) < 2) return incomplete(left(at) > 0);
    ++line_number_;
    auto count = static_cast<int16_t>(load_u16(&buffer_[at]));
    at += 2;
    if (count == -1) {
      ended_ = true;
      start_ = at;
      return next(fields);
    }
    if (static_cast<size_t>(static_cast<uint16_t>(count)) != columns_) {
      return bad_format("row field count is " + std::to_string(count) + ", expected " + std::to_string(columns_));
    }
    ASSIGN_OR_RETURN(bool whole, read_fields(at, fields));
    if (!whole) return incomplete(true);
    start_ = at;
    return true;
  }

  uint64_t line_number() const override { return line_number_; }
  std::string_view current_line() const override { return {}; }

 private:
  size_t left(size_t at) const { return buffer_.size() - at; }

  // The next thing is not there as a whole. `begun`: some of it is.
  Result<bool> incomplete(bool begun) {
    if (begun && finished_) return bad_format("unexpected EOF in COPY data");
    if (begun && line_number_ > 0 && left(start_) >= 2) --line_number_;  // will be read again
    return false;
  }

  Result<bool> read_header() {
    size_t wanted = kSignatureSize + 8;
    if (left(0) < kSignatureSize) {
      if (finished_) return bad_format("COPY file signature not recognized");
      return false;
    }
    if (std::string_view(buffer_).substr(0, kSignatureSize) != std::string_view(kSignature, kSignatureSize)) {
      return bad_format("COPY file signature not recognized");
    }
    if (left(0) < wanted) {
      if (finished_)
        return bad_format(left(0) < kSignatureSize + 4 ? "invalid COPY file header (missing flags)"
                                                       : "invalid COPY file header (missing length)");
      return false;
    }
    uint32_t flags = load_u32(&buffer_[kSignatureSize]);
    if ((flags & kHasOids) != 0) return bad_format("invalid COPY file header (WITH OIDS)");
    if ((flags & 0xffff0000) != 0) return bad_format("unrecognized critical flags in COPY file header");
    auto extension = static_cast<int32_t>(load_u32(&buffer_[kSignatureSize + 4]));
    if (extension < 0) return bad_format("invalid COPY file header (missing length)");
    if (left(0) - wanted < static_cast<size_t>(extension)) {
      if (finished_) return bad_format("invalid COPY file header (wrong length)");
      return false;
    }
    start_ = wanted + static_cast<size_t>(extension);
    header_read_ = true;
    return true;
  }

  // Moves `at` behind the fields. False = not all there.
  Result<bool> read_fields(size_t& at, std::vector<CopyField>& fields) {
    fields.clear();
    for (size_t i = 0; i < columns_; ++i) {
      if (left(at) < 4) return false;
      auto length = static_cast<int32_t>(load_u32(&buffer_[at]));
      at += 4;
      if (length == -1) {
        fields.push_back({true, {}});
        continue;
      }
      if (length < 0) return bad_format("invalid field size");
      if (left(at) < static_cast<size_t>(length)) return false;
      fields.push_back({false, std::string_view(buffer_).substr(at, static_cast<size_t>(length))});
      at += static_cast<size_t>(length);
    }
    return true;
  }

  size_t columns_;
  std::string buffer_;
  size_t start_ = 0;
  bool header_read_ = false, finished_ = false, ended_ = false;
  uint64_t line_number_ = 0;
};

class BinaryWriter final : public CopyWriter {
 public:
  Status header(std::string& out) override {
    out.append(kSignature, kSignatureSize);
    append_u32(out, 0);
    append_u32(out, 0);
    return Status::ok();
  }
  Status row(std::span<const CopyField> fields, std::string& out) override {
    append_u16(out, static_cast<uint16_t>(fields.size()));
    for (const CopyField& field : fields) {
      append_u32(out, field.is_null ? 0xffffffff : static_cast<uint32_t>(field.bytes.size()));
      if (!field.is_null) out.append(field.bytes);
    }
    return Status::ok();
  }
  void trailer(std::string& out) override { append_u16(out, 0xffff); }
};

}  // namespace

std::unique_ptr<CopyReader> make_binary_reader(size_t columns) { return std::make_unique<BinaryReader>(columns); }
std::unique_ptr<CopyWriter> make_binary_writer() { return std::make_unique<BinaryWriter>(); }

}  // namespace vecino::protocol

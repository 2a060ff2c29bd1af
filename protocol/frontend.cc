#include "protocol/frontend.h"

#include <cstring>
#include <string>

#include "protocol/bytes.h"
#include "protocol/text_check.h"
#include "protocol/utf8.h"

namespace vecino::protocol {
namespace {

thread_local bool text_is_unchecked = false;

// Reads fields off a payload. The first failure sticks; the values read after it are empty.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view payload) : rest_(payload) {}

  uint16_t u16() {
    const char* at = take(2);
    return at == nullptr ? 0 : load_u16(at);
  }
  uint32_t u32() {
    const char* at = take(4);
    return at == nullptr ? 0 : load_u32(at);
  }
  char byte() {
    const char* at = take(1);
    return at == nullptr ? '\0' : *at;
  }
  std::string_view bytes(size_t count) {
    const char* at = take(count);
    return at == nullptr ? std::string_view() : std::string_view(at, count);
  }
  // NUL-terminated, checked to be UTF-8.
  std::string_view text() {
    if (!status_.is_ok()) return {};
    const void* end = rest_.empty() ? nullptr : std::memchr(rest_.data(), 0, rest_.size());
    if (end == nullptr) {
      fail("invalid string in message");
      return {};
    }
    std::string_view result(rest_.data(), static_cast<const char*>(end) - rest_.data());
    rest_.remove_prefix(result.size() + 1);
    check_text(result);
    return result;
  }
  void check_text(std::string_view text) {
    if (status_.is_ok() && !text_is_unchecked) status_ = check_utf8(text);
  }
  size_t left() const { return rest_.size(); }
  bool ok() const { return status_.is_ok(); }
  void fail(std::string message) {
    if (status_.is_ok()) status_ = Status::error(sqlstate::kProtocolViolation, std::move(message));
  }
  Status finish() {
    if (!rest_.empty()) fail("invalid message format");
    return std::move(status_);
  }

 private:
  const char* take(size_t count) {
    if (!status_.is_ok()) return nullptr;
    if (rest_.size() < count) {
      fail("insufficient data left in message");
      return nullptr;
    }
    const char* at = rest_.data();
    rest_.remove_prefix(count);
    return at;
  }

  std::string_view rest_;
  Status status_;
};

void read_formats(PayloadReader& reader, std::vector<int16_t>& formats) {
  size_t count = reader.u16();
  formats.clear();
  for (size_t i = 0; i < count && reader.ok(); ++i) formats.push_back(static_cast<int16_t>(reader.u16()));
}

int16_t format_of(const std::vector<int16_t>& formats, size_t i) {
  if (formats.empty()) return 0;
  return formats.size() == 1 ? formats[0] : formats[i];
}

void read_values(PayloadReader& reader, BindMessage& out) {
  size_t count = reader.u16();
  out.values.clear();
  if (reader.ok() && out.parameter_formats.size() > 1 && out.parameter_formats.size() != count) {
    reader.fail("bind message has " + std::to_string(out.parameter_formats.size()) + " parameter formats but " +
                std::to_string(count) + " parameters");
  }
  for (size_t i = 0; i < count && reader.ok(); ++i) {
    uint32_t length = reader.u32();
    if (length == 0xffffffff) {
      out.values.push_back({true, {}});
      continue;
    }
    std::string_view bytes = reader.bytes(length);
    if (format_of(out.parameter_formats, i) == 0) reader.check_text(bytes);
    out.values.push_back({false, bytes});
  }
}

Status decode_object(std::string_view payload, const char* message, ObjectKind& kind, std::string_view& name) {
  PayloadReader reader(payload);
  char subtype = reader.byte();
  name = reader.text();
  RETURN_IF_ERROR(reader.finish());
  if (subtype != 'S' && subtype != 'P') {
    return Status::error(sqlstate::kProtocolViolation,
                         std::string("invalid ") + message + " message subtype " +
                             std::to_string(static_cast<int>(static_cast<unsigned char>(subtype))));
  }
  kind = subtype == 'S' ? ObjectKind::kStatement : ObjectKind::kPortal;
  return Status::ok();
}

template <typename Message>
Result<FrontendMessage> wrap(Status (*decode)(std::string_view, Message&), std::string_view payload) {
  Message message;
  RETURN_IF_ERROR(decode(payload, message));
  return FrontendMessage(std::move(message));
}
template <typename Message>
Result<FrontendMessage> wrap_empty(std::string_view payload) {
  RETURN_IF_ERROR(decode_empty(payload));
  return FrontendMessage(Message{});
}
Status decode_function_call(std::string_view payload, FunctionCallMessage& out) {
  PayloadReader reader(payload);
  out.function = reader.u32();
  return reader.ok() ? Status::ok() : reader.finish();
}

}  // namespace

UncheckedText::UncheckedText(bool unchecked) : before_(text_is_unchecked) { text_is_unchecked = unchecked; }
UncheckedText::~UncheckedText() { text_is_unchecked = before_; }

Status decode_query(std::string_view payload, QueryMessage& out) {
  PayloadReader reader(payload);
  out.sql = reader.text();
  return reader.finish();
}

Status decode_parse(std::string_view payload, ParseMessage& out) {
  PayloadReader reader(payload);
  out.name = reader.text();
  out.sql = reader.text();
  size_t count = reader.u16();
  out.parameter_types.clear();
  for (size_t i = 0; i < count && reader.ok(); ++i) out.parameter_types.push_back(reader.u32());
  return reader.finish();
}

Status decode_bind(std::string_view payload, BindMessage& out) {
  PayloadReader reader(payload);
  out.portal = reader.text();
  out.statement = reader.text();
  read_formats(reader, out.parameter_formats);
  read_values(reader, out);
  read_formats(reader, out.result_formats);
  return reader.finish();
}

Status decode_describe(std::string_view payload, DescribeMessage& out) {
  return decode_object(payload, "DESCRIBE", out.kind, out.name);
}
Status decode_close(std::string_view payload, CloseMessage& out) {
  return decode_object(payload, "CLOSE", out.kind, out.name);
}

Status decode_execute(std::string_view payload, ExecuteMessage& out) {
  PayloadReader reader(payload);
  out.portal = reader.text();
  out.max_rows = static_cast<int32_t>(reader.u32());
  return reader.finish();
}

Status decode_copy_fail(std::string_view payload, CopyFailMessage& out) {
  PayloadReader reader(payload);
  out.reason = reader.text();
  return reader.finish();
}

Status decode_empty(std::string_view payload) { return PayloadReader(payload).finish(); }

Result<FrontendMessage> decode_message(const Frame& frame) {
  switch (frame.type) {
    case 'Q':
      return wrap(&decode_query, frame.payload);
    case 'P':
      return wrap(&decode_parse, frame.payload);
    case 'B':
      return wrap(&decode_bind, frame.payload);
    case 'D':
      return wrap(&decode_describe, frame.payload);
    case 'C':
      return wrap(&decode_close, frame.payload);
    case 'E':
      return wrap(&decode_execute, frame.payload);
    case 'S':
      return wrap_empty<SyncMessage>(frame.payload);
    case 'H':
      return wrap_empty<FlushMessage>(frame.payload);
    case 'd':
      return FrontendMessage(CopyDataMessage{frame.payload});
    case 'c':
      return wrap_empty<CopyDoneMessage>(frame.payload);
    case 'f':
      return wrap(&decode_copy_fail, frame.payload);
    case 'F':
      return wrap(&decode_function_call, frame.payload);
    case 'p':
      return FrontendMessage(PasswordMessage{frame.payload});
    case 'X':
      return FrontendMessage(TerminateMessage{});
    default:
      break;
  }
  return Status::error(sqlstate::kProtocolViolation,
                       "invalid frontend message type " + std::to_string(static_cast<unsigned char>(frame.type)));
}

}  // namespace vecino::protocol

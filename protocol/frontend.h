#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/frame.h"
#include "storage/util/status.h"

namespace vecino::protocol {

// Messages a client sends in a running session (manual 55.7). All text is a view into the frame.

struct QueryMessage {
  std::string_view sql;
};
struct ParseMessage {
  std::string_view name, sql;
  std::vector<uint32_t> parameter_types;
};
struct BindMessage {
  struct Value {
    bool is_null;
    std::string_view bytes;
  };
  std::string_view portal, statement;
  std::vector<int16_t> parameter_formats;
  std::vector<Value> values;
  std::vector<int16_t> result_formats;
};
enum class ObjectKind : uint8_t { kStatement, kPortal };
struct DescribeMessage {
  ObjectKind kind;
  std::string_view name;
};
struct CloseMessage {
  ObjectKind kind;
  std::string_view name;
};
struct ExecuteMessage {
  std::string_view portal;
  int32_t max_rows;
};
struct CopyDataMessage {
  std::string_view bytes;
};
struct CopyFailMessage {
  std::string_view reason;
};
struct PasswordMessage {
  std::string_view bytes;  // also SASL responses
};
struct FunctionCallMessage {
  uint32_t function;
};
struct SyncMessage {};
struct FlushMessage {};
struct CopyDoneMessage {};
struct TerminateMessage {};

using FrontendMessage = std::variant<QueryMessage, ParseMessage, BindMessage, DescribeMessage, CloseMessage,
                                     ExecuteMessage, SyncMessage, FlushMessage, CopyDataMessage, CopyDoneMessage,
                                     CopyFailMessage, FunctionCallMessage, PasswordMessage, TerminateMessage>;

// Errors: 08P01 for a malformed payload, 22021 for text that is not UTF-8. Each decoder overwrites `out` and keeps the
// capacity of its vectors, so that a session decodes without allocating.
Status decode_query(std::string_view payload, QueryMessage& out);
Status decode_parse(std::string_view payload, ParseMessage& out);
Status decode_bind(std::string_view payload, BindMessage& out);
Status decode_describe(std::string_view payload, DescribeMessage& out);
Status decode_close(std::string_view payload, CloseMessage& out);
Status decode_execute(std::string_view payload, ExecuteMessage& out);
Status decode_copy_fail(std::string_view payload, CopyFailMessage& out);
Status decode_empty(std::string_view payload);  // Sync, Flush, CopyDone, Terminate

// Any message. REQUIRES: a frame that next_frame() called complete.
Result<FrontendMessage> decode_message(const Frame& frame);

}  // namespace vecino::protocol

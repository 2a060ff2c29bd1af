#include "protocol/frame.h"

#include <string>

#include "protocol/bytes.h"

namespace vecino::protocol {
namespace {

constexpr size_t kLargeLimit = 0x3fffffff - 1;
constexpr size_t kSmallLimit = 10000;
constexpr size_t kHeader = 5;

// Longest message body (length word included) of a type; 0 = no such message.
size_t type_limit(char type) {
  switch (type) {
    case 'Q':
    case 'P':
    case 'B':
    case 'F':
    case 'd':
      return kLargeLimit;
    case 'C':
    case 'D':
    case 'E':
    case 'H':
    case 'S':
    case 'X':
    case 'c':
    case 'f':
    case 'p':
      return kSmallLimit;
    default:
      return 0;
  }
}

}  // namespace

FrameResult next_frame(std::string_view bytes, size_t limit) {
  FrameResult result{FrameState::kNeedMore, {}, 0};
  if (bytes.empty()) return result;
  result.frame.type = bytes[0];
  size_t longest = type_limit(bytes[0]);
  if (longest == 0) {
    result.state = FrameState::kBadType;
    return result;
  }
  if (bytes.size() < kHeader) return result;
  uint32_t length = load_u32(bytes.data() + 1);
  if (length < 4 || length > longest) {
    result.state = FrameState::kBadLength;
    return result;
  }
  result.size = size_t{length} + 1;
  if (result.size > limit && longest == kLargeLimit) {
    result.state = FrameState::kTooLarge;
  } else if (bytes.size() >= result.size) {
    result.state = FrameState::kComplete;
    result.frame.payload = bytes.substr(kHeader, length - 4);
  }
  return result;
}

Status frame_error(const FrameResult& result) {
  switch (result.state) {
    case FrameState::kBadType:
      return Status::error(sqlstate::kProtocolViolation,
                           "invalid frontend message type " +
                               std::to_string(static_cast<int>(static_cast<unsigned char>(result.frame.type))));
    case FrameState::kBadLength:
      return Status::error(sqlstate::kProtocolViolation, "invalid message length");
    case FrameState::kTooLarge:
      return Status::error(sqlstate::kProgramLimitExceeded,
                           "message of " + std::to_string(result.size) + " bytes exceeds the limit of this server", {},
                           "See the setting \"vecino.max_message_size\".");
    default:
      return Status::ok();
  }
}

}  // namespace vecino::protocol

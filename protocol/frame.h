#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/util/status.h"

namespace vecino::protocol {

// A message without its type byte and length; the payload is a view into the caller's buffer.
struct Frame {
  char type = 0;
  std::string_view payload;
};

enum class FrameState : uint8_t {
  kComplete,   // `frame` is set, `size` bytes belong to it
  kNeedMore,   // `size` = bytes the whole frame will have, 0 while unknown
  kTooLarge,   // well-formed, but longer than `limit`: may be skipped (`size` bytes)
  kBadType,    // no such message type: the stream cannot be trusted any more
  kBadLength,  // length impossible for this type: likewise
};
struct FrameResult {
  FrameState state;
  Frame frame;
  size_t size = 0;
};

// Cuts the next message of a running session off `bytes`. `limit`: longest accepted message; PostgreSQL's own limits
// (1 GB for messages with data, 10,000 bytes for the others) apply as well. A bad type or length is reported as soon as
// it can be seen.
FrameResult next_frame(std::string_view bytes, size_t limit);

// The error that a kBadType, kBadLength or kTooLarge result stands for.
Status frame_error(const FrameResult& result);

}  // namespace vecino::protocol

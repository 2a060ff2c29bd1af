// Frames and message payloads of a client, as a session's reader cuts and decodes them; startup packets and options.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/frontend.h"
#include "protocol/startup.h"

using namespace vecino;

static void check_views(std::string_view whole, std::string_view part) {
  // Everything decoded is a view into the input.
  if (!part.empty() && (part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size())) abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Result<size_t> packet_size = protocol::startup_packet_size(bytes);
  if (packet_size.is_ok() && *packet_size > 0 && *packet_size <= size) {
    (void)protocol::decode_startup(bytes.substr(4, *packet_size - 4)).is_ok();
  }
  (void)protocol::parse_options(bytes).is_ok();
  while (true) {
    protocol::FrameResult next = protocol::next_frame(bytes, 1 << 20);
    if (next.state != protocol::FrameState::kComplete) {
      if (next.state != protocol::FrameState::kNeedMore && protocol::frame_error(next).is_ok()) abort();
      return 0;
    }
    if (next.size == 0 || next.size > bytes.size()) abort();
    Result<protocol::FrontendMessage> message = protocol::decode_message(next.frame);
    if (message.is_ok()) {
      if (const auto* bind = std::get_if<protocol::BindMessage>(&*message)) {
        for (const auto& value : bind->values) check_views(bytes, value.bytes);
      }
    }
    bytes.remove_prefix(next.size);
  }
}

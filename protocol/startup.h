#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "storage/util/status.h"

namespace vecino::protocol {

inline constexpr uint32_t kProtocol30 = 3 << 16;
inline constexpr size_t kMaxStartupPacket = 10000;

// The first packet of a connection (manual 55.2.1): it has a length but no type byte.
struct SslRequest {};
struct GssEncRequest {};
struct CancelRequest {
  int32_t pid;
  uint32_t secret;
};
struct StartupMessage {
  uint32_t minor = 0;  // asked for; only 3.0 is spoken
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> unknown_protocol_options;  // names starting with _pq_.
  // A NegotiateProtocolVersion has to be sent.
  bool needs_negotiation() const { return minor > 0 || !unknown_protocol_options.empty(); }
};
using StartupPacket = std::variant<SslRequest, GssEncRequest, CancelRequest, StartupMessage>;

// Length of the packet at the front of `bytes` (its length word included); 0 = not known yet. 08P01 when impossible.
Result<size_t> startup_packet_size(std::string_view bytes);
// `packet` without its length word. Errors: 08P01 `invalid startup packet layout...`, 0A000 unsupported version.
Result<StartupPacket> decode_startup(std::string_view packet);

// The options parameter, split as PostgreSQL splits it: `-c name=value`, `--name=value`; backslash quotes a blank.
// 42601 for anything else.
Result<std::vector<std::pair<std::string, std::string>>> parse_options(std::string_view options);

}  // namespace vecino::protocol

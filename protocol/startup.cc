#include "protocol/startup.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "protocol/bytes.h"

namespace vecino::protocol {
namespace {

constexpr uint32_t kCancelCode = (1234 << 16) | 5678;
constexpr uint32_t kSslCode = (1234 << 16) | 5679;
constexpr uint32_t kGssCode = (1234 << 16) | 5680;

Status bad_packet(std::string detail) { return Status::error(sqlstate::kProtocolViolation, std::move(detail)); }

Status unsupported_version(uint32_t code) {
  return Status::error(sqlstate::kFeatureNotSupported, "unsupported frontend protocol " + std::to_string(code >> 16) +
                                                           "." + std::to_string(code & 0xffff) +
                                                           ": server supports 3.0 to 3.0");
}

Result<StartupPacket> decode_parameters(uint32_t code, std::string_view rest) {
  StartupMessage message;
  message.minor = code & 0xffff;
  auto text = [&rest](std::string_view& out) {
    size_t end = rest.find('\0');
    if (end == std::string_view::npos) return false;
    out = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
  };
  while (true) {
    std::string_view name, value;
    // The list ends with an empty name, which must be the packet's last byte.
    if (!text(name)) return bad_packet("invalid startup packet layout: expected terminator as last byte");
    if (name.empty()) break;
    if (!text(value)) return bad_packet("invalid startup packet layout: expected terminator as last byte");
    if (name.starts_with("_pq_.")) {
      message.unknown_protocol_options.emplace_back(name);
    } else {
      message.parameters.emplace_back(name, value);
    }
  }
  if (!rest.empty()) return bad_packet("invalid startup packet layout: expected terminator as last byte");
  return StartupPacket(std::move(message));
}

}  // namespace

Result<size_t> startup_packet_size(std::string_view bytes) {
  if (bytes.size() < 4) return size_t{0};
  size_t length = load_u32(bytes.data());
  if (length < 8 || length > kMaxStartupPacket + 4) return bad_packet("invalid length of startup packet");
  return length;
}

Result<StartupPacket> decode_startup(std::string_view packet) {
  if (packet.size() < 4) return bad_packet("invalid length of startup packet");
  uint32_t code = load_u32(packet.data());
  std::string_view rest = packet.substr(4);
  switch (code) {
    case kSslCode:
      return StartupPacket(SslRequest{});
    case kGssCode:
      return StartupPacket(GssEncRequest{});
    case kCancelCode:
      if (rest.size() != 8) return bad_packet("invalid length of query cancel packet");
      return StartupPacket(CancelRequest{static_cast<int32_t>(load_u32(rest.data())), load_u32(rest.data() + 4)});
    default:
      break;
  }
  if (code >> 16 != 3) return unsupported_version(code);
  return decode_parameters(code, rest);
}

Result<std::vector<std::pair<std::string, std::string>>> parse_options(std::string_view options) {
  std::vector<std::string> words;
  for (size_t at = 0; at < options.size();) {
    while (at < options.size() && isspace(static_cast<unsigned char>(options[at]))) ++at;
    if (at == options.size()) break;
    std::string word;
    for (; at < options.size() && !isspace(static_cast<unsigned char>(options[at])); ++at) {
      if (options[at] == '\\' && at + 1 < options.size()) ++at;
      word += options[at];
    }
    words.push_back(std::move(word));
  }
  std::vector<std::pair<std::string, std::string>> result;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string assignment;
    std::string flag = words[i].substr(0, 2);
    if (flag == "--") {
      assignment = words[i].substr(2);
    } else if (flag == "-c" && words[i].size() > 2) {
      assignment = words[i].substr(2);
    } else if (flag == "-c" && i + 1 < words.size()) {
      assignment = words[++i];
    } else {
      return Status::error(sqlstate::kSyntaxError, "invalid command-line argument for server process: " + words[i]);
    }
    size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      std::string shown = flag == "--" ? "--" + assignment : "-c " + assignment;
      return Status::error(sqlstate::kSyntaxError, shown + " requires a value");
    }
    std::string name = assignment.substr(0, equals);
    std::replace(name.begin(), name.end(), '-', '_');
    result.emplace_back(std::move(name), assignment.substr(equals + 1));
  }
  return result;
}

}  // namespace vecino::protocol

// A client's side of SCRAM, verifiers, base64 and SASLprep.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/base64.h"
#include "protocol/saslprep.h"
#include "protocol/scram.h"

using namespace vecino;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size < 2) return 0;
  uint8_t flags = data[0];
  bytes.remove_prefix(1);
  if (auto decoded = protocol::decode_base64(bytes)) {
    if (protocol::encode_base64(*decoded) != bytes) abort();
  }
  if (auto prepared = protocol::saslprep(bytes)) {
    if (prepared->empty()) abort();
  }
  if (auto verifier = protocol::parse_scram_verifier(bytes)) {
    if (!protocol::parse_scram_verifier(protocol::format_scram_verifier(*verifier))) abort();
  }
  protocol::ScramServer::Options options;
  options.verifier = {1, "salt", std::string(32, 'a'), std::string(32, 'b')};
  options.genuine = flags & 1;
  options.channel_binding = flags & 2;
  options.encrypted = flags & 4;
  options.certificate_hash = "hash";
  options.nonce = "nonce";
  protocol::ScramServer server(options);
  // The first message and the second are separated by a line feed.
  size_t end = std::min(bytes.find('\n'), bytes.size());
  std::string answer;
  auto first = server.step(bytes.substr(0, end), answer);
  if (!first.is_ok()) return 0;
  if (*first != protocol::ScramServer::Step::kContinue) abort();
  auto second = server.step(end < bytes.size() ? bytes.substr(end + 1) : std::string_view(), answer);
  // Nobody finds a preimage of these keys.
  if (second.is_ok() && *second != protocol::ScramServer::Step::kRefused) abort();
  return 0;
}

#include "protocol/backend.h"
#include "protocol/bytes.h"
#include "protocol/frontend.h"
#include "protocol/startup.h"
#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::protocol;
using namespace std::string_literals;

namespace {

constexpr size_t kLimit = 1 << 20;

std::string message(char type, const std::string& payload) {
  std::string out(1, type);
  append_u32(out, static_cast<uint32_t>(payload.size() + 4));
  return out + payload;
}
std::string decode_error(char type, const std::string& payload) {
  std::string bytes = message(type, payload);
  FrameResult frame = next_frame(bytes, kLimit);
  REQUIRE(frame.state == FrameState::kComplete);
  Result<FrontendMessage> decoded = decode_message(frame.frame);
  REQUIRE(!decoded.is_ok());
  return std::string(decoded.status().info().code.view()) + " " + decoded.status().info().message;
}

}  // namespace

TEST_CASE("frames") {
  std::string bytes = message('Q', "select 1\0"s) + message('S', "");
  for (size_t cut = 0; cut < 14; ++cut) CHECK(next_frame(bytes.substr(0, cut), kLimit).state == FrameState::kNeedMore);
  FrameResult first = next_frame(bytes, kLimit);
  REQUIRE(first.state == FrameState::kComplete);
  CHECK(first.frame.payload == "select 1\0"s);
  CHECK(next_frame(std::string_view(bytes).substr(first.size), kLimit).frame.type == 'S');
  CHECK(next_frame("G", kLimit).state == FrameState::kBadType);
  CHECK(next_frame("Q\0\0\0\3"s, kLimit).state == FrameState::kBadLength);
  CHECK(next_frame("S\0\1\0\0"s, kLimit).state == FrameState::kBadLength);
  CHECK(next_frame("Q\x7f\0\0\0"s, kLimit).state == FrameState::kBadLength);
  CHECK(next_frame("Q\x1f\0\0\0"s, kLimit).state == FrameState::kTooLarge);
  CHECK(frame_error(next_frame("G", kLimit)).info().message == "invalid frontend message type 71");
}

TEST_CASE("bind") {
  std::string payload = "p\0s\0"s + "\0\1\0\1"s + "\0\2"s + "\0\0\0\2ab"s + "\xff\xff\xff\xff"s + "\0\1\0\0"s;
  BindMessage bind;
  REQUIRE(decode_bind(payload, bind).is_ok());
  CHECK(bind.portal == "p");
  CHECK(bind.statement == "s");
  CHECK(bind.values.size() == 2);
  CHECK(bind.values[0].bytes == "ab");
  CHECK(bind.values[1].is_null);
  CHECK(bind.result_formats == std::vector<int16_t>{0});
  CHECK(decode_error('B', payload + "x") == "08P01 invalid message format");
  CHECK(decode_error('B', payload.substr(0, 12)) == "08P01 insufficient data left in message");
  CHECK(decode_error('B', "p"s) == "08P01 invalid string in message");
  CHECK(decode_error('B', "\0\0\0\2\0\0\0\0\0\1\0\0\0\0\0\0"s) ==
        "08P01 bind message has 2 parameter formats but 1 parameters");
}

TEST_CASE("malformed messages") {
  CHECK(decode_error('D', "X\0"s) == "08P01 invalid DESCRIBE message subtype 88");
  CHECK(decode_error('C', "X\0"s) == "08P01 invalid CLOSE message subtype 88");
  CHECK(decode_error('Q', "a") == "08P01 invalid string in message");
  CHECK(decode_error('Q', "a\xc3\x28\0"s) == "22021 invalid byte sequence for encoding \"UTF8\": 0xc3 0x28");
  CHECK(decode_error('Q', "\xed\xa0\x80\0"s) == "22021 invalid byte sequence for encoding \"UTF8\": 0xed 0xa0 0x80");
  CHECK(decode_error('S', "a") == "08P01 invalid message format");
  CHECK(decode_error('E', "p\0\0"s) == "08P01 insufficient data left in message");
}

TEST_CASE("startup packets") {
  auto decode = [](const std::string& body) { return decode_startup(body); };
  CHECK(std::holds_alternative<SslRequest>(*decode("\x04\xd2\x16\x2f"s)));
  CHECK(std::holds_alternative<GssEncRequest>(*decode("\x04\xd2\x16\x30"s)));
  auto cancel = std::get<CancelRequest>(*decode("\x04\xd2\x16\x2e\0\0\0\7\1\2\3\4"s));
  CHECK(cancel.pid == 7);
  CHECK(cancel.secret == 0x01020304);
  auto start = std::get<StartupMessage>(*decode("\0\3\0\2user\0u\0_pq_.x\0y\0\0"s));
  CHECK(start.minor == 2);
  CHECK(start.parameters == std::vector<std::pair<std::string, std::string>>{{"user", "u"}});
  CHECK(start.unknown_protocol_options == std::vector<std::string>{"_pq_.x"});
  CHECK(decode("\0\2\0\0"s).status().info().message == "unsupported frontend protocol 2.0: server supports 3.0 to 3.0");
  CHECK(decode("\0\3\0\0user\0u\0\0x"s).status().info().message ==
        "invalid startup packet layout: expected terminator as last byte");
  CHECK(startup_packet_size("GET / HT").status().info().message == "invalid length of startup packet");
  auto options = *parse_options("-c a=b  --work-mem=1\\ 2 -cx=");
  CHECK(options == std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"work_mem", "1 2"}, {"x", ""}});
}

TEST_CASE("error fields") {
  ErrorInfo info;
  info.code = sqlstate::kUniqueViolation;
  info.message = "m";
  info.position = 3;
  info.constraint = "pk";
  std::string out;
  error_response(out, info, "ERROR");
  CHECK(out == message('E', "SERROR\0VERROR\0C23505\0Mm\0P3\0npk\0\0"s));
}

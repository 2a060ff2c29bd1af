#include "protocol/scram.h"

#include "protocol/backend.h"
#include "protocol/base64.h"
#include "protocol/saslprep.h"
#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::protocol;
using namespace std::string_literals;

namespace {

// The exchange of RFC 7677, section 3.
constexpr const char* kSalt = "W22ZaJ0SNY7soEsUEjb6gQ==";
constexpr const char* kNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr const char* kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr const char* kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const std::string kWithoutProof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string kClientFinal = kWithoutProof + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr const char* kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

ScramServer::Options options() {
  ScramServer::Options result;
  result.verifier = derive_scram_verifier("pencil", *decode_base64(kSalt), 4096);
  result.nonce = kNonce;
  return result;
}

std::string error_of(const Result<ScramServer::Step>& result) {
  if (result.is_ok()) return "ok";
  const ErrorInfo& info = result.status().info();
  return std::string(info.code.view()) + " " + info.message + (info.detail.empty() ? "" : " | " + info.detail);
}

std::string first_error(const std::string& message, ScramServer::Options given = options()) {
  ScramServer server(std::move(given));
  std::string answer;
  return error_of(server.step(message, answer));
}

// What the server says to the second message.
std::string final_error(const std::string& message) {
  ScramServer server(options());
  std::string answer;
  REQUIRE(server.step(kClientFirst, answer).is_ok());
  return error_of(server.step(message, answer));
}

}  // namespace

TEST_CASE("base64") {
  const std::pair<std::string, std::string> pairs[] = {{"", ""},         {"f", "Zg=="},     {"fo", "Zm8="},
                                                       {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"}};
  for (const auto& [bytes, text] : pairs) {
    CHECK(encode_base64(bytes) == text);
    CHECK(decode_base64(text) == bytes);
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm 8", "Zm8=\n", "Zm-_"}) {
    INFO(bad);
    CHECK(!decode_base64(bad));
  }
}

TEST_CASE("saslprep: the examples of RFC 4013") {
  CHECK(saslprep("I\u00adX") == "IX");
  CHECK(saslprep("user") == "user");
  CHECK(saslprep("USER") == "USER");
  CHECK(saslprep("\u00aa") == "a");
  CHECK(saslprep("\u2168") == "IX");
  CHECK(!saslprep("\x07"));
  CHECK(!saslprep("\u0627\u0031"));
  CHECK(saslprep("a\u00a0b") == "a b");  // another space is a space
  CHECK(!saslprep(""));
  CHECK(!saslprep("\u00ad"));
  CHECK(!saslprep("\xff\xfe"));
  CHECK(!saslprep("\u0221"));  // not assigned in Unicode 3.2
}

TEST_CASE("SCRAM: the exchange of RFC 7677") {
  ScramServer server(options());
  std::string answer;
  Result<ScramServer::Step> first = server.step(kClientFirst, answer);
  REQUIRE(first.is_ok());
  CHECK(*first == ScramServer::Step::kContinue);
  CHECK(answer == kServerFirst);
  Result<ScramServer::Step> second = server.step(kClientFinal, answer);
  REQUIRE(second.is_ok());
  CHECK(*second == ScramServer::Step::kAdmitted);
  CHECK(answer == kServerFinal);
  CHECK(!server.step(kClientFinal, answer).is_ok());
}

TEST_CASE("SCRAM: who does not know the password, or does not exist, gets no answer") {
  for (bool genuine : {true, false}) {
    ScramServer::Options given = options();
    given.genuine = genuine;
    if (genuine) given.verifier = derive_scram_verifier("pencil2", given.verifier.salt, 4096);
    ScramServer server(std::move(given));
    std::string answer;
    REQUIRE(server.step(kClientFirst, answer).is_ok());
    answer.clear();
    Result<ScramServer::Step> step = server.step(kClientFinal, answer);
    REQUIRE(step.is_ok());
    CHECK(*step == ScramServer::Step::kRefused);
    CHECK(answer.empty());
  }
}

TEST_CASE("SCRAM: malformed messages") {
  const std::string bad = "08P01 malformed SCRAM message | ";
  CHECK(first_error("") == bad + "The message is empty.");
  CHECK(first_error("n,,n=u\0,r=x"s) == bad + "Message length does not match input length.");
  CHECK(first_error("x,,n=,r=a") == bad + "Unexpected channel-binding flag \"x\".");
  CHECK(first_error("n") == bad + "Comma expected, but found character \"0x00\".");
  CHECK(first_error("nn,n=,r=a") == bad + "Comma expected, but found character \"n\".");
  CHECK(first_error("n,a=me,n=,r=a") == "0A000 client uses authorization identity, but it is not supported");
  CHECK(first_error("n,x,n=,r=a") == bad + "Unexpected attribute \"x\" in client-first-message.");
  CHECK(first_error("n,,m=x,n=,r=a") == "0A000 client requires an unsupported SCRAM extension");
  CHECK(first_error("n,,r=a") == bad + "Expected attribute \"n\" but found \"r\".");
  CHECK(first_error("n,,n") == bad + "Expected character \"=\" for attribute \"n\".");
  CHECK(first_error("n,,n=,r=\x01") == "08P01 non-printable characters in SCRAM nonce");
  CHECK(first_error("n,,n=,r=ok") == "ok");
  const std::string tail = kClientFinal.substr(kWithoutProof.size());
  CHECK(final_error("c=eSws" + kClientFinal.substr(6)) ==
        "08P01 unexpected SCRAM channel-binding attribute in client-final-message");
  CHECK(final_error(kWithoutProof + "x" + tail) == "08P01 invalid SCRAM response | Nonce does not match.");
  CHECK(final_error(kWithoutProof + ",p=abcd") == bad + "Malformed proof in client-final-message.");
  CHECK(final_error(kWithoutProof + ",p=????") == bad + "Malformed proof in client-final-message.");
  CHECK(final_error(kClientFinal + ",x=y") == bad + "Garbage found at the end of client-final-message.");
  CHECK(final_error(kWithoutProof) == bad + "Expected attribute \"p\" but found \"0x00\".");
  CHECK(final_error(kWithoutProof + ",1=x" + tail) == bad + "Attribute expected, but found invalid character \"1\".");
}

TEST_CASE("SCRAM: channel binding") {
  const std::string hash(32, 'h');
  auto plus = [&] {
    ScramServer::Options given = options();
    given.channel_binding = given.encrypted = true;
    given.certificate_hash = hash;
    return given;
  };
  const std::string bad = "08P01 malformed SCRAM message | ";
  CHECK(first_error("p=tls-server-end-point,,n=,r=a", plus()) == "ok");
  CHECK(first_error("p=tls-unique,,n=,r=a", plus()) == "08P01 unsupported SCRAM channel-binding type \"tls-unique\"");
  CHECK(first_error("n,,n=,r=a", plus()) ==
        bad + "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.");
  CHECK(first_error("p=tls-server-end-point,,n=,r=a") ==
        bad + "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding "
              "data.");
  ScramServer::Options downgraded = options();
  downgraded.encrypted = true;
  CHECK(first_error("y,,n=,r=a", downgraded).starts_with("28000 SCRAM channel binding negotiation error"));
  CHECK(first_error("y,,n=,r=a") == "ok");  // nothing to bind to
  // Somebody in the middle has another certificate.
  ScramServer server(plus());
  std::string answer;
  REQUIRE(server.step("p=tls-server-end-point,,n=,r=a", answer).is_ok());
  std::string nonce = "a"s + kNonce;
  std::string other = encode_base64("p=tls-server-end-point,," + std::string(32, 'x'));
  CHECK(error_of(server.step("c=" + other + ",r=" + nonce + ",p=" + encode_base64(std::string(32, 'p')), answer)) ==
        "28000 SCRAM channel binding check failed");
}

TEST_CASE("SCRAM: verifiers") {
  // As PostgreSQL 15 stored it for CREATE ROLE ... PASSWORD 'pencil' with this salt.
  std::string salt = *decode_base64(kSalt);
  std::string text = format_scram_verifier(derive_scram_verifier("pencil", salt, 4096));
  CHECK(text ==
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  std::optional<ScramVerifier> parsed = parse_scram_verifier(text);
  REQUIRE(parsed);
  CHECK(format_scram_verifier(*parsed) == text);
  CHECK(scram_password_matches(*parsed, "pencil"));
  CHECK(!scram_password_matches(*parsed, "Pencil"));
  CHECK(!scram_password_matches(*parsed, ""));
  // The same password in other characters; what cannot be prepared counts as it is.
  CHECK(scram_password_matches(derive_scram_verifier("\u2168", salt, 1), "IX"));
  CHECK(scram_password_matches(derive_scram_verifier("\xff", salt, 1), "\xff"));
  for (std::string bad : {"", "pencil", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:YQ==$YQ==:YQ==", "SCRAM-SHA-256$x:YQ==$a:b",
                          "SCRAM-SHA-256$4096:YQ==", "SCRAM-SHA-256$4096:YQ==$YQ==:YQ==", "md5aabb"}) {
    INFO(bad);
    CHECK(!parse_scram_verifier(bad));
  }
  CHECK(!parse_scram_verifier(text + "="));
  CHECK(!parse_scram_verifier(text.substr(0, text.size() - 1)));
  Result<std::string> one = make_scram_verifier("x", 10), two = make_scram_verifier("x", 10);
  REQUIRE((one.is_ok() && two.is_ok()));
  CHECK(*one != *two);
  CHECK(one->starts_with("SCRAM-SHA-256$10:"));
}

TEST_CASE("SCRAM: roles that do not exist look like others") {
  ScramVerifier a = mock_scram_verifier("a", "secret", 4096);
  CHECK(a.salt.size() == kScramSaltLength);
  CHECK(a.salt == mock_scram_verifier("a", "secret", 4096).salt);
  CHECK(a.salt != mock_scram_verifier("b", "secret", 4096).salt);
  CHECK(a.salt != mock_scram_verifier("a", "Secret", 4096).salt);
}

TEST_CASE("authentication messages") {
  std::string out;
  authentication_ok(out);
  authentication_cleartext_password(out);
  CHECK(out == "R\0\0\0\x08\0\0\0\0R\0\0\0\x08\0\0\0\x03"s);
  out.clear();
  authentication_sasl(out, std::vector<std::string_view>{kScramSha256Plus, kScramSha256});
  CHECK(out == "R\0\0\0\x2a\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"s);
  out.clear();
  authentication_sasl_continue(out, "x");
  authentication_sasl_final(out, "y");
  CHECK(out == "R\0\0\0\x09\0\0\0\x0bxR\0\0\0\x09\0\0\0\x0cy"s);
}

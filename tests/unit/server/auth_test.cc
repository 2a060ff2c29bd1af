#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "protocol/scram.h"
#include "server/auth_files.h"
#include "server/auth_throttle.h"
#include "server/ident_map.h"
#include "server/password_storage.h"
#include "server/unix_listener.h"
#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::server;
using namespace std::chrono_literals;

namespace {

struct Directory {
  Directory() {
    char name[] = "/tmp/vecino-auth-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("throttle: the address with too many failures waits for the oldest to be forgotten") {
  AuthThrottle throttle;
  AuthThrottle::Clock::time_point start{};
  for (size_t i = 0; i < AuthThrottle::kMaxPending; ++i) {
    CHECK(throttle.wait_before("a", start + i * 1ms) == 0ms);
    throttle.failed("a", 500ms, start + i * 1ms);
  }
  CHECK(throttle.wait_before("a", start + 100ms) == 400ms);
  CHECK(throttle.wait_before("b", start + 100ms) == 0ms);
  CHECK(throttle.wait_before("a", start + 500ms) == 0ms);  // the first is forgotten
  throttle.failed("a", 500ms, start + 500ms);
  CHECK(throttle.wait_before("a", start + 500ms) == 1ms);
  CHECK(throttle.wait_before("a", start + 2s) == 0ms);
  for (size_t i = 0; i < 100; ++i) throttle.failed("c", 0ms, start + 3s);  // no delay: nothing is counted
  CHECK(throttle.wait_before("c", start + 3s) == 0ms);
}

TEST_CASE("ident maps") {
  const std::vector<conf::IdentMapping> mappings = {
      {"m", "ann", "boss"}, {"m", "/^(.*)@example\\.org$", "\\1"}, {"m", "/^x", "xs"}, {"n", "/^(a", "a"}, {"o", "/b", "\\1"}};
  CHECK(ident_allows(mappings, "", "ann", "ann"));
  CHECK(!ident_allows(mappings, "", "ann", "Ann"));
  CHECK(ident_allows(mappings, "m", "boss", "ann"));
  CHECK(!ident_allows(mappings, "m", "ann", "ann"));
  CHECK(ident_allows(mappings, "m", "carl", "carl@example.org"));
  CHECK(!ident_allows(mappings, "m", "carl", "bob@example.org"));
  CHECK(!ident_allows(mappings, "m", "carl", "carl@example.organ"));
  CHECK(ident_allows(mappings, "m", "xs", "xavier"));
  CHECK(!ident_allows(mappings, "n", "a", "a"));
  CHECK(!ident_allows(mappings, "o", "b", "b"));
  CHECK(!ident_allows(mappings, "p", "ann", "ann"));
  CHECK(check_ident_mapping(mappings[1]).is_ok());
  CHECK(!check_ident_mapping(mappings[3]).is_ok());
}

TEST_CASE("stored passwords") {
  conf::SessionSettings settings(std::make_shared<conf::ServerSettings>());
  Result<std::string> stored = stored_password("secret", settings);
  REQUIRE(stored.is_ok());
  auto verifier = protocol::parse_scram_verifier(*stored);
  REQUIRE(verifier);
  CHECK(verifier->iterations == 4096);
  CHECK(protocol::scram_password_matches(*verifier, "secret"));
  CHECK(*stored_password(*stored, settings) == *stored);
  CHECK(!stored_password("md50123456789abcdef0123456789abcdef", settings).is_ok());
  CHECK(stored_password("md50123456789abcdef0123456789abcdeg", settings).is_ok());  // only looks like one
  REQUIRE(settings.set("scram_iterations", "7", conf::SettingSource::kSession, conf::SettingScope::kSession).is_ok());
  CHECK(protocol::parse_scram_verifier(*stored_password("x", settings))->iterations == 7);
  REQUIRE(settings.set("password_encryption", "md5", conf::SettingSource::kSession, conf::SettingScope::kSession).is_ok());
  CHECK(!stored_password("x", settings).is_ok());
}

TEST_CASE("the files of authentication") {
  Directory directory;
  REQUIRE(ensure_auth_files(directory.path).is_ok());
  Result<std::string> secret = read_auth_secret(directory.path);
  REQUIRE(secret.is_ok());
  CHECK(secret->size() == 32);
  struct stat info{};
  REQUIRE(::stat((directory.path + "/auth_secret").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  // What was removed is not made again; what was there is not touched.
  std::filesystem::remove(directory.path + "/pg_hba.conf");
  REQUIRE(ensure_auth_files(directory.path).is_ok());
  CHECK(!std::filesystem::exists(directory.path + "/pg_hba.conf"));
  CHECK(*read_auth_secret(directory.path) == *secret);
  Directory other;
  std::ofstream(other.path + "/pg_hba.conf") << "local all all reject\n";
  REQUIRE(ensure_auth_files(other.path).is_ok());
  CHECK(std::filesystem::file_size(other.path + "/pg_hba.conf") == 21);
  CHECK(*read_auth_secret(other.path) != *secret);
  std::ofstream(other.path + "/auth_secret") << "short";
  CHECK(!read_auth_secret(other.path).is_ok());
}

TEST_CASE("the files of a Unix-domain socket") {
  Directory directory;
  std::string path = directory.path + "/.s.PGSQL.5432";
  {
    // Left behind by a process that is no more, or by one with our own number before a restart of the machine.
    for (const std::string& owner : std::vector<std::string>{"999999999", std::to_string(::getpid()), "nonsense"}) {
      std::ofstream(path + ".lock") << owner << "\n/data\n";
      std::ofstream(path) << "";
      auto file = UnixSocketFile::create(directory.path, 5432, "/data");
      REQUIRE(file.is_ok());
      CHECK((*file)->path() == path);
      CHECK(!std::filesystem::exists(path));
      CHECK(std::filesystem::exists(path + ".lock"));
    }
    CHECK(!std::filesystem::exists(path + ".lock"));
  }
  std::ofstream(path + ".lock") << "1\n/data\n";  // somebody lives
  auto refused = UnixSocketFile::create(directory.path, 5432, "/data");
  REQUIRE(!refused.is_ok());
  CHECK(refused.status().info().message == "lock file \"" + path + ".lock\" already exists");
  CHECK(std::filesystem::exists(path + ".lock"));
  CHECK(!UnixSocketFile::create("/nowhere", 5432, "/data").is_ok());
  CHECK(!UnixSocketFile::create(std::string(200, 'x'), 5432, "/data").is_ok());
}

#include "server/server.h"

#include <chrono>
#include <thread>

#include "storage/util/thread_pool.h"
#include "tests/unit/catch.h"
#include "tests/unit/server/fake_session.h"
#include "tests/unit/server/test_client.h"

using namespace vecino;
using namespace vecino::server;
using namespace std::string_literals;

namespace {

struct Fixture {
  explicit Fixture(ServerOptions options = {}) {
    options.port = 0;
    options.listen_addresses = "127.0.0.1";
    SessionFactory factory = [](sql::StartupParameters startup,
                                CancelState& cancel) -> Result<std::unique_ptr<sql::Session>> {
      if (startup.database == "nosuch") {
        return Status::error(sqlstate::kInvalidCatalogName, "database \"nosuch\" does not exist");
      }
      return std::unique_ptr<sql::Session>(std::make_unique<FakeSession>(std::move(startup), cancel));
    };
    server = std::make_unique<Server>(options, factory, executor, auth);
    REQUIRE(server->start().is_ok());
  }
  TestClient client() { return TestClient(server->port()); }

  ThreadPool executor{{.threads = 2, .max_threads = 16}};
  TrustPolicy auth;
  std::unique_ptr<Server> server;
};

std::string q(const std::string& sql) { return TestClient::query(sql); }
std::string m(char type, const std::string& payload = {}) { return TestClient::message(type, payload); }
std::string prepare(const std::string& name, const std::string& sql) {
  return m('P', name + '\0' + sql + '\0' + "\0\0"s);
}
std::string bind_execute(const std::string& name) {
  return m('B', "\0"s + name + "\0\0\0\0\0\0\0"s) + m('E', "\0\0\0\0\0"s);
}

}  // namespace

TEST_CASE("startup") {
  Fixture fixture;
  SECTION("SSLRequest and GSSENCRequest are declined, then a session starts") {
    TestClient client(fixture.server->port());
    client.send(TestClient::startup((1234 << 16) | 5679, ""));
    CHECK(client.read_exactly(1) == "N");
    client.send(TestClient::startup((1234 << 16) | 5680, ""));
    CHECK(client.read_exactly(1) == "N");
    client.send(TestClient::startup(3 << 16, "user\0u\0\0"s));
    CHECK(client.read_until('Z') == "RSKZ");
  }
  SECTION("3.2 and unknown options are negotiated") {
    TestClient client(fixture.server->port());
    client.send(TestClient::startup((3 << 16) | 2, "user\0u\0_pq_.x\0y\0\0"s));
    CHECK(client.read_until('Z') == "vRSKZ");
  }
  SECTION("errors") {
    auto error = [&](uint32_t code, const std::string& rest) {
      TestClient client(fixture.server->port());
      client.send(TestClient::startup(code, rest));
      CHECK(client.read_until('Z').back() == '-');
      return client.error();
    };
    CHECK(error(3 << 16, "database\0u\0\0"s) == "FATAL 28000 no PostgreSQL user name specified in startup packet");
    CHECK(error(3 << 16, "user\0u\0database\0nosuch\0\0"s) == "FATAL 3D000 database \"nosuch\" does not exist");
    CHECK(error(4 << 16, "") == "FATAL 0A000 unsupported frontend protocol 4.0: server supports 3.0 to 3.0");
    CHECK(error(3 << 16, "user") == "FATAL 08P01 invalid startup packet layout: expected terminator as last byte");
    TestClient old(fixture.server->port());
    old.send(TestClient::startup(2 << 16, "x"));
    CHECK(old.read_exactly(1000) == "EFATAL:  unsupported frontend protocol 2.0: server supports 3.0 to 3.0\n\0"s);
    TestClient garbage(fixture.server->port());
    garbage.send("GET / HTTP/1.0\r\n\r\n");
    CHECK(garbage.read_exactly(1).empty());
  }
}

TEST_CASE("simple and extended messages") {
  Fixture fixture;
  TestClient client(fixture.server->port());
  client.open();
  client.send(q("select a") + q("nonsense") + q("select b"));
  CHECK(client.read_until('Z') == "DCZ");
  CHECK(client.read_until('Z') == "EZ");
  CHECK(client.read_until('Z') == "DCZ");
  client.send(prepare("s", "select x") + bind_execute("s") + m('S'));
  CHECK(client.read_until('Z') == "12DCZ");
  client.send(bind_execute("s") + m('S'));
  CHECK(client.read_until('Z') == "2DCZ");
  client.send(bind_execute("nosuch") + bind_execute("s") + m('S') + bind_execute("s") + m('S'));
  CHECK(client.read_until('Z') == "EZ");
  CHECK(client.read_until('Z') == "2DCZ");
  client.send(prepare("t", "select y") + m('D', "St\0"s) + m('H'));
  CHECK(client.read_until('T') == "1T");
  client.send(m('B', "p") + m('S'));
  CHECK(client.read_until('Z') == "EZ");
  CHECK(client.error() == "ERROR 08P01 invalid string in message");
  client.send(m('X'));
  CHECK(client.read_until('Z') == "-");
}

TEST_CASE("a message that must wait is given again where it may") {
  Fixture fixture;
  TestClient client(fixture.server->port());
  client.open();
  client.send(q("select a") + q("wait b") + q("select c"));
  for (int i = 0; i < 3; ++i) CHECK(client.read_until('Z') == "DCZ");
  client.send(prepare("w", "wait x") + bind_execute("w") + m('S') + bind_execute("w") + m('S'));
  CHECK(client.read_until('Z') == "12DCZ");
  CHECK(client.read_until('Z') == "2DCZ");
}

TEST_CASE("bytes may arrive one by one") {
  Fixture fixture;
  TestClient client(fixture.server->port());
  std::string all = TestClient::startup(3 << 16, "user\0u\0\0"s) + q("select a") + prepare("s", "select x") +
                    bind_execute("s") + m('S');
  for (char c : all) client.send(std::string(1, c));
  CHECK(client.read_until('Z') == "RSKZ");
  CHECK(client.read_until('Z') == "DCZ");
  CHECK(client.read_until('Z') == "12DCZ");
}

TEST_CASE("big results suspend and resume; a slow reader does not hold a thread") {
  Fixture fixture;
  TestClient slow(fixture.server->port());
  slow.open();
  slow.send(q("rows 20000"));
  TestClient other(fixture.server->port());
  other.open();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(fixture.executor.counts().running == 0);
  other.send(q("select a"));
  CHECK(other.read_until('Z') == "DCZ");
  CHECK(slow.read_until('Z').size() == 20002);
}

TEST_CASE("COPY IN") {
  Fixture fixture;
  TestClient client(fixture.server->port());
  client.open();
  client.send(q("copy") + m('d', "abc") + m('H') + m('d', "defg") + m('c'));
  CHECK(client.read_until('Z') == "GCZ");
  client.send(q("copy") + m('d', "bad") + m('d', "more") + m('c') + q("select a"));
  CHECK(client.read_until('Z') == "GEZ");
  CHECK(client.read_until('Z') == "DCZ");
  client.send(q("copy") + m('f', "why\0"s));
  CHECK(client.read_until('Z') == "GEZ");
  CHECK(client.error() == "ERROR 57014 COPY from stdin failed: why");
  std::string big(5 << 20, 'x');
  client.send(q("copy") + m('d', big) + m('d', big) + m('c'));
  CHECK(client.read_until('Z') == "GCZ");
}

TEST_CASE("cancel and timeouts") {
  Fixture fixture;
  TestClient client(fixture.server->port());
  client.open();
  auto cancel = [&](const std::string& key) {
    TestClient canceller(fixture.server->port());
    canceller.send(TestClient::startup((1234 << 16) | 5678, key));
    CHECK(canceller.read_exactly(1).empty());
  };
  cancel(client.key());  // nothing runs: no effect
  client.send(q("select a"));
  CHECK(client.read_until('Z') == "DCZ");
  client.send(q("sleep 5000"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::string wrong = client.key();
  wrong[7] = static_cast<char>(wrong[7] + 1);
  cancel(wrong);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  cancel(client.key());
  CHECK(client.read_until('Z') == "EZ");
  CHECK(client.error() == "ERROR 57014 canceling statement due to user request");

  client.send(q("timeout 300") + q("sleep 5000"));
  CHECK(client.read_until('Z') == "CZ");
  CHECK(client.read_until('Z') == "EZ");
  CHECK(client.error() == "ERROR 57014 canceling statement due to statement timeout");
  client.send(q("sleep 120") + q("sleep 120") + q("sleep 120"));
  for (int i = 0; i < 3; ++i) CHECK(client.read_until('Z') == "CZ");
  client.send(q("idle 50"));
  CHECK(client.read_until('Z') == "CZ");
  CHECK(client.read_until('Z') == "E-");
  CHECK(client.error() == "FATAL 57P05 terminating connection due to idle-session timeout");
}

TEST_CASE("a vanished client stops its statement") {
  Fixture fixture;
  {
    TestClient client(fixture.server->port());
    client.open();
    client.send(q("sleep 8000"));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(fixture.server->connection_count() == 1);
  }
  auto start = std::chrono::steady_clock::now();
  while (fixture.server->connection_count() > 0 && std::chrono::steady_clock::now() - start < std::chrono::seconds(5)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(fixture.server->connection_count() == 0);
}

TEST_CASE("limits and garbage") {
  ServerOptions options;
  options.max_connections = 1;
  options.limits.max_message_size = 1 << 20;
  Fixture fixture(options);
  TestClient client(fixture.server->port());
  client.open();
  TestClient second(fixture.server->port());
  second.send(TestClient::startup(3 << 16, "user\0u\0\0"s));
  CHECK(second.read_until('Z') == "E-");
  CHECK(second.error() == "FATAL 53300 sorry, too many clients already");
  client.send(q("select " + std::string(2 << 20, 'x')));
  CHECK(client.read_until('Z') == "EZ");
  CHECK(client.error().starts_with("ERROR 54000 "));
  client.send(q("select a"));
  CHECK(client.read_until('Z') == "DCZ");
  client.send("\x01garbage");
  CHECK(client.read_until('Z') == "E-");
  CHECK(client.error() == "FATAL 08P01 invalid frontend message type 1");
}

TEST_CASE("shutdown") {
  Fixture fixture;
  TestClient idle(fixture.server->port()), in_transaction(fixture.server->port()), running(fixture.server->port());
  TestClient not_started(fixture.server->port());
  for (TestClient* client : {&idle, &in_transaction, &running}) client->open();
  in_transaction.send(q("begin"));
  in_transaction.read_until('Z');
  running.send(q("sleep 200"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  SECTION("smart waits for sessions, and for no one else") {
    fixture.server->shutdown(ShutdownMode::kSmart);
    TestClient late(fixture.server->port());
    late.send(TestClient::startup(3 << 16, "user\0u\0\0"s));
    CHECK(late.read_until('Z') == "E-");
    CHECK(late.error() == "FATAL 57P03 the database system is shutting down");
    CHECK(running.read_until('Z') == "CZ");
    in_transaction.send(q("select a") + q("commit"));
    CHECK(in_transaction.read_until('Z') == "DCZ");
    CHECK(in_transaction.read_until('Z') == "CZ");
    idle.send(q("select a"));
    CHECK(idle.read_until('Z') == "DCZ");
    for (TestClient* client : {&idle, &in_transaction, &running}) {
      client->send(m('X'));
      CHECK(client->read_until('Z') == "-");
    }
  }
  SECTION("fast hurries smart") {
    fixture.server->shutdown(ShutdownMode::kSmart);
    fixture.server->shutdown(ShutdownMode::kFast);
    CHECK(idle.read_until('Z') == "E-");
  }
  SECTION("fast ends everything") {
    fixture.server->shutdown(ShutdownMode::kFast);
    for (TestClient* client : {&idle, &in_transaction, &running}) {
      CHECK(client->read_until('Z') == "E-");
      CHECK(client->error() == "FATAL 57P01 terminating connection due to administrator command");
    }
  }
  SECTION("immediate says nothing") {
    fixture.server->shutdown(ShutdownMode::kImmediate);
    for (TestClient* client : {&idle, &in_transaction}) CHECK(client->read_until('Z') == "-");
  }
  fixture.server->wait();
}

TEST_CASE("many clients at once") {
  ServerOptions options;
  options.io_threads = 2;
  Fixture fixture(options);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      TestClient client(fixture.server->port());
      client.open();
      client.send(prepare("s", "select x") + m('S'));
      client.read_until('Z');
      for (int i = 0; i < 300; ++i) {
        if (i % 3 == 0) {
          client.send(q("select a") + bind_execute("s") + m('S'));
          good += client.read_until('Z') == "DCZ" && client.read_until('Z') == "2DCZ";
        } else {
          client.send(bind_execute("s") + bind_execute("s") + m('S'));
          good += client.read_until('Z') == "2DC2DCZ";
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 8 * 300);
}

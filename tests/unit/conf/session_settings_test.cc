#include "conf/session_settings.h"

#include <fstream>

#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::conf;

namespace {

std::shared_ptr<ServerSettings> server() { return std::make_shared<ServerSettings>(); }

Status set(SessionSettings& settings, const char* name, const char* value,
           SettingScope scope = SettingScope::kSession) {
  return settings.set(name, value, SettingSource::kSession, scope);
}
std::string show(const SessionSettings& settings, const char* name) { return settings.show(name).value(); }

}  // namespace

TEST_CASE("defaults print as SHOW does") {
  SessionSettings settings(server());
  CHECK(show(settings, "work_mem") == "4MB");
  CHECK(show(settings, "WORK_MEM") == "4MB");
  CHECK(show(settings, "statement_timeout") == "0");
  CHECK(show(settings, "shared_buffers") == "128MB");
  CHECK(show(settings, "checkpoint_timeout") == "5min");
  CHECK(show(settings, "wal_segment_size") == "16MB");
  CHECK(show(settings, "wal_buffers") == "4MB");
  CHECK(show(settings, "segment_size") == "1GB");
  CHECK(show(settings, "data_directory_mode") == "0700");
  CHECK(show(settings, "effective_cache_size") == "4GB");
  CHECK(show(settings, "vacuum_cost_delay") == "0");
  CHECK(show(settings, "random_page_cost") == "4");
  CHECK(show(settings, "server_version").starts_with("15.0 (Vecino "));
  CHECK(show(settings, "hnsw.ef_search") == "40");
  CHECK(settings.get_int(SettingId::work_mem) == 4096);
}

TEST_CASE("bad values carry PostgreSQL's words") {
  SessionSettings settings(server());
  auto message = [&](const char* name, const char* value) {
    Status status = set(settings, name, value);
    REQUIRE(!status.is_ok());
    const ErrorInfo& info = status.info();
    return std::string(info.code.view()) + " " + info.message + (info.detail.empty() ? "" : " | " + info.detail) +
           (info.hint.empty() ? "" : " | " + info.hint);
  };
  CHECK(message("nosuch", "1") == "42704 unrecognized configuration parameter \"nosuch\"");
  CHECK(message("hnsw.foo", "1") ==
        "42602 invalid configuration parameter name \"hnsw.foo\" | \"hnsw\" is a reserved prefix.");
  CHECK(message("a.1", "1") ==
        "42602 invalid configuration parameter name \"a.1\" | Custom parameter names must be two or "
        "more simple identifiers separated by dots.");
  CHECK(message("hnsw.ef_search", "0") ==
        "22023 0 is outside the valid range for parameter \"hnsw.ef_search\" (1 .. 1000)");
  CHECK(message("work_mem", "1kB") ==
        "22023 1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)");
  CHECK(message("work_mem", "4XB") ==
        "22023 invalid value for parameter \"work_mem\": \"4XB\" | Valid units for this "
        "parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".");
  CHECK(message("work_mem", "99TB") ==
        "22023 invalid value for parameter \"work_mem\": \"99TB\" | Value exceeds integer range.");
  CHECK(message("enable_seqscan", "maybe") == "22023 parameter \"enable_seqscan\" requires a Boolean value");
  CHECK(message("geqo_seed", "2") == "22023 2 is outside the valid range for parameter \"geqo_seed\" (0 .. 1)");
  CHECK(message("hnsw.iterative_scan", "x") ==
        "22023 invalid value for parameter \"hnsw.iterative_scan\": \"x\" | "
        "Available values: off, relaxed_order, strict_order.");
  CHECK(message("datestyle", "foo") ==
        "22023 invalid value for parameter \"DateStyle\": \"foo\" | Unrecognized key word: \"foo\".");
  CHECK(message("search_path", "a,,b") ==
        "22023 invalid value for parameter \"search_path\": \"a,,b\" | List syntax is invalid.");
  CHECK(message("port", "1") == "55P02 parameter \"port\" cannot be changed without restarting the server");
  CHECK(message("server_version", "1") == "55P02 parameter \"server_version\" cannot be changed");
  CHECK(message("fsync", "off") == "55P02 parameter \"fsync\" cannot be changed now");
  CHECK(message("log_connections", "on") == "55P02 parameter \"log_connections\" cannot be set after connection start");
  REQUIRE(settings.set("is_superuser", "off", SettingSource::kDefault, SettingScope::kSession).is_ok());
  CHECK(message("log_statement", "all") == "42501 permission denied to set parameter \"log_statement\"");
}

TEST_CASE("spellings of values") {
  SessionSettings settings(server());
  REQUIRE(set(settings, "work_mem", "1.5GB").is_ok());
  CHECK(show(settings, "work_mem") == "1536MB");
  REQUIRE(set(settings, "statement_timeout", "2min").is_ok());
  CHECK(settings.get_int(SettingId::statement_timeout) == 120000);
  REQUIRE(set(settings, "work_mem", " 0x100 ").is_ok());
  CHECK(settings.get_int(SettingId::work_mem) == 256);
  REQUIRE(set(settings, "client_min_messages", "DEBUG").is_ok());
  CHECK(show(settings, "client_min_messages") == "debug2");
  REQUIRE(set(settings, "synchronous_commit", "false").is_ok());
  CHECK(show(settings, "synchronous_commit") == "off");
  REQUIRE(set(settings, "client_encoding", "'utf-8'").is_ok());
  CHECK(show(settings, "client_encoding") == "UTF8");
  REQUIRE(set(settings, "datestyle", "iso").is_ok());
  CHECK(show(settings, "datestyle") == "ISO, MDY");
  REQUIRE(set(settings, "datestyle", "german").is_ok());
  CHECK(show(settings, "datestyle") == "German, DMY");
  REQUIRE(set(settings, "datestyle", "default").is_ok());
  CHECK(show(settings, "datestyle") == "ISO, MDY");
  REQUIRE(set(settings, "enable_sort", "tr").is_ok());
  CHECK(settings.get_bool(SettingId::enable_sort));
}

TEST_CASE("transactions undo and SET LOCAL ends") {
  SessionSettings settings(server());
  settings.push_level();
  REQUIRE(set(settings, "work_mem", "8MB").is_ok());
  REQUIRE(set(settings, "work_mem", "16MB", SettingScope::kTransaction).is_ok());
  CHECK(show(settings, "work_mem") == "16MB");
  settings.pop_level(true);
  CHECK(show(settings, "work_mem") == "8MB");

  settings.push_level();
  REQUIRE(set(settings, "work_mem", "9MB").is_ok());
  REQUIRE(set(settings, "my.var", "x").is_ok());
  settings.push_level();
  REQUIRE(set(settings, "work_mem", "10MB", SettingScope::kTransaction).is_ok());
  settings.pop_level(true);  // RELEASE keeps SET LOCAL until the transaction ends
  CHECK(show(settings, "work_mem") == "10MB");
  settings.push_level();
  REQUIRE(set(settings, "work_mem", "11MB").is_ok());
  settings.pop_level(false);
  CHECK(show(settings, "work_mem") == "10MB");
  settings.pop_level(true);
  CHECK(show(settings, "work_mem") == "9MB");
  CHECK(settings.lookup("MY.VAR") == "x");

  settings.push_level();
  REQUIRE(set(settings, "other.var", "x").is_ok());
  REQUIRE(set(settings, "work_mem", "12MB").is_ok());
  settings.pop_level(false);
  CHECK(settings.lookup("other.var") == "");
  CHECK(!settings.lookup("third.var"));
  CHECK(show(settings, "work_mem") == "9MB");

  REQUIRE(set(settings, "work_mem", "1MB", SettingScope::kTransaction).is_ok());
  CHECK(show(settings, "work_mem") == "9MB");
}

TEST_CASE("reset returns to the start values, reports follow changes") {
  auto shared = server();
  REQUIRE(shared->set("work_mem", "5MB", SettingSource::kCommandLine).is_ok());
  REQUIRE(shared->set("work_mem", "6MB", SettingSource::kConfigFile).is_ok());  // weaker source
  SessionSettings settings(shared);
  std::string reported;
  settings.set_report_hook([&](const SettingInfo& info, const std::string& value) {
    reported += std::string(info.name) + "=" + value + ";";
  });
  CHECK(show(settings, "work_mem") == "5MB");
  REQUIRE(settings.set("application_name", "psql\n", SettingSource::kClient, SettingScope::kSession).is_ok());
  REQUIRE(set(settings, "application_name", "other").is_ok());
  REQUIRE(set(settings, "work_mem", "7MB").is_ok());
  REQUIRE(set(settings, "transaction_read_only", "on").is_ok());
  settings.reset_all();
  CHECK(show(settings, "application_name") == "psql?");
  CHECK(show(settings, "work_mem") == "5MB");
  CHECK(show(settings, "transaction_read_only") == "on");
  CHECK(reported == "application_name=psql?;application_name=other;application_name=psql?;");
  REQUIRE(settings.set("session_authorization", "me", SettingSource::kDefault, SettingScope::kSession).is_ok());
  CHECK(settings.get_string(SettingId::session_authorization) == "me");
}

TEST_CASE("postgresql.conf syntax") {
  std::string path = std::string(std::tmpnam(nullptr)) + ".conf";
  std::ofstream(path)
      << "# comment\nwork_mem = '12MB' # more\nmax_connections 20\nsearch_path='a, ''b'\n my.x = 'a\\'b'\n"
         "include_if_exists 'nosuch'\nfsync=off\n";
  ServerSettings settings;
  Status status = settings.load_file(path);
  INFO((status.is_ok() ? "" : status.info().message));
  REQUIRE(status.is_ok());
  CHECK(settings.get_int(SettingId::work_mem) == 12288);
  CHECK(settings.get_int(SettingId::max_connections) == 20);
  CHECK(settings.get_string(SettingId::search_path) == "a, 'b");
  CHECK(!settings.get_bool(SettingId::fsync));
  std::ofstream(path) << "work_mem = 1 2\n";
  status = settings.load_file(path);
  REQUIRE(!status.is_ok());
  CHECK(status.info().message == "syntax error in file \"" + path + "\" line 1, near token \"2\"");
  std::ofstream(path) << "\nnosuch = 1\n";
  status = settings.load_file(path);
  REQUIRE(!status.is_ok());
  CHECK(status.info().code == sqlstate::kConfigFileError);
  CHECK(status.info().message == "unrecognized configuration parameter \"nosuch\" in file \"" + path + "\" line 2");
  std::remove(path.c_str());
}

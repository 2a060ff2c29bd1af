#include "conf/config_files.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "conf/auto_config.h"
#include "conf/operation_settings.h"
#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::conf;

namespace {

class Directory {
 public:
  Directory() : path("/tmp/vecino_config_test_" + std::to_string(getpid())) { std::filesystem::create_directory(path); }
  ~Directory() { std::filesystem::remove_all(path); }
  void write(const char* name, const char* text) { std::ofstream(path + "/" + name) << text; }
  std::string read(const char* name) {
    std::stringstream text;
    text << std::ifstream(path + "/" + name).rdbuf();
    return text.str();
  }
  const std::string path;
};

}  // namespace

TEST_CASE("ALTER SYSTEM's file keeps one line per setting, whatever the value") {
  Directory directory;
  REQUIRE(write_auto_setting(directory.path, "work_mem", "8MB").is_ok());
  REQUIRE(write_auto_setting(directory.path, "search_path", "a, \"it's\\\"").is_ok());
  REQUIRE(write_auto_setting(directory.path, "Work_Mem", "9MB").is_ok());
  auto entries = read_config_file(directory.path + "/postgresql.auto.conf");
  REQUIRE(entries.is_ok());
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[0].name == "search_path");
  CHECK((*entries)[0].value == "a, \"it's\\\"");
  CHECK((*entries)[1].value == "9MB");
  REQUIRE(write_auto_setting(directory.path, "work_mem", std::nullopt).is_ok());
  CHECK(read_config_file(directory.path + "/postgresql.auto.conf")->size() == 1);
  REQUIRE(clear_auto_settings(directory.path).is_ok());
  CHECK(read_config_file(directory.path + "/postgresql.auto.conf")->empty());
  CHECK_FALSE(std::filesystem::exists(directory.path + "/postgresql.auto.conf.tmp"));
}

TEST_CASE("every mistake of the files is told, the last line for a setting counts") {
  Directory directory;
  directory.write("postgresql.conf", "work_mem = nonsense\nwork_mem = 8MB\nno_such = 1\nmax_connections = 0\n");
  ServerSettings settings;
  std::vector<std::string> messages;
  const std::string main = main_configuration_file(directory.path, "");
  Status status = load_configuration(configuration_files(directory.path, ""), main, settings, messages);
  REQUIRE_FALSE(status.is_ok());
  CHECK(status.info().message == "configuration file \"" + main + "\" contains errors");
  REQUIRE(messages.size() == 2);
  CHECK(messages[0] == "unrecognized configuration parameter \"no_such\" in file \"" + main + "\" line 3");
  CHECK(messages[1] == "0 is outside the valid range for parameter \"max_connections\" (1 .. 262143)");
  CHECK(settings.get_int(SettingId::work_mem) == 8192);
}

TEST_CASE("a named configuration file must exist, the usual one need not") {
  CHECK(configuration_files("/nowhere", "").empty());
  CHECK(configuration_files("/nowhere", "/nowhere/x.conf") == std::vector<std::string>{"/nowhere/x.conf"});
}

TEST_CASE("pg_file_settings says which lines count") {
  Directory directory;
  directory.write("postgresql.conf", "work_mem = 1MB\nport = 7000\nwork_mem = 2MB\nmy.own = 1\nwork_mem = x\n");
  ServerSettings running;
  auto lines = file_settings({directory.path + "/postgresql.conf"}, running);
  REQUIRE(lines.size() == 5);
  CHECK_FALSE(lines[0].applied);
  CHECK(lines[0].error.empty());
  CHECK(lines[1].error == "setting could not be applied");
  CHECK(lines[3].applied);
  CHECK(lines[4].error == "setting could not be applied");
  directory.write("postgresql.conf", "work_mem = x\nno_such = 1\n");
  lines = file_settings({directory.path + "/postgresql.conf"}, running);
  REQUIRE(lines.size() == 2);
  CHECK((!lines[0].applied && lines[0].error.empty()));
  CHECK(lines[1].error == "unrecognized configuration parameter");
  directory.write("postgresql.conf", "work_mem = \n");
  lines = file_settings({directory.path + "/postgresql.conf"}, running);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].entry.name.empty());
  CHECK(lines[0].error.find("syntax error") == 0);
}

TEST_CASE("settings of the second table are settings like all others") {
  const SettingInfo* info = find_setting("VECINO.http_port");
  REQUIRE(info != nullptr);
  CHECK(info->id == setting::vecino_http_port);
  for (size_t i = 0; i < all_settings().size(); ++i) CHECK(static_cast<size_t>(all_settings()[i].id) == i);
  auto server = std::make_shared<ServerSettings>();
  REQUIRE(server->set("vecino.http_port", "9187", SettingSource::kCommandLine).is_ok());
  CHECK(server->get_int(setting::vecino_http_port) == 9187);
  SessionSettings session(server);
  CHECK(session.get_int(setting::vecino_http_port) == 9187);
  REQUIRE(session.set("pg_stat_statements.track", "none", SettingSource::kSession, SettingScope::kSession).is_ok());
  CHECK(*session.show("pg_stat_statements.track") == "none");
  REQUIRE(session.set("my.own", "x", SettingSource::kSession, SettingScope::kSession).is_ok());
  CHECK(*session.show("my.own") == "x");
  CHECK(*session.show("pg_stat_statements.track") == "none");
}

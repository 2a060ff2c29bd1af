#include "conf/reload.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::conf;

namespace {

class ConfigFile {
 public:
  ConfigFile() : path("/tmp/vecino_reload_test_" + std::to_string(getpid()) + ".conf") {}
  ~ConfigFile() { std::remove(path.c_str()); }
  void write(const char* text) { std::ofstream(path) << text; }
  ReloadOutcome reload(const ServerSettings& current) {
    return reload_settings(current, std::vector<std::string>{path}, path);
  }
  const std::string path;
};

std::string joined(const ReloadOutcome& outcome) {
  std::string text;
  for (const std::string& message : outcome.messages) text += message + "\n";
  return text;
}

}  // namespace

TEST_CASE("a reload applies what changed and says so") {
  ConfigFile file;
  file.write("work_mem = 8MB\nenable_seqscan = off\nmy.custom = one\n");
  auto first = std::make_shared<ServerSettings>();
  REQUIRE(first->load_file(file.path).is_ok());

  file.write("work_mem = '16MB'\nwork_mem = '32MB'\nmy.custom = two\n");
  ReloadOutcome outcome = file.reload(*first);
  REQUIRE(outcome.settings);
  CHECK(joined(outcome) ==
        "parameter \"enable_seqscan\" removed from configuration file, reset to default\n"
        "parameter \"work_mem\" changed to \"32MB\"\n");
  CHECK(outcome.settings->get_int(SettingId::work_mem) == 32768);
  CHECK(outcome.settings->get_bool(SettingId::enable_seqscan));

  ReloadOutcome again = file.reload(*outcome.settings);
  CHECK(joined(again).empty());
}

TEST_CASE("a reload leaves alone what needs a restart or came from the command line") {
  ConfigFile file;
  file.write("");
  auto first = std::make_shared<ServerSettings>();
  REQUIRE(first->set("statement_timeout", "5s", SettingSource::kCommandLine).is_ok());
  file.write("max_connections = 7\nstatement_timeout = 9s\nenable_sort = off\n");
  ReloadOutcome outcome = file.reload(*first);
  REQUIRE(outcome.settings);
  CHECK(joined(outcome) ==
        "parameter \"max_connections\" cannot be changed without restarting the server\n"
        "parameter \"enable_sort\" changed to \"off\"\n"
        "configuration file \"" + file.path + "\" contains errors; unaffected changes were applied\n");
  CHECK(outcome.settings->get_int(SettingId::max_connections) == first->get_int(SettingId::max_connections));
  CHECK(outcome.settings->pending_restart(SettingId::max_connections));
  CHECK_FALSE(outcome.settings->pending_restart(SettingId::enable_sort));
  CHECK(outcome.settings->get_int(SettingId::statement_timeout) == 5000);
}

TEST_CASE("a reload of a damaged file applies nothing or what is sound") {
  ConfigFile file;
  auto first = std::make_shared<ServerSettings>();
  file.write("enable_sort = off\nnosuch = 1\n");
  ReloadOutcome unknown = file.reload(*first);
  CHECK_FALSE(unknown.settings);
  CHECK(joined(unknown) == "unrecognized configuration parameter \"nosuch\" in file \"" + file.path +
                               "\" line 2\nconfiguration file \"" + file.path +
                               "\" contains errors; no changes were applied\n");
  file.write("enable_sort = off\nwork_mem = = 3\n");
  ReloadOutcome syntax = file.reload(*first);
  CHECK_FALSE(syntax.settings);
  CHECK(joined(syntax).starts_with("syntax error in file"));
  file.write("enable_sort = off\nwork_mem = lots\n");
  ReloadOutcome bad = file.reload(*first);
  REQUIRE(bad.settings);
  CHECK_FALSE(bad.settings->get_bool(SettingId::enable_sort));
  CHECK(bad.settings->get_int(SettingId::work_mem) == 4096);
}

TEST_CASE("sessions follow a reload but for what they set themselves") {
  ConfigFile file;
  auto first = std::make_shared<ServerSettings>();
  SessionSettings session(first);
  std::string reported;
  session.set_report_hook([&](const SettingInfo& info, const std::string& value) {
    reported += std::string(info.name) + "=" + value + ";";
  });
  REQUIRE(session.set("work_mem", "1MB", SettingSource::kSession, SettingScope::kSession).is_ok());
  file.write("work_mem = 8MB\nenable_sort = off\nTimeZone = 'UTC'\nlog_connections = on\nmy.custom = x\n");
  ReloadOutcome outcome = file.reload(*first);
  REQUIRE(outcome.settings);
  session.adopt(outcome.settings);
  first.reset();  // nothing points into it any more
  CHECK(session.show("work_mem").value() == "1MB");
  CHECK(session.show("enable_sort").value() == "off");
  CHECK(session.show("log_connections").value() == "off");  // fixed when the session began
  CHECK(session.show("my.custom").value() == "x");
  CHECK(reported == "TimeZone=UTC;");
  REQUIRE(session.reset("work_mem").is_ok());
  CHECK(session.show("work_mem").value() == "8MB");
  SessionSettings later(outcome.settings);
  CHECK(later.show("log_connections").value() == "on");
}

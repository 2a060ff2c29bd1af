#include "storage/util/log_output.h"

#include "tests/unit/catch.h"

using namespace vecino;
using namespace vecino::log;

namespace {

constexpr int64_t kNow = 1767323045678000;  // 2026-01-02 03:04:05.678 UTC

Session session() {
  Session result;
  result.user = "ann";
  result.database = "shop";
  result.application_name = "psql";
  result.remote_host = "127.0.0.1";
  result.remote_port = "40000";
  result.pid = 77;
  result.start_us = kNow - 5000000;
  result.lines = 3;
  return result;
}

Entry failure(const Session* from) {
  Entry entry;
  entry.level = Level::kError;
  entry.session = from;
  entry.sqlstate = "22012";
  entry.message = "division by \"zero\"";
  entry.hint = "Do not.";
  entry.statement = "SELECT 1/0,\n  2";
  entry.position = 9;
  return entry;
}

}  // namespace

TEST_CASE("log lines carry the prefix, and mark what belongs together") {
  Session from = session();
  Options options;
  options.line_prefix = "%m [%p] %q%u@%d %r %e %l %% %-4x|%5x|";
  CHECK(text_lines(failure(&from), options, kNow) ==
        "2026-01-02 03:04:05.678 UTC [77] ann@shop 127.0.0.1(40000) 22012 3 % 0   |    0|ERROR:  division by \"zero\" at "
        "character 9\n"
        "2026-01-02 03:04:05.678 UTC [77] ann@shop 127.0.0.1(40000) 22012 3 % 0   |    0|HINT:  Do not.\n"
        "2026-01-02 03:04:05.678 UTC [77] ann@shop 127.0.0.1(40000) 22012 3 % 0   |    0|STATEMENT:  SELECT 1/0,\n\t  2\n");
  Entry server;
  server.message = "hello";
  options.line_prefix = "%t %q%u ";
  CHECK(text_lines(server, options, kNow) == "2026-01-02 03:04:05 UTC LOG:  hello\n");
  options.line_prefix = "%";  // a lone escape at the end is nothing
  CHECK(text_lines(server, options, kNow) == "LOG:  hello\n");
  options.line_prefix = "";
  options.verbose = true;
  CHECK(text_lines(server, options, kNow) == "LOG:  00000: hello\n");
}

TEST_CASE("log times are in the zone of log_timezone") {
  Entry server;
  server.message = "x";
  Options options;
  options.line_prefix = "%t ";
  options.zone = [](int64_t) { return Options::Zone{3600, "CET"}; };
  CHECK(text_lines(server, options, kNow) == "2026-01-02 04:04:05 CET LOG:  x\n");
}

TEST_CASE("csvlog has 26 columns, quoted as COPY wants them") {
  Session from = session();
  CHECK(csv_line(failure(&from), {}, kNow) ==
        "2026-01-02 03:04:05.678 UTC,\"ann\",\"shop\",77,\"127.0.0.1:40000\",695735a0.4d,3,,2026-01-02 03:04:00 UTC,77/1,0,"
        "ERROR,22012,\"division by \"\"zero\"\"\",,\"Do not.\",,,,\"SELECT 1/0,\n  2\",9,,\"psql\",\"client backend\",,0\n");
}

TEST_CASE("jsonlog is one object per line") {
  Session from = session();
  CHECK(json_line(failure(&from), {}, kNow) ==
        "{\"timestamp\":\"2026-01-02 03:04:05.678 UTC\",\"user\":\"ann\",\"dbname\":\"shop\",\"pid\":77,\"remote_host\":"
        "\"127.0.0.1\",\"remote_port\":40000,\"session_id\":\"695735a0.4d\",\"line_num\":3,\"session_start\":\"2026-01-02 "
        "03:04:00 UTC\",\"vxid\":\"77/1\",\"txid\":0,\"error_severity\":\"ERROR\",\"state_code\":\"22012\",\"message\":"
        "\"division by \\\"zero\\\"\",\"hint\":\"Do not.\",\"statement\":\"SELECT 1/0,\\n  2\",\"cursor_position\":9,"
        "\"application_name\":\"psql\",\"backend_type\":\"client backend\",\"query_id\":0}\n");
}

TEST_CASE("LOG stands above ERROR, as in log_min_messages") {
  set_level(Level::kError);
  CHECK(enabled(Level::kInfo));
  CHECK_FALSE(enabled(Level::kWarning));
  set_level(Level::kFatal);
  CHECK_FALSE(enabled(Level::kInfo));
  set_level(Level::kInfo);
}

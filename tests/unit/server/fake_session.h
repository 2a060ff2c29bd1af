#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "sqlfront/statement/session.h"

namespace vecino::server {

// A session without SQL for tests of the server. It understands: `select <word>` (one row with it), `rows <n>` (n rows
// of 1 kB, suspending as the sink fills), `sleep <ms>` (cancellable), `copy` (COPY IN, counts bytes), `begin`,
// `commit`, `error`, `timeout <ms>` (sets statement_timeout), `idle <ms>` (sets idle_session_timeout).
class FakeSession final : public sql::Session {
 public:
  using Progress = sql::Progress;
  using Sink = sql::ResultSink;

  FakeSession(sql::StartupParameters, CancelState& cancel)
      : cancel_(cancel), settings_(std::make_shared<conf::ServerSettings>()) {}

  void end() override {}
  void send_parameters(Sink& sink) override { sink.parameter_status("server_version", "15.0"); }

  Progress simple_query(std::string sql, Sink& sink) override {
    simple_ = true;
    return end(start(sql, sink), sink);
  }
  Progress parse(std::string name, std::string sql, std::vector<Oid>, Sink& sink) override {
    if (skipping_) return Progress::kDone;
    statements_[name] = sql;
    sink.parse_complete();
    return Progress::kDone;
  }
  Progress bind(std::string portal, std::string statement, const sql::FormatCodes&, std::span<const BoundValue>,
                sql::FormatCodes, Sink& sink) override {
    if (skipping_) return Progress::kDone;
    if (!statements_.contains(statement)) return fail(sqlstate::kInvalidSqlStatementName, "no such statement", sink);
    portals_[portal] = statements_[statement];
    sink.bind_complete();
    return Progress::kDone;
  }
  Progress describe_statement(const std::string&, Sink& sink) override { return describe(sink); }
  Progress describe_portal(const std::string&, Sink& sink) override { return describe(sink); }
  Progress execute(const std::string& portal, int64_t, Sink& sink) override {
    if (skipping_) return Progress::kDone;
    simple_ = false;
    return end(start(portals_[portal], sink), sink);
  }
  Progress close_statement(const std::string&, Sink& sink) override { return sink.close_complete(), Progress::kDone; }
  Progress close_portal(const std::string&, Sink& sink) override { return sink.close_complete(), Progress::kDone; }
  Progress sync(Sink& sink) override {
    skipping_ = false;
    sink.ready_for_query(status_);
    return Progress::kDone;
  }
  Progress resume(Sink& sink) override { return end(send_rows(sink), sink); }
  Progress copy_data(std::string_view bytes, Sink& sink) override {
    if (bytes == "bad") return end(fail(sqlstate::kBadCopyFileFormat, "bad data", sink), sink);
    copied_ += bytes.size();
    return Progress::kCopyIn;
  }
  Progress copy_done(Sink& sink) override {
    sink.command_complete("COPY " + std::to_string(copied_));
    return end(Progress::kDone, sink);
  }
  Progress copy_fail(std::string_view message, Sink& sink) override {
    return end(fail(sqlstate::kQueryCanceled, "COPY from stdin failed: " + std::string(message), sink), sink);
  }
  Progress copy_error(const ErrorInfo& error, Sink& sink) override { return end(fail(error.code, error.message, sink), sink); }
  void protocol_error(const ErrorInfo& error, Sink& sink) override {
    sink.error(error);
    skipping_ = true;
  }
  char transaction_status() const override { return status_; }
  bool skipping_to_sync() const override { return skipping_; }
  conf::SessionSettings& settings() override { return settings_; }
  // "select" is short, and so is "wait" until it finds that it has to.
  bool prepare_short_query(std::string_view sql) override { return sql.starts_with("select") || sql.starts_with("wait"); }
  bool prepare_short_parse(std::string_view, std::string_view, std::span<const Oid>) override { return false; }
  bool prepare_short_bind(std::string_view statement) override {
    auto found = statements_.find(statement);
    return found != statements_.end() && prepare_short_query(found->second);
  }
  bool is_sync_short() const override { return true; }
  bool ends_transaction(std::string_view) const override { return false; }
  void set_may_wait(bool may_wait) override { may_wait_ = may_wait; }
  Activity activity() const override { return {}; }

 private:
  Progress describe(Sink& sink) {
    sql::ResultColumn column;
    column.name = "value";
    column.type = {sql::type_id::kText, -1};
    if (!skipping_) sink.row_description({&column, 1}, {});
    return Progress::kDone;
  }
  Progress fail(SqlState code, std::string message, Sink& sink) {
    ErrorInfo info;
    info.code = code;
    info.message = std::move(message);
    sink.error(info);
    if (!simple_) skipping_ = true;
    return Progress::kDone;
  }
  Progress end(Progress progress, Sink& sink) {
    if (progress == Progress::kDone && simple_) sink.ready_for_query(status_);
    return progress;
  }
  Progress start(const std::string& sql, Sink& sink) {
    std::string word = sql.substr(0, sql.find(' '));
    std::string argument = word.size() < sql.size() ? sql.substr(word.size() + 1) : "";
    if (word == "select") return one_row(argument, sink), sink.command_complete("SELECT 1"), Progress::kDone;
    if (word == "wait") {
      if (!may_wait_) return Progress::kMustWait;
      return one_row(argument, sink), sink.command_complete("SELECT 1"), Progress::kDone;
    }
    if (word == "rows") return rows_ = std::stoi(argument), send_rows(sink);
    if (word == "sleep") return sleep(std::stoi(argument), sink);
    if (word == "copy") return copied_ = 0, sink.copy_in(false, 1), Progress::kCopyIn;
    if (word == "begin") return status_ = 'T', sink.command_complete("BEGIN"), Progress::kDone;
    if (word == "commit") return status_ = 'I', sink.command_complete("COMMIT"), Progress::kDone;
    if (word == "timeout") return set("statement_timeout", argument, sink);
    if (word == "idle") return set("idle_session_timeout", argument, sink);
    return fail(sqlstate::kSyntaxError, "syntax error", sink);
  }
  Progress set(const char* name, const std::string& value, Sink& sink) {
    if (settings_.set(name, value, conf::SettingSource::kSession, conf::SettingScope::kSession).is_ok()) {
      sink.command_complete("SET");
    }
    return Progress::kDone;
  }
  void one_row(std::string_view value, Sink& sink) {
    sink.begin_row(1);
    sink.begin_value().append(value);
    sink.end_value();
    sink.end_row();
  }
  Progress send_rows(Sink& sink) {
    for (; rows_ > 0; --rows_) {
      if (sink.full()) return Progress::kSuspended;
      one_row(std::string(1000, 'x'), sink);
    }
    sink.command_complete("SELECT");
    return Progress::kDone;
  }
  Progress sleep(int ms, Sink& sink) {
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    while (std::chrono::steady_clock::now() < end) {
      Status status = cancel_.check();
      if (!status.is_ok()) return fail(status.info().code, status.info().message, sink);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    sink.command_complete("SLEEP");
    return Progress::kDone;
  }

  CancelState& cancel_;
  conf::SessionSettings settings_;
  std::map<std::string, std::string, std::less<>> statements_, portals_;
  bool simple_ = true, skipping_ = false;
  char status_ = 'I';
  int rows_ = 0;
  size_t copied_ = 0;
  bool may_wait_ = true;
};

}  // namespace vecino::server

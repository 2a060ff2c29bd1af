#pragma once

#include <cmath>
#include <memory>
#include <string>

#include "sqlfront/functions/call_context.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

// A session for tests of types and functions: real settings, a fixed clock, no catalog.
class FakeEnvironment : public EvalEnvironment {
 public:
  FakeEnvironment() : settings_(std::make_shared<conf::ServerSettings>()) {}
  void set(std::string_view name, std::string_view value) {
    throw_if_error(settings_.set(name, value, conf::SettingSource::kSession, conf::SettingScope::kSession));
  }

  conf::SessionSettings& settings() override { return settings_; }
  const CancelState& cancel() override { return cancel_; }
  const Catalog& catalog() override { throw SqlError(sqlstate::kInternalError, "no catalog in this test"); }
  int64_t transaction_timestamp() override { return kNow; }
  int64_t statement_timestamp() override { return kNow; }
  int64_t clock_timestamp() override { return kNow; }
  uint64_t transaction_id() override { return 1; }
  int32_t backend_pid() override { return 1; }
  std::string current_user() override { return "postgres"; }
  std::string session_user() override { return "postgres"; }
  std::string current_database() override { return "postgres"; }
  std::string client_address() override { return {}; }
  int client_port() override { return -1; }
  double random() override { return 0.5; }
  void set_seed(double) override {}
  int64_t nextval(Oid) override { return 1; }
  int64_t currval(Oid) override { return 1; }
  int64_t lastval() override { return 1; }
  void setval(Oid, int64_t, bool) override {}
  bool advisory_lock(int64_t, bool, bool, bool, bool) override { return true; }
  bool advisory_unlock(int64_t, bool, bool) override { return true; }
  void advisory_unlock_all() override {}
  bool cancel_backend(int32_t) override { return false; }
  bool terminate_backend(int32_t) override { return false; }
  void sleep(double) override {}
  void notice(ErrorInfo) override {}
  uint64_t relation_size(Oid) override { return 0; }
  std::vector<std::optional<std::string>> query_strings(const std::string&) override { return {}; }

 private:
  static constexpr int64_t kNow = 757382400000000;  // 2024-01-01 00:00 UTC
  conf::SessionSettings settings_;
  CancelState cancel_;
};

}  // namespace vecino::sql

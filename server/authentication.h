#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "conf/hba_file.h"
#include "server/auth_policy.h"
#include "sqlfront/statement/instance.h"

namespace vecino::server {

// pg_hba.conf and pg_ident.conf as loaded; immutable once shared.
struct AuthFiles {
  std::string hba_path;
  std::vector<conf::HbaRule> rules;
  std::vector<conf::IdentMapping> mappings;
};

// Authentication by pg_hba.conf.
class Authentication final : public AuthPolicy {
 public:
  // `secret`: random bytes that stay the same, for what roles that do not exist are asked.
  Authentication(const sql::Instance& instance, std::string secret) : instance_(instance), secret_(std::move(secret)) {}

  // Reads the files that the settings name. A file with an error is logged line by line and leaves what was loaded
  // before. F0000 when pg_hba.conf could not be taken. Thread-safe.
  Status load(const conf::ServerSettings& settings);
  std::unique_ptr<AuthExchange> start(const ClientFacts& client, const sql::StartupParameters& startup) const override;

 private:
  std::shared_ptr<const AuthFiles> files() const;

  const sql::Instance& instance_;
  const std::string secret_;
  mutable std::mutex mutex_;
  std::shared_ptr<const AuthFiles> files_ = std::make_shared<AuthFiles>();
};

// Is `role` the group itself, or a member of it, directly or through others?
bool is_role_member(const sql::Catalog& catalog, const std::string& role, const std::string& group);

}  // namespace vecino::server

#include "server/authentication.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "conf/operation_settings.h"
#include "server/auth_exchange.h"
#include "server/ident_map.h"
#include "storage/util/log.h"

namespace vecino::server {
namespace {

using conf::SettingId;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (file) return text.str();
  return Status::error(sqlstate::kUndefinedFile, "could not open file \"" + path + "\": " + std::strerror(errno));
}

void log_line(const std::string& error, const std::string& hint, const std::string& path, int line) {
  log::info(error);
  if (!hint.empty()) log::info("HINT:  " + hint);
  log::info("CONTEXT:  line " + std::to_string(line) + " of configuration file \"" + path + "\"");
}

Status load_hba(const conf::ServerSettings& settings, AuthFiles& files) {
  const std::string& path = settings.get_string(SettingId::hba_file);
  Status failed = Status::error(sqlstate::kConfigFileError, "could not load " + path);
  files.hba_path = path;
  Result<std::string> text = read_file(path);
  if (!text.is_ok()) {
    log::info(text.status().info().message);
    return failed;
  }
  bool is_ok = true;
  conf::HbaOptions options{settings.get_bool(SettingId::ssl)};
  for (conf::HbaEntry& entry : conf::parse_hba_text(*text, path, options)) {
    if (!entry.error.empty()) log_line(entry.error, entry.hint, path, entry.line);
    if (entry.rule) {
      files.rules.push_back(std::move(*entry.rule));
    } else {
      is_ok = false;
    }
  }
  if (is_ok && files.rules.empty()) {
    log::info("configuration file \"" + path + "\" contains no entries");
    is_ok = false;
  }
  return is_ok ? Status::ok() : failed;
}

// False = an error in the file, which has been logged.
bool load_ident(const conf::ServerSettings& settings, AuthFiles& files) {
  const std::string& path = settings.get_string(SettingId::ident_file);
  Result<std::string> text = read_file(path);
  if (!text.is_ok()) {
    log::info(text.status().info().message);
    return false;
  }
  bool is_ok = true;
  for (conf::IdentEntry& entry : conf::parse_ident_text(*text, path)) {
    if (entry.mapping) {
      Status pattern = check_ident_mapping(*entry.mapping);
      if (!pattern.is_ok()) entry.error = pattern.info().message;
    }
    if (entry.error.empty()) {
      files.mappings.push_back(std::move(*entry.mapping));
    } else {
      log_line(entry.error, {}, path, entry.line);
      is_ok = false;
    }
  }
  return is_ok;
}

}  // namespace

Status Authentication::load(const conf::ServerSettings& settings) {
  auto loaded = std::make_shared<AuthFiles>();
  Status hba = load_hba(settings, *loaded);
  bool ident = load_ident(settings, *loaded);
  std::lock_guard lock(mutex_);
  // Each file for itself: the other may be good.
  if (!hba.is_ok()) loaded->rules = files_->rules;
  if (!ident) loaded->mappings = files_->mappings;
  files_ = std::move(loaded);
  return hba;
}

std::shared_ptr<const AuthFiles> Authentication::files() const {
  std::lock_guard lock(mutex_);
  return files_;
}

std::unique_ptr<AuthExchange> Authentication::start(const ClientFacts& client,
                                                    const sql::StartupParameters& startup) const {
  AuthCase facts;
  facts.client = client;
  facts.user = startup.user;
  facts.database = startup.database;
  facts.files = files();
  facts.server_secret = secret_;
  facts.iterations = static_cast<int>(instance_.settings.get()->get_int(conf::setting::scram_iterations));
  return make_auth_exchange(std::move(facts), instance_);
}

bool is_role_member(const sql::Catalog& catalog, const std::string& role, const std::string& group) {
  sql::RolePtr start = catalog.find_role(role), target = catalog.find_role(group);
  if (!start || !target) return false;
  std::set<Oid> seen;
  std::vector<Oid> pending{start->oid};
  while (!pending.empty()) {
    Oid oid = pending.back();
    pending.pop_back();
    if (oid == target->oid) return true;
    if (!seen.insert(oid).second) continue;
    sql::RolePtr next = catalog.find_role(oid);
    if (!next) continue;
    for (const auto& [parent, option] : next->member_of) pending.push_back(parent);
  }
  return false;
}

}  // namespace vecino::server

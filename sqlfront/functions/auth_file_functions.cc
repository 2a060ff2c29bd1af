// What pg_hba_file_rules and pg_ident_file_mappings show (manual 54.9, 54.10): the files as they are now, not what the
// server has loaded.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "conf/hba_file.h"
#include "conf/session_settings.h"
#include "sqlfront/functions/auth_file_functions.h"
#include "sqlfront/functions/function_tables.h"
#include "sqlfront/functions/system_functions.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
using namespace tables;
using Producer = std::unique_ptr<RowProducer>;

namespace {

std::string read_file(CallContext& c, const char* view, conf::SettingId setting) {
  RolePtr role = c.env->catalog().find_role(c.env->current_user());
  if (!role || !role->superuser) {
    throw SqlError(sqlstate::kInsufficientPrivilege, std::string("permission denied for view ") + view);
  }
  const std::string& path = c.env->settings().get_string(setting);
  std::ifstream file(path);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    throw SqlError(sqlstate::kUndefinedFile, "could not open file \"" + path + "\": " + std::strerror(errno));
  }
  return text.str();
}

std::vector<std::string> names(const conf::HbaField& field) {
  std::vector<std::string> result;
  for (const conf::HbaToken& token : field) result.push_back(token.text);
  return result;
}

std::vector<std::string> options(const conf::HbaRule& rule) {
  std::vector<std::string> result;
  if (!rule.map.empty()) result.push_back("map=" + rule.map);
  if (rule.client_cert == conf::HbaClientCert::kVerifyCa) result.push_back("clientcert=verify-ca");
  if (rule.client_cert == conf::HbaClientCert::kVerifyFull) result.push_back("clientcert=verify-full");
  if (rule.client_name_is_dn) result.push_back("clientname=DN");
  return result;
}

void add_address(RowList& rows, const conf::HbaRule& rule) {
  using conf::HbaAddress;
  if (rule.type == conf::HbaType::kLocal) {
    rows.null().null();
    return;
  }
  switch (rule.address_kind) {
    case HbaAddress::kAll: rows.text("all").null(); return;
    case HbaAddress::kSameHost: rows.text("samehost").null(); return;
    case HbaAddress::kSameNet: rows.text("samenet").null(); return;
    case HbaAddress::kHostName: rows.text(rule.host_name).null(); return;
    case HbaAddress::kMask:
      rows.text(conf::format_ip_address(rule.address)).text(conf::format_ip_address(rule.mask));
      return;
  }
}

}  // namespace

Producer hba_file_rules(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(
      std::vector<Oid>{kInt4, kText, kTextArray, kTextArray, kText, kText, kText, kTextArray, kText});
  conf::HbaOptions parse_options{c.env->settings().get_bool(conf::SettingId::ssl)};
  std::string text = read_file(c, "pg_hba_file_rules", conf::SettingId::hba_file);
  const std::string& path = c.env->settings().get_string(conf::SettingId::hba_file);
  for (const conf::HbaEntry& entry : conf::parse_hba_text(text, path, parse_options)) {
    rows->number(entry.line);
    if (!entry.rule) {
      rows->null().null().null().null().null().null().null().text_or_null(entry.error);
      continue;
    }
    const conf::HbaRule& rule = *entry.rule;
    rows->text(conf::hba_type_name(rule.type)).strings(names(rule.databases)).strings(names(rule.users));
    add_address(*rows, rule);
    rows->text(conf::hba_method_name(rule.method));
    std::vector<std::string> shown = options(rule);
    if (shown.empty()) {
      rows->null();
    } else {
      rows->strings(shown);
    }
    rows->text_or_null(entry.error);
  }
  return rows;
}

Producer ident_file_mappings(CallContext& c, const Datum*) {
  auto rows = std::make_unique<RowList>(std::vector<Oid>{kInt4, kText, kText, kText, kText});
  std::string text = read_file(c, "pg_ident_file_mappings", conf::SettingId::ident_file);
  const std::string& path = c.env->settings().get_string(conf::SettingId::ident_file);
  for (const conf::IdentEntry& entry : conf::parse_ident_text(text, path)) {
    rows->number(entry.line);
    if (entry.mapping) {
      rows->text(entry.mapping->map).text(entry.mapping->system_user).text(entry.mapping->role);
    } else {
      rows->null().null().null();
    }
    rows->text_or_null(entry.error);
  }
  return rows;
}

}  // namespace vecino::sql

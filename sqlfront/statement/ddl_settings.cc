#include "sqlfront/statement/ddl_settings.h"

#include <algorithm>

#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/set_values.h"

namespace vecino::sql {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

void erase_setting(std::vector<std::string>& settings, const std::string& name) {
  std::erase_if(settings, [&](const std::string& entry) {
    return lower(entry.substr(0, entry.find('='))) == lower(name);
  });
}

// Settings that the role may not change stay.
void reset_all(DdlContext& context, std::vector<std::string>& settings) {
  std::erase_if(settings, [&](const std::string& entry) {
    try {
      require_may_store_setting(context, entry.substr(0, entry.find('=')));
      return true;
    } catch (const SqlError&) {
      return false;
    }
  });
}

}  // namespace

void apply_stored_setting(DdlContext& context, std::vector<std::string>& settings, const ast::VariableSetStmt& set) {
  std::string value;
  switch (set.set) {
    case ast::VariableSetKind::kResetAll: reset_all(context, settings); return;
    case ast::VariableSetKind::kReset:
    case ast::VariableSetKind::kDefault:
      require_may_store_setting(context, set.name);
      erase_setting(settings, set.name);
      return;
    case ast::VariableSetKind::kValue: value = set_value_text(set); break;
    case ast::VariableSetKind::kCurrent: value = value_or_throw(context.analyze.settings->show(set.name)); break;
    case ast::VariableSetKind::kMulti:
      throw SqlError(sqlstate::kFeatureNotSupported, "SET " + set.name + " is not supported here");
  }
  require_may_store_setting(context, set.name);
  conf::SessionSettings trial(context.instance->settings.get());
  throw_if_error(trial.set(set.name, value, conf::SettingSource::kDatabase, conf::SettingScope::kSession));
  const conf::SettingInfo* info = conf::find_setting(set.name);
  std::string name = info ? std::string(info->name) : set.name;
  erase_setting(settings, name);
  settings.push_back(name + "=" + value);
}

void apply_role_setting(DdlContext& context, Oid database, Oid role, const ast::VariableSetStmt& set) {
  context.catalog->lock_object(role != kInvalidOid ? role : well_known_oid::kBootstrapRole, storage::LockMode::kAccessExclusive);
  RoleSettingPtr current = context.catalog->find_role_setting(database, role);
  auto changed = current ? std::make_shared<RoleSettingDesc>(*current) : std::make_shared<RoleSettingDesc>();
  apply_stored_setting(context, changed->settings, set);
  if (changed->settings.empty()) {
    if (current) context.catalog->drop_role_setting(current->oid);
    return;
  }
  if (!current) {
    changed->oid = context.catalog->allocate_oid();
    changed->name = role_setting_name(database, role);
    changed->database = database;
    changed->role = role;
  }
  context.catalog->put_role_setting(std::move(changed));
}

void forget_role_settings(DdlContext& context, Oid database, Oid role) {
  for (const RoleSettingPtr& setting : context.catalog->role_settings()) {
    const bool concerned = database != kInvalidOid ? setting->database == database : setting->role == role;
    if (concerned) context.catalog->drop_role_setting(setting->oid);
  }
}

}  // namespace vecino::sql

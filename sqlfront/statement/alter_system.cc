// ALTER SYSTEM: changes postgresql.auto.conf; a reload or a restart makes the server take it.
#include <algorithm>

#include "conf/auto_config.h"
#include "conf/setting_value.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/session_impl.h"
#include "sqlfront/statement/set_values.h"

namespace vecino::sql {

using conf::SettingId;

namespace {

// What belongs to a session or tells where the files are found in the first place.
bool is_never_in_a_file(const conf::SettingInfo& info) {
  if (info.context == conf::SettingContext::kInternal) return true;
  switch (info.id) {
    case SettingId::config_file:
    case SettingId::data_directory:
    case SettingId::is_superuser:
    case SettingId::role:
    case SettingId::seed:
    case SettingId::session_authorization:
    case SettingId::transaction_deferrable:
    case SettingId::transaction_isolation:
    case SettingId::transaction_read_only: return true;
    default: return false;
  }
}

}  // namespace

void SessionImpl::run_alter_system(const ast::AlterSystemStmt& statement, Portal& portal) {
  const ast::VariableSetStmt& set = *statement.set;
  require_no_block("ALTER SYSTEM");
  portal.tag = "ALTER SYSTEM";
  const std::string directory = instance_.settings.get()->get_string(SettingId::data_directory);
  const bool all = set.set == ast::VariableSetKind::kResetAll;
  require_alter_system(env_.catalog(), env_.current_role(), all ? std::string_view() : std::string_view(set.name));
  if (all) {
    std::lock_guard lock(instance_.auto_configuration);
    throw_if_error(conf::clear_auto_settings(directory));
    return;
  }
  const conf::SettingInfo* info = conf::find_setting(set.name);
  if (info == nullptr) {
    throw SqlError(sqlstate::kUndefinedObject, "unrecognized configuration parameter \"" + set.name + "\"");
  }
  if (is_never_in_a_file(*info)) {
    throw SqlError(sqlstate::kCantChangeRuntimeParam, "parameter \"" + set.name + "\" cannot be changed");
  }
  std::optional<std::string> value;
  if (set.set == ast::VariableSetKind::kValue) {
    value = set_value_text(set);
    (void)value_or_throw(conf::parse_setting(*info, *value));
    if (value->find('\n') != std::string::npos) {
      throw SqlError(sqlstate::kInvalidParameterValue,
                     "parameter value for ALTER SYSTEM must not contain a newline");
    }
  }
  std::lock_guard lock(instance_.auto_configuration);
  throw_if_error(conf::write_auto_setting(directory, std::string(info->name), value));
}

}  // namespace vecino::sql

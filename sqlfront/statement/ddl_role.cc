#include <algorithm>

#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_settings.h"
#include "sqlfront/statement/role_members.h"
#include "sqlfront/types/datetime.h"
#include "sqlfront/types/datetime_settings.h"
#include "sqlfront/types/time_zone.h"

namespace vecino::sql {

using storage::LockMode;

namespace {

RolePtr require_role(DdlContext& context, const std::string& name) {
  RolePtr role = context.catalog->find_role(name);
  if (!role) throw SqlError(sqlstate::kUndefinedObject, "role \"" + name + "\" does not exist");
  return role;
}

std::string stored_password(DdlContext& context, const ast::DefElem& option) {
  if (!option.arg) return {};  // PASSWORD NULL
  std::string password = ast::def_string(option);
  if (password.empty()) {
    notice(context, sqlstate::kSuccess, "empty string is not a valid password, clearing password");
    return {};
  }
  if (!context.instance || !context.instance->password_verifier) {
    throw SqlError(sqlstate::kFeatureNotSupported, "this server has no passwords");
  }
  Result<std::string> stored = context.instance->password_verifier(password, context.exec.env->settings());
  throw_if_error(stored.status());
  return *stored;
}

// Checked now, and kept in a form that means the same whatever the session's settings are.
std::string stored_expiry(DdlContext& context, const ast::DefElem& option) {
  if (!option.arg) return {};
  Arena arena;
  CallContext call;
  call.arena = &arena;
  call.env = context.exec.env;
  DateTimeSettings canonical;
  canonical.zone = find_time_zone("UTC");
  std::string text;
  append_timestamptz(text, parse_timestamptz(call, ast::def_string(option)), canonical);
  return text;
}

std::vector<Oid> role_oids(DdlContext& context, const ast::DefElem& option) {
  std::vector<Oid> oids;
  if (const auto* list = ast::try_as<ast::ListNode>(option.arg)) {
    for (const auto& item : list->items) {
      if (const auto* role = ast::try_as<ast::RoleSpec>(item)) oids.push_back(resolve_role(context, *role));
      if (const auto* text = ast::try_as<ast::StringNode>(item)) oids.push_back(require_role(context, text->value)->oid);
    }
  }
  return oids;
}

void apply_option(DdlContext& context, const ast::DefElem& option, RoleDesc& role) {
  const std::string& name = option.name;
  if (name == "superuser") {
    role.superuser = ast::def_bool(option);
  } else if (name == "inherit") {
    role.inherit = ast::def_bool(option);
  } else if (name == "createrole") {
    role.create_role = ast::def_bool(option);
  } else if (name == "createdb") {
    role.create_db = ast::def_bool(option);
  } else if (name == "canlogin") {
    role.can_login = ast::def_bool(option);
  } else if (name == "isreplication") {
    role.replication = ast::def_bool(option);
  } else if (name == "bypassrls") {
    role.bypass_rls = ast::def_bool(option);
  } else if (name == "connectionlimit") {
    int64_t limit = ast::def_int(option);
    if (limit < -1) {
      throw SqlError(sqlstate::kInvalidParameterValue, "invalid connection limit: " + std::to_string(limit));
    }
    role.connection_limit = static_cast<int>(limit);
  } else if (name == "password") {
    role.password = stored_password(context, option);
  } else if (name == "validUntil") {
    role.valid_until = stored_expiry(context, option);
  } else if (name != "addroleto" && name != "rolemembers" && name != "adminmembers" && name != "sysid") {
    throw SqlError(sqlstate::kInternalError, "option \"" + name + "\" not recognized");
  }
}

void check_new_name(const std::string& name, int location) {
  if (name.starts_with("pg_")) {
    throw SqlError(sqlstate::kReservedName, "role name \"" + name + "\" is reserved", location)
        .detail("Role names starting with \"pg_\" are reserved.");
  }
  if (name == "public" || name == "none") {
    throw SqlError(sqlstate::kReservedName, "role name \"" + name + "\" is reserved", location);
  }
}

void refuse_repeated(const ast::DefList& options) {
  for (size_t i = 0; i < options.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (options[k]->name != options[i]->name) continue;
      throw SqlError(sqlstate::kSyntaxError, "conflicting or redundant options", options[i]->location);
    }
  }
}

void refuse_reserved_role(const std::string& name) {
  if (!name.starts_with("pg_")) return;
  throw SqlError(sqlstate::kReservedName, "role name \"" + name + "\" is reserved").detail("Cannot alter reserved roles.");
}

bool asks_for(const ast::DefList& options, std::string_view name) {
  const ast::DefElem* option = ast::find_def(options, name);
  return option && ast::def_bool(*option);
}

void check_may_create(const ast::CreateRoleStmt& statement, DdlContext& context) {
  if (asks_for(statement.options, "superuser")) {
    require_superuser(context, "must be superuser to create superusers");
  } else if (asks_for(statement.options, "isreplication")) {
    require_superuser(context, "must be superuser to create replication users");
  } else if (asks_for(statement.options, "bypassrls")) {
    require_superuser(context, "must be superuser to create bypassrls users");
  } else if (!has_attribute(context, &RoleDesc::create_role)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to create role");
  }
}

void check_may_alter(const ast::AlterRoleStmt& statement, DdlContext& context, const RoleDesc& role) {
  auto given = [&](std::string_view name) { return ast::find_def(statement.options, name) != nullptr; };
  if (given("superuser") || role.superuser) {
    require_superuser(context, "must be superuser to alter superuser roles or change superuser attribute");
  } else if (given("isreplication") || role.replication) {
    require_superuser(context, "must be superuser to alter replication roles or change replication attribute");
  } else if (given("bypassrls") || role.bypass_rls) {
    require_superuser(context, "must be superuser to change bypassrls attribute");
  } else if (!has_attribute(context, &RoleDesc::create_role)) {
    // Everybody may change the own password, and nothing else.
    const bool only_password = statement.options.size() == 1 && given("password");
    if (!only_password || role.oid != current_role(context)) {
      throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied");
    }
  }
}

}  // namespace

std::string create_role(const ast::CreateRoleStmt& statement, DdlContext& context) {
  refuse_repeated(statement.options);
  check_may_create(statement, context);
  check_new_name(statement.name, statement.location);
  if (context.catalog->find_role(statement.name)) {
    throw SqlError(sqlstate::kDuplicateObject, "role \"" + statement.name + "\" already exists");
  }
  auto role = std::make_shared<RoleDesc>();
  const Oid oid = role->oid = context.catalog->allocate_oid();
  role->name = statement.name;
  role->can_login = statement.stmt_kind == ast::RoleStmtKind::kUser;
  for (const auto& option : statement.options) apply_option(context, *option, *role);
  context.catalog->put_role(std::move(role));
  const Oid grantor = current_role(context);
  if (const ast::DefElem* option = ast::find_def(statement.options, "addroleto")) {
    for (Oid group : role_oids(context, *option)) add_members(context, group, {oid}, grantor, false);
  }
  if (const ast::DefElem* option = ast::find_def(statement.options, "adminmembers")) {
    add_members(context, oid, role_oids(context, *option), grantor, true);
  }
  if (const ast::DefElem* option = ast::find_def(statement.options, "rolemembers")) {
    add_members(context, oid, role_oids(context, *option), grantor, false);
  }
  return "CREATE ROLE";
}

std::string alter_role(const ast::AlterRoleStmt& statement, DdlContext& context) {
  refuse_repeated(statement.options);
  if (statement.role->role == ast::RoleSpec::Role::kName) refuse_reserved_role(statement.role->name);
  Oid oid = resolve_role(context, *statement.role);
  check_may_alter(statement, context, *context.catalog->find_role(oid));
  context.catalog->lock_object(oid, LockMode::kAccessExclusive);
  RolePtr current = context.catalog->find_role(oid);
  if (!current) throw SqlError(sqlstate::kUndefinedObject, "role \"" + statement.role->name + "\" does not exist");
  auto changed = std::make_shared<RoleDesc>(*current);
  for (const auto& option : statement.options) {
    if (option->name != "rolemembers") apply_option(context, *option, *changed);
  }
  if (oid == well_known_oid::kBootstrapRole && !changed->superuser) {
    throw SqlError(sqlstate::kFeatureNotSupported, "permission denied to alter role")
        .detail("The bootstrap user must have the SUPERUSER attribute.");
  }
  context.catalog->put_role(std::move(changed));
  if (const ast::DefElem* option = ast::find_def(statement.options, "rolemembers")) {
    const std::vector<Oid> members = role_oids(context, *option);
    if (statement.action > 0) {
      add_members(context, oid, members, current_role(context), false);
    } else {
      remove_members(context, oid, members, false);
    }
  }
  return "ALTER ROLE";
}

namespace {

void check_may_alter_settings(DdlContext& context, const RoleDesc& role) {
  if (role.superuser) {
    require_superuser(context, "must be superuser to alter superusers");
  } else if (!has_attribute(context, &RoleDesc::create_role) && role.oid != current_role(context)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied");
  }
}

}  // namespace

std::string alter_role_set(const ast::AlterRoleSetStmt& statement, DdlContext& context) {
  if (!statement.role) {
    if (!statement.database.empty()) {  // every role in one database: the database's own
      set_database_setting(context, statement.database, *statement.set);
      return "ALTER ROLE";
    }
    require_superuser(context, "must be superuser to alter settings globally");
    apply_role_setting(context, kInvalidOid, kInvalidOid, *statement.set);
    return "ALTER ROLE";
  }
  if (statement.role->role == ast::RoleSpec::Role::kName) refuse_reserved_role(statement.role->name);
  Oid oid = resolve_role(context, *statement.role);
  check_may_alter_settings(context, *context.catalog->find_role(oid));
  if (!statement.database.empty()) {
    // Held against DROP DATABASE, which forgets what is there.
    context.catalog->lock_object(require_database(context, statement.database)->oid, LockMode::kAccessShare);
    apply_role_setting(context, require_database(context, statement.database)->oid, oid, *statement.set);
    return "ALTER ROLE";
  }
  context.catalog->lock_object(oid, LockMode::kAccessExclusive);
  auto changed = std::make_shared<RoleDesc>(*context.catalog->find_role(oid));
  apply_stored_setting(context, changed->settings, *statement.set);
  context.catalog->put_role(std::move(changed));
  return "ALTER ROLE";
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_settings.h"
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

void add_member(DdlContext& context, const std::string& role, const std::string& member, bool admin) {
  Oid group = require_role(context, role)->oid;
  RolePtr old = require_role(context, member);
  context.catalog->lock_object(old->oid, LockMode::kAccessExclusive);
  auto changed = std::make_shared<RoleDesc>(*require_role(context, member));
  auto found = changed->member_of.find(group);
  if (found != changed->member_of.end() && (found->second || !admin)) {
    notice(context, sqlstate::kSuccess, "role \"" + member + "\" is already a member of role \"" + role + "\"");
    return;
  }
  if (group == changed->oid) {
    throw SqlError(sqlstate::kInvalidTransactionState, "role \"" + role + "\" is a member of role \"" + member + "\"");
  }
  changed->member_of[group] = admin;
  context.catalog->put_role(std::move(changed));
}

void remove_member(DdlContext& context, const std::string& role, const std::string& member) {
  Oid group = require_role(context, role)->oid;
  RolePtr old = require_role(context, member);
  context.catalog->lock_object(old->oid, LockMode::kAccessExclusive);
  auto changed = std::make_shared<RoleDesc>(*require_role(context, member));
  if (changed->member_of.erase(group) == 0) {
    notice(context, sqlstate::kSuccess, "role \"" + member + "\" is not a member of role \"" + role + "\"");
    return;
  }
  context.catalog->put_role(std::move(changed));
}

std::vector<std::string> role_names(const ast::DefElem& option) {
  std::vector<std::string> names;
  if (const auto* list = ast::try_as<ast::ListNode>(option.arg)) {
    for (const auto& item : list->items) {
      if (const auto* role = ast::try_as<ast::RoleSpec>(item)) names.push_back(role->name);
      if (const auto* text = ast::try_as<ast::StringNode>(item)) names.push_back(text->value);
    }
  }
  return names;
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

}  // namespace

std::string create_role(const ast::CreateRoleStmt& statement, DdlContext& context) {
  check_new_name(statement.name, statement.location);
  if (context.catalog->find_role(statement.name)) {
    throw SqlError(sqlstate::kDuplicateObject, "role \"" + statement.name + "\" already exists");
  }
  auto role = std::make_shared<RoleDesc>();
  role->oid = context.catalog->allocate_oid();
  role->name = statement.name;
  role->can_login = statement.stmt_kind == ast::RoleStmtKind::kUser;
  for (const auto& option : statement.options) apply_option(context, *option, *role);
  context.catalog->put_role(std::move(role));
  for (const auto& option : statement.options) {
    bool admin = option->name == "adminmembers";
    for (const std::string& name : role_names(*option)) {
      if (option->name == "addroleto") add_member(context, name, statement.name, false);
      if (admin || option->name == "rolemembers") add_member(context, statement.name, name, admin);
    }
  }
  return "CREATE ROLE";
}

std::string alter_role(const ast::AlterRoleStmt& statement, DdlContext& context) {
  Oid oid = resolve_role(context, *statement.role);
  context.catalog->lock_object(oid, LockMode::kAccessExclusive);
  auto changed = std::make_shared<RoleDesc>(*context.catalog->find_role(oid));
  std::string name = changed->name;
  for (const auto& option : statement.options) {
    if (option->name != "rolemembers") apply_option(context, *option, *changed);
  }
  context.catalog->put_role(std::move(changed));
  for (const auto& option : statement.options) {
    if (option->name != "rolemembers") continue;
    for (const std::string& member : role_names(*option)) {
      statement.action > 0 ? add_member(context, name, member, false) : remove_member(context, name, member);
    }
  }
  return "ALTER ROLE";
}

std::string alter_role_set(const ast::AlterRoleSetStmt& statement, DdlContext& context) {
  if (!statement.role) throw SqlError(sqlstate::kFeatureNotSupported, "ALTER ROLE ALL is not supported");
  if (!statement.database.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "ALTER ROLE ... IN DATABASE is not supported");
  }
  Oid oid = resolve_role(context, *statement.role);
  context.catalog->lock_object(oid, LockMode::kAccessExclusive);
  auto changed = std::make_shared<RoleDesc>(*context.catalog->find_role(oid));
  apply_stored_setting(context, changed->settings, *statement.set);
  context.catalog->put_role(std::move(changed));
  return "ALTER ROLE";
}

namespace {

// What a role owns, as "owner of table t"; empty = nothing.
std::vector<std::string> owned_objects(DdlContext& context, Oid role) {
  std::vector<std::string> lines;
  const Catalog& catalog = *context.catalog;
  for (const DatabasePtr& database : catalog.databases()) {
    if (database->owner == role) lines.push_back("owner of database " + database->name);
    if (database->oid == catalog.database()) continue;
    int count = 0;
    for (const RelationPtr& relation : context.exec.catalogs->committed(database->oid)->relations()) {
      count += relation->owner == role && relation->oid >= well_known_oid::kFirstUserOid;
    }
    if (count > 0) {
      lines.push_back(std::to_string(count) + (count == 1 ? " object" : " objects") + " in database " + database->name);
    }
  }
  for (const SchemaPtr& schema : catalog.schemas()) {
    if (schema->owner == role) lines.push_back("owner of schema " + schema->name);
  }
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->owner != role || relation->oid < well_known_oid::kFirstUserOid || relation->kind == 'i') continue;
    lines.push_back("owner of " + std::string(relation_kind_name(relation->kind)) + " " + relation->name);
  }
  return lines;
}

}  // namespace

std::string drop_role(const ast::DropRoleStmt& statement, DdlContext& context) {
  for (const auto& spec : statement.roles) {
    RolePtr role = context.catalog->find_role(spec->name);
    if (!role) {
      if (!statement.if_exists) require_role(context, spec->name);
      notice(context, sqlstate::kSuccess, "role \"" + spec->name + "\" does not exist, skipping");
      continue;
    }
    if (role->name == context.exec.env->current_user()) {
      throw SqlError(sqlstate::kObjectInUse, "current user cannot be dropped");
    }
    if (role->name == context.exec.env->session_user()) {
      throw SqlError(sqlstate::kObjectInUse, "session user cannot be dropped");
    }
    if (role->oid < well_known_oid::kFirstUserOid) {
      throw SqlError(sqlstate::kDependentObjectsStillExist,
                     "cannot drop role " + role->name + " because it is required by the database system");
    }
    context.catalog->lock_object(role->oid, LockMode::kAccessExclusive);
    auto owned = owned_objects(context, role->oid);
    if (!owned.empty()) {
      std::string detail;
      for (const std::string& line : owned) detail += (detail.empty() ? "" : "\n") + line;
      throw SqlError(sqlstate::kDependentObjectsStillExist,
                     "role \"" + role->name + "\" cannot be dropped because some objects depend on it")
          .detail(detail);
    }
    for (const RolePtr& other : context.catalog->roles()) {
      if (!other->member_of.contains(role->oid)) continue;
      auto changed = std::make_shared<RoleDesc>(*other);
      changed->member_of.erase(role->oid);
      context.catalog->put_role(std::move(changed));
    }
    context.catalog->drop_role(role->oid);
  }
  return "DROP ROLE";
}

std::string grant_role(const ast::GrantRoleStmt& statement, DdlContext& context) {
  for (const std::string& role : statement.roles) {
    for (const auto& grantee : statement.grantees) {
      std::string member = context.catalog->find_role(resolve_role(context, *grantee))->name;
      statement.is_grant ? add_member(context, role, member, statement.admin_option)
                         : remove_member(context, role, member);
    }
  }
  return statement.is_grant ? "GRANT ROLE" : "REVOKE ROLE";
}

std::string reassign_owned(const ast::ReassignOwnedStmt& statement, DdlContext& context) {
  Oid new_owner = resolve_role(context, *statement.new_role);
  for (const auto& spec : statement.roles) {
    Oid old_owner = resolve_role(context, *spec);
    for (const RelationPtr& relation : context.catalog->relations()) {
      if (relation->owner != old_owner || relation->oid < well_known_oid::kFirstUserOid) continue;
      lock_relation(context, relation->oid, LockMode::kAccessExclusive);
      if (RelationPtr current = context.catalog->find_relation(relation->oid)) {
        auto changed = copy_relation(*current);
        changed->owner = new_owner;
        store(context, std::move(changed));
      }
    }
    for (const SchemaPtr& schema : context.catalog->schemas()) {
      if (schema->owner != old_owner) continue;
      auto changed = std::make_shared<SchemaDesc>(*schema);
      changed->owner = new_owner;
      context.catalog->put_schema(std::move(changed));
    }
    for (const DatabasePtr& database : context.catalog->databases()) {
      if (database->owner != old_owner) continue;
      auto changed = std::make_shared<DatabaseDesc>(*database);
      changed->owner = new_owner;
      context.catalog->put_database(std::move(changed));
    }
  }
  return "REASSIGN OWNED";
}

std::string drop_owned(const ast::DropOwnedStmt& statement, DdlContext& context) {
  for (const auto& spec : statement.roles) {
    Oid owner = resolve_role(context, *spec);
    if (owner == well_known_oid::kBootstrapRole) {
      throw SqlError(sqlstate::kDependentObjectsStillExist,
                     "cannot drop objects owned by role " + context.catalog->find_role(owner)->name +
                         " because they are required by the database system");
    }
    if (!owned_objects(context, owner).empty()) {
      throw SqlError(sqlstate::kFeatureNotSupported, "DROP OWNED is not supported for roles that own objects");
    }
  }
  return "DROP OWNED";
}

}  // namespace vecino::sql

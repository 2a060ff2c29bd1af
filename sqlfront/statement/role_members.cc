#include "sqlfront/statement/role_members.h"

#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {

using storage::LockMode;

namespace {

RolePtr reload_role(DdlContext& context, Oid oid) {
  RolePtr role = context.catalog->find_role(oid);
  if (!role) throw SqlError(sqlstate::kUndefinedObject, "role with OID " + std::to_string(oid) + " does not exist");
  return role;
}

void check_may_change_members(DdlContext& context, const RoleDesc& role) {
  if (role.superuser) return require_superuser(context, "must be superuser to alter superusers");
  if (has_attribute(context, &RoleDesc::create_role)) return;
  if (is_admin_of(*context.catalog, current_role(context), role.oid)) return;
  throw SqlError(sqlstate::kInsufficientPrivilege, "must have admin option on role \"" + role.name + "\"");
}

void add_member(DdlContext& context, const RoleDesc& role, Oid member_oid, Oid grantor, bool admin) {
  // One lock for all memberships, or two sessions could close a circle.
  context.catalog->lock_object(role_oid::kDatabaseOwner, LockMode::kAccessExclusive);
  context.catalog->lock_object(member_oid, LockMode::kAccessExclusive);
  RolePtr member = reload_role(context, member_oid);
  if (is_member_without_superuser(*context.catalog, role.oid, member_oid)) {
    throw SqlError(sqlstate::kInvalidGrantOperation,
                   "role \"" + role.name + "\" is a member of role \"" + member->name + "\"");
  }
  auto found = member->member_of.find(role.oid);
  if (found != member->member_of.end() && (found->second || !admin)) {
    notice(context, sqlstate::kSuccess,
           "role \"" + member->name + "\" is already a member of role \"" + role.name + "\"");
    return;
  }
  auto changed = std::make_shared<RoleDesc>(*member);
  changed->member_of[role.oid] = admin;
  changed->granted_by[role.oid] = grantor;
  context.catalog->put_role(std::move(changed));
}

void remove_member(DdlContext& context, const RoleDesc& role, Oid member_oid, bool admin_only) {
  context.catalog->lock_object(member_oid, LockMode::kAccessExclusive);
  RolePtr member = reload_role(context, member_oid);
  auto changed = std::make_shared<RoleDesc>(*member);
  auto found = changed->member_of.find(role.oid);
  if (found == changed->member_of.end()) {
    ErrorInfo warning;
    warning.code = sqlstate::kWarning;
    warning.message = "role \"" + member->name + "\" is not a member of role \"" + role.name + "\"";
    context.exec.env->warning(std::move(warning));
    return;
  }
  if (admin_only) {
    found->second = false;
  } else {
    changed->member_of.erase(found);
    changed->granted_by.erase(role.oid);
  }
  context.catalog->put_role(std::move(changed));
}

}  // namespace

void add_members(DdlContext& context, Oid role_id, const std::vector<Oid>& members, Oid grantor, bool admin) {
  if (members.empty()) return;
  RolePtr role = reload_role(context, role_id);
  check_may_change_members(context, *role);
  if (role_id == role_oid::kDatabaseOwner) {
    throw SqlError(sqlstate::kInternalError, "role \"" + role->name + "\" cannot have explicit members");
  }
  if (grantor != current_role(context)) require_superuser(context, "must be superuser to set grantor");
  for (Oid member : members) add_member(context, *role, member, grantor, admin);
}

void remove_members(DdlContext& context, Oid role_id, const std::vector<Oid>& members, bool admin_only) {
  if (members.empty()) return;
  RolePtr role = reload_role(context, role_id);
  check_may_change_members(context, *role);
  for (Oid member : members) remove_member(context, *role, member, admin_only);
}

std::string grant_role(const ast::GrantRoleStmt& statement, DdlContext& context) {
  const Oid grantor = statement.grantor ? resolve_role(context, *statement.grantor) : current_role(context);
  std::vector<Oid> members;
  for (const auto& grantee : statement.grantees) members.push_back(resolve_role(context, *grantee));
  if (statement.has_columns) {
    throw SqlError(sqlstate::kInvalidGrantOperation, "column names cannot be included in GRANT/REVOKE ROLE");
  }
  for (const std::string& name : statement.roles) {
    RolePtr role = context.catalog->find_role(name);
    if (!role) throw SqlError(sqlstate::kUndefinedObject, "role \"" + name + "\" does not exist");
    if (statement.is_grant) {
      add_members(context, role->oid, members, grantor, statement.admin_option);
    } else {
      remove_members(context, role->oid, members, statement.admin_option);
    }
  }
  return statement.is_grant ? "GRANT ROLE" : "REVOKE ROLE";
}

}  // namespace vecino::sql

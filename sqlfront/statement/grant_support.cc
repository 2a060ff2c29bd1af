#include "sqlfront/statement/grant_support.h"

#include <algorithm>
#include <bit>

namespace vecino::sql {
namespace {

struct Grantor {
  Oid role;
  AclMode options;  // what it may grant of what is asked for
};

AclMode direct_options(const Acl& items, Oid role) {
  AclMode options = 0;
  for (const AclItem& item : items) {
    if (item.grantee == role) options |= item.grant_options;
  }
  return options;
}

// The owner when the current role can act as the owner, else that of its roles which may grant most.
Grantor best_grantor(const Catalog& catalog, Oid user, const Acl& items, Oid owner, AclMode wanted) {
  if (Privileges(catalog, user).acts_as(owner)) return {owner, wanted};
  Grantor best{user, 0};
  for (Oid role : roles_of(catalog, user, Membership::kPrivileges)) {
    const AclMode options = direct_options(items, role) & wanted;
    if (options == wanted) return {role, options};
    if (std::popcount(options) > std::popcount(best.options)) best = {role, options};
  }
  return best;
}

std::string described(const GrantObject& object) {
  if (object.column.empty()) return "\"" + object.name + "\"";
  return "column \"" + object.column + "\" of relation \"" + object.name + "\"";
}

[[noreturn]] void throw_denied_object(const GrantObject& object) {
  if (object.column.empty()) throw_denied(object.noun, object.name);
  throw SqlError(sqlstate::kInsufficientPrivilege,
                 "permission denied for column \"" + object.column + "\" of relation \"" + object.name + "\"");
}

void warn(DdlContext& context, SqlState code, std::string message) {
  ErrorInfo info;
  info.code = code;
  info.message = std::move(message);
  context.exec.env->warning(std::move(info));
}

}  // namespace

GrantWork::GrantWork(const ast::GrantStmt& statement, DdlContext& context) : statement_(statement), context_(context) {
  if (statement.grantor && resolve_role(context, *statement.grantor) != current_role(context)) {
    throw SqlError(sqlstate::kFeatureNotSupported, "grantor must be current user");
  }
  for (const auto& grantee : statement.grantees) {
    const bool is_public = grantee->role == ast::RoleSpec::Role::kPublic;
    grantees_.push_back(is_public ? acl::kPublic : resolve_role(context, *grantee));
  }
}

GrantWork::Wanted GrantWork::wanted(AclMode allowed, std::string_view noun) const {
  if (statement_.privileges.empty()) return {allowed, true};
  Wanted wanted;
  for (const auto& privilege : statement_.privileges) {
    if (!privilege->columns.empty()) continue;
    if (privilege->name.empty()) return {allowed, true};
    const AclMode mode = privilege_mode(privilege->name);
    if (mode == 0) {
      throw SqlError(sqlstate::kSyntaxError, "unrecognized privilege type \"" + privilege->name + "\"");
    }
    if (!(mode & allowed)) {
      throw SqlError(sqlstate::kInvalidGrantOperation,
                     "invalid privilege type " + std::string(privilege_name(mode)) + " for " + std::string(noun));
    }
    wanted.mode |= mode;
  }
  return wanted;
}

Acl GrantWork::merge_as(Acl items, Oid owner, Oid grantor, AclMode mode) {
  for (Oid grantee : grantees_) {
    if (statement_.is_grant) {
      if (statement_.grant_option && grantee == acl::kPublic) {
        throw SqlError(sqlstate::kInvalidGrantOperation, "grant options can only be granted to roles");
      }
      const AclMode options = statement_.grant_option ? mode : 0;
      if (options && acl_grant_is_circular(items, owner, {grantee, grantor, mode, options})) {
        throw SqlError(sqlstate::kInvalidGrantOperation, "grant options cannot be granted back to your own grantor");
      }
      if (mode) acl_grant(items, grantee, grantor, mode, options);
      continue;
    }
    const RevokeCascade behavior = statement_.behavior == ast::DropBehavior::kCascade ? RevokeCascade::kCascade
                                                                                      : RevokeCascade::kRestrict;
    if (acl_revoke(items, owner, grantee, grantor, statement_.grant_option ? 0 : mode, mode, behavior)) continue;
    throw SqlError(sqlstate::kDependentObjectsStillExist, "dependent privileges exist")
        .hint("Use CASCADE to revoke them too.");
  }
  return items;
}

Acl GrantWork::merge(const Acl& items, const Acl& seen, const GrantObject& object, Wanted wanted) {
  const Catalog& catalog = *context_.catalog;
  const Grantor grantor = best_grantor(catalog, current_role(context_), seen, object.owner, wanted.mode);
  const AclMode mode = wanted.mode & grantor.options;
  if (mode == 0 && wanted.mode != 0) {
    // Whoever has any privilege on the object hears a warning only.
    Privileges of_grantor(catalog, grantor.role);
    if (!(of_grantor.held(seen) & all_privileges(object.kind)) && !of_grantor.grantable(seen, object.owner)) {
      throw_denied_object(object);
    }
    warn(context_, statement_.is_grant ? sqlstate::kWarningPrivilegeNotGranted : sqlstate::kWarningPrivilegeNotRevoked,
         std::string(statement_.is_grant ? "no privileges were granted for " : "no privileges could be revoked for ") +
             described(object));
  } else if (!wanted.all && mode != wanted.mode) {
    warn(context_, statement_.is_grant ? sqlstate::kWarningPrivilegeNotGranted : sqlstate::kWarningPrivilegeNotRevoked,
         std::string(statement_.is_grant ? "not all privileges were granted for "
                                         : "not all privileges could be revoked for ") +
             described(object));
  }
  return merge_as(items, object.owner, grantor.role, mode);
}

void change_access_list(DdlContext& context, const AccessListDesc& key, const Acl& current, const Acl& changed) {
  if (changed == current) return;
  CatalogTransaction& catalog = *context.catalog;
  AccessListPtr old = catalog.find_access_list(key.name);
  auto list = std::make_shared<AccessListDesc>(key);
  list->oid = old ? old->oid : catalog.allocate_oid();
  list->access_control = format_acl(changed);
  catalog.put_access_list(std::move(list));
}

}  // namespace vecino::sql

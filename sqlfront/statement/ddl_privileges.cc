#include "sqlfront/statement/ddl_privileges.h"

#include "sqlfront/analyze/permissions.h"

namespace vecino::sql {

Privileges privileges_of(DdlContext& context) { return Privileges(*context.catalog, current_role(context)); }

void throw_not_owner(std::string_view noun, std::string_view name) {
  throw SqlError(sqlstate::kInsufficientPrivilege, "must be owner of " + std::string(noun) + " " + std::string(name));
}

void throw_denied(std::string_view noun, std::string_view name, int location) {
  throw SqlError(sqlstate::kInsufficientPrivilege,
                 "permission denied for " + std::string(noun) + " " + std::string(name), location);
}

void require_owner(DdlContext& context, Oid owner, std::string_view noun, std::string_view name) {
  if (!privileges_of(context).acts_as(owner)) throw_not_owner(noun, name);
}

void require_relation_owner(DdlContext& context, const RelationDesc& relation) {
  require_owner(context, relation.owner, relation_noun(relation), relation.name);
}

void require_relation_or_schema_owner(DdlContext& context, const RelationDesc& relation) {
  SchemaPtr schema = context.catalog->find_schema(relation.schema);
  if (schema && privileges_of(context).acts_as(schema->owner)) return;
  require_relation_owner(context, relation);
}

void require_relation_privilege(DdlContext& context, const RelationDesc& relation, AclMode mode) {
  if ((privileges_of(context).on_relation(relation) & mode) != mode) throw_relation_denied(relation);
}

void require_schema_privilege(DdlContext& context, const SchemaDesc& schema, AclMode mode, int location) {
  if (schema.oid == temporary_schema(*context.catalog, context.exec.env->backend_pid())) {
    if (mode & acl::kCreate) require_database_privilege(context, acl::kTemporary);
    return;
  }
  if ((privileges_of(context).on_schema(schema) & mode) != mode) throw_denied("schema", schema.name, location);
}

void require_database_privilege(DdlContext& context, AclMode mode, int location) {
  DatabasePtr database = context.catalog->find_database(context.catalog->database());
  if (!database || (privileges_of(context).on_database(*database) & mode) == mode) return;
  if (mode == acl::kTemporary) {
    throw SqlError(sqlstate::kInsufficientPrivilege,
                   "permission denied to create temporary tables in database \"" + database->name + "\"", location);
  }
  throw_denied("database", database->name);
}

void require_type_usage(DdlContext& context, TypeId type) {
  if (privileges_of(context).on_type(type) & acl::kUsage) return;
  const TypeInfo* info = find_type(type);
  throw_denied("type", format_type(info && is_array_type(*info) ? info->element_id : type));
}

void require_member_of(DdlContext& context, Oid role) {
  if (is_member(*context.catalog, current_role(context), role)) return;
  RolePtr found = context.catalog->find_role(role);
  throw SqlError(sqlstate::kInsufficientPrivilege,
                 "must be member of role \"" + (found ? found->name : std::to_string(role)) + "\"");
}

void require_owner_may_create(DdlContext& context, Oid schema_oid, Oid owner) {
  SchemaPtr schema = context.catalog->find_schema(schema_oid);
  if (!schema || (Privileges(*context.catalog, owner).on_schema(*schema) & acl::kCreate)) return;
  throw_denied("schema", schema->name);
}

void require_superuser(DdlContext& context, const char* message) {
  if (!privileges_of(context).superuser()) throw SqlError(sqlstate::kInsufficientPrivilege, message);
}

bool has_attribute(DdlContext& context, bool RoleDesc::*attribute) {
  RolePtr role = context.catalog->find_role(current_role(context));
  return role && (is_superuser(*context.catalog, role->oid) || (*role).*attribute);
}

void require_may_store_setting(DdlContext& context, std::string_view name) {
  const conf::SettingInfo* info = conf::find_setting(name);
  if (!info) return;
  const bool restricted =
      info->context == conf::SettingContext::kSuperuser || info->context == conf::SettingContext::kSuperuserBackend;
  Privileges mine = privileges_of(context);
  if (!restricted || mine.superuser() || (mine.on_parameter(info->name) & acl::kSet)) return;
  throw SqlError(sqlstate::kInsufficientPrivilege,
                 "permission denied to set parameter \"" + std::string(info->name) + "\"");
}

void require_alter_system(const Catalog& catalog, Oid role, std::string_view name) {
  Privileges mine(catalog, role);
  if (mine.superuser()) return;
  if (name.empty()) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to perform ALTER SYSTEM RESET ALL");
  }
  if (mine.on_parameter(name) & acl::kAlterSystem) return;
  throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to set parameter \"" + std::string(name) + "\"");
}

std::string initial_access_control(DdlContext& context, AclObject object, Oid owner, Oid schema) {
  const char type = object == AclObject::kSequence ? 'S' : object == AclObject::kSchema ? 'n' : 'r';
  AccessListPtr global = context.catalog->find_access_list(default_list_name(owner, kInvalidOid, type));
  AccessListPtr local;
  if (object != AclObject::kSchema) local = context.catalog->find_access_list(default_list_name(owner, schema, type));
  if (!global && !local) return {};
  const Acl defaults = default_acl(object, owner);
  Acl items = global ? parse_acl(global->access_control) : defaults;
  if (local) {
    for (const AclItem& item : parse_acl(local->access_control)) {
      acl_grant(items, item.grantee, item.grantor, item.privileges, item.grant_options);
    }
  }
  Acl sorted_defaults = defaults;
  acl_sort(items);
  acl_sort(sorted_defaults);
  return items == sorted_defaults ? std::string() : format_acl(items);
}

}  // namespace vecino::sql

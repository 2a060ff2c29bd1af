#include <algorithm>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/catalog/role_dependencies.h"
#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/statement/ddl_depend.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_settings.h"
#include "sqlfront/statement/grant_support.h"
#include "sqlfront/types/reg.h"

// DROP ROLE, and what roles own: REASSIGN OWNED, DROP OWNED.

namespace vecino::sql {

using storage::LockMode;

namespace {

std::string relation_text(DdlContext& context, const RelationDesc& relation) {
  const auto& path = analyze_context(context).search_path;
  if (is_relation_visible(*context.catalog, path, relation)) return quote_identifier(relation.name);
  SchemaPtr schema = context.catalog->find_schema(relation.schema);
  return quote_qualified(schema ? schema->name : "", relation.name);
}

std::string default_list_text(DdlContext& context, const AccessListDesc& list) {
  const char* what = list.object_type == 'r'   ? "relations"
                     : list.object_type == 'S' ? "sequences"
                     : list.object_type == 'f' ? "functions"
                     : list.object_type == 'T' ? "types"
                                               : "schemas";
  RolePtr role = context.catalog->find_role(list.role);
  std::string text = std::string("default privileges on new ") + what + " belonging to role " + (role ? role->name : "");
  if (SchemaPtr schema = context.catalog->find_schema(list.schema)) text += " in schema " + schema->name;
  return text;
}

std::string object_text(DdlContext& context, const RoleDependency& dependency) {
  const Catalog& catalog = *context.catalog;
  const NameScope names = name_scope(analyze_context(context));
  switch (dependency.class_id) {
    case catalog_oid::kDatabase: return "database " + catalog.find_database(dependency.object)->name;
    case catalog_oid::kNamespace: return "schema " + catalog.find_schema(dependency.object)->name;
    case catalog_oid::kType: return "type " + format_type(dependency.object, names);
    case catalog_oid::kLanguage: return dependency.object == 14 ? "language sql" : "language plpgsql";
    case catalog_oid::kProc: {
      const FunctionDef* function = find_function(dependency.object);
      return "function " + function_signature(*function, names);
    }
    case catalog_oid::kExtension:
      for (const ExtensionPtr& extension : installed_extensions(catalog)) {
        if (extension->oid == dependency.object) return "extension " + extension->name;
      }
      return "extension";
    case catalog_oid::kClass: {
      RelationPtr relation = catalog.find_relation(dependency.object);
      std::string text = std::string(relation_kind_name(relation->kind)) + " " + relation_text(context, *relation);
      if (dependency.sub == 0) return text;
      return "column " + quote_identifier(relation->columns[dependency.sub - 1].name) + " of " + text;
    }
    default: break;
  }
  for (const AccessListPtr& list : catalog.access_lists()) {
    if (list->oid != dependency.object) continue;
    return list->kind == AccessListKind::kDefault ? default_list_text(context, *list) : "parameter " + list->parameter;
  }
  return "object";
}

// What keeps a role from being dropped, as PostgreSQL's DETAIL lists it; empty = nothing.
std::string dependents_text(DdlContext& context, Oid role) {
  constexpr size_t kMaxReported = 100;
  const Catalog& catalog = *context.catalog;
  auto of_role = [&](std::vector<RoleDependency> all) {
    std::erase_if(all, [&](const RoleDependency& dependency) { return dependency.role != role; });
    return all;
  };
  std::vector<RoleDependency> found = of_role(role_dependencies(catalog));
  for (RoleDependency& dependency : of_role(shared_role_dependencies(catalog))) found.push_back(dependency);
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.object < b.object; });
  std::string text;
  auto line = [&](const std::string& what) { text += (text.empty() ? "" : "\n") + what; };
  for (size_t i = 0; i < found.size() && i < kMaxReported; ++i) {
    line((found[i].type == 'o' ? "owner of " : "privileges for ") + object_text(context, found[i]));
  }
  if (found.size() > kMaxReported) {
    const size_t rest = found.size() - kMaxReported;
    line("and " + std::to_string(rest) + " other " + (rest == 1 ? "object" : "objects") + " (see server log for list)");
  }
  for (const DatabasePtr& database : catalog.databases()) {
    if (database->oid == catalog.database()) continue;
    const size_t count = of_role(role_dependencies(*context.exec.catalogs->committed(database->oid))).size();
    if (count == 0) continue;
    line(std::to_string(count) + (count == 1 ? " object" : " objects") + " in database " + database->name);
  }
  return text;
}

void forget_memberships(DdlContext& context, Oid role) {
  for (const RolePtr& other : context.catalog->roles()) {
    if (!other->member_of.contains(role)) continue;
    auto changed = std::make_shared<RoleDesc>(*other);
    changed->member_of.erase(role);
    changed->granted_by.erase(role);
    context.catalog->put_role(std::move(changed));
  }
}

[[noreturn]] void required_by_system(const std::string& what, const RoleDesc& role) {
  throw SqlError(sqlstate::kDependentObjectsStillExist,
                 "cannot " + what + " objects owned by role " + role.name +
                     " because they are required by the database system");
}

}  // namespace

std::string drop_role(const ast::DropRoleStmt& statement, DdlContext& context) {
  if (!has_attribute(context, &RoleDesc::create_role)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to drop role");
  }
  for (const auto& spec : statement.roles) {
    if (spec->role != ast::RoleSpec::Role::kName) {
      throw SqlError(sqlstate::kInvalidParameterValue, "cannot use special role specifier in DROP ROLE");
    }
    RolePtr role = context.catalog->find_role(spec->name);
    if (!role) {
      if (!statement.if_exists) {
        throw SqlError(sqlstate::kUndefinedObject, "role \"" + spec->name + "\" does not exist");
      }
      notice(context, sqlstate::kSuccess, "role \"" + spec->name + "\" does not exist, skipping");
      continue;
    }
    if (role->oid == current_role(context)) throw SqlError(sqlstate::kObjectInUse, "current user cannot be dropped");
    if (role->oid == context.exec.env->session_role()) {
      throw SqlError(sqlstate::kObjectInUse, "session user cannot be dropped");
    }
    if (role->superuser) require_superuser(context, "must be superuser to drop superusers");
    if (role->oid < well_known_oid::kFirstUserOid) {
      throw SqlError(sqlstate::kDependentObjectsStillExist,
                     "cannot drop role " + role->name + " because it is required by the database system");
    }
    context.catalog->lock_object(role->oid, LockMode::kAccessExclusive);
    std::string dependents = dependents_text(context, role->oid);
    if (!dependents.empty()) {
      throw SqlError(sqlstate::kDependentObjectsStillExist,
                     "role \"" + role->name + "\" cannot be dropped because some objects depend on it")
          .detail(dependents);
    }
    forget_memberships(context, role->oid);
    forget_role_settings(context, kInvalidOid, role->oid);
    context.catalog->drop_role(role->oid);
  }
  return "DROP ROLE";
}

// --- REASSIGN OWNED ------------------------------------------------------------------------------------------------

std::string reassign_owned(const ast::ReassignOwnedStmt& statement, DdlContext& context) {
  std::vector<Oid> old_owners;
  for (const auto& spec : statement.roles) {
    old_owners.push_back(resolve_role(context, *spec));
    if (!privileges_of(context).acts_as(old_owners.back())) {
      throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to reassign objects");
    }
  }
  const Oid new_owner = resolve_role(context, *statement.new_role);
  if (!privileges_of(context).acts_as(new_owner)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to reassign objects");
  }
  for (Oid old_owner : old_owners) {
    RolePtr role = context.catalog->find_role(old_owner);
    if (old_owner < well_known_oid::kFirstUserOid) required_by_system("reassign ownership of", *role);
    for (const RelationPtr& relation : context.catalog->relations()) {
      if (relation->owner != old_owner || relation->oid < well_known_oid::kFirstUserOid) continue;
      if (relation->kind == 'i' || (relation->sequence && relation->sequence->owner_table != kInvalidOid)) continue;
      lock_relation(context, relation->oid, LockMode::kAccessExclusive);
      RelationPtr current = context.catalog->find_relation(relation->oid);
      if (current && current->owner == old_owner) set_relation_owner(context, *current, new_owner);
    }
    for (const SchemaPtr& schema : context.catalog->schemas()) {
      if (schema->owner == old_owner) set_schema_owner(context, *schema, new_owner);
    }
    for (const ExtensionPtr& extension : installed_extensions(*context.catalog)) {
      if (extension->owner != old_owner) continue;
      auto changed = std::make_shared<ExtensionDesc>(*extension);
      changed->owner = new_owner;
      context.catalog->put_extension(std::move(changed));
    }
    for (const DatabasePtr& database : context.catalog->databases()) {
      if (database->owner == old_owner) set_database_owner(context, *database, new_owner);
    }
  }
  return "REASSIGN OWNED";
}

// --- DROP OWNED ----------------------------------------------------------------------------------------------------

namespace {

// Nothing of what the role was granted, and nothing it has granted, remains.
bool forget_in_list(std::string& list, Oid role) {
  if (list.empty()) return false;
  Acl items = parse_acl(list);
  if (!acl_mentions(items, role)) return false;
  std::erase_if(items, [&](const AclItem& item) { return item.grantee == role || item.grantor == role; });
  list = format_acl(items);
  return true;
}

void revoke_from_relations(DdlContext& context, Oid role) {
  for (const RelationPtr& relation : context.catalog->relations()) {
    if (relation->oid < well_known_oid::kFirstUserOid || relation->owner == role) continue;
    auto changed = copy_relation(*relation);
    bool differs = forget_in_list(changed->access_control, role);
    for (ColumnDesc& column : changed->columns) {
      differs |= forget_in_list(column.access_control, role);
      if (column.access_control == "{}") column.access_control.clear();
    }
    if (!differs) continue;
    lock_relation(context, relation->oid, LockMode::kShareUpdateExclusive);
    store(context, std::move(changed));
  }
}

void revoke_everywhere(DdlContext& context, Oid role) {
  CatalogTransaction& catalog = *context.catalog;
  revoke_from_relations(context, role);
  for (const SchemaPtr& schema : catalog.schemas()) {
    auto changed = std::make_shared<SchemaDesc>(*schema);
    if (schema->owner != role && forget_in_list(changed->access_control, role)) catalog.put_schema(std::move(changed));
  }
  for (const DatabasePtr& database : catalog.databases()) {
    auto changed = std::make_shared<DatabaseDesc>(*database);
    if (database->owner != role && forget_in_list(changed->access_control, role)) {
      catalog.put_database(std::move(changed));
    }
  }
  for (const AccessListPtr& list : catalog.access_lists()) {
    if (list->kind == AccessListKind::kDefault && list->role == role) {
      catalog.drop_access_list(*list);
      continue;
    }
    auto changed = std::make_shared<AccessListDesc>(*list);
    if (!forget_in_list(changed->access_control, role)) continue;
    const bool gone = changed->access_control == "{}" &&
                      (list->kind == AccessListKind::kParameter ||
                       (list->kind == AccessListKind::kDefault && list->schema != kInvalidOid));
    if (gone) {
      catalog.drop_access_list(*list);
    } else {
      catalog.put_access_list(std::move(changed));
    }
  }
}

std::vector<ObjectRef> owned_objects(DdlContext& context, Oid role) {
  std::vector<ObjectRef> objects;
  for (const SchemaPtr& schema : context.catalog->schemas()) {
    if (schema->owner == role && !schema->name.starts_with("pg_temp_")) {
      objects.push_back({ObjectRef::Kind::kSchema, schema->oid});
    }
  }
  for (const ExtensionPtr& extension : installed_extensions(*context.catalog)) {
    if (extension->owner == role) objects.push_back({ObjectRef::Kind::kExtension, extension->oid});
  }
  for (const RelationPtr& relation : context.catalog->relations()) {
    if (relation->owner != role || relation->oid < well_known_oid::kFirstUserOid || relation->kind == 'i') continue;
    if (relation->sequence && relation->sequence->owner_table != kInvalidOid) continue;  // goes with its table
    lock_relation(context, relation->oid, LockMode::kAccessExclusive);
    if (context.catalog->find_relation(relation->oid)) {
      objects.push_back({ObjectRef::Kind::kRelation, relation->oid});
    }
  }
  return objects;
}

}  // namespace

std::string drop_owned(const ast::DropOwnedStmt& statement, DdlContext& context) {
  std::vector<Oid> roles;
  for (const auto& spec : statement.roles) {
    roles.push_back(resolve_role(context, *spec));
    if (!privileges_of(context).acts_as(roles.back())) {
      throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to drop objects");
    }
  }
  std::vector<ObjectRef> objects;
  for (Oid role : roles) {
    if (role < well_known_oid::kFirstUserOid) required_by_system("drop", *context.catalog->find_role(role));
    for (const ObjectRef& object : owned_objects(context, role)) objects.push_back(object);
    revoke_everywhere(context, role);
  }
  if (!objects.empty()) drop_with_dependents(context, std::move(objects), statement.behavior);
  return "DROP OWNED";
}

}  // namespace vecino::sql

#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/grant_support.h"

// ALTER DEFAULT PRIVILEGES (manual: that page, and pg_default_acl).

namespace vecino::sql {
namespace {

using ast::ObjectType;

char object_type_of(const ast::GrantStmt& statement) {
  switch (statement.object_type) {
    case ObjectType::kTable: return 'r';
    case ObjectType::kSequence: return 'S';
    case ObjectType::kFunction:
    case ObjectType::kProcedure:
    case ObjectType::kRoutine: return 'f';
    case ObjectType::kType: return 'T';
    case ObjectType::kSchema: return 'n';
    default:
      throw SqlError(sqlstate::kFeatureNotSupported, "ALTER DEFAULT PRIVILEGES is not supported for this kind of object");
  }
}

std::string_view noun_of(char object_type) {
  switch (object_type) {
    case 'r': return "relation";
    case 'S': return "sequence";
    case 'f': return "function";
    case 'T': return "type";
    default: return "schema";
  }
}

void alter_list(GrantWork& work, Oid role, Oid schema, char type, AclMode mode) {
  DdlContext& context = work.context();
  const std::string name = default_list_name(role, schema, type);
  context.catalog->lock_access_list(name);
  AccessListPtr old = context.catalog->find_access_list(name);
  // Those of a schema are granted beyond the global ones.
  Acl items = old                      ? parse_acl(old->access_control)
              : schema != kInvalidOid ? Acl()
                                      : default_acl(default_list_object(type), role);
  store_default_list(context, role, schema, type, work.merge_as(std::move(items), role, role, mode));
}

}  // namespace

AclObject default_list_object(char object_type) {
  switch (object_type) {
    case 'r': return AclObject::kTable;
    case 'S': return AclObject::kSequence;
    case 'f': return AclObject::kFunction;
    case 'T': return AclObject::kType;
    default: return AclObject::kSchema;
  }
}

void store_default_list(DdlContext& context, Oid role, Oid schema, char type, const Acl& items) {
  CatalogTransaction& catalog = *context.catalog;
  const std::string name = default_list_name(role, schema, type);
  AccessListPtr old = catalog.find_access_list(name);
  Acl sorted = items, defaults = schema != kInvalidOid ? Acl() : default_acl(default_list_object(type), role);
  acl_sort(sorted);
  acl_sort(defaults);
  const bool is_default = sorted == defaults;
  if (is_default) {
    if (old) catalog.drop_access_list(*old);
    return;
  }
  auto list = std::make_shared<AccessListDesc>();
  list->oid = old ? old->oid : catalog.allocate_oid();
  list->name = name;
  list->kind = AccessListKind::kDefault;
  list->role = role;
  list->schema = schema;
  list->object_type = type;
  list->access_control = format_acl(sorted);
  catalog.put_access_list(std::move(list));
}

std::string alter_default_privileges(const ast::GrantStmt& statement, DdlContext& context) {
  GrantWork work(statement, context);
  const char type = object_type_of(statement);
  const AclMode mode = work.wanted(all_privileges(default_list_object(type)), noun_of(type)).mode;
  std::vector<Oid> roles, schemas;
  for (const auto& spec : statement.for_roles) {
    roles.push_back(resolve_role(context, *spec));
    require_member_of(context, roles.back());
  }
  if (roles.empty()) roles.push_back(current_role(context));
  if (!statement.in_schemas.empty() && type == 'n') {
    throw SqlError(sqlstate::kInvalidGrantOperation,
                   "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS");
  }
  for (const std::string& name : statement.in_schemas) {
    schemas.push_back(find_schema_or_throw(*context.catalog, name)->oid);
  }
  if (schemas.empty()) schemas.push_back(kInvalidOid);
  for (Oid role : roles) {
    for (Oid schema : schemas) alter_list(work, role, schema, type, mode);
  }
  return "ALTER DEFAULT PRIVILEGES";
}

}  // namespace vecino::sql

#pragma once

#include "sqlfront/catalog/privileges.h"
#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// Checks of definition statements; each throws 42501 in PostgreSQL's words.

Privileges privileges_of(DdlContext& context);  // of the current role, as of now
[[noreturn]] void throw_not_owner(std::string_view noun, std::string_view name);
[[noreturn]] void throw_denied(std::string_view noun, std::string_view name, int location = -1);

void require_owner(DdlContext& context, Oid owner, std::string_view noun, std::string_view name);
void require_relation_owner(DdlContext& context, const RelationDesc& relation);
void require_relation_or_schema_owner(DdlContext& context, const RelationDesc& relation);
void require_relation_privilege(DdlContext& context, const RelationDesc& relation, AclMode mode);
void require_schema_privilege(DdlContext& context, const SchemaDesc& schema, AclMode mode, int location = -1);
void require_database_privilege(DdlContext& context, AclMode mode, int location = -1);
void require_type_usage(DdlContext& context, TypeId type);
// ALTER ... OWNER TO: the current role must be a member of the new owner, who must be allowed to create in the schema.
void require_member_of(DdlContext& context, Oid role);
void require_owner_may_create(DdlContext& context, Oid schema, Oid owner);
void require_superuser(DdlContext& context, const char* message);
bool has_attribute(DdlContext& context, bool RoleDesc::*attribute);  // superusers have them all
// A setting that only superusers may store (ALTER ROLE/DATABASE ... SET, ALTER SYSTEM): SET or ALTER SYSTEM on it will do.
void require_may_store_setting(DdlContext& context, std::string_view name);
void require_alter_system(const Catalog& catalog, Oid role, std::string_view name);  // empty name: RESET ALL

// relacl or nspacl of a new object after ALTER DEFAULT PRIVILEGES; empty = the built-in defaults.
std::string initial_access_control(DdlContext& context, AclObject object, Oid owner, Oid schema);

}  // namespace vecino::sql

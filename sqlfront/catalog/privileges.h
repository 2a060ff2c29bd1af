#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/access_control.h"
#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// Who may do what (manual 5.7 and chapter 22): role membership and the privileges that follow from it.

namespace role_oid {
inline constexpr Oid kMonitor = 3373, kReadAllSettings = 3374, kReadAllStats = 3375, kStatScanTables = 3377,
                     kSignalBackend = 4200, kCheckpoint = 4544, kReadServerFiles = 4569, kWriteServerFiles = 4570,
                     kExecuteServerProgram = 4571, kDatabaseOwner = 6171, kReadAllData = 6181, kWriteAllData = 6182;
}

bool is_superuser(const Catalog& catalog, Oid role);
// kPrivileges follows memberships as far as roles INHERIT; kSet all of them (SET ROLE).
enum class Membership : uint8_t { kPrivileges, kSet };
// The role itself first.
std::vector<Oid> roles_of(const Catalog& catalog, Oid role, Membership kind);
bool is_member_without_superuser(const Catalog& catalog, Oid member, Oid role);
bool is_member(const Catalog& catalog, Oid member, Oid role);  // superusers are members of all
bool is_admin_of(const Catalog& catalog, Oid member, Oid role);

// Keys of Catalog::find_access_list.
std::string access_list_name(AccessListKind kind, Oid object);  // all but kDefault and kParameter
std::string default_list_name(Oid role, Oid schema, char object_type);
std::string parameter_list_name(std::string_view parameter);

// The lists as they are now, defaults and what the system starts with included.
Acl relation_acl(const Catalog& catalog, const RelationDesc& relation);
Acl initial_relation_acl(const RelationDesc& system_relation);
bool has_initial_acl(const RelationDesc& system_relation);
Acl column_acl(const RelationDesc& relation, AttrNumber column);
Acl schema_acl(const SchemaDesc& schema);
Acl database_acl(const DatabaseDesc& database);
Acl function_acl(const Catalog& catalog, Oid function);
Acl initial_function_acl(std::string_view function_name);
bool has_initial_acl(std::string_view function_name);  // pg_proc.proacl is not null from the start
Acl type_acl(const Catalog& catalog, Oid type);
Acl language_acl(const Catalog& catalog, Oid language);
Acl parameter_acl(const Catalog& catalog, std::string_view parameter);
inline AclObject acl_object_of(const RelationDesc& relation) {
  return relation.kind == 'S' ? AclObject::kSequence : AclObject::kTable;
}

// What one role may do. Cheap to make; holds on to the catalog, which must outlive it.
class Privileges {
 public:
  Privileges(const Catalog& catalog, Oid role);

  Oid role() const { return role_; }
  const Catalog& catalog() const { return catalog_; }
  bool superuser() const { return superuser_; }
  // Superusers, the role itself and members: ownership checks, predefined roles.
  bool acts_as(Oid role) const;
  bool owns(const RelationDesc& relation) const { return acts_as(relation.owner); }

  AclMode held(const Acl& items) const;  // all bits for superusers
  AclMode grantable(const Acl& items, Oid owner) const;

  AclMode on_relation(const RelationDesc& relation) const;
  // From the column's own list; what the table's gives is not in it.
  AclMode on_column(const RelationDesc& relation, AttrNumber column) const;
  AclMode on_schema(const SchemaDesc& schema) const;
  AclMode on_database(const DatabaseDesc& database) const;
  AclMode on_function(Oid function) const { return held(function_acl(catalog_, function)); }
  AclMode on_type(Oid type) const { return held(type_acl(catalog_, type)); }
  AclMode on_language(Oid language) const { return held(language_acl(catalog_, language)); }
  AclMode on_parameter(std::string_view parameter) const { return held(parameter_acl(catalog_, parameter)); }

  // All / any of the columns that are not dropped. Any: false when there is none.
  bool on_every_column(const RelationDesc& relation, AclMode mode) const;
  bool on_some_column(const RelationDesc& relation, AclMode mode) const;

 private:
  const Catalog& catalog_;
  const Oid role_;
  bool superuser_;
  std::vector<Oid> roles_;  // whose privileges it has
};

// Settings that tell about the machine (SHOW, current_setting, pg_settings): for pg_read_all_settings only.
bool is_private_setting(std::string_view name);
void require_may_read_setting(const Catalog& catalog, Oid role, std::string_view name);  // 42501

}  // namespace vecino::sql

#pragma once

#include <vector>

#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// What depends on roles (pg_shdepend): objects they own and privileges they were granted. Roles of the system itself are
// left out.
struct RoleDependency {
  Oid role;
  Oid class_id, object;  // as pg_shdepend has them
  int sub = 0;           // column
  char type = 'o';       // 'o' owner, 'a' privileges
};

namespace dependency_class {
inline constexpr Oid kDefaultAcl = 826, kParameterAcl = 6243;
}

std::vector<RoleDependency> shared_role_dependencies(const Catalog& catalog);  // databases, settings
// Objects of the catalog's database, in oid order.
std::vector<RoleDependency> role_dependencies(const Catalog& catalog);

}  // namespace vecino::sql

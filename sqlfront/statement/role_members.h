#pragma once

#include <vector>

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// Membership in roles (manual 22.3), with the checks of PostgreSQL 15: CREATEROLE or ADMIN OPTION on the role, and only
// superusers touch superusers.

void add_members(DdlContext& context, Oid role, const std::vector<Oid>& members, Oid grantor, bool admin);
// admin_only: takes ADMIN OPTION, the membership stays.
void remove_members(DdlContext& context, Oid role, const std::vector<Oid>& members, bool admin_only);

}  // namespace vecino::sql

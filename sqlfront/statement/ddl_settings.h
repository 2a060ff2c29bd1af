#pragma once

#include <string>
#include <vector>

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// ALTER DATABASE / ROLE ... SET and RESET: changes a list of "name=value" (pg_db_role_setting.setconfig). The value is
// validated by trying it on the session.
void apply_stored_setting(DdlContext& context, std::vector<std::string>& settings, const ast::VariableSetStmt& set);
// The same for a role in one database, or of everybody everywhere (both oids invalid).
void apply_role_setting(DdlContext& context, Oid database, Oid role, const ast::VariableSetStmt& set);
// DROP DATABASE or DROP ROLE: what is kept for it (the other oid is invalid) together with others goes too.
void forget_role_settings(DdlContext& context, Oid database, Oid role);

}  // namespace vecino::sql

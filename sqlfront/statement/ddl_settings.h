#pragma once

#include <string>
#include <vector>

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// ALTER DATABASE / ROLE ... SET and RESET: changes a list of "name=value" (pg_db_role_setting.setconfig). The value is
// validated by trying it on the session.
void apply_stored_setting(DdlContext& context, std::vector<std::string>& settings, const ast::VariableSetStmt& set);

}  // namespace vecino::sql

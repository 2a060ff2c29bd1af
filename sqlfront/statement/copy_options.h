#pragma once

#include <string>
#include <vector>

#include "sqlfront/catalog/descriptors.h"
#include "sqlfront/parse/ast.h"
#include "sqlfront/statement/copy_codec.h"

namespace vecino::sql {

// COPY's WITH (...) list, checked as PostgreSQL does (manual: COPY, Parameters). `columns` are the names being copied,
// for FORCE_QUOTE & co.; `table` is null for a query. Throws SqlError.
CopyOptions copy_options(const ast::CopyStmt& statement, const std::vector<std::string>& columns,
                         const RelationDesc* table);

// 0-based table columns of COPY's column list, in its order; all visible ones when no list is given. Throws 42703, 42701.
std::vector<int> copy_columns(const ast::CopyStmt& statement, const RelationDesc& table);

}  // namespace vecino::sql

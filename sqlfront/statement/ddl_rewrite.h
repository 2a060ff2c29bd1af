#pragma once

#include <functional>

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// Passes over a table's rows for ALTER TABLE. REQUIRES: the table is locked against writers.

bool table_is_empty(DdlContext& context, const RelationDesc& table);
// 23502 when a row has NULL there.
void require_no_nulls(DdlContext& context, const RelationDesc& table, AttrNumber column);
// 23514 when a row violates the constraint.
void validate_check(DdlContext& context, const RelationDesc& table, const CheckConstraintDesc& check);

// New contents of a column: an expression over the old columns; null keeps the old value.
struct ColumnSource {
  ExprPtr expr;
};
// Writes all rows of `before` into a new storage in the shape of `after` (columns beyond the old ones need a source),
// checks NOT NULL and the checks, stores `after` and rebuilds its indexes.
void rewrite_table(DdlContext& context, const RelationDesc& before, std::shared_ptr<RelationDesc> after,
                   const std::vector<ColumnSource>& sources);

}  // namespace vecino::sql

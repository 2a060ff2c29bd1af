#pragma once

#include "sqlfront/statement/ddl_table.h"

namespace vecino::sql {

// CREATE TABLE (LIKE source INCLUDING ...).
struct LikeSource {
  RelationPtr table;
  uint32_t options = 0;
  std::vector<AttrNumber> attribute_map;  // source attnum - 1 -> new attnum, 0 = dropped in the source
};
LikeSource copy_like_columns(DdlContext& context, TableWork& work, const ast::TableLikeClause& like);
// After the table is stored: INCLUDING INDEXES and IDENTITY comments of columns.
void copy_like_indexes(DdlContext& context, TableWork& work, const LikeSource& source);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// An index to create, everything resolved.
struct IndexRequest {
  std::string name;  // empty = choose from `column_names`
  IndexDesc desc;    // table is filled in
  std::vector<std::string> column_names;
  bool is_constraint = false;  // PRIMARY KEY, UNIQUE
};

enum class IndexContents : uint8_t { kEmptyTable, kBuild };

// Puts the index relation and fills it.
RelationPtr create_index(DdlContext& context, const RelationDesc& table, IndexRequest request, IndexContents contents);
// Name that create_index() would choose.
std::string choose_index_name(DdlContext& context, const RelationDesc& table, const IndexRequest& request);

// The key of PRIMARY KEY / UNIQUE over plain columns with the default btree classes. Throws 42704 when a type has none.
IndexRequest unique_index_request(const RelationDesc& table, std::span<const AttrNumber> columns,
                                  const std::string& name, bool primary, bool nulls_not_distinct);
const index::AccessMethod& require_access_method(const std::string& name);
// Validated WITH (...) of an index.
std::vector<std::pair<std::string, std::string>> index_options(const index::AccessMethod& method,
                                                               const ast::DefList& options);

std::string create_index_statement(const ast::IndexStmt& statement, DdlContext& context);
std::string reindex(const ast::ReindexStmt& statement, DdlContext& context);
// Gives the index a new, empty storage and fills it from `table`.
void rebuild_index(DdlContext& context, const RelationDesc& table, const RelationDesc& index);

}  // namespace vecino::sql

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// An index to create, everything resolved.
struct IndexRequest {
  std::string name;  // empty = choose from `column_names`
  IndexDesc desc;    // table is filled in
  std::vector<std::string> column_names;
  bool is_constraint = false;  // PRIMARY KEY, UNIQUE
};

enum class IndexContents : uint8_t {
  kEmptyTable,
  kBuild,
  kLater,  // by build_declared_index(); until then the index is not valid: maintained, and not read
};

// Puts the index relation and fills it.
RelationPtr create_index(DdlContext& context, const RelationDesc& table, IndexRequest request, IndexContents contents);
// Name that create_index() would choose.
std::string choose_index_name(DdlContext& context, const RelationDesc& table, const IndexRequest& request);

// The key of PRIMARY KEY / UNIQUE over plain columns with the default btree classes. Throws 42704 when a type has none.
IndexRequest unique_index_request(const RelationDesc& table, std::span<const AttrNumber> columns,
                                  const std::string& name, bool primary, bool nulls_not_distinct);
// Appends a column of INCLUDE (...). Throws 42703.
void include_column(const RelationDesc& table, const std::string& name, IndexRequest& request);
const index::AccessMethod& require_access_method(const std::string& name);
// Validated WITH (...) of an index.
std::vector<std::pair<std::string, std::string>> index_options(const index::AccessMethod& method,
                                                               const ast::DefList& options);

std::string create_index_statement(const ast::IndexStmt& statement, DdlContext& context);

// CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY in steps, each in a transaction of its own, for access methods that take
// writes while they are built (vector indexes).
bool builds_under_writers(const RelationDesc& index);
bool builds_under_writers(const ast::IndexStmt& statement);
// The index in the catalog. nullopt: IF NOT EXISTS, and it does.
std::optional<Oid> declare_index(const ast::IndexStmt& statement, DdlContext& context);
// A twin of an index, which replace_index() will take.
Oid declare_twin(Oid index, DdlContext& context);
// REQUIRES: no transaction is left that wrote to the table without knowing the index.
void build_declared_index(Oid index, std::string_view command, DdlContext& context);
// Gives the twin's storage to the index and drops the twin.
void replace_index(Oid index, Oid twin, DdlContext& context);
// After a failure. The index may be gone.
void drop_declared_index(Oid index, DdlContext& context);
// What a REINDEX statement names.
std::vector<Oid> indexes_to_rebuild(const ast::ReindexStmt& statement, DdlContext& context);
// REINDEX INDEX of one index.
void reindex_index(Oid index, DdlContext& context);
std::string reindex(const ast::ReindexStmt& statement, DdlContext& context);
// Gives the index a new, empty storage and fills it from `table`.
void rebuild_index(DdlContext& context, const RelationDesc& table, const RelationDesc& index);

}  // namespace vecino::sql

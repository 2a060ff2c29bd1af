#pragma once

#include <vector>

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// ON COMMIT actions of one session's temporary tables; the session owns it and hands it in with DdlContext. Entries of
// tables that are gone by then (dropped, rolled back) are skipped.
struct TemporaryObjects {
  std::vector<Oid> delete_rows, drop;
  bool has_commit_actions() const { return !delete_rows.empty() || !drop.empty(); }
};

void check_on_commit(ast::OnCommit on_commit, char persistence);
void remember_temporary(DdlContext& context, const RelationDesc& table, ast::OnCommit on_commit);
// Before every COMMIT while has_commit_actions().
void run_on_commit_actions(DdlContext& context);
// At the end of a session and for DISCARD TEMP: drops what lives in its temporary schema.
void drop_temporary_objects(DdlContext& context);
// At the start of the server: drops what sessions of an earlier run left behind.
void drop_orphaned_temporary_objects(CatalogTransaction& catalog, storage::Transaction& txn,
                                     storage::TableStore& tables, CatalogManager& catalogs);

}  // namespace vecino::sql

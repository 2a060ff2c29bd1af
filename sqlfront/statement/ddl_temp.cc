#include "sqlfront/statement/ddl_temp.h"

#include <algorithm>

#include "sqlfront/statement/ddl_depend.h"
#include "sqlfront/statement/ddl_objects.h"

namespace vecino::sql {

void check_on_commit(ast::OnCommit on_commit, char persistence) {
  if (on_commit == ast::OnCommit::kNoop || persistence == 't') return;
  throw SqlError(sqlstate::kInvalidTableDefinition, "ON COMMIT can only be used on temporary tables");
}

void remember_temporary(DdlContext& context, const RelationDesc& table, ast::OnCommit on_commit) {
  if (on_commit != ast::OnCommit::kDeleteRows && on_commit != ast::OnCommit::kDrop) return;
  if (!context.temporary) {
    throw SqlError(sqlstate::kFeatureNotSupported, "ON COMMIT is not supported here");
  }
  auto& list = on_commit == ast::OnCommit::kDrop ? context.temporary->drop : context.temporary->delete_rows;
  list.push_back(table.oid);
}

void run_on_commit_actions(DdlContext& context) {
  TemporaryObjects& temporary = *context.temporary;
  context.catalog->refresh();
  auto gone = [&](Oid oid) { return !context.catalog->find_relation(oid); };
  std::vector<ObjectRef> dropped;
  for (Oid oid : temporary.drop) {
    if (!gone(oid)) dropped.push_back({ObjectRef::Kind::kRelation, oid});
  }
  if (!dropped.empty()) drop_with_dependents(context, std::move(dropped), ast::DropBehavior::kCascade);
  temporary.drop.clear();
  std::erase_if(temporary.delete_rows, gone);
  for (Oid oid : temporary.delete_rows) truncate_table(context, *reload(context, oid));
}

void drop_temporary_objects(DdlContext& context) {
  context.catalog->refresh();
  Oid schema = temporary_schema(*context.catalog, context.exec.env->backend_pid());
  if (schema == kInvalidOid) return;
  // A fresh list each time: dropping a table takes its indexes and sequences along.
  for (const RelationPtr& relation : context.catalog->relations()) {
    if (relation->schema != schema || relation->kind == 'i') continue;
    if (RelationPtr current = context.catalog->find_relation(relation->oid)) drop_relation_storage(context, *current);
  }
  context.catalog->drop_schema(schema);
  if (context.temporary) *context.temporary = {};
}

void drop_orphaned_temporary_objects(CatalogTransaction& catalog, storage::Transaction& txn,
                                     storage::TableStore& tables, CatalogManager& catalogs) {
  std::vector<Oid> schemas;
  for (const SchemaPtr& schema : catalog.schemas()) {
    if (schema->name.starts_with("pg_temp_")) schemas.push_back(schema->oid);
  }
  if (schemas.empty()) return;
  DdlContext context;
  context.catalog = &catalog;
  context.exec.txn = &txn;
  context.exec.tables = &tables;
  context.exec.catalogs = &catalogs;
  context.exec.catalog = &catalog;
  for (const RelationPtr& relation : catalog.relations()) {
    if (relation->kind == 'i' || std::find(schemas.begin(), schemas.end(), relation->schema) == schemas.end()) continue;
    if (RelationPtr current = catalog.find_relation(relation->oid)) drop_relation_storage(context, *current);
  }
  for (Oid schema : schemas) catalog.drop_schema(schema);
}

}  // namespace vecino::sql

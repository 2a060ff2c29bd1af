#include <algorithm>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/statement/ddl_depend.h"
#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_sequence.h"

namespace vecino::sql {

using storage::LockMode;

void truncate_table(DdlContext& context, const RelationDesc& table) {
  context.exec.tables->drop(*context.exec.txn, table.layout);
  auto fresh = copy_relation(table);
  fresh->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  fresh->statistics.row_count = -1;
  Oid oid = fresh->oid;
  store(context, std::move(fresh));
  for (Oid index_oid : table.indexes) {
    lock_relation(context, index_oid, LockMode::kAccessExclusive);
    rebuild_index(context, *reload(context, oid), *reload(context, index_oid));
  }
}

namespace {

void require_truncate(DdlContext& context, const RelationDesc& relation) {
  require_relation_privilege(context, relation, acl::kTruncate);
}

void refuse_not_a_table(const RelationDesc& relation) {
  if (relation.kind != 'r') throw SqlError(sqlstate::kWrongObjectType, "\"" + relation.name + "\" is not a table");
}

// Tables that reference a truncated one must be truncated too (manual: TRUNCATE).
void check_references(DdlContext& context, std::vector<Oid>& tables, ast::DropBehavior behavior) {
  for (size_t i = 0; i < tables.size(); ++i) {
    for (const RelationPtr& other : context.catalog->relations()) {
      if (std::find(tables.begin(), tables.end(), other->oid) != tables.end()) continue;
      bool refers = std::any_of(other->foreign_keys.begin(), other->foreign_keys.end(),
                                [&](const ForeignKeyDesc& key) { return key.referenced == tables[i]; });
      if (!refers) continue;
      if (behavior == ast::DropBehavior::kRestrict) {
        std::string name = reload(context, tables[i])->name;
        throw SqlError(sqlstate::kFeatureNotSupported,
                       "cannot truncate a table referenced in a foreign key constraint")
            .detail("Table \"" + other->name + "\" references \"" + name + "\".")
            .hint("Truncate table \"" + other->name + "\" at the same time, or use TRUNCATE ... CASCADE.");
      }
      notice(context, sqlstate::kSuccess, "truncate cascades to table \"" + other->name + "\"");
      require_truncate(context, *other);
      lock_relation(context, other->oid, LockMode::kAccessExclusive);
      tables.push_back(other->oid);
    }
  }
}

}  // namespace

std::string truncate(const ast::TruncateStmt& statement, DdlContext& context) {
  std::vector<Oid> tables;
  for (const auto& name : statement.relations) {
    RelationPtr table =
        open_relation(context, *name, LockMode::kAccessExclusive, OnMissing::kFail, &require_truncate);
    refuse_not_a_table(*table);
    refuse_system_relation(context, *table);
    if (std::find(tables.begin(), tables.end(), table->oid) == tables.end()) tables.push_back(table->oid);
  }
  check_references(context, tables, statement.behavior);
  for (Oid oid : tables) {
    RelationPtr table = reload(context, oid);
    refuse_pending_events(context, *table, "TRUNCATE");
    truncate_table(context, *table);
    if (!statement.restart_identity) continue;
    for (const ColumnDesc& column : table->columns) {
      if (column.sequence == kInvalidOid) continue;
      require_relation_owner(context, *reload(context, column.sequence));
      lock_relation(context, column.sequence, LockMode::kShareRowExclusive);
      restart_sequence(context, *reload(context, column.sequence));
    }
  }
  return "TRUNCATE TABLE";
}

}  // namespace vecino::sql

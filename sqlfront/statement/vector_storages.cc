#include "sqlfront/statement/vector_storages.h"

#include <algorithm>

#include "sqlfront/exec/knn/vector_cache.h"

namespace vecino::sql {

namespace {

bool has_vector_column(const RelationDesc& relation) {
  if (relation.kind != 'r' || relation.system) return false;
  return std::any_of(relation.columns.begin(), relation.columns.end(), [](const ColumnDesc& column) {
    return !column.dropped && column.type.id == type_id::kVector;
  });
}

// Does a column's number mean the same values in both? Columns are only appended and dropped; only an appended one has
// values that are not in the rows.
bool is_same_layout(const storage::TableLayout& before, const storage::TableLayout& after) {
  return before.storage_id == after.storage_id &&
         std::equal(before.columns.begin(), before.columns.end(), after.columns.begin(), after.columns.end(),
                    [](const storage::ColumnLayout& a, const storage::ColumnLayout& b) {
                      return a.kind == b.kind && a.dropped == b.dropped && a.has_missing == b.has_missing;
                    });
}

}  // namespace

void track_vector_storages(Instance& instance) {
  if (instance.vectors == nullptr) return;
  for (const DatabasePtr& database : instance.catalogs->committed(well_known_oid::kTemplate1)->databases()) {
    for (const RelationPtr& relation : instance.catalogs->committed(database->oid)->relations()) {
      if (has_vector_column(*relation)) instance.vectors->track(relation->layout.storage_id);
    }
  }
}

void note_storage_change(DdlContext& context, const RelationDesc* before, const RelationDesc& after) {
  if (context.instance == nullptr || context.instance->vectors == nullptr) return;
  VectorCache& vectors = *context.instance->vectors;
  if (!has_vector_column(after) && !vectors.is_tracked(after.layout.storage_id)) return;
  bool is_known = before != nullptr && vectors.is_tracked(after.layout.storage_id);
  if (is_known && is_same_layout(before->layout, after.layout)) return;
  vectors.note_layout_change(*context.exec.txn, after.layout.storage_id);
}

}  // namespace vecino::sql

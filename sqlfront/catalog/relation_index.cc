#include "sqlfront/catalog/relation_index.h"

#include "sqlfront/catalog/catalog_state.h"
#include "sqlfront/catalog/catalog_subset.h"
#include "sqlfront/catalog/catalog_transaction.h"
#include "sqlfront/catalog/name_scope.h"

namespace vecino::sql {
namespace {

constexpr double kSystemColumns = 6;

}  // namespace

RelationIndex::RelationIndex(const std::vector<RelationPtr>& all) {
  std::unordered_map<Oid, RelationPtr> by_oid;
  for (const RelationPtr& relation : all) {
    ++relations;
    const bool user = relation->oid >= well_known_oid::kFirstUserOid;
    attributes += static_cast<double>(relation->columns.size());
    comments += static_cast<double>(relation->comments.size());
    switch (relation->kind) {
      case 'r': ++tables, attributes += kSystemColumns, by_oid.emplace(relation->oid, relation); break;
      case 'v': ++views; break;
      case 'i': ++indexes; break;
      case 'S': ++sequences, attributes += kSystemColumns; break;
      default: break;
    }
    if (relation->row_type != kInvalidOid) by_row_type.emplace(relation->row_type, relation), ++row_types;
    if (!user) continue;
    dependencies += 2 + static_cast<double>(relation->references.size());
    uses_extension = uses_extension || sql::uses_extension(*relation);
    for (const ColumnDesc& column : relation->columns) defaults += column.default_expr.empty() ? 0 : 1;
    for (const CheckConstraintDesc& check : relation->checks) by_constraint.emplace(check.oid, relation);
    for (const ForeignKeyDesc& key : relation->foreign_keys) by_constraint.emplace(key.oid, relation);
  }
  for (const RelationPtr& relation : all) {
    if (!relation->index || relation->index->constraint == kInvalidOid) continue;
    auto table = by_oid.find(relation->index->table);
    if (table != by_oid.end()) by_constraint.emplace(relation->index->constraint, table->second);
  }
  constraints = static_cast<double>(by_constraint.size());
}

std::shared_ptr<const RelationIndex> relation_index(const Catalog& catalog) {
  if (const auto* subset = dynamic_cast<const CatalogSubset*>(&catalog)) return relation_index(subset->base_);
  if (const auto* own = dynamic_cast<const CatalogTransactionImpl*>(&catalog)) return own->state().relation_index();
  if (const auto* state = dynamic_cast<const StateCatalog*>(&catalog)) return state->relation_index();
  return std::make_shared<RelationIndex>(catalog.relations());
}

}  // namespace vecino::sql

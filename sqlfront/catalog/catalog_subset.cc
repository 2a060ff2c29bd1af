#include "sqlfront/catalog/catalog_subset.h"

#include "sqlfront/catalog/system_catalog.h"
#include "sqlfront/catalog/system_producers.h"

namespace vecino::sql {
namespace {

using Kind = LookupKeyKind;

struct NamedKey {
  Oid relation;
  std::string_view column;
  Kind kind;
};
constexpr NamedKey kKeys[] = {
    {catalog_oid::kClass, "oid", Kind::kRelation},
    {catalog_oid::kClass, "relname", Kind::kName},
    {catalog_oid::kAttribute, "attrelid", Kind::kRelation},
    {catalog_oid::kAttrdef, "adrelid", Kind::kRelation},
    {catalog_oid::kIndex, "indexrelid", Kind::kRelation},
    {catalog_oid::kIndex, "indrelid", Kind::kIndexedTable},
    {catalog_oid::kConstraint, "conrelid", Kind::kRelation},
    {catalog_oid::kConstraint, "confrelid", Kind::kReferenced},
    {catalog_oid::kConstraint, "oid", Kind::kConstraint},
    {catalog_oid::kRewrite, "ev_class", Kind::kRelation},
    {catalog_oid::kSequence, "seqrelid", Kind::kRelation},
    {catalog_oid::kType, "oid", Kind::kType},
    {catalog_oid::kType, "typrelid", Kind::kRelation},
    {catalog_oid::kType, "typname", Kind::kName},
};

void append_if(RelationPtr relation, std::vector<RelationPtr>& out) {
  if (relation) out.push_back(std::move(relation));
}

RelationPtr found_in(const std::unordered_map<Oid, RelationPtr>& map, Oid oid) {
  auto found = map.find(oid);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

const LookupKey* find_lookup_key(const RelationDesc& relation, AttrNumber column) {
  static const std::vector<LookupKey> keys = [] {
    std::vector<LookupKey> all;
    const auto system = SystemCatalog::make();
    for (const NamedKey& key : kKeys) {
      RelationPtr owner = system->find(key.relation);
      for (size_t i = 0; owner && i < owner->columns.size(); ++i) {
        if (owner->columns[i].name == key.column) all.push_back({key.relation, static_cast<AttrNumber>(i + 1), key.kind});
      }
    }
    return all;
  }();
  for (const LookupKey& key : keys) {
    if (key.relation == relation.oid && key.column == column) return &key;
  }
  return nullptr;
}

void append_keyed_relations(const Catalog& catalog, LookupKeyKind kind, const Datum& value, std::vector<RelationPtr>& out) {
  if (value.is_null) return;
  const Oid oid = kind == Kind::kName ? kInvalidOid : static_cast<Oid>(value.i64);
  switch (kind) {
    case Kind::kRelation: return append_if(catalog.find_relation(oid), out);
    case Kind::kIndexedTable:
      if (RelationPtr table = catalog.find_relation(oid)) {
        for (Oid index : table->indexes) append_if(catalog.find_relation(index), out);
      }
      return;
    case Kind::kReferenced:
      for (Oid table : catalog.referencing_tables(oid)) append_if(catalog.find_relation(table), out);
      return;
    case Kind::kName:
      for (const SchemaPtr& schema : catalog.schemas()) append_if(catalog.find_relation(schema->oid, value.bytes()), out);
      return;
    case Kind::kType: return append_if(found_in(relation_index(catalog)->by_row_type, oid), out);
    case Kind::kConstraint: return append_if(found_in(relation_index(catalog)->by_constraint, oid), out);
  }
}

}  // namespace vecino::sql

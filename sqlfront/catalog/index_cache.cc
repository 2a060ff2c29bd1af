#include "sqlfront/catalog/index_cache.h"

#include "sqlfront/catalog/integer_option.h"

#include <algorithm>
#include <charconv>

#include "sqlfront/functions/function.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

const OpclassDef* find_opclass(Oid oid) {
  for (const OpclassDef& opclass : all_opclasses()) {
    if (opclass.oid == oid) return &opclass;
  }
  return nullptr;
}

index::KeyColumn key_column(const IndexColumnDesc& column) {
  index::KeyColumn key;
  key.codec = type_info(column.type.id).key_codec;
  key.descending = column.descending;
  key.nulls_first = column.nulls_first;
  return key;
}

index::IndexDefinition definition_of(const RelationDesc& relation) {
  const IndexDesc& desc = *relation.index;
  index::IndexDefinition definition;
  definition.storage_id = relation.layout.storage_id;
  definition.name = relation.name;
  definition.unique = desc.unique;
  definition.nulls_not_distinct = desc.nulls_not_distinct;
  for (const IndexColumnDesc& column : desc.columns) definition.columns.push_back(key_column(column));
  if (!desc.columns.empty()) {
    const OpclassDef* opclass = find_opclass(desc.columns[0].opclass);
    if (opclass && opclass->metric != index::Metric::kNone) {
      definition.metric = opclass->metric;
      definition.dimensions = std::max(0, desc.columns[0].type.typmod);
    }
  }
  for (const auto& [name, text] : desc.options) {
    if (auto value = parse_integer_option(text)) definition.options.emplace_back(name, *value);
  }
  return definition;
}

}  // namespace

std::shared_ptr<index::Index> IndexCache::open(const RelationDesc& index_relation, const RelationDesc&) {
  const uint32_t storage_id = index_relation.layout.storage_id;
  std::lock_guard guard(mutex_);
  auto& slot = open_[storage_id];
  if (slot) return slot;
  const auto* method = index::find_access_method(index_relation.index->access_method);
  if (!method) {
    open_.erase(storage_id);
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "access method \"" + index_relation.index->access_method + "\" is not supported");
  }
  auto opened = method->open(definition_of(index_relation), engine_);
  if (!opened.is_ok()) {
    open_.erase(storage_id);
    throw SqlError(std::move(opened.status().info()));
  }
  slot = std::move(opened).value();
  return slot;
}

void IndexCache::forget(uint32_t storage_id) {
  std::shared_ptr<index::Index> last;  // closing may wait for background work: not under the mutex
  std::lock_guard guard(mutex_);
  auto it = open_.find(storage_id);
  if (it == open_.end()) return;
  last = std::move(it->second);
  open_.erase(it);
}

}  // namespace vecino::sql

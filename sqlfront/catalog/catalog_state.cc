#include "sqlfront/catalog/catalog_state.h"

#include <algorithm>

#include "sqlfront/catalog/relation_index.h"
#include "sqlfront/catalog/system_catalog.h"

namespace vecino::sql {
namespace {

template <typename Pointer>
void sort_by_oid(std::vector<Pointer>& objects) {
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a->oid < b->oid; });
}

template <typename Map>
auto sorted_entries(const Map& map) {
  using Pointer = std::remove_cvref_t<decltype(*map.find(Oid{}))>;
  std::vector<std::pair<Oid, Pointer>> entries;
  map.for_each([&](Oid oid, const Pointer& object) { entries.emplace_back(oid, object); });
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return entries;
}

template <typename Map, typename Objects>
void apply_named(const Map& changes, Objects& objects) {
  auto entries = sorted_entries(changes);
  for (const auto& [oid, object] : entries) {
    if (!object) objects.drop(oid);
  }
  for (auto& [oid, object] : entries) {
    if (object) objects.put(std::move(object));
  }
}

}  // namespace

template <typename Pointer>
std::vector<Pointer> NamedObjects<Pointer>::sorted() const {
  std::vector<Pointer> all;
  by_oid.for_each([&](Oid, const Pointer& object) { all.push_back(object); });
  sort_by_oid(all);
  return all;
}
template struct NamedObjects<SchemaPtr>;
template struct NamedObjects<ExtensionPtr>;
template struct NamedObjects<RolePtr>;
template struct NamedObjects<DatabasePtr>;
template struct NamedObjects<AccessListPtr>;
template struct NamedObjects<RoleSettingPtr>;

RelationPtr DatabaseState::find_relation(Oid oid) const {
  const RelationPtr* found = relations.find(oid);
  return found ? *found : nullptr;
}

RelationPtr DatabaseState::find_relation(Oid schema, std::string_view name) const {
  const RelationPtr* found = names_.find(QualifiedNameView{schema, name});
  return found ? *found : nullptr;
}

void DatabaseState::set_relation(RelationPtr relation) {
  names_.put(QualifiedName{relation->schema, relation->name}, relation);
  relations.put(relation->oid, relation);
}

void DatabaseState::change_index_list(Oid table, Oid index, bool add) {
  RelationPtr current = find_relation(table);
  if (!current) return;
  auto position = std::lower_bound(current->indexes.begin(), current->indexes.end(), index);
  bool present = position != current->indexes.end() && *position == index;
  if (present == add) return;
  auto changed = std::make_shared<RelationDesc>(*current);
  auto at = changed->indexes.begin() + (position - current->indexes.begin());
  if (add) {
    changed->indexes.insert(at, index);
  } else {
    changed->indexes.erase(at);
  }
  set_relation(std::move(changed));
}

std::vector<Oid> DatabaseState::referencing_tables(Oid relation) const {
  const std::vector<Oid>* found = referencing_.find(relation);
  return found ? *found : std::vector<Oid>();
}

void DatabaseState::change_references(const RelationDesc& table, bool add) {
  for (const ForeignKeyDesc& key : table.foreign_keys) {
    std::vector<Oid> tables = referencing_tables(key.referenced);
    auto position = std::lower_bound(tables.begin(), tables.end(), table.oid);
    bool present = position != tables.end() && *position == table.oid;
    if (present == add) continue;  // several keys to one table
    if (add) {
      tables.insert(position, table.oid);
    } else {
      tables.erase(position);
    }
    referencing_.put(key.referenced, std::move(tables));
  }
}

void DatabaseState::put_relation(RelationPtr relation) {
  RelationPtr old = find_relation(relation->oid);
  if (old && (old->name != relation->name || old->schema != relation->schema)) {
    RelationPtr named = find_relation(old->schema, old->name);
    if (named && named->oid == old->oid) names_.erase(QualifiedName{old->schema, old->name});
  }
  std::vector<Oid> indexes = old ? old->indexes : std::vector<Oid>();
  if (relation->indexes != indexes) {
    auto copy = std::make_shared<RelationDesc>(*relation);
    copy->indexes = std::move(indexes);
    relation = std::move(copy);
  }
  if (old) change_references(*old, false);
  change_references(*relation, true);
  Oid oid = relation->oid, table = relation->index ? relation->index->table : kInvalidOid;
  set_relation(std::move(relation));
  if (table != kInvalidOid) change_index_list(table, oid, true);
}

void DatabaseState::drop_relation(Oid oid) {
  RelationPtr old = find_relation(oid);
  if (!old) return;
  if (old->index) change_index_list(old->index->table, oid, false);
  change_references(*old, false);
  RelationPtr named = find_relation(old->schema, old->name);
  if (named && named->oid == oid) names_.erase(QualifiedName{old->schema, old->name});
  relations.erase(oid);
}

void CatalogDelta::apply(DatabaseState& state) const {
  apply_named(schemas, state.schemas);
  apply_named(extensions, state.extensions);
  apply_named(access_lists, state.access_lists);
  auto entries = sorted_entries(relations);
  for (const auto& [oid, relation] : entries) {
    if (!relation) state.drop_relation(oid);
  }
  for (auto& [oid, relation] : entries) {
    if (relation) state.put_relation(std::move(relation));
  }
}

void CatalogDelta::apply(SharedState& state) const {
  apply_named(roles, state.roles);
  apply_named(databases, state.databases);
  apply_named(shared_access_lists, state.access_lists);
  apply_named(role_settings, state.role_settings);
}

RelationPtr StateCatalog::find_relation(Oid schema, std::string_view name) const {
  if (RelationPtr found = objects_->find_relation(schema, name)) return found;
  return system_->find(schema, name);
}

RelationPtr StateCatalog::find_relation(Oid oid) const {
  if (oid < well_known_oid::kFirstUserOid) return system_->find(oid);
  return objects_->find_relation(oid);
}

std::vector<AccessListPtr> StateCatalog::access_lists() const {
  std::vector<AccessListPtr> all = objects_->access_lists.sorted();
  for (AccessListPtr& list : shared_->access_lists.sorted()) all.push_back(std::move(list));
  return all;
}

const std::vector<RelationPtr>& StateCatalog::sorted() const {
  std::call_once(sorted_once_, [this] {
    std::vector<RelationPtr> all = system_->relations();
    const size_t system_count = all.size();
    all.reserve(system_count + objects_->relations.size());
    objects_->relations.for_each([&](Oid, const RelationPtr& relation) { all.push_back(relation); });
    std::sort(all.begin() + static_cast<ptrdiff_t>(system_count), all.end(),
              [](const auto& a, const auto& b) { return a->oid < b->oid; });
    sorted_ = std::move(all);
  });
  return sorted_;
}

std::vector<RelationPtr> StateCatalog::relations() const { return sorted(); }

std::shared_ptr<const RelationIndex> StateCatalog::relation_index() const {
  std::call_once(index_once_, [this] { index_ = std::make_shared<RelationIndex>(sorted()); });
  return index_;
}

}  // namespace vecino::sql

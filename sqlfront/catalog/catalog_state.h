#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/persistent_map.h"

namespace vecino::sql {

class SystemCatalog;
struct RelationIndex;

struct QualifiedName {
  Oid schema;
  std::string name;
};
struct QualifiedNameView {
  Oid schema;
  std::string_view name;
};
struct QualifiedNameHash {
  using is_transparent = void;
  size_t operator()(const QualifiedNameView& key) const {
    return std::hash<std::string_view>()(key.name) * 31 + key.schema;
  }
  size_t operator()(const QualifiedName& key) const { return (*this)(QualifiedNameView{key.schema, key.name}); }
};
struct QualifiedNameEqual {
  using is_transparent = void;
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return a.schema == b.schema && std::string_view(a.name) == std::string_view(b.name);
  }
};
struct NameHash {
  using is_transparent = void;
  size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
};

// Objects with an oid and a unique name. Pointer is shared_ptr<const Desc>.
template <typename Pointer>
struct NamedObjects {
  PersistentMap<Oid, Pointer> by_oid;
  PersistentMap<std::string, Pointer, NameHash, std::equal_to<>> by_name;

  Pointer find(Oid oid) const {
    const Pointer* found = by_oid.find(oid);
    return found ? *found : nullptr;
  }
  Pointer find(std::string_view name) const {
    const Pointer* found = by_name.find(name);
    return found ? *found : nullptr;
  }
  void put(Pointer object) {
    Pointer old = find(object->oid);
    if (old && old->name != object->name) by_name.erase(old->name);
    by_name.put(object->name, object);
    by_oid.put(object->oid, object);
  }
  void drop(Oid oid) {
    Pointer old = find(oid);
    if (!old) return;
    // Another object may have taken the name over already (drop and re-create in one transaction).
    Pointer named = find(old->name);
    if (named && named->oid == oid) by_name.erase(old->name);
    by_oid.erase(oid);
  }
  std::vector<Pointer> sorted() const;
};

// The objects of one database. Copies share structure; written only while being built.
class DatabaseState {
 public:
  RelationPtr find_relation(Oid oid) const;
  RelationPtr find_relation(Oid schema, std::string_view name) const;
  // Replaces or adds. A table's `indexes` are taken from what is here, never from the argument; an index is added to
  // its table. REQUIRES: a table comes before its indexes.
  void put_relation(RelationPtr relation);
  void drop_relation(Oid oid);
  std::vector<Oid> referencing_tables(Oid relation) const;

  PersistentMap<Oid, RelationPtr> relations;
  NamedObjects<SchemaPtr> schemas;
  NamedObjects<ExtensionPtr> extensions;
  NamedObjects<AccessListPtr> access_lists;

 private:
  void set_relation(RelationPtr relation);
  void change_index_list(Oid table, Oid index, bool add);
  void change_references(const RelationDesc& table, bool add);
  PersistentMap<QualifiedName, RelationPtr, QualifiedNameHash, QualifiedNameEqual> names_;
  PersistentMap<Oid, std::vector<Oid>> referencing_;  // by referenced table
};

struct SharedState {
  NamedObjects<RolePtr> roles;
  NamedObjects<DatabasePtr> databases;
  NamedObjects<AccessListPtr> access_lists;
  NamedObjects<RoleSettingPtr> role_settings;
};

// Changes by oid; a null pointer is a drop.
struct CatalogDelta {
  PersistentMap<Oid, RelationPtr> relations;
  PersistentMap<Oid, SchemaPtr> schemas;
  PersistentMap<Oid, ExtensionPtr> extensions;
  PersistentMap<Oid, RolePtr> roles;
  PersistentMap<Oid, DatabasePtr> databases;
  PersistentMap<Oid, AccessListPtr> access_lists, shared_access_lists;
  PersistentMap<Oid, RoleSettingPtr> role_settings;
  bool touches_database = false, touches_shared = false;

  void apply(DatabaseState& state) const;
  void apply(SharedState& state) const;
};

// A Catalog over one state of a database and of the shared objects.
class StateCatalog : public virtual Catalog {
 public:
  StateCatalog(Oid database, uint64_t version, std::shared_ptr<const DatabaseState> objects,
               std::shared_ptr<const SharedState> shared, std::shared_ptr<const SystemCatalog> system)
      : database_(database), version_(version), objects_(std::move(objects)), shared_(std::move(shared)),
        system_(std::move(system)) {}

  uint64_t version() const override { return version_; }
  Oid database() const override { return database_; }
  RelationPtr find_relation(Oid schema, std::string_view name) const override;
  RelationPtr find_relation(Oid oid) const override;
  SchemaPtr find_schema(std::string_view name) const override { return objects_->schemas.find(name); }
  SchemaPtr find_schema(Oid oid) const override { return objects_->schemas.find(oid); }
  RolePtr find_role(std::string_view name) const override { return shared_->roles.find(name); }
  RolePtr find_role(Oid oid) const override { return shared_->roles.find(oid); }
  DatabasePtr find_database(std::string_view name) const override { return shared_->databases.find(name); }
  DatabasePtr find_database(Oid oid) const override { return shared_->databases.find(oid); }
  ExtensionPtr find_extension(std::string_view name) const override { return objects_->extensions.find(name); }
  std::vector<RelationPtr> relations() const override;
  std::vector<Oid> referencing_tables(Oid relation) const override { return objects_->referencing_tables(relation); }
  std::vector<SchemaPtr> schemas() const override { return objects_->schemas.sorted(); }
  std::vector<RolePtr> roles() const override { return shared_->roles.sorted(); }
  std::vector<DatabasePtr> databases() const override { return shared_->databases.sorted(); }
  std::vector<ExtensionPtr> extensions() const override { return objects_->extensions.sorted(); }

  AccessListPtr find_access_list(std::string_view name) const override {
    AccessListPtr found = objects_->access_lists.find(name);
    return found ? found : shared_->access_lists.find(name);
  }
  std::vector<AccessListPtr> access_lists() const override;
  RoleSettingPtr find_role_setting(Oid database, Oid role) const override {
    return shared_->role_settings.find(role_setting_name(database, role));
  }
  std::vector<RoleSettingPtr> role_settings() const override { return shared_->role_settings.sorted(); }

  std::shared_ptr<const RelationIndex> relation_index() const;

  const std::shared_ptr<const DatabaseState>& objects() const { return objects_; }
  const std::shared_ptr<const SharedState>& shared() const { return shared_; }

 protected:
  Oid database_;
  uint64_t version_;
  std::shared_ptr<const DatabaseState> objects_;
  std::shared_ptr<const SharedState> shared_;
  std::shared_ptr<const SystemCatalog> system_;

 private:
  const std::vector<RelationPtr>& sorted() const;
  // Made when first asked for; what they are made of never changes.
  mutable std::once_flag sorted_once_, index_once_;
  mutable std::vector<RelationPtr> sorted_;
  mutable std::shared_ptr<const RelationIndex> index_;
};

}  // namespace vecino::sql

#pragma once

#include <memory>

#include "sqlfront/catalog/catalog_manager.h"
#include "sqlfront/catalog/codec.h"

namespace vecino::sql {

// One transaction's catalog: the committed one, with the transaction's delta applied. Not thread-safe; what its lookups
// return may be shared.
class CatalogTransactionImpl final : public CatalogTransaction {
 public:
  CatalogTransactionImpl(CatalogManagerImpl& manager, Oid database, storage::Transaction& txn);

  uint64_t version() const override { return work_->catalog->version(); }
  Oid database() const override { return database_; }
  RelationPtr find_relation(Oid schema, std::string_view name) const override {
    return work_->catalog->find_relation(schema, name);
  }
  RelationPtr find_relation(Oid oid) const override { return work_->catalog->find_relation(oid); }
  SchemaPtr find_schema(std::string_view name) const override { return work_->catalog->find_schema(name); }
  SchemaPtr find_schema(Oid oid) const override { return work_->catalog->find_schema(oid); }
  RolePtr find_role(std::string_view name) const override { return work_->catalog->find_role(name); }
  RolePtr find_role(Oid oid) const override { return work_->catalog->find_role(oid); }
  DatabasePtr find_database(std::string_view name) const override { return work_->catalog->find_database(name); }
  DatabasePtr find_database(Oid oid) const override { return work_->catalog->find_database(oid); }
  ExtensionPtr find_extension(std::string_view name) const override { return work_->catalog->find_extension(name); }
  std::vector<RelationPtr> relations() const override { return work_->catalog->relations(); }
  const StateCatalog& state() const { return *work_->catalog; }
  std::vector<Oid> referencing_tables(Oid relation) const override {
    return work_->catalog->referencing_tables(relation);
  }
  std::vector<SchemaPtr> schemas() const override { return work_->catalog->schemas(); }
  std::vector<RolePtr> roles() const override { return work_->catalog->roles(); }
  std::vector<DatabasePtr> databases() const override { return work_->catalog->databases(); }
  std::vector<ExtensionPtr> extensions() const override { return work_->catalog->extensions(); }

  AccessListPtr find_access_list(std::string_view name) const override {
    return work_->catalog->find_access_list(name);
  }
  std::vector<AccessListPtr> access_lists() const override { return work_->catalog->access_lists(); }
  RoleSettingPtr find_role_setting(Oid database, Oid role) const override {
    return work_->catalog->find_role_setting(database, role);
  }
  std::vector<RoleSettingPtr> role_settings() const override { return work_->catalog->role_settings(); }

  Oid allocate_oid() override { return manager_.allocate_oid(); }
  void put_relation(std::shared_ptr<RelationDesc> relation) override;
  void put_schema(std::shared_ptr<SchemaDesc> schema) override;
  void put_role(std::shared_ptr<RoleDesc> role) override;
  void put_database(std::shared_ptr<DatabaseDesc> database) override;
  void put_extension(std::shared_ptr<ExtensionDesc> extension) override;
  void put_access_list(std::shared_ptr<AccessListDesc> list) override;
  void put_role_setting(std::shared_ptr<RoleSettingDesc> setting) override;
  void drop_relation(Oid oid) override;
  void drop_schema(Oid oid) override;
  void drop_role(Oid oid) override;
  void drop_database(Oid oid) override;
  void drop_extension(Oid oid) override;
  void drop_access_list(const AccessListDesc& list) override;
  void drop_role_setting(Oid oid) override;
  void refresh() override;
  void lock_relation_name(Oid schema, std::string_view name) override;
  void lock_access_list(std::string_view name) override;
  void lock_object(Oid oid, storage::LockMode mode) override;

 private:
  // Outlives this object: the transaction's hooks hold it.
  struct Work {
    CatalogManagerImpl* manager;
    Oid database;
    CatalogDelta delta;
    std::shared_ptr<const StateCatalog> base;     // committed
    std::shared_ptr<const StateCatalog> catalog;  // base with delta
    bool hooked = false;     // commit hooks are registered in a level that is still alive
    bool announced = false;
    ~Work() {
      if (announced) manager->withdraw(database);
    }
  };

  // Remembers the state for a rollback of the current level, then changes it.
  template <typename Change>
  void change(Change&& apply);
  template <typename Pointer>
  void put_shared(NamedObjects<Pointer> SharedState::*objects, PersistentMap<Oid, Pointer> CatalogDelta::*changes,
                  Pointer object);
  template <typename Pointer>
  void drop_shared(NamedObjects<Pointer> SharedState::*objects, PersistentMap<Oid, Pointer> CatalogDelta::*changes, Oid oid);
  void write(ObjectKind kind, Oid oid, std::string value);
  void write_at(Oid database, ObjectKind kind, Oid oid, std::string value);
  void erase(ObjectKind kind, Oid oid);
  void erase_at(Oid database, ObjectKind kind, Oid oid);
  void hook_commit();
  void lock_name(ObjectKind kind, Oid schema, std::string_view name);
  static void rebuild(Work& work);

  CatalogManagerImpl& manager_;
  const Oid database_;
  storage::Transaction& txn_;
  std::shared_ptr<Work> work_;
};

}  // namespace vecino::sql

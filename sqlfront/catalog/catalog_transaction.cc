#include "sqlfront/catalog/catalog_transaction.h"

#include "sqlfront/catalog/system_relation.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

using storage::Family;
using storage::LockMode;
using storage::LockSpace;
using storage::LockWait;

constexpr Oid kShared = 0;

bool is_shared(ObjectKind kind) {
  return kind == ObjectKind::kRole || kind == ObjectKind::kDatabase || kind == ObjectKind::kRoleSetting;
}

SqlError duplicate(SqlState code, std::string_view what, std::string_view name) {
  return SqlError(code, std::string(what) + " \"" + std::string(name) + "\" already exists");
}

}  // namespace

CatalogTransactionImpl::CatalogTransactionImpl(CatalogManagerImpl& manager, Oid database, storage::Transaction& txn)
    : manager_(manager), database_(database), txn_(txn), work_(std::make_shared<Work>()) {
  work_->manager = &manager;
  work_->database = database;
  work_->base = manager.committed_state(database);
  work_->catalog = work_->base;
}

void CatalogTransactionImpl::rebuild(Work& work) {
  if (!work.delta.touches_database && !work.delta.touches_shared) {
    work.catalog = work.base;
    return;
  }
  auto objects = work.base->objects();
  auto shared = work.base->shared();
  if (work.delta.touches_database) {
    auto changed = std::make_shared<DatabaseState>(*objects);
    work.delta.apply(*changed);
    objects = std::move(changed);
  }
  if (work.delta.touches_shared) {
    auto changed = std::make_shared<SharedState>(*shared);
    work.delta.apply(*changed);
    shared = std::move(changed);
  }
  work.catalog = std::make_shared<StateCatalog>(work.database, work.manager->next_version(), std::move(objects),
                                                std::move(shared), work.manager->system());
}

void CatalogTransactionImpl::refresh() {
  auto newest = manager_.committed_state(database_);
  if (newest == work_->base) return;
  work_->base = std::move(newest);
  rebuild(*work_);
}

template <typename Change>
void CatalogTransactionImpl::change(Change&& apply) {
  hook_commit();
  txn_.on_abort([work = work_, delta = work_->delta] {
    work->delta = delta;
    rebuild(*work);
  });
  auto objects = std::make_shared<DatabaseState>(*work_->catalog->objects());
  auto shared = std::make_shared<SharedState>(*work_->catalog->shared());
  CatalogDelta delta = work_->delta;
  apply(delta, *objects, *shared);
  work_->delta = std::move(delta);
  work_->catalog = std::make_shared<StateCatalog>(database_, manager_.next_version(), std::move(objects),
                                                  std::move(shared), manager_.system());
}

// A rollback to a savepoint drops the hooks that were registered after it; then the next change registers them again.
void CatalogTransactionImpl::hook_commit() {
  if (work_->hooked) return;
  work_->hooked = true;
  txn_.on_abort([work = work_] {
    work->hooked = false;
    if (std::exchange(work->announced, false)) work->manager->withdraw(work->database);
  });
  txn_.before_commit([work = work_] {
    if (work->announced) return Status::ok();
    RETURN_IF_ERROR(work->manager->announce(work->database));
    work->announced = true;
    return Status::ok();
  });
  txn_.on_commit([work = work_] {
    work->announced = false;
    work->manager->publish(work->database, work->delta);
    work->delta = {};
    work->hooked = false;
  });
}

void CatalogTransactionImpl::write(ObjectKind kind, Oid oid, std::string value) {
  write_at(is_shared(kind) ? kShared : database_, kind, oid, std::move(value));
}

void CatalogTransactionImpl::write_at(Oid database, ObjectKind kind, Oid oid, std::string value) {
  throw_if_error(txn_.put(Family::kMeta, catalog_key(database, kind, oid), value));
}

void CatalogTransactionImpl::erase(ObjectKind kind, Oid oid) {
  erase_at(is_shared(kind) ? kShared : database_, kind, oid);
}

void CatalogTransactionImpl::erase_at(Oid database, ObjectKind kind, Oid oid) {
  throw_if_error(txn_.erase(Family::kMeta, catalog_key(database, kind, oid)));
}

void CatalogTransactionImpl::lock_name(ObjectKind kind, Oid schema, std::string_view name) {
  std::string key = catalog_key(schema, kind, 0);
  key += name;
  storage::LockTag tag{LockSpace::kObject, is_shared(kind) ? kShared : database_, 0, std::move(key)};
  value_or_throw(txn_.lock(tag, LockMode::kAccessExclusive, LockWait::kBlock));
  refresh();
}

void CatalogTransactionImpl::lock_relation_name(Oid schema, std::string_view name) {
  lock_name(ObjectKind::kRelation, schema, name);
}

void CatalogTransactionImpl::lock_object(Oid oid, LockMode mode) {
  // Roles and databases are everybody's.
  const Oid database = find_role(oid) || find_database(oid) ? kShared : database_;
  value_or_throw(txn_.lock({LockSpace::kObject, database, oid, {}}, mode, LockWait::kBlock));
  refresh();
}

void CatalogTransactionImpl::put_relation(std::shared_ptr<RelationDesc> relation) {
  RelationPtr old = find_relation(relation->oid);
  if (!old || old->name != relation->name || old->schema != relation->schema) {
    lock_relation_name(relation->schema, relation->name);
    RelationPtr taken = find_relation(relation->schema, relation->name);
    if (taken && taken->oid != relation->oid) throw duplicate(sqlstate::kDuplicateTable, "relation", relation->name);
  }
  if (relation->sequence) relation->system = &kSequenceRelation;
  write(ObjectKind::kRelation, relation->oid, encode(*relation));
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState&) {
    RelationPtr shared = std::move(relation);
    objects.put_relation(shared);
    delta.relations.put(shared->oid, shared);
    delta.touches_database = true;
  });
}

void CatalogTransactionImpl::drop_relation(Oid oid) {
  erase(ObjectKind::kRelation, oid);
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState&) {
    objects.drop_relation(oid);
    delta.relations.put(oid, nullptr);
    delta.touches_database = true;
  });
}

void CatalogTransactionImpl::put_schema(std::shared_ptr<SchemaDesc> schema) {
  SchemaPtr old = find_schema(schema->oid);
  if (!old || old->name != schema->name) {
    lock_name(ObjectKind::kSchema, 0, schema->name);
    SchemaPtr taken = find_schema(schema->name);
    if (taken && taken->oid != schema->oid) throw duplicate(sqlstate::kDuplicateSchema, "schema", schema->name);
  }
  write(ObjectKind::kSchema, schema->oid, encode(*schema));
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState&) {
    SchemaPtr shared = std::move(schema);
    objects.schemas.put(shared);
    delta.schemas.put(shared->oid, shared);
    delta.touches_database = true;
  });
}

void CatalogTransactionImpl::drop_schema(Oid oid) {
  erase(ObjectKind::kSchema, oid);
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState&) {
    objects.schemas.drop(oid);
    delta.schemas.put(oid, nullptr);
    delta.touches_database = true;
  });
}

void CatalogTransactionImpl::put_extension(std::shared_ptr<ExtensionDesc> extension) {
  ExtensionPtr old = find_extension(extension->name);
  if (!old) {
    lock_name(ObjectKind::kExtension, 0, extension->name);
    old = find_extension(extension->name);
  }
  if (old && old->oid != extension->oid) {
    throw duplicate(sqlstate::kDuplicateObject, "extension", extension->name);
  }
  write(ObjectKind::kExtension, extension->oid, encode(*extension));
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState&) {
    ExtensionPtr shared = std::move(extension);
    objects.extensions.put(shared);
    delta.extensions.put(shared->oid, shared);
    delta.touches_database = true;
  });
}

void CatalogTransactionImpl::drop_extension(Oid oid) {
  erase(ObjectKind::kExtension, oid);
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState&) {
    objects.extensions.drop(oid);
    delta.extensions.put(oid, nullptr);
    delta.touches_database = true;
  });
}

// Whoever changes a list holds the lock of its name (lock_access_list), so that none is made twice.
void CatalogTransactionImpl::put_access_list(std::shared_ptr<AccessListDesc> list) {
  const bool shared_list = sql::is_shared(list->kind);
  write_at(shared_list ? kShared : database_, ObjectKind::kAccessList, list->oid, encode(*list));
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState& shared_state) {
    AccessListPtr shared = std::move(list);
    (shared_list ? shared_state.access_lists : objects.access_lists).put(shared);
    (shared_list ? delta.shared_access_lists : delta.access_lists).put(shared->oid, shared);
    (shared_list ? delta.touches_shared : delta.touches_database) = true;
  });
}

void CatalogTransactionImpl::drop_access_list(const AccessListDesc& list) {
  const bool shared_list = sql::is_shared(list.kind);
  const Oid oid = list.oid;
  erase_at(shared_list ? kShared : database_, ObjectKind::kAccessList, oid);
  change([&](CatalogDelta& delta, DatabaseState& objects, SharedState& shared_state) {
    (shared_list ? shared_state.access_lists : objects.access_lists).drop(oid);
    (shared_list ? delta.shared_access_lists : delta.access_lists).put(oid, nullptr);
    (shared_list ? delta.touches_shared : delta.touches_database) = true;
  });
}

void CatalogTransactionImpl::lock_access_list(std::string_view name) {
  std::string key = catalog_key(0, ObjectKind::kAccessList, 0);
  key += name;
  // Of settings there is one list for all databases.
  const Oid database = name.starts_with("parameter/") ? kShared : database_;
  value_or_throw(txn_.lock({LockSpace::kObject, database, 0, std::move(key)}, LockMode::kAccessExclusive, LockWait::kBlock));
  refresh();
}

// Objects of all databases, in the state and among the changes.
template <typename Pointer>
void CatalogTransactionImpl::put_shared(NamedObjects<Pointer> SharedState::*objects,
                                        PersistentMap<Oid, Pointer> CatalogDelta::*changes, Pointer object) {
  change([&](CatalogDelta& delta, DatabaseState&, SharedState& state) {
    (state.*objects).put(object);
    (delta.*changes).put(object->oid, object);
    delta.touches_shared = true;
  });
}

template <typename Pointer>
void CatalogTransactionImpl::drop_shared(NamedObjects<Pointer> SharedState::*objects,
                                         PersistentMap<Oid, Pointer> CatalogDelta::*changes, Oid oid) {
  change([&](CatalogDelta& delta, DatabaseState&, SharedState& state) {
    (state.*objects).drop(oid);
    (delta.*changes).put(oid, nullptr);
    delta.touches_shared = true;
  });
}

void CatalogTransactionImpl::put_role(std::shared_ptr<RoleDesc> role) {
  RolePtr old = find_role(role->oid);
  if (!old || old->name != role->name) {
    lock_name(ObjectKind::kRole, 0, role->name);
    RolePtr taken = find_role(role->name);
    if (taken && taken->oid != role->oid) throw duplicate(sqlstate::kDuplicateObject, "role", role->name);
  }
  write(ObjectKind::kRole, role->oid, encode(*role));
  put_shared<RolePtr>(&SharedState::roles, &CatalogDelta::roles, std::move(role));
}

void CatalogTransactionImpl::drop_role(Oid oid) {
  erase(ObjectKind::kRole, oid);
  drop_shared(&SharedState::roles, &CatalogDelta::roles, oid);
}

void CatalogTransactionImpl::put_role_setting(std::shared_ptr<RoleSettingDesc> setting) {
  write(ObjectKind::kRoleSetting, setting->oid, encode(*setting));
  put_shared<RoleSettingPtr>(&SharedState::role_settings, &CatalogDelta::role_settings, std::move(setting));
}

void CatalogTransactionImpl::drop_role_setting(Oid oid) {
  erase(ObjectKind::kRoleSetting, oid);
  drop_shared(&SharedState::role_settings, &CatalogDelta::role_settings, oid);
}

void CatalogTransactionImpl::put_database(std::shared_ptr<DatabaseDesc> database) {
  DatabasePtr old = find_database(database->oid);
  if (!old || old->name != database->name) {
    lock_name(ObjectKind::kDatabase, 0, database->name);
    DatabasePtr taken = find_database(database->name);
    if (taken && taken->oid != database->oid) throw duplicate(sqlstate::kDuplicateDatabase, "database", database->name);
  }
  write(ObjectKind::kDatabase, database->oid, encode(*database));
  put_shared<DatabasePtr>(&SharedState::databases, &CatalogDelta::databases, std::move(database));
}

void CatalogTransactionImpl::drop_database(Oid oid) {
  erase(ObjectKind::kDatabase, oid);
  drop_shared(&SharedState::databases, &CatalogDelta::databases, oid);
}

}  // namespace vecino::sql

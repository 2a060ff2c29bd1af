#include "sqlfront/catalog/catalog_manager.h"

#include <unordered_set>

#include "sqlfront/catalog/bootstrap.h"
#include "sqlfront/catalog/catalog_transaction.h"
#include "sqlfront/catalog/codec.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

[[noreturn]] void damaged(const CatalogKey& key) {
  throw SqlError(sqlstate::kDataCorrupted, "catalog entry " + std::to_string(key.oid) + " of database " +
                                               std::to_string(key.database) + " is damaged or of a newer format");
}

std::string no_database(Oid database) { return "database with OID " + std::to_string(database) + " does not exist"; }

template <typename T>
std::shared_ptr<const T> checked(std::shared_ptr<T> object, const CatalogKey& key) {
  if (!object) damaged(key);
  return object;
}

void add_object(DatabaseState& state, const CatalogKey& key, std::string_view value) {
  switch (key.kind) {
    case ObjectKind::kRelation: state.put_relation(checked(decode_relation(value), key)); break;
    case ObjectKind::kSchema: state.schemas.put(checked(decode_schema(value), key)); break;
    case ObjectKind::kExtension: state.extensions.put(checked(decode_extension(value), key)); break;
    case ObjectKind::kAccessList: state.access_lists.put(checked(decode_access_list(value), key)); break;
    default: damaged(key);
  }
}

void add_object(SharedState& state, const CatalogKey& key, std::string_view value) {
  switch (key.kind) {
    case ObjectKind::kRole: state.roles.put(checked(decode_role(value), key)); break;
    case ObjectKind::kDatabase: state.databases.put(checked(decode_database(value), key)); break;
    case ObjectKind::kRoleSetting: state.role_settings.put(checked(decode_role_setting(value), key)); break;
    case ObjectKind::kAccessList: state.access_lists.put(checked(decode_access_list(value), key)); break;
    default: damaged(key);
  }
}

// Keys are in (kind, oid) order, so that a table comes before its indexes.
template <typename State>
std::shared_ptr<State> load_state(storage::KvEngine& engine, Oid database) {
  auto state = std::make_shared<State>();
  std::string prefix = catalog_prefix(database);
  auto it = engine.iterator(storage::Family::kMeta, engine.snapshot(), {prefix, catalog_prefix(database + 1)});
  for (it->seek(prefix); it->valid(); it->next()) {
    CatalogKey key;
    if (!parse_catalog_key(it->key(), key)) continue;
    add_object(*state, key, it->value());
  }
  throw_if_error(it->status());
  return state;
}

}  // namespace

CatalogManagerImpl::CatalogManagerImpl(storage::KvEngine& engine, storage::TransactionManager& transactions,
                                       storage::TableStore&)
    : engine_(engine), transactions_(transactions), system_(SystemCatalog::make()), oids_(engine), indexes_(engine) {
  load();
  if (shared_->databases.by_oid.size() == 0) {
    write_initial_catalog(engine_);
    load();
  }
}

void CatalogManagerImpl::load() {
  std::lock_guard guard(mutex_);
  auto shared = load_state<SharedState>(engine_, 0);
  std::vector<Oid> oids;
  std::vector<std::shared_ptr<DatabaseState>> states;
  std::vector<DatabaseState*> databases;
  for (const DatabasePtr& database : shared->databases.sorted()) {
    oids.push_back(database->oid);
    states.push_back(load_state<DatabaseState>(engine_, database->oid));
    databases.push_back(states.back().get());
  }
  if (!oids.empty()) upgrade_privileges(engine_, *shared, databases, oids);
  shared_ = std::move(shared);
  for (size_t i = 0; i < oids.size(); ++i) {
    slots_[oids[i]].objects = std::move(states[i]);
    rebuild(oids[i]);
  }
}

void CatalogManagerImpl::add_database(Oid database) {
  slots_[database].objects = load_state<DatabaseState>(engine_, database);
  rebuild(database);
}

void CatalogManagerImpl::rebuild(Oid database) {
  Slot& slot = slots_[database];
  slot.catalog = std::make_shared<StateCatalog>(database, next_version(), slot.objects, shared_, system_);
}

std::shared_ptr<const StateCatalog> CatalogManagerImpl::committed_state(Oid database) {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto found = slots_.find(database);
    if (found == slots_.end()) {
      throw SqlError(sqlstate::kInvalidCatalogName, no_database(database));
    }
    if (found->second.pending == 0) return found->second.catalog;
    published_.wait(lock);
  }
}

std::unique_ptr<CatalogTransaction> CatalogManagerImpl::begin(Oid database, storage::Transaction& txn) {
  return std::make_unique<CatalogTransactionImpl>(*this, database, txn);
}

DatabasePtr CatalogManagerImpl::find_database(std::string_view name) {
  std::lock_guard guard(mutex_);
  return shared_->databases.find(name);
}

RolePtr CatalogManagerImpl::find_role(std::string_view name) {
  std::lock_guard guard(mutex_);
  return shared_->roles.find(name);
}

Status CatalogManagerImpl::announce(Oid database) {
  std::lock_guard guard(mutex_);
  auto found = slots_.find(database);
  if (found == slots_.end()) return Status::error(sqlstate::kInvalidCatalogName, no_database(database));
  ++found->second.pending;
  return Status::ok();
}

void CatalogManagerImpl::withdraw(Oid database) {
  {
    std::lock_guard guard(mutex_);
    if (auto found = slots_.find(database); found != slots_.end()) --found->second.pending;
  }
  published_.notify_all();
}

void CatalogManagerImpl::forget_replaced_indexes(const DatabaseState& before, const CatalogDelta& delta) {
  // A storage may have moved to another relation (REINDEX CONCURRENTLY).
  std::unordered_set<uint32_t> in_use;
  delta.relations.for_each([&](Oid, const RelationPtr& now) {
    if (now && now->index) in_use.insert(now->layout.storage_id);
  });
  delta.relations.for_each([&](Oid oid, const RelationPtr&) {
    RelationPtr old = before.find_relation(oid);
    if (old && old->index && !in_use.contains(old->layout.storage_id)) indexes_.forget(old->layout.storage_id);
  });
}

void CatalogManagerImpl::publish(Oid database, const CatalogDelta& delta) {
  {
    std::lock_guard guard(mutex_);
    auto found = slots_.find(database);
    if (delta.touches_database && found != slots_.end()) {
      Slot& slot = found->second;
      forget_replaced_indexes(*slot.objects, delta);
      auto objects = std::make_shared<DatabaseState>(*slot.objects);
      delta.apply(*objects);
      slot.objects = std::move(objects);
      rebuild(database);
    }
    if (delta.touches_shared) {
      auto shared = std::make_shared<SharedState>(*shared_);
      delta.apply(*shared);
      shared_ = std::move(shared);
      std::vector<Oid> dropped;
      for (auto& [oid, other] : slots_) {
        if (shared_->databases.find(oid)) {
          rebuild(oid);
        } else {
          dropped.push_back(oid);
        }
      }
      for (Oid oid : dropped) slots_.erase(oid);
      shared_->databases.by_oid.for_each([&](Oid oid, const DatabasePtr&) {
        if (!slots_.contains(oid)) add_database(oid);
      });
    }
    found = slots_.find(database);
    if (found != slots_.end()) --found->second.pending;
  }
  published_.notify_all();
}

std::unique_ptr<CatalogManager> make_catalog_manager(storage::KvEngine& engine,
                                                     storage::TransactionManager& transactions,
                                                     storage::TableStore& tables) {
  return std::make_unique<CatalogManagerImpl>(engine, transactions, tables);
}

}  // namespace vecino::sql

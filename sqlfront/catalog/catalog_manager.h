#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "sqlfront/catalog/catalog_state.h"
#include "sqlfront/catalog/index_cache.h"
#include "sqlfront/catalog/oid_allocator.h"
#include "sqlfront/catalog/system_catalog.h"

namespace vecino::sql {

// Keeps the newest committed catalog of every database in memory. Thread-safe.
//
// Publication: a transaction that changed the catalog announces itself just before its batch is written and publishes
// its delta after the batch is visible. In between, committed() of that database waits (for one log write), so that
// whoever can see the transaction's rows also sees its catalog. The delta is merged into the newest state: two
// transactions never change the same object at once, because changers hold the object's lock until after publication.
class CatalogManagerImpl : public CatalogManager {
 public:
  CatalogManagerImpl(storage::KvEngine& engine, storage::TransactionManager& transactions,
                     storage::TableStore& tables);

  std::shared_ptr<const Catalog> committed(Oid database) override { return committed_state(database); }
  std::unique_ptr<CatalogTransaction> begin(Oid database, storage::Transaction& txn) override;
  DatabasePtr find_database(std::string_view name) override;
  RolePtr find_role(std::string_view name) override;
  std::shared_ptr<index::Index> open_index(const RelationDesc& index_relation, const RelationDesc& table) override {
    return indexes_.open(index_relation, table);
  }

  std::shared_ptr<const StateCatalog> committed_state(Oid database);  // throws 3D000 when it does not exist
  Status announce(Oid database);  // 3D000 when it was dropped
  void withdraw(Oid database);
  // Merges and withdraws the announcement. The database may have been dropped since then.
  void publish(Oid database, const CatalogDelta& delta);
  uint64_t next_version() { return next_version_.fetch_add(1, std::memory_order_relaxed) + 1; }
  Oid allocate_oid() { return oids_.next(); }
  const std::shared_ptr<const SystemCatalog>& system() const { return system_; }
  storage::KvEngine& engine() { return engine_; }
  void forget_index(uint32_t storage_id) { indexes_.forget(storage_id); }

 private:
  void bootstrap();  // an empty data directory
  void load();
  void rebuild(Oid database);                 // REQUIRES: mutex_ held
  void add_database(Oid database);            // loads what CREATE DATABASE has committed; REQUIRES: mutex_ held
  void forget_replaced_indexes(const DatabaseState& before, const CatalogDelta& delta);

  struct Slot {  // there is one as long as the database is in shared_
    std::shared_ptr<const DatabaseState> objects;
    std::shared_ptr<const StateCatalog> catalog;
    int pending = 0;  // announced and not yet published
  };

  storage::KvEngine& engine_;
  storage::TransactionManager& transactions_;
  std::shared_ptr<const SystemCatalog> system_;
  OidAllocator oids_;
  IndexCache indexes_;
  std::atomic<uint64_t> next_version_{0};
  std::mutex mutex_;
  std::condition_variable published_;
  std::shared_ptr<const SharedState> shared_;  // guarded by mutex_
  std::unordered_map<Oid, Slot> slots_;        // guarded by mutex_
};

}  // namespace vecino::sql

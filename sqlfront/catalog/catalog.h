#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/catalog/descriptors.h"
#include "storage/api/transaction.h"

namespace vecino::sql {

// A read-only view of one database's catalog plus the shared objects (databases, roles), as one statement sees it: the
// newest committed catalog plus the transaction's own changes. Cheap to copy (shared immutable maps). Thread-safe to read.
class Catalog {
 public:
  virtual ~Catalog() = default;
  // Changes whenever any object changes; plans remember it and are re-planned when it differs.
  virtual uint64_t version() const = 0;
  virtual Oid database() const = 0;

  virtual RelationPtr find_relation(Oid schema, std::string_view name) const = 0;
  virtual RelationPtr find_relation(Oid oid) const = 0;
  virtual SchemaPtr find_schema(std::string_view name) const = 0;
  virtual SchemaPtr find_schema(Oid oid) const = 0;
  virtual RolePtr find_role(std::string_view name) const = 0;
  virtual RolePtr find_role(Oid oid) const = 0;
  virtual DatabasePtr find_database(std::string_view name) const = 0;
  virtual DatabasePtr find_database(Oid oid) const = 0;
  virtual ExtensionPtr find_extension(std::string_view name) const = 0;

  virtual std::vector<RelationPtr> relations() const = 0;  // user and system, in oid order
  // Tables with foreign keys that refer to this one, in oid order.
  virtual std::vector<Oid> referencing_tables(Oid) const { return {}; }
  virtual std::vector<SchemaPtr> schemas() const = 0;
  virtual std::vector<RolePtr> roles() const = 0;
  virtual std::vector<DatabasePtr> databases() const = 0;
  virtual std::vector<ExtensionPtr> extensions() const = 0;
  // Privileges of objects without a descriptor, by access_list_name() (catalog/privileges.h).
  virtual AccessListPtr find_access_list(std::string_view) const { return nullptr; }
  virtual std::vector<AccessListPtr> access_lists() const { return {}; }  // of the database, then the shared ones
  virtual RoleSettingPtr find_role_setting(Oid, Oid) const { return nullptr; }  // database, role
  virtual std::vector<RoleSettingPtr> role_settings() const { return {}; }
};

// search_path resolution. `path` is the effective list of schema oids (pg_catalog first unless named), without those that
// the user may not look into. An empty user is the server itself.
// `session_pid` != 0: the session's temporary schema comes first once it exists (manual: search_path).
std::vector<Oid> resolve_search_path(const Catalog& catalog, std::string_view setting,
                                     std::string_view user, int32_t session_pid = 0);
// The names of the setting as written, unquoted, `$user` left as it is.
std::vector<std::string> split_search_path(std::string_view setting);
// pg_temp_<pid>, or kInvalidOid while the session has no temporary objects.
Oid temporary_schema(const Catalog& catalog, int32_t session_pid);
// nullptr = not found. schema empty = look along the path.
RelationPtr lookup_relation(const Catalog& catalog, std::span<const Oid> path, std::string_view schema,
                            std::string_view name);
// Schema where CREATE puts an unqualified name; 3F000 `no schema has been selected to create in`.
Oid creation_schema(const Catalog& catalog, std::span<const Oid> path);

// Catalog changes of one transaction: reads through to the committed catalog. put_* writes the object's row into the
// transaction (same commit as data) and is visible to later lookups of this transaction; rollback (also to a savepoint)
// undoes it. Name uniqueness is guarded by locks that this class takes.
class CatalogTransaction : public Catalog {
 public:
  virtual Oid allocate_oid() = 0;
  virtual void put_relation(std::shared_ptr<RelationDesc> relation) = 0;
  virtual void put_schema(std::shared_ptr<SchemaDesc> schema) = 0;
  virtual void put_role(std::shared_ptr<RoleDesc> role) = 0;
  virtual void put_database(std::shared_ptr<DatabaseDesc> database) = 0;
  virtual void put_extension(std::shared_ptr<ExtensionDesc> extension) = 0;
  virtual void put_access_list(std::shared_ptr<AccessListDesc> list) = 0;
  // REQUIRES: the role (of all roles: the bootstrap role) is locked, see lock_object().
  virtual void put_role_setting(std::shared_ptr<RoleSettingDesc> setting) = 0;
  virtual void drop_relation(Oid oid) = 0;
  virtual void drop_schema(Oid oid) = 0;
  virtual void drop_role(Oid oid) = 0;
  virtual void drop_database(Oid oid) = 0;
  virtual void drop_extension(Oid oid) = 0;
  virtual void drop_access_list(const AccessListDesc& list) = 0;
  virtual void drop_role_setting(Oid oid) = 0;
  // Takes over what other transactions have committed since. Call at the start of a statement and after every lock that
  // may have waited, then look objects up again.
  virtual void refresh() = 0;
  // Exclusive until the end of the transaction: CREATE and RENAME take it before they look whether the name is free.
  virtual void lock_relation_name(Oid schema, std::string_view name) = 0;
  virtual void lock_access_list(std::string_view name) = 0;  // before it is looked up to be changed
  // Guards objects that have no relation lock: roles, databases, schemas, extensions, by oid.
  virtual void lock_object(Oid oid, storage::LockMode mode) = 0;
  // Statistics and other changes that must not invalidate plans of others at once still go through put_relation.
};

// The catalogs of all databases of a data directory; created at start, loaded from Family::kMeta.
class CatalogManager {
 public:
  virtual ~CatalogManager() = default;
  virtual std::shared_ptr<const Catalog> committed(Oid database) = 0;
  // REQUIRES: outlives no Transaction.
  virtual std::unique_ptr<CatalogTransaction> begin(Oid database, storage::Transaction& txn) = 0;
  virtual DatabasePtr find_database(std::string_view name) = 0;
  virtual RolePtr find_role(std::string_view name) = 0;
  // Open index object (cached per relation oid and storage id). Throws SqlError.
  virtual std::shared_ptr<index::Index> open_index(const RelationDesc& index_relation,
                                                   const RelationDesc& table) = 0;
};
// Loads, or initialises an empty data directory (databases postgres, template0/1; role postgres; schema public).
std::unique_ptr<CatalogManager> make_catalog_manager(storage::KvEngine& engine,
                                                     storage::TransactionManager& transactions,
                                                     storage::TableStore& tables);

}  // namespace vecino::sql

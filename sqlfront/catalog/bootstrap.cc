#include "sqlfront/catalog/bootstrap.h"

#include <functional>

#include "sqlfront/catalog/access_control.h"
#include "sqlfront/catalog/codec.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

using storage::Family;

struct InitialRole {
  Oid oid;
  std::string_view name;
};
// Manual 22.5, predefined roles.
constexpr Oid kDatabaseOwnerRole = 6171;
constexpr InitialRole kPredefinedRoles[] = {
    {kDatabaseOwnerRole, "pg_database_owner"}, {6181, "pg_read_all_data"},
    {6182, "pg_write_all_data"},               {3373, "pg_monitor"},
    {3374, "pg_read_all_settings"},            {3375, "pg_read_all_stats"},
    {3377, "pg_stat_scan_tables"},             {4569, "pg_read_server_files"},
    {4570, "pg_write_server_files"},           {4571, "pg_execute_server_program"},
    {4200, "pg_signal_backend"},               {4544, "pg_checkpoint"},
};

struct InitialDatabase {
  Oid oid;
  std::string_view name, comment;
  bool is_template, allow_connections;
};
constexpr InitialDatabase kDatabases[] = {
    {well_known_oid::kTemplate1, "template1", "default template for new databases", true, true},
    {well_known_oid::kTemplate0, "template0", "unmodifiable empty database", true, false},
    {well_known_oid::kPostgresDatabase, "postgres", "default administrative connection database", false, true},
};

struct InitialSchema {
  Oid oid;
  std::string_view name, comment;
  Oid owner;
  std::string_view access_control;  // as it is stored: roles by oid
};
constexpr InitialSchema kSchemas[] = {
    {well_known_oid::kPgCatalog, "pg_catalog", "system catalog schema", 10, "{10=UC/10,=U/10}"},
    {well_known_oid::kPgToast, "pg_toast", "reserved schema for TOAST tables", 10, ""},
    {well_known_oid::kPublic, "public", "standard public schema", kDatabaseOwnerRole,
     "{6171=UC/6171,=U/6171}"},
    {well_known_oid::kInformationSchema, "information_schema", "", 10, "{10=UC/10,=U/10}"},
};

// The role pg_monitor is a member of those it is made of.
constexpr Oid kMonitorRole = 3373;
constexpr Oid kMonitorParts[] = {3374, 3375, 3377};

RoleDesc predefined_role(const InitialRole& initial) {
  RoleDesc role;
  role.oid = initial.oid;
  role.name = initial.name;
  if (role.oid == kMonitorRole) {
    for (Oid part : kMonitorParts) role.member_of[part] = false;
  }
  return role;
}

RoleDesc bootstrap_role(const InitialSuperuser& superuser) {
  RoleDesc role;
  role.oid = well_known_oid::kBootstrapRole;
  role.name = superuser.name;
  role.password = superuser.password;
  role.superuser = role.create_role = role.create_db = role.can_login = role.replication = role.bypass_rls = true;
  return role;
}

void write_schemas(storage::KvWriteBatch& batch, Oid database) {
  for (const InitialSchema& initial : kSchemas) {
    SchemaDesc schema;
    schema.oid = initial.oid;
    schema.name = initial.name;
    schema.owner = initial.owner;
    schema.comment = initial.comment;
    schema.access_control = initial.access_control;
    batch.put(Family::kMeta, catalog_key(database, ObjectKind::kSchema, schema.oid), encode(schema));
  }
}

}  // namespace

void write_initial_catalog(storage::KvEngine& engine, const InitialSuperuser& superuser) {
  auto batch = engine.new_batch();
  RoleDesc owner = bootstrap_role(superuser);
  batch->put(Family::kMeta, catalog_key(0, ObjectKind::kRole, owner.oid), encode(owner));
  for (const InitialRole& initial : kPredefinedRoles) {
    RoleDesc role = predefined_role(initial);
    batch->put(Family::kMeta, catalog_key(0, ObjectKind::kRole, role.oid), encode(role));
  }
  for (const InitialDatabase& initial : kDatabases) {
    DatabaseDesc database;
    database.oid = initial.oid;
    database.name = initial.name;
    database.comment = initial.comment;
    database.is_template = initial.is_template;
    database.allow_connections = initial.allow_connections;
    batch->put(Family::kMeta, catalog_key(0, ObjectKind::kDatabase, database.oid), encode(database));
    write_schemas(*batch, database.oid);
  }
  throw_if_error(engine.write(*batch, storage::Durability::kSync));
}

namespace {

template <typename State, typename Pointer>
void upgrade_list(State& state, const Pointer& object, storage::KvWriteBatch& batch, Oid database, ObjectKind kind,
                  const std::function<Oid(std::string_view)>& role_oid) {
  if (!is_named_acl(object->access_control)) return;
  auto changed = std::make_shared<std::remove_const_t<typename Pointer::element_type>>(*object);
  changed->access_control = upgrade_acl(object->access_control, role_oid);
  batch.put(Family::kMeta, catalog_key(database, kind, object->oid), encode(*changed));
  state.put(Pointer(std::move(changed)));
}

}  // namespace

void upgrade_privileges(storage::KvEngine& engine, SharedState& shared, std::span<DatabaseState* const> databases,
                        std::span<const Oid> oids) {
  auto batch = engine.new_batch();
  auto role_oid = [&](std::string_view name) {
    RolePtr role = shared.roles.find(name);
    return role ? role->oid : kInvalidOid;
  };
  for (const DatabasePtr& database : shared.databases.sorted()) {
    upgrade_list(shared.databases, database, *batch, 0, ObjectKind::kDatabase, role_oid);
  }
  for (size_t i = 0; i < databases.size(); ++i) {
    DatabaseState& state = *databases[i];
    for (const SchemaPtr& schema : state.schemas.sorted()) {
      upgrade_list(state.schemas, schema, *batch, oids[i], ObjectKind::kSchema, role_oid);
    }
    std::vector<RelationPtr> named;
    state.relations.for_each([&](Oid, const RelationPtr& relation) {
      if (is_named_acl(relation->access_control)) named.push_back(relation);
    });
    for (const RelationPtr& relation : named) {
      auto changed = std::make_shared<RelationDesc>(*relation);
      changed->access_control = upgrade_acl(relation->access_control, role_oid);
      batch->put(Family::kMeta, catalog_key(oids[i], ObjectKind::kRelation, relation->oid), encode(*changed));
      state.put_relation(std::move(changed));
    }
  }
  if (RolePtr monitor = shared.roles.find(kMonitorRole); monitor && monitor->member_of.empty()) {
    auto changed = std::make_shared<RoleDesc>(*monitor);
    for (Oid part : kMonitorParts) changed->member_of[part] = false;
    batch->put(Family::kMeta, catalog_key(0, ObjectKind::kRole, changed->oid), encode(*changed));
    shared.roles.put(std::move(changed));
  }
  if (!batch->empty()) throw_if_error(engine.write(*batch, storage::Durability::kSync));
}

}  // namespace vecino::sql

#include "sqlfront/catalog/bootstrap.h"

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
  bool usage_for_all;
};
constexpr InitialSchema kSchemas[] = {
    {well_known_oid::kPgCatalog, "pg_catalog", "system catalog schema", 10, true},
    {well_known_oid::kPgToast, "pg_toast", "reserved schema for TOAST tables", 10, false},
    {well_known_oid::kPublic, "public", "standard public schema", kDatabaseOwnerRole, true},
    {well_known_oid::kInformationSchema, "information_schema", "", 10, true},
};

RoleDesc bootstrap_role(const InitialSuperuser& superuser) {
  RoleDesc role;
  role.oid = well_known_oid::kBootstrapRole;
  role.name = superuser.name;
  role.password = superuser.password;
  role.superuser = role.create_role = role.create_db = role.can_login = role.replication = role.bypass_rls = true;
  return role;
}

void write_schemas(storage::KvWriteBatch& batch, Oid database, const std::string& superuser) {
  for (const InitialSchema& initial : kSchemas) {
    SchemaDesc schema;
    schema.oid = initial.oid;
    schema.name = initial.name;
    schema.owner = initial.owner;
    schema.comment = initial.comment;
    std::string owner = initial.owner == kDatabaseOwnerRole ? "pg_database_owner" : superuser;
    if (initial.usage_for_all) schema.access_control = format_acl({{owner, "UC", owner}, {"", "U", owner}});
    batch.put(Family::kMeta, catalog_key(database, ObjectKind::kSchema, schema.oid), encode(schema));
  }
}

}  // namespace

void write_initial_catalog(storage::KvEngine& engine, const InitialSuperuser& superuser) {
  auto batch = engine.new_batch();
  RoleDesc owner = bootstrap_role(superuser);
  batch->put(Family::kMeta, catalog_key(0, ObjectKind::kRole, owner.oid), encode(owner));
  for (const InitialRole& initial : kPredefinedRoles) {
    RoleDesc role;
    role.oid = initial.oid;
    role.name = initial.name;
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
    write_schemas(*batch, database.oid, superuser.name);
  }
  throw_if_error(engine.write(*batch, storage::Durability::kSync));
}

}  // namespace vecino::sql

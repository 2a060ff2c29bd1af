#include "sqlfront/catalog/privileges.h"

#include <algorithm>

#include "sqlfront/functions/function.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {
namespace {

constexpr AclMode kEverything = ~AclMode{0};
constexpr Oid kSystemOwner = well_known_oid::kBootstrapRole;

bool contains(const std::vector<Oid>& roles, Oid role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

Oid database_owner(const Catalog& catalog) {
  DatabasePtr database = catalog.find_database(catalog.database());
  return database ? database->owner : kInvalidOid;
}

// Relations of pg_catalog that PUBLIC may not read, as initdb leaves them.
constexpr std::string_view kPrivateRelations[] = {
    "pg_authid", "pg_backend_memory_contexts", "pg_config", "pg_file_settings", "pg_hba_file_rules",
    "pg_ident_file_mappings", "pg_largeobject", "pg_replication_origin_status", "pg_shadow", "pg_shmem_allocations",
    "pg_statistic", "pg_statistic_ext_data", "pg_subscription", "pg_user_mapping",
};

// Functions whose EXECUTE privilege initdb takes from PUBLIC, and to whom it gives it instead.
struct PrivateFunction {
  std::string_view name;
  Oid grantee = kInvalidOid;
};
constexpr PrivateFunction kPrivateFunctions[] = {
    {"lo_export"}, {"lo_import"}, {"pg_backup_start"}, {"pg_backup_stop"}, {"pg_config"}, {"pg_create_restore_point"},
    {"pg_current_logfile"}, {"pg_get_backend_memory_contexts", role_oid::kReadAllStats},
    {"pg_get_shmem_allocations", role_oid::kReadAllStats}, {"pg_hba_file_rules"}, {"pg_ident_file_mappings"},
    {"pg_log_backend_memory_contexts"}, {"pg_ls_archive_statusdir", role_oid::kMonitor}, {"pg_ls_dir"},
    {"pg_ls_logdir", role_oid::kMonitor}, {"pg_ls_logicalmapdir", role_oid::kMonitor},
    {"pg_ls_logicalsnapdir", role_oid::kMonitor}, {"pg_ls_replslotdir", role_oid::kMonitor},
    {"pg_ls_tmpdir", role_oid::kMonitor}, {"pg_ls_waldir", role_oid::kMonitor}, {"pg_promote"},
    {"pg_read_binary_file"}, {"pg_read_file"}, {"pg_reload_conf"}, {"pg_rotate_logfile"},
    {"pg_show_all_file_settings"}, {"pg_stat_file"}, {"pg_stat_reset"}, {"pg_stat_reset_replication_slot"},
    {"pg_stat_reset_shared"}, {"pg_stat_reset_subscription_stats"},
    {"pg_stat_reset_single_function_counters"}, {"pg_stat_reset_single_table_counters"}, {"pg_stat_reset_slru"},
    {"pg_stat_statements_reset"}, {"pg_switch_wal"}, {"pg_wal_replay_pause"}, {"pg_wal_replay_resume"},
    // Vecino's own.
    {"vecino_backup"},
};

const PrivateFunction* find_private(std::string_view name) {
  for (const PrivateFunction& function : kPrivateFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

Acl listed(const Catalog& catalog, AccessListKind kind, Oid object, AclObject acl_object) {
  AccessListPtr list = catalog.find_access_list(access_list_name(kind, object));
  return acl_of(list ? list->access_control : std::string(), acl_object, kSystemOwner);
}

}  // namespace

bool is_superuser(const Catalog& catalog, Oid role) {
  if (role == well_known_oid::kBootstrapRole) return true;
  RolePtr found = catalog.find_role(role);
  return found && found->superuser;
}

std::vector<Oid> roles_of(const Catalog& catalog, Oid role, Membership kind) {
  std::vector<Oid> roles{role};
  const Oid owner = database_owner(catalog);
  auto add = [&](Oid group) {
    if (!contains(roles, group)) roles.push_back(group);
  };
  for (size_t i = 0; i < roles.size(); ++i) {
    RolePtr member = catalog.find_role(roles[i]);
    if (!member || (kind == Membership::kPrivileges && !member->inherit)) continue;
    for (const auto& [group, admin] : member->member_of) add(group);
    if (roles[i] == owner) add(role_oid::kDatabaseOwner);
  }
  return roles;
}

bool is_member_without_superuser(const Catalog& catalog, Oid member, Oid role) {
  return member == role || contains(roles_of(catalog, member, Membership::kSet), role);
}

bool is_member(const Catalog& catalog, Oid member, Oid role) {
  return member == role || is_superuser(catalog, member) || is_member_without_superuser(catalog, member, role);
}

bool is_admin_of(const Catalog& catalog, Oid member, Oid role) {
  if (is_superuser(catalog, member)) return true;
  if (member == role) return false;
  for (Oid held : roles_of(catalog, member, Membership::kSet)) {
    RolePtr through = catalog.find_role(held);
    if (!through) continue;
    auto found = through->member_of.find(role);
    if (found != through->member_of.end() && found->second) return true;
  }
  return false;
}

std::string access_list_name(AccessListKind kind, Oid object) {
  return std::string(1, static_cast<char>(kind)) + "/" + std::to_string(object);
}

std::string default_list_name(Oid role, Oid schema, char object_type) {
  return "default/" + std::to_string(role) + "/" + std::to_string(schema) + "/" + object_type;
}

std::string parameter_list_name(std::string_view parameter) {
  std::string name = "parameter/";
  for (char c : parameter) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

bool has_initial_acl(const RelationDesc& relation) {
  // information_schema grants its views to PUBLIC, but for its helpers.
  return relation.schema == well_known_oid::kPgCatalog || !relation.name.starts_with("_pg_");
}

Acl initial_relation_acl(const RelationDesc& relation) {
  Acl items = default_acl(AclObject::kTable, kSystemOwner);
  if (!has_initial_acl(relation)) return items;
  const bool is_private = std::find(std::begin(kPrivateRelations), std::end(kPrivateRelations), relation.name) !=
                          std::end(kPrivateRelations);
  if (relation.schema == well_known_oid::kPgCatalog && is_private) {
    if (relation.name == "pg_backend_memory_contexts" || relation.name == "pg_shmem_allocations") {
      items.push_back({role_oid::kReadAllStats, kSystemOwner, acl::kSelect, 0});
    }
    return items;
  }
  AclMode everybody = acl::kSelect;
  if (relation.schema == well_known_oid::kPgCatalog && relation.name == "pg_settings") everybody |= acl::kUpdate;
  items.push_back({acl::kPublic, kSystemOwner, everybody, 0});
  return items;
}

Acl relation_acl(const Catalog& catalog, const RelationDesc& relation) {
  if (relation.oid >= well_known_oid::kFirstUserOid) {
    return acl_of(relation.access_control, acl_object_of(relation), relation.owner);
  }
  AccessListPtr list = catalog.find_access_list(access_list_name(AccessListKind::kSystemRelation, relation.oid));
  return list ? parse_acl(list->access_control) : initial_relation_acl(relation);
}

Acl column_acl(const RelationDesc& relation, AttrNumber column) {
  if (column <= 0 || static_cast<size_t>(column) > relation.columns.size()) return {};
  return parse_acl(relation.columns[column - 1].access_control);
}

Acl schema_acl(const SchemaDesc& schema) { return acl_of(schema.access_control, AclObject::kSchema, schema.owner); }

Acl database_acl(const DatabaseDesc& database) {
  return acl_of(database.access_control, AclObject::kDatabase, database.owner);
}

bool has_initial_acl(std::string_view function_name) { return find_private(function_name) != nullptr; }

Acl function_acl(const Catalog& catalog, Oid function) {
  if (AccessListPtr list = catalog.find_access_list(access_list_name(AccessListKind::kFunction, function))) {
    return parse_acl(list->access_control);
  }
  const FunctionDef* definition = find_function(function);
  return initial_function_acl(definition ? definition->name : std::string_view());
}

Acl initial_function_acl(std::string_view function_name) {
  const PrivateFunction* restricted = find_private(function_name);
  if (!restricted) return default_acl(AclObject::kFunction, kSystemOwner);
  Acl items{{kSystemOwner, kSystemOwner, acl::kExecute, 0}};
  if (restricted->grantee != kInvalidOid) items.push_back({restricted->grantee, kSystemOwner, acl::kExecute, 0});
  return items;
}

Acl type_acl(const Catalog& catalog, Oid type) {
  const TypeInfo* info = find_type(type);  // an array's privileges are its element's
  if (info && is_array_type(*info)) type = info->element_id;
  return listed(catalog, AccessListKind::kType, type, AclObject::kType);
}

Acl language_acl(const Catalog& catalog, Oid language) {
  return listed(catalog, AccessListKind::kLanguage, language, AclObject::kLanguage);
}

Acl parameter_acl(const Catalog& catalog, std::string_view parameter) {
  AccessListPtr list = catalog.find_access_list(parameter_list_name(parameter));
  return list ? parse_acl(list->access_control) : Acl();
}

Privileges::Privileges(const Catalog& catalog, Oid role)
    : catalog_(catalog), role_(role), superuser_(is_superuser(catalog, role)) {
  if (!superuser_) roles_ = roles_of(catalog, role, Membership::kPrivileges);
}

bool Privileges::acts_as(Oid role) const { return superuser_ || contains(roles_, role); }

AclMode Privileges::held(const Acl& items) const {
  if (superuser_) return kEverything;
  AclMode mode = 0;
  for (const AclItem& item : items) {
    if (item.grantee == acl::kPublic || contains(roles_, item.grantee)) mode |= item.privileges;
  }
  return mode;
}

AclMode Privileges::grantable(const Acl& items, Oid owner) const {
  if (acts_as(owner)) return kEverything;
  AclMode mode = 0;
  for (const AclItem& item : items) {
    if (item.grantee != acl::kPublic && contains(roles_, item.grantee)) mode |= item.grant_options;
  }
  return mode;
}

AclMode Privileges::on_relation(const RelationDesc& relation) const {
  using namespace acl;
  if (superuser_) return kEverything;
  AclMode mode = held(relation_acl(catalog_, relation));
  const bool system_table = relation.oid < well_known_oid::kFirstUserOid && relation.kind != 'v';
  if (!(mode & kSelect) && acts_as(role_oid::kReadAllData)) mode |= kSelect;
  if (acts_as(role_oid::kWriteAllData)) mode |= kInsert | kUpdate | kDelete;
  if (system_table) mode &= ~(kInsert | kUpdate | kDelete | kTruncate | kUsage);
  return mode;
}

AclMode Privileges::on_column(const RelationDesc& relation, AttrNumber column) const {
  if (superuser_) return kEverything;
  return held(column_acl(relation, column));
}

AclMode Privileges::on_schema(const SchemaDesc& schema) const {
  if (superuser_) return kEverything;
  if (schema.name.starts_with("pg_temp_")) {
    return acl::kUsage;  // its tables have owners; who may create there only the session knows
  }
  AclMode mode = held(schema_acl(schema));
  if (acts_as(role_oid::kReadAllData) || acts_as(role_oid::kWriteAllData)) mode |= acl::kUsage;
  return mode;
}

AclMode Privileges::on_database(const DatabaseDesc& database) const { return held(database_acl(database)); }

bool Privileges::on_every_column(const RelationDesc& relation, AclMode mode) const {
  bool any = false;
  for (size_t i = 0; i < relation.columns.size(); ++i) {
    if (relation.columns[i].dropped) continue;
    if ((on_column(relation, static_cast<AttrNumber>(i + 1)) & mode) != mode) return false;
    any = true;
  }
  return any;
}

bool Privileges::on_some_column(const RelationDesc& relation, AclMode mode) const {
  for (size_t i = 0; i < relation.columns.size(); ++i) {
    if (relation.columns[i].dropped) continue;
    if (on_column(relation, static_cast<AttrNumber>(i + 1)) & mode) return true;
  }
  return false;
}

bool is_private_setting(std::string_view name) {
  static constexpr std::string_view kPrivate[] = {
      "config_file", "data_directory", "dynamic_library_path", "external_pid_file", "hba_file", "ident_file",
      "jit_provider", "krb_server_keyfile", "log_directory", "log_filename", "primary_conninfo",
      "session_preload_libraries", "shared_preload_libraries", "ssl_ciphers", "ssl_dh_params_file", "ssl_ecdh_curve",
      "ssl_max_protocol_version", "ssl_min_protocol_version", "ssl_passphrase_command", "unix_socket_directories",
  };
  return std::find(std::begin(kPrivate), std::end(kPrivate), name) != std::end(kPrivate);
}

void require_may_read_setting(const Catalog& catalog, Oid role, std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!is_private_setting(lower) || Privileges(catalog, role).acts_as(role_oid::kReadAllSettings)) return;
  throw SqlError(sqlstate::kInsufficientPrivilege,
                 "must be superuser or have privileges of pg_read_all_settings to examine \"" + lower + "\"");
}

}  // namespace vecino::sql

#include <utility>

#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/schema_elements.h"

namespace vecino::sql {

using storage::LockMode;

std::string create_schema(const ast::CreateSchemaStmt& statement, DdlContext& context) {
  Oid owner = statement.role ? resolve_role(context, *statement.role) : current_role(context);
  std::string name = statement.name;
  require_database_privilege(context, acl::kCreate);
  if (statement.role) require_member_of(context, owner);
  if (name.empty()) name = context.catalog->find_role(owner)->name;
  if (name.starts_with("pg_")) {
    throw SqlError(sqlstate::kReservedName, "unacceptable schema name \"" + name + "\"")
        .detail("The prefix \"pg_\" is reserved for system schemas.");
  }
  if (context.catalog->find_schema(name)) {
    if (!statement.if_not_exists) throw SqlError(sqlstate::kDuplicateSchema, "schema \"" + name + "\" already exists");
    notice(context, sqlstate::kDuplicateSchema, "schema \"" + name + "\" already exists, skipping");
    return "CREATE SCHEMA";
  }
  auto schema = std::make_shared<SchemaDesc>();
  schema->oid = context.catalog->allocate_oid();
  schema->name = name;
  schema->owner = owner;
  schema->access_control = initial_access_control(context, AclObject::kSchema, owner, kInvalidOid);
  context.catalog->put_schema(std::move(schema));
  context.exec.txn->advance_command();
  if (statement.elements.empty()) return "CREATE SCHEMA";

  // The elements are created in the new schema: it leads the path while they run.
  auto& settings = *context.analyze.settings;
  std::string saved = settings.get_string(conf::SettingId::search_path);
  std::string quoted = "\"" + name + "\"" + (saved.empty() ? "" : ", " + saved);
  throw_if_error(settings.set("search_path", quoted, conf::SettingSource::kSession, conf::SettingScope::kTransaction));
  const Oid before = std::exchange(context.acting_role, owner);
  try {
    for (const ast::Node* element : order_schema_elements(statement, name)) execute_ddl(*element, context);
  } catch (...) {
    context.acting_role = before;
    throw_if_error(settings.set("search_path", saved, conf::SettingSource::kSession, conf::SettingScope::kTransaction));
    throw;
  }
  context.acting_role = before;
  throw_if_error(settings.set("search_path", saved, conf::SettingSource::kSession, conf::SettingScope::kTransaction));
  return "CREATE SCHEMA";
}

namespace {

constexpr std::string_view kVectorVersion = "0.8.6";

std::string wanted_version(const ast::DefList& options) {
  const ast::DefElem* given = ast::find_def(options, "new_version");
  return given ? ast::def_string(*given) : std::string(kVectorVersion);
}

}  // namespace

std::string create_extension(const ast::CreateExtensionStmt& statement, DdlContext& context) {
  const std::string& name = statement.name;
  if (name == "plpgsql" || context.catalog->find_extension(name)) {
    if (!statement.if_not_exists) {
      throw SqlError(sqlstate::kDuplicateObject, "extension \"" + name + "\" already exists");
    }
    notice(context, sqlstate::kDuplicateObject, "extension \"" + name + "\" already exists, skipping");
    return "CREATE EXTENSION";
  }
  if (name != "vector") {
    throw SqlError(sqlstate::kFeatureNotSupported, "extension \"" + name + "\" is not available")
        .detail("Vecino provides the extension \"vector\" only.");
  }
  if (wanted_version(statement.options) != kVectorVersion) {
    throw SqlError(sqlstate::kInvalidParameterValue, "extension \"" + name +
                                                         "\" has no installation script nor update path for version \"" +
                                                         wanted_version(statement.options) + "\"");
  }
  if (!privileges_of(context).superuser()) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to create extension \"" + name + "\"")
        .hint("Must be superuser to create this extension.");
  }
  auto extension = std::make_shared<ExtensionDesc>();
  extension->oid = context.catalog->allocate_oid();
  extension->name = name;
  extension->version = kVectorVersion;
  extension->owner = current_role(context);
  extension->schema = well_known_oid::kPublic;
  if (const ast::DefElem* schema = ast::find_def(statement.options, "schema")) {
    extension->schema = find_schema_or_throw(*context.catalog, ast::def_string(*schema))->oid;
  }
  context.catalog->put_extension(std::move(extension));
  return "CREATE EXTENSION";
}

std::string alter_extension(const ast::AlterExtensionStmt& statement, DdlContext& context) {
  ExtensionPtr extension = context.catalog->find_extension(statement.name);
  if (!extension) {
    throw SqlError(sqlstate::kUndefinedObject, "extension \"" + statement.name + "\" does not exist");
  }
  require_owner(context, extension->owner, "extension", statement.name);
  context.catalog->lock_object(extension->oid, LockMode::kAccessExclusive);
  std::string version = wanted_version(statement.options);
  if (version == extension->version) {
    notice(context, sqlstate::kSuccess,
           "version \"" + version + "\" of extension \"" + statement.name + "\" is already installed");
    return "ALTER EXTENSION";
  }
  if (version != kVectorVersion) {
    throw SqlError(sqlstate::kInvalidParameterValue, "extension \"" + statement.name +
                                                         "\" has no update path from version \"" + extension->version +
                                                         "\" to version \"" + version + "\"");
  }
  auto changed = std::make_shared<ExtensionDesc>(*extension);
  changed->version = version;
  context.catalog->put_extension(std::move(changed));
  return "ALTER EXTENSION";
}

}  // namespace vecino::sql

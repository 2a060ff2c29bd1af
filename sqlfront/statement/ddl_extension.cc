#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {

using storage::LockMode;

namespace {

std::string wanted_version(const ast::DefList& options) {
  const ast::DefElem* given = ast::find_def(options, "new_version");
  return given ? ast::def_string(*given) : std::string(kVectorVersion);
}

}  // namespace

std::string create_extension(const ast::CreateExtensionStmt& statement, DdlContext& context) {
  const std::string& name = statement.name;
  if (name == "plpgsql" || installed_extension(*context.catalog, name)) {
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
  ExtensionPtr dropped = context.catalog->find_extension(name);  // see leave_dropped_extension()
  extension->oid = dropped ? dropped->oid : context.catalog->allocate_oid();
  extension->name = name;
  extension->version = kVectorVersion;
  extension->owner = current_role(context);
  const ast::DefElem* schema = ast::find_def(statement.options, "schema");
  extension->schema = schema ? find_schema_or_throw(*context.catalog, ast::def_string(*schema))->oid
                             : creation_schema(*context.catalog, analyze_context(context).search_path);
  context.catalog->put_extension(std::move(extension));
  return "CREATE EXTENSION";
}

std::string alter_extension(const ast::AlterExtensionStmt& statement, DdlContext& context) {
  ExtensionPtr extension = installed_extension(*context.catalog, statement.name);
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

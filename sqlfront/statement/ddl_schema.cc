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

}  // namespace vecino::sql

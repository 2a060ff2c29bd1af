#include <algorithm>

#include "sqlfront/catalog/database_copy.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_settings.h"

namespace vecino::sql {

using storage::LockMode;

DatabasePtr require_database(DdlContext& context, const std::string& name) {
  DatabasePtr database = context.catalog->find_database(name);
  if (!database) throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + name + "\" does not exist");
  return database;
}

namespace {

bool is_utf8(std::string name) {
  std::erase_if(name, [](char c) { return c == '-' || c == '_'; });
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name == "utf8" || name == "unicode" || name == "6";
}

void check_encoding(const ast::DefElem& option) {
  std::string encoding = ast::def_string(option);
  if (is_utf8(encoding)) return;
  throw SqlError(sqlstate::kFeatureNotSupported, "encoding \"" + encoding + "\" is not supported", option.location)
      .detail("Databases are always in UTF8.");
}

Oid role_by_name(DdlContext& context, const std::string& name) {
  RolePtr role = context.catalog->find_role(name);
  if (!role) throw SqlError(sqlstate::kUndefinedObject, "role \"" + name + "\" does not exist");
  return role->oid;
}

// Sessions of the database other than this one.
int other_sessions(DdlContext& context, Oid database) {
  int count = 0;
  for (const SessionInfo& session : context.exec.env->sessions()) {
    if (session.database == database && session.pid != context.exec.env->backend_pid()) ++count;
  }
  return count;
}

// They get five seconds to leave, as in PostgreSQL: most are ending already.
void refuse_in_use(DdlContext& context, const DatabaseDesc& database, const char* what) {
  constexpr double kPatience = 5, kPause = 0.01;
  int count = other_sessions(context, database.oid);
  for (double waited = 0; count > 0 && waited < kPatience; waited += kPause) {
    context.exec.env->sleep(kPause);
    count = other_sessions(context, database.oid);
  }
  if (count == 0) return;
  throw SqlError(sqlstate::kObjectInUse, std::string(what) + " \"" + database.name + "\" is being accessed by other users")
      .detail(count == 1 ? std::string("There is 1 other session using the database.")
                         : "There are " + std::to_string(count) + " other sessions using the database.");
}

// The template's schemas, extensions and views come along; its tables would have to be copied row by row.
void copy_template(DdlContext& context, const DatabaseDesc& source, Oid target) {
  auto origin = context.exec.catalogs->committed(source.oid);
  for (const RelationPtr& relation : origin->relations()) {
    if (relation->oid < well_known_oid::kFirstUserOid || relation->is_temporary() || relation->kind == 'v') continue;
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "copying database \"" + source.name + "\" is not supported because it contains tables")
        .hint("Use template0 or template1.");
  }
  copy_database_objects(*origin, target, *context.exec.txn);
}

}  // namespace

std::string create_database(const ast::CreateDatabaseStmt& statement, DdlContext& context) {
  refuse_in_transaction_block(context, "CREATE DATABASE");
  auto database = std::make_shared<DatabaseDesc>();
  database->name = statement.name;
  database->owner = current_role(context);
  std::string template_name = "template1";
  for (const auto& option : statement.options) {
    const std::string& name = option->name;
    const bool is_default = !option->arg;
    if (name == "owner") {
      if (!is_default) database->owner = role_by_name(context, ast::def_string(*option));
    } else if (name == "template") {
      if (!is_default) template_name = ast::def_string(*option);
    } else if (name == "encoding") {
      if (!is_default) check_encoding(*option);
    } else if (name == "is_template") {
      if (!is_default) database->is_template = ast::def_bool(*option);
    } else if (name == "allow_connections") {
      if (!is_default) database->allow_connections = ast::def_bool(*option);
    } else if (name == "connection_limit") {
      if (!is_default) database->connection_limit = static_cast<int>(ast::def_int(*option));
      if (database->connection_limit < -1) {
        throw SqlError(sqlstate::kInvalidParameterValue,
                       "invalid connection limit: " + std::to_string(database->connection_limit), option->location);
      }
    } else if (name == "tablespace") {
      std::string tablespace = is_default ? "pg_default" : ast::def_string(*option);
      if (tablespace != "pg_default") {
        throw SqlError(sqlstate::kUndefinedObject, "tablespace \"" + tablespace + "\" does not exist");
      }
    } else if (name != "lc_collate" && name != "lc_ctype" && name != "locale" && name != "strategy" &&
               name != "locale_provider" && name != "icu_locale" && name != "collation_version") {
      throw SqlError(sqlstate::kSyntaxError, "option \"" + name + "\" not recognized", option->location);
    }
  }
  if (!has_attribute(context, &RoleDesc::create_db)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to create database");
  }
  require_member_of(context, database->owner);
  DatabasePtr source = context.catalog->find_database(template_name);
  if (!source) {
    throw SqlError(sqlstate::kInvalidCatalogName, "template database \"" + template_name + "\" does not exist");
  }
  if (!source->is_template && !privileges_of(context).acts_as(source->owner)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to copy database \"" + source->name + "\"");
  }
  if (context.catalog->find_database(statement.name)) {
    throw SqlError(sqlstate::kDuplicateDatabase, "database \"" + statement.name + "\" already exists");
  }
  database->oid = context.catalog->allocate_oid();
  Oid oid = database->oid;
  context.catalog->put_database(std::move(database));
  copy_template(context, *source, oid);
  return "CREATE DATABASE";
}

std::string alter_database(const ast::AlterDatabaseStmt& statement, DdlContext& context) {
  DatabasePtr old = require_database(context, statement.name);
  require_owner(context, old->owner, "database", old->name);
  context.catalog->lock_object(old->oid, LockMode::kAccessExclusive);
  auto changed = std::make_shared<DatabaseDesc>(*require_database(context, statement.name));
  for (const auto& option : statement.options) {
    if (option->name == "is_template") {
      changed->is_template = ast::def_bool(*option);
    } else if (option->name == "allow_connections") {
      changed->allow_connections = ast::def_bool(*option);
    } else if (option->name == "connection_limit") {
      changed->connection_limit = static_cast<int>(ast::def_int(*option));
    } else if (option->name == "tablespace") {
      if (ast::def_string(*option) != "pg_default") {
        throw SqlError(sqlstate::kUndefinedObject, "tablespace \"" + ast::def_string(*option) + "\" does not exist");
      }
    } else {
      throw SqlError(sqlstate::kSyntaxError, "option \"" + option->name + "\" not recognized", option->location);
    }
  }
  context.catalog->put_database(std::move(changed));
  return "ALTER DATABASE";
}

void set_database_setting(DdlContext& context, const std::string& name, const ast::VariableSetStmt& set) {
  DatabasePtr old = require_database(context, name);
  require_owner(context, old->owner, "database", old->name);
  context.catalog->lock_object(old->oid, LockMode::kAccessExclusive);
  auto changed = std::make_shared<DatabaseDesc>(*require_database(context, name));
  apply_stored_setting(context, changed->settings, set);
  context.catalog->put_database(std::move(changed));
}

std::string alter_database_set(const ast::AlterDatabaseSetStmt& statement, DdlContext& context) {
  set_database_setting(context, statement.name, *statement.set);
  return "ALTER DATABASE";
}

std::string drop_database(const ast::DropDatabaseStmt& statement, DdlContext& context) {
  refuse_in_transaction_block(context, "DROP DATABASE");
  DatabasePtr database = context.catalog->find_database(statement.name);
  if (!database) {
    if (!statement.if_exists) require_database(context, statement.name);
    notice(context, sqlstate::kSuccess, "database \"" + statement.name + "\" does not exist, skipping");
    return "DROP DATABASE";
  }
  require_owner(context, database->owner, "database", database->name);
  if (database->is_template) {
    throw SqlError(sqlstate::kWrongObjectType, "cannot drop a template database");
  }
  if (database->oid == context.catalog->database()) {
    throw SqlError(sqlstate::kObjectInUse, "cannot drop the currently open database");
  }
  if (ast::find_def(statement.options, "force")) {
    for (const SessionInfo& session : context.exec.env->sessions()) {
      if (session.database == database->oid) context.exec.env->terminate_backend(session.pid);
    }
  }
  refuse_in_use(context, *database, "database");
  context.catalog->lock_object(database->oid, LockMode::kAccessExclusive);
  // The objects' storage, then their catalog rows.
  auto objects = context.exec.catalogs->committed(database->oid);
  for (const RelationPtr& relation : objects->relations()) {
    if (relation->oid < well_known_oid::kFirstUserOid) continue;
    if (relation->kind == 'r') context.exec.tables->drop(*context.exec.txn, relation->layout);
    if (relation->index) {
      RelationPtr table = objects->find_relation(relation->index->table);
      if (table) context.exec.catalogs->open_index(*relation, *table)->drop(*context.exec.txn);
    }
  }
  erase_database_objects(*objects, *context.exec.txn);
  forget_role_settings(context, database->oid, kInvalidOid);
  context.catalog->drop_database(database->oid);
  return "DROP DATABASE";
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/statement/ddl_depend.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {
namespace {

using ast::ObjectType;
using storage::LockMode;

struct RelationKind {
  ObjectType type;
  char kind;
  std::string_view noun, article, statement;
};
constexpr RelationKind kRelationKinds[] = {
    {ObjectType::kTable, 'r', "table", "a table", "DROP TABLE"},
    {ObjectType::kIndex, 'i', "index", "an index", "DROP INDEX"},
    {ObjectType::kSequence, 'S', "sequence", "a sequence", "DROP SEQUENCE"},
    {ObjectType::kView, 'v', "view", "a view", "DROP VIEW"},
    {ObjectType::kMaterializedView, 'm', "materialized view", "a materialized view", "DROP MATERIALIZED VIEW"},
    {ObjectType::kForeignTable, 'f', "foreign table", "a foreign table", "DROP FOREIGN TABLE"},
};

const RelationKind* relation_kind(ObjectType type) {
  for (const RelationKind& kind : kRelationKinds) {
    if (kind.type == type) return &kind;
  }
  return nullptr;
}

std::string joined(const ast::Name& name) {
  std::string out;
  for (const auto& part : name) out += (out.empty() ? "" : ".") + part;
  return out;
}

[[noreturn]] void wrong_kind(const RelationKind& wanted, const RelationDesc& found) {
  SqlError error(sqlstate::kWrongObjectType, "\"" + found.name + "\" is not " + std::string(wanted.article));
  for (const RelationKind& kind : kRelationKinds) {
    if (kind.kind != found.kind) continue;
    error.info().hint = "Use " + std::string(kind.statement) + " to remove " + std::string(kind.article) + ".";
  }
  throw error;
}

// Missing objects: an error, or a notice with IF EXISTS.
void missing(DdlContext& context, bool if_exists, SqlState code, const std::string& message) {
  if (!if_exists) throw SqlError(code, message);
  notice(context, sqlstate::kSuccess, message + ", skipping");
}

void refuse_index_of_constraint(DdlContext& context, const RelationDesc& index) {
  if (!index.index || index.index->constraint == kInvalidOid) return;
  RelationPtr table = reload(context, index.index->table);
  std::string constraint = "constraint " + index.name + " on table " + table->name;
  throw SqlError(sqlstate::kDependentObjectsStillExist,
                 "cannot drop index " + index.name + " because " + constraint + " requires it")
      .hint("You can drop " + constraint + " instead.");
}

void refuse_identity_sequence(DdlContext& context, const RelationDesc& relation) {
  if (!relation.sequence || relation.sequence->owner_table == kInvalidOid || relation.sequence->owner_kind != 'i') return;
  RelationPtr table = reload(context, relation.sequence->owner_table);
  std::string column = "column " + table->columns[relation.sequence->owner_column - 1].name + " of table " + table->name;
  throw SqlError(sqlstate::kDependentObjectsStillExist,
                 "cannot drop sequence " + relation.name + " because " + column + " requires it")
      .hint("You can drop " + column + " instead.");
}

std::string drop_relations(const ast::DropStmt& statement, const RelationKind& kind, DdlContext& context) {
  if (statement.concurrently) {
    refuse_in_transaction_block(context, "DROP INDEX CONCURRENTLY");
    if (statement.objects.size() > 1) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "DROP INDEX CONCURRENTLY does not support dropping multiple objects");
    }
    if (statement.behavior == ast::DropBehavior::kCascade) {
      throw SqlError(sqlstate::kFeatureNotSupported, "DROP INDEX CONCURRENTLY does not support CASCADE");
    }
  }
  std::vector<ObjectRef> objects;
  for (const auto& object : statement.objects) {
    ast::RangeVar name = range_var_of(object->name, object->location);
    if (!name.schema.empty() && name.schema != "pg_temp" && !context.catalog->find_schema(name.schema)) {
      missing(context, statement.if_exists, sqlstate::kInvalidSchemaName,
              "schema \"" + name.schema + "\" does not exist");
      continue;
    }
    RelationPtr relation = open_relation(context, name, LockMode::kAccessExclusive, OnMissing::kReturnNull,
                                         &require_relation_or_schema_owner);
    if (!relation) {
      missing(context, statement.if_exists, kind.kind == 'i' ? sqlstate::kUndefinedObject : sqlstate::kUndefinedTable,
              std::string(kind.noun) + " \"" + object->name.back() + "\" does not exist");
      continue;
    }
    if (relation->kind != kind.kind) wrong_kind(kind, *relation);
    refuse_system_relation(context, *relation);
    if (relation->index) lock_relation(context, relation->index->table, LockMode::kAccessExclusive);
    refuse_index_of_constraint(context, *relation);
    refuse_identity_sequence(context, *relation);
    objects.push_back({ObjectRef::Kind::kRelation, relation->oid});
  }
  if (!objects.empty()) drop_with_dependents(context, std::move(objects), statement.behavior);
  return std::string(kind.statement);
}

std::string drop_schemas(const ast::DropStmt& statement, DdlContext& context) {
  std::vector<ObjectRef> objects;
  for (const auto& object : statement.objects) {
    const std::string& name = object->name.back();
    SchemaPtr schema = context.catalog->find_schema(name);
    if (!schema) {
      missing(context, statement.if_exists, sqlstate::kInvalidSchemaName, "schema \"" + name + "\" does not exist");
      continue;
    }
    require_owner(context, schema->owner, "schema", name);
    if (schema->oid < well_known_oid::kFirstUserOid && schema->oid != well_known_oid::kPublic) {
      throw SqlError(sqlstate::kDependentObjectsStillExist,
                     "cannot drop schema " + name + " because it is required by the database system");
    }
    context.catalog->lock_object(schema->oid, LockMode::kAccessExclusive);
    objects.push_back({ObjectRef::Kind::kSchema, schema->oid});
  }
  if (!objects.empty()) drop_with_dependents(context, std::move(objects), statement.behavior);
  return "DROP SCHEMA";
}

std::string drop_extensions(const ast::DropStmt& statement, DdlContext& context) {
  std::vector<ObjectRef> objects;
  for (const auto& object : statement.objects) {
    const std::string& name = object->name.back();
    ExtensionPtr extension = installed_extension(*context.catalog, name);
    if (!extension) {
      missing(context, statement.if_exists, sqlstate::kUndefinedObject, "extension \"" + name + "\" does not exist");
      continue;
    }
    if (name == "plpgsql") {
      throw SqlError(sqlstate::kFeatureNotSupported, "DROP EXTENSION plpgsql is not supported");
    }
    require_owner(context, extension->owner, "extension", name);
    context.catalog->lock_object(extension->oid, LockMode::kAccessExclusive);
    objects.push_back({ObjectRef::Kind::kExtension, extension->oid});
  }
  if (!objects.empty()) drop_with_dependents(context, std::move(objects), statement.behavior);
  return "DROP EXTENSION";
}

[[noreturn]] void required_by_system(const std::string& what) {
  throw SqlError(sqlstate::kDependentObjectsStillExist,
                 "cannot drop " + what + " because it is required by the database system");
}

// Kinds of which users cannot make any: whatever is named does not exist or belongs to the system.
std::string drop_others(const ast::DropStmt& statement, DdlContext& context) {
  std::string noun(ast::object_type_name(statement.object_type));
  std::string tag = "DROP " + noun;
  std::transform(noun.begin(), noun.end(), noun.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const auto& object : statement.objects) {
    const std::string& name = object->name.back();
    switch (statement.object_type) {
      case ObjectType::kType:
      case ObjectType::kDomain:
        if (const TypeInfo* type = find_type_by_name(name)) required_by_system("type " + format_type(type->id));
        missing(context, statement.if_exists, sqlstate::kUndefinedObject,
                "type \"" + joined(object->name) + "\" does not exist");
        break;
      case ObjectType::kFunction:
      case ObjectType::kProcedure:
      case ObjectType::kRoutine:
      case ObjectType::kAggregate: {
        std::string arguments;
        for (const auto& type : object->arguments) {
          if (!type) continue;
          arguments += (arguments.empty() ? "" : ", ") + format_type(resolve_type_name(*type, analyze_context(context)));
        }
        std::string signature = joined(object->name) + "(" + arguments + ")";
        bool builtin = !functions_named(name).empty() && object->name.size() < 2;
        if (builtin && !statement.if_exists) required_by_system(noun + " " + signature);
        missing(context, statement.if_exists, sqlstate::kUndefinedFunction,
                noun + " " + (object->has_arguments ? signature : "\"" + joined(object->name) + "\"") + " does not exist");
        break;
      }
      case ObjectType::kTrigger:
      case ObjectType::kRule:
      case ObjectType::kPolicy: {
        ast::Name relation_name(object->name.begin(), object->name.end() - 1);
        RelationPtr relation;
        if (!relation_name.empty()) {
          relation = open_relation(context, range_var_of(relation_name, object->location), LockMode::kAccessShare,
                                   OnMissing::kReturnNull);
        }
        if (!relation) {
          missing(context, statement.if_exists, sqlstate::kUndefinedTable,
                  "relation \"" + joined(relation_name) + "\" does not exist");
          break;
        }
        missing(context, statement.if_exists, sqlstate::kUndefinedObject,
                noun + " \"" + name + "\" for " + (statement.object_type == ObjectType::kRule ? "relation" : "table") +
                    " \"" + relation->name + "\" does not exist");
        break;
      }
      default:
        missing(context, statement.if_exists, sqlstate::kUndefinedObject,
                noun + " \"" + joined(object->name) + "\" does not exist");
    }
  }
  return tag;
}

}  // namespace

std::string drop_objects(const ast::DropStmt& statement, DdlContext& context) {
  if (const RelationKind* kind = relation_kind(statement.object_type)) return drop_relations(statement, *kind, context);
  if (statement.object_type == ObjectType::kSchema) return drop_schemas(statement, context);
  if (statement.object_type == ObjectType::kExtension) return drop_extensions(statement, context);
  return drop_others(statement, context);
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/catalog/constraint_comments.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {
namespace {

using ast::ObjectType;
using storage::LockMode;

// PostgreSQL calls every kind of relation that here.
void require_column_owner(DdlContext& context, const RelationDesc& relation) {
  require_owner(context, relation.owner, "relation", relation.name);
}

void set_relation_comment(DdlContext& context, Oid oid, int sub, const std::string& text) {
  auto changed = copy_relation(*reload(context, oid));
  if (text.empty()) {
    changed->comments.erase(sub);
  } else {
    changed->comments[sub] = text;
  }
  store(context, std::move(changed));
}

void comment_on_relation(const ast::CommentStmt& statement, DdlContext& context) {
  RelationPtr relation = open_relation(context, range_var_of(statement.object->name, statement.object->location),
                                       LockMode::kShareUpdateExclusive, OnMissing::kFail, &require_relation_owner);
  refuse_system_relation(context, *relation);
  char wanted = statement.object_type == ObjectType::kIndex      ? 'i'
                : statement.object_type == ObjectType::kSequence ? 'S'
                : statement.object_type == ObjectType::kView     ? 'v'
                                                                 : 'r';
  if (relation->kind != wanted) {
    std::string noun(relation_kind_name(wanted));
    throw SqlError(sqlstate::kWrongObjectType,
                   "\"" + relation->name + "\" is not " + (wanted == 'i' ? "an " : "a ") + noun);
  }
  set_relation_comment(context, relation->oid, 0, statement.comment);
}

void comment_on_column(const ast::CommentStmt& statement, DdlContext& context) {
  ast::Name name = statement.object->name;
  if (name.size() < 2) throw SqlError(sqlstate::kSyntaxError, "column name must be qualified");
  std::string column = name.back();
  name.pop_back();
  RelationPtr relation =
      open_relation(context, range_var_of(name, statement.object->location), LockMode::kShareUpdateExclusive,
                    OnMissing::kFail, &require_column_owner);
  refuse_system_relation(context, *relation);
  if (relation->kind != 'r' && relation->kind != 'v') {
    throw SqlError(sqlstate::kWrongObjectType, "cannot set comment on relation \"" + relation->name + "\"")
        .detail("This operation is not supported for " + std::string(relation_kind_name(relation->kind)) +
                (relation->kind == 'i' ? "es." : "s."));
  }
  AttrNumber attr = find_column(*relation, column);
  if (attr == 0) {
    throw SqlError(sqlstate::kUndefinedColumn,
                   "column \"" + column + "\" of relation \"" + relation->name + "\" does not exist");
  }
  set_relation_comment(context, relation->oid, attr, statement.comment);
}

void comment_on_constraint(const ast::CommentStmt& statement, DdlContext& context) {
  ast::Name name = statement.object->name;
  std::string constraint = name.back();
  name.pop_back();
  RelationPtr table =
      open_relation(context, range_var_of(name, statement.object->location), LockMode::kShareUpdateExclusive,
                    OnMissing::kFail, &require_column_owner);
  for (Oid oid : table->indexes) {
    RelationPtr index = context.catalog->find_relation(oid);
    if (!index || index->index->constraint == kInvalidOid || index->name != constraint) continue;
    // Of the constraint, not of its index: kept beside it under a number no column has.
    set_relation_comment(context, oid, -1, statement.comment);
    return;
  }
  auto named = [&](const auto& desc) { return desc.name == constraint; };
  auto check = std::find_if(table->checks.begin(), table->checks.end(), named);
  auto key = std::find_if(table->foreign_keys.begin(), table->foreign_keys.end(), named);
  if (check == table->checks.end() && key == table->foreign_keys.end()) {
    throw SqlError(sqlstate::kUndefinedObject, "constraint \"" + constraint + "\" for table \"" + table->name +
                                                   "\" does not exist");
  }
  set_relation_comment(context, table->oid, constraint_comment_key(check != table->checks.end() ? check->oid : key->oid),
                       statement.comment);
}

}  // namespace

std::string comment_on(const ast::CommentStmt& statement, DdlContext& context) {
  CatalogTransaction& catalog = *context.catalog;
  switch (statement.object_type) {
    case ObjectType::kTable:
    case ObjectType::kView:
    case ObjectType::kIndex:
    case ObjectType::kSequence: comment_on_relation(statement, context); break;
    case ObjectType::kColumn: comment_on_column(statement, context); break;
    case ObjectType::kTableConstraint: comment_on_constraint(statement, context); break;
    case ObjectType::kSchema: {
      auto changed = std::make_shared<SchemaDesc>(*find_schema_or_throw(catalog, statement.object->name.back()));
      require_owner(context, changed->owner, "schema", changed->name);
      catalog.lock_object(changed->oid, LockMode::kShareUpdateExclusive);
      changed->comment = statement.comment;
      catalog.put_schema(std::move(changed));
      break;
    }
    case ObjectType::kDatabase: {
      DatabasePtr database = catalog.find_database(statement.object->name.back());
      if (!database) {
        throw SqlError(sqlstate::kInvalidCatalogName,
                       "database \"" + statement.object->name.back() + "\" does not exist");
      }
      require_owner(context, database->owner, "database", database->name);
      catalog.lock_object(database->oid, LockMode::kShareUpdateExclusive);
      auto changed = std::make_shared<DatabaseDesc>(*catalog.find_database(database->oid));
      changed->comment = statement.comment;
      catalog.put_database(std::move(changed));
      break;
    }
    case ObjectType::kRole: {
      RolePtr role = catalog.find_role(statement.object->name.back());
      if (!role) {
        throw SqlError(sqlstate::kUndefinedObject, "role \"" + statement.object->name.back() + "\" does not exist");
      }
      if (role->superuser) {
        require_superuser(context, "must be superuser");
      } else if (!has_attribute(context, &RoleDesc::create_role)) {
        throw SqlError(sqlstate::kInsufficientPrivilege, "must have CREATEROLE privilege");
      }
      catalog.lock_object(role->oid, LockMode::kShareUpdateExclusive);
      auto changed = std::make_shared<RoleDesc>(*catalog.find_role(role->oid));
      changed->comment = statement.comment;
      catalog.put_role(std::move(changed));
      break;
    }
    case ObjectType::kExtension:
      if (ExtensionPtr extension = installed_extension(catalog, statement.object->name.back())) {
        require_owner(context, extension->owner, "extension", extension->name);
      }
      // pg_dump restores the extension's own comment.
      if (!installed_extension(catalog, statement.object->name.back()) && statement.object->name.back() != "plpgsql") {
        throw SqlError(sqlstate::kUndefinedObject,
                       "extension \"" + statement.object->name.back() + "\" does not exist");
      }
      break;
    default:
      throw SqlError(sqlstate::kFeatureNotSupported, "COMMENT ON " +
                                                         std::string(ast::object_type_name(statement.object_type)) +
                                                         " is not supported");
  }
  return "COMMENT";
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/catalog/access_control.h"
#include "sqlfront/statement/ddl_objects.h"

namespace vecino::sql {
namespace {

using ast::ObjectType;
using storage::LockMode;

std::string letters_of(const ast::GrantStmt& statement, AclObject object, std::string_view noun) {
  if (statement.privileges.empty()) return std::string(all_privileges(object));
  std::string letters;
  for (const auto& privilege : statement.privileges) {
    if (!privilege->columns.empty()) {
      throw SqlError(sqlstate::kFeatureNotSupported, "column privileges are not supported");
    }
    if (privilege->name.empty()) return std::string(all_privileges(object));
    char letter = privilege_letter(privilege->name, object);
    if (letter == 0) {
      std::string upper = privilege->name;
      std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
      throw SqlError(sqlstate::kInvalidTableDefinition, "invalid privilege type " + upper + " for " + std::string(noun));
    }
    letters += letter;
  }
  return letters;
}

class Granter {
 public:
  Granter(const ast::GrantStmt& statement, DdlContext& context) : statement_(statement), context_(context) {
    for (const auto& grantee : statement.grantees) {
      bool is_public = grantee->role == ast::RoleSpec::Role::kPublic;
      grantees_.push_back(is_public ? "" : context.catalog->find_role(resolve_role(context, *grantee))->name);
    }
  }

  // New text of an access list.
  std::string apply(const std::string& current, AclObject object, std::string_view noun, Oid owner_oid) {
    RolePtr role = context_.catalog->find_role(owner_oid);
    std::string owner = role ? role->name : "postgres";
    auto items = current.empty() ? default_acl(object, owner) : parse_acl(current);
    std::string letters = letters_of(statement_, object, noun);
    GrantOption option = statement_.grant_option ? GrantOption::kWith : GrantOption::kNone;
    for (const std::string& grantee : grantees_) {
      if (statement_.is_grant) {
        acl_grant(items, grantee, letters, option, owner);
      } else {
        acl_revoke(items, grantee, letters, option);
      }
    }
    return format_acl(items);
  }

  void relation(Oid oid) {
    lock_relation(context_, oid, LockMode::kShareUpdateExclusive);
    RelationPtr current = context_.catalog->find_relation(oid);
    if (!current) return;
    auto changed = copy_relation(*current);
    const bool sequence = current->kind == 'S';
    changed->access_control = apply(current->access_control, sequence ? AclObject::kSequence : AclObject::kTable,
                                    sequence ? "sequence" : "relation", current->owner);
    store(context_, std::move(changed));
  }

  void schema(const std::string& name) {
    Oid oid = find_schema_or_throw(*context_.catalog, name)->oid;
    context_.catalog->lock_object(oid, LockMode::kShareUpdateExclusive);
    auto changed = std::make_shared<SchemaDesc>(*find_schema_or_throw(*context_.catalog, name));
    changed->access_control = apply(changed->access_control, AclObject::kSchema, "schema", changed->owner);
    context_.catalog->put_schema(std::move(changed));
  }

  void database(const std::string& name) {
    DatabasePtr current = context_.catalog->find_database(name);
    if (!current) throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + name + "\" does not exist");
    context_.catalog->lock_object(current->oid, LockMode::kShareUpdateExclusive);
    auto changed = std::make_shared<DatabaseDesc>(*context_.catalog->find_database(name));
    changed->access_control = apply(changed->access_control, AclObject::kDatabase, "database", changed->owner);
    context_.catalog->put_database(std::move(changed));
  }

 private:
  const ast::GrantStmt& statement_;
  DdlContext& context_;
  std::vector<std::string> grantees_;
};

bool is_relation_type(ObjectType type) {
  return type == ObjectType::kTable || type == ObjectType::kSequence || type == ObjectType::kView;
}

void grant_in_schemas(const ast::GrantStmt& statement, DdlContext& context, Granter& granter) {
  if (statement.object_type == ObjectType::kFunction || statement.object_type == ObjectType::kProcedure ||
      statement.object_type == ObjectType::kRoutine) {
    return;  // no schema has functions of users
  }
  for (const auto& object : statement.objects) {
    Oid schema = find_schema_or_throw(*context.catalog, object->name.back())->oid;
    for (const RelationPtr& relation : context.catalog->relations()) {
      if (relation->schema != schema || relation->oid < well_known_oid::kFirstUserOid) continue;
      bool wanted = statement.object_type == ObjectType::kSequence ? relation->kind == 'S'
                                                                   : relation->kind == 'r' || relation->kind == 'v';
      if (wanted) granter.relation(relation->oid);
    }
  }
}

}  // namespace

std::string grant(const ast::GrantStmt& statement, DdlContext& context) {
  std::string tag = statement.is_grant ? "GRANT" : "REVOKE";
  if (statement.target == ast::GrantTarget::kDefaults) {
    throw SqlError(sqlstate::kFeatureNotSupported, "ALTER DEFAULT PRIVILEGES is not supported");
  }
  Granter granter(statement, context);
  if (statement.target == ast::GrantTarget::kAllInSchema) {
    grant_in_schemas(statement, context, granter);
    return tag;
  }
  for (const auto& object : statement.objects) {
    if (is_relation_type(statement.object_type)) {
      RelationPtr relation =
          open_relation(context, range_var_of(object->name, object->location), LockMode::kAccessShare);
      if (relation->kind == 'i') throw SqlError(sqlstate::kWrongObjectType, "\"" + relation->name + "\" is an index");
      if (relation->oid >= well_known_oid::kFirstUserOid) granter.relation(relation->oid);
    } else if (statement.object_type == ObjectType::kSchema) {
      granter.schema(object->name.back());
    } else if (statement.object_type == ObjectType::kDatabase) {
      granter.database(object->name.back());
    } else {
      std::string noun(ast::object_type_name(statement.object_type));
      throw SqlError(sqlstate::kFeatureNotSupported, tag + " ON " + noun + " is not supported");
    }
  }
  return tag;
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/catalog/system_producers.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/grant_support.h"
#include "sqlfront/types/reg.h"

namespace vecino::sql {
namespace {

using ast::ObjectType;
using storage::LockMode;

constexpr AclMode kTableMode = acl::kInsert | acl::kSelect | acl::kUpdate | acl::kDelete | acl::kTruncate |
                               acl::kReferences | acl::kTrigger;
constexpr AclMode kSequenceMode = acl::kUsage | acl::kSelect | acl::kUpdate;
constexpr AclMode kColumnMode = acl::kInsert | acl::kSelect | acl::kUpdate | acl::kReferences;

void refuse_columns(const ast::GrantStmt& statement) {
  for (const auto& privilege : statement.privileges) {
    if (privilege->columns.empty()) continue;
    throw SqlError(sqlstate::kInvalidGrantOperation, "column privileges are only valid for relations");
  }
}

// --- relations and their columns -----------------------------------------------------------------------------------

AclMode column_mode(const ast::AccessPriv& privilege) {
  if (privilege.name.empty()) return kColumnMode;
  const AclMode mode = privilege_mode(privilege.name);
  if (mode == 0) throw SqlError(sqlstate::kSyntaxError, "unrecognized privilege type \"" + privilege.name + "\"");
  if (mode & kColumnMode) return mode;
  throw SqlError(sqlstate::kInvalidGrantOperation,
                 "invalid privilege type " + std::string(privilege_name(mode)) + " for column");
}

// Per column what is asked for. A REVOKE on the table takes the same privileges on its columns too.
std::vector<AclMode> column_grants(const ast::GrantStmt& statement, const RelationDesc& relation, AclMode on_table) {
  std::vector<AclMode> grants(relation.columns.size(), 0);
  if (!statement.is_grant) {
    for (AclMode& grant : grants) grant = on_table & kColumnMode;
  }
  for (const auto& privilege : statement.privileges) {
    if (privilege->columns.empty()) continue;
    const AclMode mode = column_mode(*privilege);
    for (const std::string& name : privilege->columns) {
      grants[require_column(relation, name) - 1] |= mode;
    }
  }
  return grants;
}

// What GRANT ON TABLE means for this relation: sequences take what they know of it, with a warning.
GrantWork::Wanted relation_wanted(GrantWork& work, const RelationDesc& relation) {
  const bool is_sequence = relation.kind == 'S';
  if (work.statement().object_type == ObjectType::kSequence) {
    GrantWork::Wanted wanted = work.wanted(kSequenceMode, "sequence");
    if (!is_sequence) {
      throw SqlError(sqlstate::kWrongObjectType, "\"" + relation.name + "\" is not a sequence");
    }
    return wanted;
  }
  GrantWork::Wanted wanted = work.wanted(kTableMode | kSequenceMode, "relation");
  const AclMode own = is_sequence ? kSequenceMode : kTableMode;
  if (wanted.all) return {own, true};
  if (is_sequence && (wanted.mode & ~own)) {
    ErrorInfo warning;
    warning.code = sqlstate::kInvalidGrantOperation;
    warning.message = "sequence \"" + relation.name + "\" only supports USAGE, SELECT, and UPDATE privileges";
    work.context().exec.env->warning(std::move(warning));
    wanted.mode &= own;
  } else if (wanted.mode & ~own) {
    throw SqlError(sqlstate::kInvalidGrantOperation, "invalid privilege type USAGE for table");
  }
  return wanted;
}

// GRANT speaks of tables, whatever else has rows.
std::string granted_noun(const RelationDesc& relation) { return relation.kind == 'S' ? "sequence" : "table"; }

bool names_table_privileges(const ast::GrantStmt& statement) {
  return statement.privileges.empty() || std::any_of(statement.privileges.begin(), statement.privileges.end(),
                                                     [](const auto& privilege) { return privilege->columns.empty(); });
}

void grant_on_system_relation(GrantWork& work, const RelationDesc& relation) {
  DdlContext& context = work.context();
  AccessListDesc key;
  key.kind = AccessListKind::kSystemRelation;
  key.object = relation.oid;
  key.name = access_list_name(key.kind, relation.oid);
  context.catalog->lock_access_list(key.name);
  const Acl current = relation_acl(*context.catalog, relation);
  GrantObject object{AclObject::kTable, relation.owner, granted_noun(relation), relation.name, {}};
  if (!names_table_privileges(work.statement())) {
    throw SqlError(sqlstate::kFeatureNotSupported, "column privileges of system catalogs are not supported");
  }
  change_access_list(context, key, current, work.merge(current, object, relation_wanted(work, relation)));
}

void grant_on_columns(GrantWork& work, const Acl& table_acl, const std::vector<AclMode>& grants,
                      RelationDesc& relation) {
  for (size_t i = 0; i < grants.size(); ++i) {
    ColumnDesc& column = relation.columns[i];
    if (grants[i] == 0 || column.dropped) continue;
    if (!work.statement().is_grant && column.access_control.empty()) continue;  // nothing to revoke
    const Acl current = column_acl(relation, static_cast<AttrNumber>(i + 1));
    Acl seen = table_acl;
    seen.insert(seen.end(), current.begin(), current.end());
    GrantObject object{AclObject::kColumn, relation.owner, granted_noun(relation), relation.name,
                       column.name};
    const Acl changed = work.merge(current, seen, object, {grants[i], grants[i] == kColumnMode});
    column.access_control = changed.empty() ? std::string() : format_acl(changed);
  }
}

void grant_on_relation(GrantWork& work, Oid oid) {
  DdlContext& context = work.context();
  lock_relation(context, oid, LockMode::kShareUpdateExclusive);
  RelationPtr current = context.catalog->find_relation(oid);
  if (!current) return;
  const ast::GrantStmt& statement = work.statement();
  const GrantWork::Wanted wanted = relation_wanted(work, *current);
  const std::vector<AclMode> columns =
      current->kind == 'S' ? std::vector<AclMode>() : column_grants(statement, *current, names_table_privileges(statement) ? wanted.mode : 0);
  auto changed = copy_relation(*current);
  const Acl table_acl = relation_acl(*context.catalog, *current);
  if (names_table_privileges(statement)) {
    GrantObject object{acl_object_of(*current), current->owner, granted_noun(*current), current->name, {}};
    const Acl merged = work.merge(table_acl, object, wanted);
    changed->access_control = format_acl(merged);
  }
  grant_on_columns(work, table_acl, columns, *changed);
  store(context, std::move(changed));
}

// Before a lock is waited for: somebody without any privilege gets no further.
void require_some_privilege(DdlContext& context, const RelationDesc& relation) {
  Privileges mine = privileges_of(context);
  const Acl items = relation_acl(*context.catalog, relation);
  if (mine.acts_as(relation.owner) || mine.on_relation(relation) || mine.grantable(items, relation.owner)) return;
  if (!mine.on_some_column(relation, kColumnMode)) throw_denied(granted_noun(relation), relation.name);
}

void grant_on_named_relation(GrantWork& work, const ast::ObjectName& name) {
  DdlContext& context = work.context();
  if (work.statement().object_type == ObjectType::kSequence) refuse_columns(work.statement());
  RelationPtr relation =
      open_relation(context, range_var_of(name.name, name.location), LockMode::kAccessShare, OnMissing::kFail,
                    names_table_privileges(work.statement()) ? &require_some_privilege : nullptr);
  if (relation->kind == 'i') throw SqlError(sqlstate::kWrongObjectType, "\"" + relation->name + "\" is an index");
  if (relation->oid < well_known_oid::kFirstUserOid) return grant_on_system_relation(work, *relation);
  grant_on_relation(work, relation->oid);
}

// --- schemas and databases -----------------------------------------------------------------------------------------

void grant_on_schema(GrantWork& work, const std::string& name) {
  CatalogTransaction& catalog = *work.context().catalog;
  Oid oid = find_schema_or_throw(catalog, name)->oid;
  catalog.lock_object(oid, LockMode::kShareUpdateExclusive);
  auto changed = std::make_shared<SchemaDesc>(*find_schema_or_throw(catalog, name));
  GrantObject object{AclObject::kSchema, changed->owner, "schema", name, {}};
  changed->access_control = format_acl(
      work.merge(schema_acl(*changed), object, work.wanted(all_privileges(AclObject::kSchema), "schema")));
  catalog.put_schema(std::move(changed));
}

void grant_on_database(GrantWork& work, const std::string& name) {
  CatalogTransaction& catalog = *work.context().catalog;
  DatabasePtr current = catalog.find_database(name);
  if (!current) throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + name + "\" does not exist");
  catalog.lock_object(current->oid, LockMode::kShareUpdateExclusive);
  auto changed = std::make_shared<DatabaseDesc>(*catalog.find_database(name));
  GrantObject object{AclObject::kDatabase, changed->owner, "database", name, {}};
  changed->access_control = format_acl(
      work.merge(database_acl(*changed), object, work.wanted(all_privileges(AclObject::kDatabase), "database")));
  catalog.put_database(std::move(changed));
}

// --- what has no descriptor ----------------------------------------------------------------------------------------

void grant_on_list(GrantWork& work, AccessListKind kind, Oid oid, AclObject acl_object, std::string noun,
                   std::string name, Acl (*current_acl)(const Catalog&, Oid)) {
  DdlContext& context = work.context();
  AccessListDesc key;
  key.kind = kind;
  key.object = oid;
  key.name = access_list_name(kind, oid);
  context.catalog->lock_access_list(key.name);
  const Acl current = current_acl(*context.catalog, oid);
  GrantObject object{acl_object, well_known_oid::kBootstrapRole, noun, std::move(name), {}};
  change_access_list(context, key, current, work.merge(current, object, work.wanted(all_privileges(acl_object), noun)));
}

std::string joined(const ast::Name& name) {
  std::string out;
  for (const auto& part : name) out += (out.empty() ? "" : ".") + part;
  return out;
}

const FunctionDef* find_granted_function(DdlContext& context, const ast::ObjectName& object, std::string_view noun) {
  std::vector<const FunctionDef*> named;
  const std::string schema = object.name.size() > 1 ? object.name[object.name.size() - 2] : std::string();
  for (const FunctionDef* function : functions_named(object.name.back())) {
    if (schema.empty() || function->schema == schema) named.push_back(function);
  }
  const std::string shown = joined(object.name);
  if (!object.has_arguments) {
    if (named.size() == 1) return named[0];
    if (named.empty()) {
      throw SqlError(sqlstate::kUndefinedFunction,
                     "could not find a " + std::string(noun) + " named \"" + shown + "\"");
    }
    throw SqlError(sqlstate::kAmbiguousFunction, std::string(noun) + " name \"" + shown + "\" is not unique")
        .hint("Specify the argument list to select the " + std::string(noun) + " unambiguously.");
  }
  std::vector<Oid> types;
  std::string arguments;
  for (const auto& type : object.arguments) {
    types.push_back(type ? resolve_type_name(*type, analyze_context(context)).id : kInvalidOid);
    arguments += (arguments.empty() ? "" : ", ") + format_type(types.back());
  }
  for (const FunctionDef* function : named) {
    if (std::equal(types.begin(), types.end(), function->arg_types.begin(), function->arg_types.end())) return function;
  }
  throw SqlError(sqlstate::kUndefinedFunction,
                 std::string(noun) + " " + shown + "(" + arguments + ") does not exist");
}

void grant_on_function(GrantWork& work, const ast::ObjectName& object, std::string_view noun) {
  const FunctionDef* function = find_granted_function(work.context(), object, noun);
  grant_on_list(work, AccessListKind::kFunction, function->oid, AclObject::kFunction, "function",
                std::string(function->name), &function_acl);
}

void grant_on_type(GrantWork& work, const ast::ObjectName& object) {
  TypeRef type;
  if (object.type) {
    type = resolve_type_name(*object.type, analyze_context(work.context()));
  } else {
    const TypeInfo* found = find_type_by_name(object.name.back());
    const NameScope names = name_scope(analyze_context(work.context()));
    const std::string schema = object.name.size() > 1 ? object.name.front() : std::string();
    if (!found || !names.finds(schema, type_schema(found->id))) throw SqlError(sqlstate::kUndefinedObject, "type \"" + joined(object.name) + "\" does not exist");
    type.id = found->id;
  }
  const TypeInfo& info = type_info(type.id);
  if (is_array_type(info)) {
    throw SqlError(sqlstate::kInvalidGrantOperation, "cannot set privileges of array types")
        .hint("Set the privileges of the element type instead.");
  }
  grant_on_list(work, AccessListKind::kType, type.id, AclObject::kType, "type", std::string(info.name), &type_acl);
}

void grant_on_language(GrantWork& work, const std::string& name) {
  struct Language {
    std::string_view name;
    Oid oid;
    bool trusted;
  };
  static constexpr Language kLanguages[] = {{"internal", 12, false}, {"c", 13, false}, {"sql", 14, true},
                                            {"plpgsql", 13561, true}};
  for (const Language& language : kLanguages) {
    if (language.name != name) continue;
    if (!language.trusted) {
      throw SqlError(sqlstate::kWrongObjectType, "language \"" + name + "\" is not trusted")
          .detail("GRANT and REVOKE are not allowed on untrusted languages, because only superusers can use untrusted "
                  "languages.");
    }
    return grant_on_list(work, AccessListKind::kLanguage, language.oid, AclObject::kLanguage, "language", name,
                         &language_acl);
  }
  throw SqlError(sqlstate::kUndefinedObject, "language \"" + name + "\" does not exist");
}

void grant_on_parameter(GrantWork& work, const std::string& written) {
  DdlContext& context = work.context();
  const conf::SettingInfo* info = conf::find_setting(written);
  if (!info && written.find('.') == std::string::npos) {
    throw SqlError(sqlstate::kInvalidName, "invalid parameter name \"" + written + "\"");
  }
  AccessListDesc key;
  key.kind = AccessListKind::kParameter;
  key.name = parameter_list_name(written);
  key.parameter = key.name.substr(std::string_view("parameter/").size());
  context.catalog->lock_access_list(key.name);
  const Acl current = parameter_acl(*context.catalog, key.parameter);
  GrantObject object{AclObject::kParameter, well_known_oid::kBootstrapRole, "parameter", key.parameter, {}};
  const Acl changed =
      work.merge(current, object, work.wanted(all_privileges(AclObject::kParameter), "parameter"));
  if (changed.empty()) {
    if (AccessListPtr old = context.catalog->find_access_list(key.name)) context.catalog->drop_access_list(*old);
    return;
  }
  change_access_list(context, key, current, changed);
}

void grant_in_schemas(GrantWork& work) {
  const ast::GrantStmt& statement = work.statement();
  DdlContext& context = work.context();
  const bool functions = statement.object_type == ObjectType::kFunction ||
                         statement.object_type == ObjectType::kProcedure ||
                         statement.object_type == ObjectType::kRoutine;
  for (const auto& object : statement.objects) {
    SchemaPtr schema = find_schema_or_throw(*context.catalog, object->name.back());
    require_schema_privilege(context, *schema, acl::kUsage);
    if (functions) {
      const bool all_functions_in = statement.object_type != ObjectType::kProcedure;
      for (const FunctionDef* function : all_functions()) {
        if (!all_functions_in || function->schema != schema->name) continue;
        grant_on_list(work, AccessListKind::kFunction, function->oid, AclObject::kFunction, "function",
                      std::string(function->name), &function_acl);
      }
      continue;
    }
    for (const RelationPtr& relation : context.catalog->relations()) {
      if (relation->schema != schema->oid) continue;
      bool wanted = statement.object_type == ObjectType::kSequence ? relation->kind == 'S'
                                                                   : relation->kind == 'r' || relation->kind == 'v';
      if (!wanted) continue;
      if (relation->oid < well_known_oid::kFirstUserOid) {
        grant_on_system_relation(work, *relation);
      } else {
        grant_on_relation(work, relation->oid);
      }
    }
  }
}

void grant_on_object(GrantWork& work, const ast::ObjectName& object) {
  const std::string& name = object.name.back();
  const ObjectType type = work.statement().object_type;
  if (type == ObjectType::kTable || type == ObjectType::kSequence || type == ObjectType::kView) {
    return grant_on_named_relation(work, object);
  }
  refuse_columns(work.statement());
  switch (type) {
    case ObjectType::kSchema: return grant_on_schema(work, name);
    case ObjectType::kDatabase: return grant_on_database(work, name);
    case ObjectType::kFunction: return grant_on_function(work, object, "function");
    case ObjectType::kProcedure: return grant_on_function(work, object, "procedure");
    case ObjectType::kRoutine: return grant_on_function(work, object, "routine");
    case ObjectType::kType:
    case ObjectType::kDomain: return grant_on_type(work, object);
    case ObjectType::kLanguage: return grant_on_language(work, name);
    case ObjectType::kParameter: return grant_on_parameter(work, joined(object.name));
    case ObjectType::kTablespace:
      if (name == "pg_default" || name == "pg_global") break;
      throw SqlError(sqlstate::kUndefinedObject, "tablespace \"" + name + "\" does not exist");
    case ObjectType::kForeignDataWrapper:
      throw SqlError(sqlstate::kUndefinedObject, "foreign-data wrapper \"" + name + "\" does not exist");
    case ObjectType::kForeignServer:
      throw SqlError(sqlstate::kUndefinedObject, "server \"" + name + "\" does not exist");
    default: break;
  }
  throw SqlError(sqlstate::kFeatureNotSupported, std::string(work.statement().is_grant ? "GRANT" : "REVOKE") + " ON " +
                                                     std::string(ast::object_type_name(type)) + " is not supported");
}

}  // namespace

std::string grant(const ast::GrantStmt& statement, DdlContext& context) {
  if (statement.target == ast::GrantTarget::kDefaults) return alter_default_privileges(statement, context);
  GrantWork work(statement, context);
  if (statement.target == ast::GrantTarget::kAllInSchema) {
    grant_in_schemas(work);
  } else {
    for (const auto& object : statement.objects) grant_on_object(work, *object);
  }
  return statement.is_grant ? "GRANT" : "REVOKE";
}

}  // namespace vecino::sql

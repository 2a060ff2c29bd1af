#include <algorithm>

#include "sqlfront/analyze/definition.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/parse/parser.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/query_references.h"

namespace vecino::sql {
namespace {

using ast::ObjectType;
using storage::LockMode;

// Views keep names in their text. The ones that read the relations are bound before a renaming and written anew after.
class ViewRewriter {
 public:
  ViewRewriter(DdlContext& context, std::vector<Oid> relations) : context_(context), relations_(std::move(relations)) {
    AnalyzeContext analyze = analyze_context(context);
    // How the texts are to be read, see deparse_query().
    analyze.search_path = {well_known_oid::kPgCatalog, well_known_oid::kPublic};
    analyze.trusted_names = true;
    for (const RelationPtr& view : context.catalog->relations()) {
      if (view->kind != 'v' || view->oid < well_known_oid::kFirstUserOid || !reads(*view)) continue;
      auto parsed = parse_sql(view->view_sql);
      views_.push_back({view->oid, analyze_definition(*parsed.at(0).node, analyze)});
    }
  }

  void rewrite() {
    for (const View& view : views_) {
      for_each_range_table_entry(*view.query, [&](RangeTableEntry& rte) { update(rte); });
      auto changed = copy_relation(*reload(context_, view.oid));
      changed->view_sql = deparse_query(*view.query, *context_.catalog, false);
      store(context_, std::move(changed));
    }
  }

 private:
  struct View {
    Oid oid;
    QueryPtr query;
  };
  bool reads(const RelationDesc& view) const {
    return std::any_of(view.references.begin(), view.references.end(), [&](const auto& reference) {
      return std::find(relations_.begin(), relations_.end(), reference.first) != relations_.end();
    });
  }
  void update(RangeTableEntry& rte) const {
    if (!rte.relation || std::find(relations_.begin(), relations_.end(), rte.relation->oid) == relations_.end()) return;
    RelationPtr now = reload(context_, rte.relation->oid);
    for (size_t i = 0; i < now->columns.size() && i < rte.column_names.size(); ++i) {
      // A column alias of the view stays.
      if (rte.column_names[i] == rte.relation->columns[i].name) rte.column_names[i] = now->columns[i].name;
    }
    if (!rte.has_alias) rte.alias = now->name;
    rte.relation = now;
  }

  DdlContext& context_;
  std::vector<Oid> relations_;
  std::vector<View> views_;
};

RelationPtr open_for_rename(DdlContext& context, const ast::RenameStmt& statement, LockMode mode) {
  RelationPtr relation = open_relation(context, *statement.relation, mode,
                                       statement.if_exists ? OnMissing::kReturnNull : OnMissing::kFail,
                                       &require_relation_owner);
  if (!relation) {
    notice(context, sqlstate::kSuccess,
           "relation \"" + written_name(*statement.relation) + "\" does not exist, skipping");
    return nullptr;
  }
  refuse_system_relation(context, *relation);
  return relation;
}

void check_kind(const RelationDesc& relation, ObjectType type) {
  auto refuse = [&](const char* what) {
    throw SqlError(sqlstate::kWrongObjectType, "\"" + relation.name + "\" is not " + what);
  };
  if (type == ObjectType::kIndex && relation.kind != 'i') refuse("an index");
  if (type == ObjectType::kSequence && relation.kind != 'S') refuse("a sequence");
  if (type == ObjectType::kView && relation.kind != 'v') refuse("a view");
}

void rename_relation(const ast::RenameStmt& statement, DdlContext& context) {
  RelationPtr relation = open_for_rename(context, statement, LockMode::kAccessExclusive);
  if (!relation) return;
  check_kind(*relation, statement.object_type);
  require_schema_privilege(context, *context.catalog->find_schema(relation->schema), acl::kCreate);
  context.catalog->lock_relation_name(relation->schema, statement.new_name);
  if (context.catalog->find_relation(relation->schema, statement.new_name)) {
    throw SqlError(sqlstate::kDuplicateTable, "relation \"" + statement.new_name + "\" already exists");
  }
  ViewRewriter views(context, {relation->oid});
  auto changed = copy_relation(*relation);
  changed->name = statement.new_name;
  store(context, std::move(changed));
  views.rewrite();
}

// The view's own output column: its SELECT gets the new name too.
void rename_view_column(DdlContext& context, const RelationDesc& view, AttrNumber attr, const std::string& name) {
  AnalyzeContext analyze = analyze_context(context);
  analyze.search_path = {well_known_oid::kPgCatalog, well_known_oid::kPublic};
  analyze.trusted_names = true;
  auto parsed = parse_sql(view.view_sql);
  QueryPtr query = analyze_definition(*parsed.at(0).node, analyze);
  AttrNumber position = 0;
  for (TargetEntry& target : const_cast<Query&>(*query).targets) {
    if (!target.junk && ++position == attr) target.name = name;
  }
  ViewRewriter readers(context, {view.oid});
  auto changed = copy_relation(view);
  changed->columns[attr - 1].name = name;
  changed->view_sql = deparse_query(*query, *context.catalog, false);
  store(context, std::move(changed));
  readers.rewrite();
}

// The texts of expressions name columns: they are bound before the change and written anew after it.
class ColumnRenamer {
 public:
  ColumnRenamer(DdlContext& context, const RelationDesc& before, const RelationDesc& after)
      : context_(context), before_(before), after_(after) {}
  void rewrite(std::string& sql) {
    if (sql.empty()) return;
    ExprPtr expr = bind_table_expression(sql, &before_, {type_id::kUnknown, -1}, analyze_context(context_), "expression");
    if (columns_used(expr).empty()) return;
    sql = stored_expression(context_, expr, &after_);
  }

 private:
  DdlContext& context_;
  const RelationDesc& before_;
  const RelationDesc& after_;
};

void rename_column(const ast::RenameStmt& statement, DdlContext& context) {
  RelationPtr relation = open_for_rename(context, statement, LockMode::kAccessExclusive);
  if (!relation) return;
  if (relation->kind == 'i' || relation->kind == 'S') {
    throw SqlError(sqlstate::kWrongObjectType, "cannot rename columns of relation \"" + relation->name + "\"")
        .detail("This operation is not supported for " + std::string(relation_kind_name(relation->kind)) +
                (relation->kind == 'i' ? "es." : "s."));
  }
  AttrNumber attr = find_column(*relation, statement.old_name);
  if (attr == 0) {
    if (is_system_column_name(statement.old_name)) {
      throw SqlError(sqlstate::kFeatureNotSupported, "cannot rename system column \"" + statement.old_name + "\"");
    }
    throw SqlError(sqlstate::kUndefinedColumn, "column \"" + statement.old_name + "\" does not exist");
  }
  if (find_column(*relation, statement.new_name)) {
    throw SqlError(sqlstate::kDuplicateColumn, "column \"" + statement.new_name + "\" of relation \"" +
                                                   relation->name + "\" already exists");
  }
  if (is_system_column_name(statement.new_name)) {
    throw SqlError(sqlstate::kDuplicateColumn,
                   "column name \"" + statement.new_name + "\" conflicts with a system column name");
  }
  if (relation->kind == 'v') return rename_view_column(context, *relation, attr, statement.new_name);
  ViewRewriter views(context, {relation->oid});
  auto changed = copy_relation(*relation);
  changed->columns[attr - 1].name = statement.new_name;
  ColumnRenamer renamer(context, *relation, *changed);
  for (CheckConstraintDesc& check : changed->checks) renamer.rewrite(check.expr);
  for (ColumnDesc& column : changed->columns) {
    if (column.generated) renamer.rewrite(column.default_expr);
  }
  std::vector<std::shared_ptr<RelationDesc>> indexes;
  for (Oid oid : relation->indexes) {
    auto index = copy_relation(*reload(context, oid));
    for (size_t i = 0; i < index->index->columns.size(); ++i) {
      renamer.rewrite(index->index->columns[i].expr);
    }
    renamer.rewrite(index->index->predicate);
    indexes.push_back(std::move(index));
  }
  store(context, std::move(changed));
  for (auto& index : indexes) store(context, std::move(index));
  views.rewrite();
}

void rename_constraint(const ast::RenameStmt& statement, DdlContext& context) {
  RelationPtr table = open_for_rename(context, statement, LockMode::kAccessExclusive);
  if (!table) return;
  if (!constraint_exists(*table, *context.catalog, statement.old_name)) {
    throw SqlError(sqlstate::kUndefinedObject, "constraint \"" + statement.old_name + "\" for table \"" +
                                                   table->name + "\" does not exist");
  }
  if (constraint_exists(*table, *context.catalog, statement.new_name)) {
    throw SqlError(sqlstate::kDuplicateObject, "constraint \"" + statement.new_name + "\" for relation \"" +
                                                   table->name + "\" already exists");
  }
  for (Oid oid : table->indexes) {
    RelationPtr index = reload(context, oid);
    if (index->index->constraint == kInvalidOid || index->name != statement.old_name) continue;
    auto changed = copy_relation(*index);
    changed->name = statement.new_name;
    store(context, std::move(changed));
    return;
  }
  auto changed = copy_relation(*table);
  for (auto& check : changed->checks) {
    if (check.name == statement.old_name) check.name = statement.new_name;
  }
  for (auto& key : changed->foreign_keys) {
    if (key.name == statement.old_name) key.name = statement.new_name;
  }
  store(context, std::move(changed));
}

void rename_schema(const ast::RenameStmt& statement, DdlContext& context) {
  SchemaPtr schema = find_schema_or_throw(*context.catalog, statement.old_name);
  require_owner(context, schema->owner, "schema", schema->name);
  require_database_privilege(context, acl::kCreate);
  if (schema->oid < well_known_oid::kFirstUserOid && schema->oid != well_known_oid::kPublic) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for schema " + schema->name);
  }
  if (statement.new_name.starts_with("pg_")) {
    throw SqlError(sqlstate::kReservedName, "unacceptable schema name \"" + statement.new_name + "\"")
        .detail("The prefix \"pg_\" is reserved for system schemas.");
  }
  if (context.catalog->find_schema(statement.new_name)) {
    throw SqlError(sqlstate::kDuplicateSchema, "schema \"" + statement.new_name + "\" already exists");
  }
  context.catalog->lock_object(schema->oid, LockMode::kAccessExclusive);
  std::vector<Oid> members;
  for (const RelationPtr& relation : context.catalog->relations()) {
    if (relation->schema == schema->oid) members.push_back(relation->oid);
  }
  ViewRewriter views(context, std::move(members));
  auto changed = std::make_shared<SchemaDesc>(*find_schema_or_throw(*context.catalog, statement.old_name));
  changed->name = statement.new_name;
  context.catalog->put_schema(std::move(changed));
  views.rewrite();
}

void rename_database(const ast::RenameStmt& statement, DdlContext& context) {
  DatabasePtr database = context.catalog->find_database(statement.old_name);
  if (!database) {
    throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + statement.old_name + "\" does not exist");
  }
  require_owner(context, database->owner, "database", database->name);
  if (!has_attribute(context, &RoleDesc::create_db)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to rename database");
  }
  if (context.catalog->find_database(statement.new_name)) {
    throw SqlError(sqlstate::kDuplicateDatabase, "database \"" + statement.new_name + "\" already exists");
  }
  if (database->oid == context.catalog->database()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "current database cannot be renamed");
  }
  auto changed = std::make_shared<DatabaseDesc>(*database);
  changed->name = statement.new_name;
  context.catalog->put_database(std::move(changed));
}

void rename_role(const ast::RenameStmt& statement, DdlContext& context) {
  RolePtr role = context.catalog->find_role(statement.old_name);
  if (!role) throw SqlError(sqlstate::kUndefinedObject, "role \"" + statement.old_name + "\" does not exist");
  if (role->oid == context.exec.env->session_role()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "session user cannot be renamed");
  }
  if (role->oid == context.exec.env->current_role()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "current user cannot be renamed");
  }
  for (const std::string& name : {statement.old_name, statement.new_name}) {
    if (!name.starts_with("pg_") && name != "public" && name != "none") continue;
    throw SqlError(sqlstate::kReservedName, "role name \"" + name + "\" is reserved")
        .detail("Role names starting with \"pg_\" are reserved.");
  }
  if (context.catalog->find_role(statement.new_name)) {
    throw SqlError(sqlstate::kDuplicateObject, "role \"" + statement.new_name + "\" already exists");
  }
  if (role->superuser) {
    require_superuser(context, "must be superuser to rename superusers");
  } else if (!has_attribute(context, &RoleDesc::create_role)) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to rename role");
  }
  auto changed = std::make_shared<RoleDesc>(*role);
  changed->name = statement.new_name;
  context.catalog->put_role(std::move(changed));
}

}  // namespace

std::string rename_object(const ast::RenameStmt& statement, DdlContext& context) {
  switch (statement.object_type) {
    case ObjectType::kTable:
    case ObjectType::kIndex:
    case ObjectType::kSequence:
    case ObjectType::kView: rename_relation(statement, context); break;
    case ObjectType::kColumn: rename_column(statement, context); break;
    case ObjectType::kTableConstraint: rename_constraint(statement, context); break;
    case ObjectType::kSchema: rename_schema(statement, context); break;
    case ObjectType::kDatabase: rename_database(statement, context); break;
    case ObjectType::kRole: rename_role(statement, context); break;
    default:
      throw SqlError(sqlstate::kFeatureNotSupported, "ALTER " +
                                                         std::string(ast::object_type_name(statement.object_type)) +
                                                         " ... RENAME is not supported");
  }
  return std::string(command_tag(statement));
}

namespace {

void change_list_owner(std::string& list, Oid old_owner, Oid new_owner) {
  if (list.empty()) return;
  Acl items = parse_acl(list);
  acl_change_owner(items, old_owner, new_owner);
  list = format_acl(items);
}

}  // namespace

void set_relation_owner(DdlContext& context, const RelationDesc& relation, Oid owner) {
  auto changed = copy_relation(relation);
  changed->owner = owner;
  change_list_owner(changed->access_control, relation.owner, owner);
  for (ColumnDesc& column : changed->columns) change_list_owner(column.access_control, relation.owner, owner);
  store(context, std::move(changed));
  for (Oid oid : relation.indexes) {
    auto index = copy_relation(*reload(context, oid));
    index->owner = owner;
    store(context, std::move(index));
  }
  for (const ColumnDesc& column : relation.columns) {
    if (column.sequence == kInvalidOid) continue;
    auto sequence = copy_relation(*reload(context, column.sequence));
    change_list_owner(sequence->access_control, sequence->owner, owner);
    sequence->owner = owner;
    store(context, std::move(sequence));
  }
}

void set_schema_owner(DdlContext& context, const SchemaDesc& schema, Oid owner) {
  auto changed = std::make_shared<SchemaDesc>(schema);
  changed->owner = owner;
  change_list_owner(changed->access_control, schema.owner, owner);
  context.catalog->put_schema(std::move(changed));
}

void set_database_owner(DdlContext& context, const DatabaseDesc& database, Oid owner) {
  auto changed = std::make_shared<DatabaseDesc>(database);
  changed->owner = owner;
  change_list_owner(changed->access_control, database.owner, owner);
  context.catalog->put_database(std::move(changed));
}

void alter_relation_owner(DdlContext& context, const RelationDesc& relation, Oid owner) {
  if (relation.owner == owner) return;
  if (relation.kind == 'i') {
    ErrorInfo warning;
    warning.code = sqlstate::kWrongObjectType;
    warning.message = "cannot change owner of index \"" + relation.name + "\"";
    warning.hint = "Change the ownership of the index's table, instead.";
    context.exec.env->warning(std::move(warning));
    return;
  }
  if (relation.sequence && relation.sequence->owner_table != kInvalidOid) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot change owner of sequence \"" + relation.name + "\"")
        .detail("Sequence \"" + relation.name + "\" is linked to table \"" +
                reload(context, relation.sequence->owner_table)->name + "\".");
  }
  if (!privileges_of(context).superuser()) {
    require_member_of(context, owner);
    require_owner_may_create(context, relation.schema, owner);
  }
  set_relation_owner(context, relation, owner);
}

std::string alter_owner(const ast::AlterOwnerStmt& statement, DdlContext& context) {
  Oid owner = resolve_role(context, *statement.owner);
  const std::string& name = statement.object->name.back();
  CatalogTransaction& catalog = *context.catalog;
  switch (statement.object_type) {
    case ObjectType::kSchema: {
      Oid oid = find_schema_or_throw(catalog, name)->oid;
      catalog.lock_object(oid, LockMode::kAccessExclusive);
      SchemaPtr schema = find_schema_or_throw(catalog, name);
      if (schema->owner == owner) break;
      require_owner(context, schema->owner, "schema", name);
      require_member_of(context, owner);
      require_database_privilege(context, acl::kCreate);
      set_schema_owner(context, *schema, owner);
      break;
    }
    case ObjectType::kDatabase: {
      DatabasePtr database = catalog.find_database(name);
      if (!database) throw SqlError(sqlstate::kInvalidCatalogName, "database \"" + name + "\" does not exist");
      catalog.lock_object(database->oid, LockMode::kAccessExclusive);
      database = catalog.find_database(name);
      if (!database || database->owner == owner) break;
      require_owner(context, database->owner, "database", name);
      require_member_of(context, owner);
      if (!has_attribute(context, &RoleDesc::create_db)) {
        throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied to change owner of database");
      }
      set_database_owner(context, *database, owner);
      break;
    }
    default:
      throw SqlError(sqlstate::kFeatureNotSupported, "ALTER " +
                                                         std::string(ast::object_type_name(statement.object_type)) +
                                                         " ... OWNER TO is not supported");
  }
  return std::string(command_tag(statement));
}

namespace {

void move_relation(DdlContext& context, const RelationDesc& relation, Oid schema) {
  context.catalog->lock_relation_name(schema, relation.name);
  if (context.catalog->find_relation(schema, relation.name)) {
    throw SqlError(sqlstate::kDuplicateTable, "relation \"" + relation.name + "\" already exists in schema \"" +
                                                  context.catalog->find_schema(schema)->name + "\"");
  }
  auto changed = copy_relation(relation);
  changed->schema = schema;
  store(context, std::move(changed));
}

}  // namespace

std::string alter_object_schema(const ast::AlterObjectSchemaStmt& statement, DdlContext& context) {
  std::string tag(command_tag(statement));
  if (statement.object_type == ObjectType::kExtension) {
    const std::string& name = statement.object->name.back();
    ExtensionPtr extension = installed_extension(*context.catalog, name);
    if (!extension) throw SqlError(sqlstate::kUndefinedObject, "extension \"" + name + "\" does not exist");
    require_owner(context, extension->owner, "extension", name);
    require_schema_privilege(context, *find_schema_or_throw(*context.catalog, statement.new_schema), acl::kCreate);
    auto changed = std::make_shared<ExtensionDesc>(*extension);
    changed->schema = find_schema_or_throw(*context.catalog, statement.new_schema)->oid;
    context.catalog->put_extension(std::move(changed));
    return tag;
  }
  if (!statement.relation) {
    throw SqlError(sqlstate::kFeatureNotSupported, "ALTER " +
                                                       std::string(ast::object_type_name(statement.object_type)) +
                                                       " ... SET SCHEMA is not supported");
  }
  RelationPtr relation = open_relation(context, *statement.relation, LockMode::kAccessExclusive,
                                       statement.if_exists ? OnMissing::kReturnNull : OnMissing::kFail,
                                       &require_relation_owner);
  if (!relation) {
    notice(context, sqlstate::kSuccess,
           "relation \"" + written_name(*statement.relation) + "\" does not exist, skipping");
    return tag;
  }
  refuse_system_relation(context, *relation);
  check_kind(*relation, statement.object_type);
  if (relation->sequence && relation->sequence->owner_table != kInvalidOid) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot move an owned sequence into another schema")
        .detail("Sequence \"" + relation->name + "\" is linked to table \"" +
                reload(context, relation->sequence->owner_table)->name + "\".");
  }
  SchemaPtr target = find_schema_or_throw(*context.catalog, statement.new_schema);
  const Oid schema = target->oid;
  require_schema_privilege(context, *target, acl::kCreate);
  if (schema == relation->schema) return tag;
  if (schema == well_known_oid::kPgCatalog || schema == well_known_oid::kInformationSchema) {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied for schema " + statement.new_schema);
  }
  ViewRewriter views(context, {relation->oid});
  move_relation(context, *relation, schema);
  for (Oid oid : relation->indexes) move_relation(context, *reload(context, oid), schema);
  for (const ColumnDesc& column : relation->columns) {
    if (column.sequence != kInvalidOid) move_relation(context, *reload(context, column.sequence), schema);
  }
  views.rewrite();
  return tag;
}

}  // namespace vecino::sql

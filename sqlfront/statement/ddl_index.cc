#include "sqlfront/statement/ddl_index.h"

#include <algorithm>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/catalog/integer_option.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {

using storage::LockMode;

namespace {

const OpclassDef* find_named_opclass(std::string_view method, const ast::Name& name, const NameScope& names) {
  const std::string_view schema = name.size() > 1 ? std::string_view(name.front()) : std::string_view();
  for (const OpclassDef& opclass : all_opclasses()) {
    if (opclass.access_method == method && opclass.name == name.back() && names.finds(schema, opclass.schema)) {
      return &opclass;
    }
  }
  return nullptr;
}

// May values of `type` be indexed by a class made for `input`?
bool accepts_type(const OpclassDef& opclass, TypeId type) {
  if (opclass.input_type == type || opclass.input_type == type_id::kAnyArray) return true;
  if (const CastDef* cast = find_cast(type, opclass.input_type)) return cast->method == CastMethod::kBinary;
  return false;
}

SqlError no_default_opclass(std::string_view method, TypeId type) {
  return SqlError(sqlstate::kUndefinedObject, "data type " + format_type(type) +
                                                  " has no default operator class for access method \"" +
                                                  std::string(method) + "\"")
      .hint("You must specify an operator class for the index or define a default operator class for the data type.");
}

std::string written(const ast::Name& name) {
  std::string out;
  for (const std::string& part : name) out += (out.empty() ? "" : ".") + part;
  return out;
}

Oid resolve_opclass(std::string_view method, const ast::Name& name, TypeId type, const NameScope& names) {
  if (name.empty()) {
    const OpclassDef* found = find_default_opclass(method, type);
    if (!found) throw no_default_opclass(method, type);
    return found->oid;
  }
  const OpclassDef* found = find_named_opclass(method, name, names);
  if (!found) {
    throw SqlError(sqlstate::kUndefinedObject, "operator class \"" + written(name) +
                                                   "\" does not exist for access method \"" + std::string(method) + "\"");
  }
  if (!accepts_type(*found, type)) {
    throw SqlError(sqlstate::kDatatypeMismatch, "operator class \"" + written(name) + "\" does not accept data type " +
                                                    format_type(type));
  }
  return found->oid;
}

// PostgreSQL's FigureIndexColname: what an expression column is called.
std::string expression_name(const ast::Node& node) {
  check_stack_depth();
  if (const auto* call = ast::try_as<ast::FuncCall>(&node)) return call->name.back();
  if (const auto* cast = ast::try_as<ast::TypeCast>(&node)) {
    std::string inner = expression_name(*cast->arg);
    return inner.empty() && !cast->type->names.empty() ? cast->type->names.back() : inner;
  }
  if (const auto* collate = ast::try_as<ast::CollateClause>(&node)) return expression_name(*collate->arg);
  if (const auto* column = ast::try_as<ast::ColumnRef>(&node)) return column->fields.empty() ? "" : column->fields.back();
  if (node.kind == ast::NodeKind::kCoalesceExpr) return "coalesce";
  if (const auto* minmax = ast::try_as<ast::MinMaxExpr>(&node)) return minmax->greatest ? "greatest" : "least";
  return {};
}

std::string unique_column_name(const std::vector<std::string>& taken, const std::string& name) {
  std::string candidate = name;
  for (int i = 1; std::find(taken.begin(), taken.end(), candidate) != taken.end(); ++i) {
    candidate = make_object_name(name, {}, {}) + std::to_string(i);
  }
  return candidate;
}

void check_capabilities(const index::AccessMethod& method, const ast::IndexStmt& statement) {
  auto refuse = [&](std::string_view what) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "access method \"" + std::string(method.name) + "\" does not support " + std::string(what));
  };
  if (statement.unique && !method.unique) refuse("unique indexes");
  if (!statement.including.empty() && method.name != "btree") refuse("included columns");
  if (statement.elements.size() > 1 && !method.multicolumn) refuse("multicolumn indexes");
  if (method.ordered) return;
  for (const auto& element : statement.elements) {
    if (element->direction != ast::SortDirection::kDefault) refuse("ASC/DESC options");
    if (element->nulls != ast::NullsOrder::kDefault) refuse("NULLS FIRST/LAST options");
  }
}

ExprPtr bind_index_expression(DdlContext& context, const RelationDesc& table, const ast::Node& node) {
  ExprPtr expr = bind_table_expression(node, &table, {type_id::kUnknown, -1}, analyze_context(context),
                                       "index expressions");
  if (expression_volatility(expr) != Volatility::kImmutable) {
    throw SqlError(sqlstate::kInvalidObjectDefinition, "functions in index expression must be marked IMMUTABLE");
  }
  return expr;
}

IndexColumnDesc index_column(DdlContext& context, const RelationDesc& table, const ast::IndexElem& element,
                             const index::AccessMethod& method) {
  IndexColumnDesc column;
  if (!element.column.empty()) {
    column.attr = find_column(table, element.column);
    if (column.attr == 0) {
      if (is_system_column_name(element.column)) {
        throw SqlError(sqlstate::kFeatureNotSupported, "index creation on system columns is not supported");
      }
      throw SqlError(sqlstate::kUndefinedColumn, "column \"" + element.column + "\" does not exist", element.location);
    }
    column.type = table.columns[column.attr - 1].type;
  } else {
    ExprPtr expr = bind_index_expression(context, table, *element.expr);
    column.type = expr->type;
    column.expr = stored_expression(context, expr, &table);
  }
  if (!element.collation.empty() && element.collation.back() != "default" && element.collation.back() != "C" &&
      element.collation.back() != "POSIX") {
    throw SqlError(sqlstate::kFeatureNotSupported, "collation \"" + element.collation.back() + "\" is not supported");
  }
  column.opclass = resolve_opclass(method.name, element.opclass, column.type.id, name_scope(analyze_context(context)));
  if (method.name == "hash" && type_info(column.type.id).key_codec.encode == nullptr) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "hash indexes over type " + format_type(column.type.id) + " are not supported");
  }
  column.descending = element.direction == ast::SortDirection::kDescending;
  column.nulls_first = element.nulls == ast::NullsOrder::kDefault ? column.descending
                                                                  : element.nulls == ast::NullsOrder::kFirst;
  return column;
}

std::string index_predicate(DdlContext& context, const RelationDesc& table, const ast::Node* where) {
  if (!where) return {};
  ExprPtr expr = bind_table_expression(*where, &table, {type_id::kBool, -1}, analyze_context(context),
                                       "index predicates");
  if (expression_volatility(expr) != Volatility::kImmutable) {
    throw SqlError(sqlstate::kInvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE");
  }
  return stored_expression(context, expr, &table);
}

void refuse_not_a_table(const RelationDesc& relation) {
  if (relation.kind == 'r' && !relation.system) return;
  if (relation.system && relation.kind == 'r') {
    throw SqlError(sqlstate::kInsufficientPrivilege, "permission denied: \"" + relation.name + "\" is a system catalog");
  }
  std::string kind = relation.kind == 'v' ? "views" : relation.kind == 'S' ? "sequences" : "indexes";
  throw SqlError(sqlstate::kWrongObjectType, "cannot create index on relation \"" + relation.name + "\"")
      .detail("This operation is not supported for " + kind + ".");
}

}  // namespace

const index::AccessMethod& require_access_method(const std::string& name) {
  if (const auto* method = index::find_access_method(name)) return *method;
  for (std::string_view known : {"hash", "gist", "gin", "spgist", "brin"}) {
    if (name == known) {
      throw SqlError(sqlstate::kFeatureNotSupported, "access method \"" + name + "\" is not supported");
    }
  }
  throw SqlError(sqlstate::kUndefinedObject, "access method \"" + name + "\" does not exist");
}

std::string choose_index_name(DdlContext& context, const RelationDesc& table, const IndexRequest& request) {
  if (request.desc.primary) return choose_relation_name(context, table.name, {}, "pkey", table.schema);
  std::string columns;
  for (const std::string& name : request.column_names) {
    if (!columns.empty()) columns += '_';
    columns += name;
    if (columns.size() >= 64) break;
  }
  return choose_relation_name(context, table.name, columns, request.is_constraint ? "key" : "idx", table.schema);
}

IndexRequest unique_index_request(const RelationDesc& table, std::span<const AttrNumber> columns,
                                  const std::string& name, bool primary, bool nulls_not_distinct) {
  IndexRequest request;
  request.name = name;
  request.is_constraint = true;
  request.desc.access_method = "btree";
  request.desc.unique = true;
  request.desc.primary = primary;
  request.desc.nulls_not_distinct = nulls_not_distinct;
  for (AttrNumber attr : columns) {
    const ColumnDesc& source = table.columns[attr - 1];
    IndexColumnDesc column;
    column.attr = attr;
    column.type = source.type;
    column.opclass = resolve_opclass("btree", {}, source.type.id, {});
    request.desc.columns.push_back(std::move(column));
    request.column_names.push_back(source.name);
  }
  return request;
}

void include_column(const RelationDesc& table, const std::string& name, IndexRequest& request) {
  const AttrNumber attr = find_column(table, name);
  if (attr == 0) {
    if (is_system_column_name(name)) {
      throw SqlError(sqlstate::kFeatureNotSupported, "index creation on system columns is not supported");
    }
    throw SqlError(sqlstate::kUndefinedColumn, "column \"" + name + "\" does not exist");
  }
  request.desc.include.push_back(attr);
  request.column_names.push_back(unique_column_name(request.column_names, name));
}

RelationPtr create_index(DdlContext& context, const RelationDesc& table, IndexRequest request, IndexContents contents) {
  if (request.name.empty()) request.name = choose_index_name(context, table, request);
  auto index = std::make_shared<RelationDesc>();
  index->oid = context.catalog->allocate_oid();
  index->schema = table.schema;
  index->name = request.name;
  index->kind = 'i';
  index->persistence = table.persistence;
  index->owner = table.owner;
  index->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  request.desc.table = table.oid;
  if (request.is_constraint) request.desc.constraint = context.catalog->allocate_oid();
  for (size_t i = 0; i < request.desc.columns.size(); ++i) {
    ColumnDesc column;
    column.name = request.column_names[i];
    column.type = request.desc.columns[i].type;
    index->columns.push_back(std::move(column));
  }
  for (size_t i = 0; i < request.desc.include.size(); ++i) {
    ColumnDesc column;
    column.name = request.column_names[request.desc.columns.size() + i];
    column.type = table.columns[request.desc.include[i] - 1].type;
    index->columns.push_back(std::move(column));
  }
  index->options = request.desc.options;
  index->index = std::move(request.desc);
  index->index->valid = contents != IndexContents::kLater;
  Oid oid = index->oid;
  store(context, std::move(index));
  RelationPtr stored = reload(context, oid);
  if (contents == IndexContents::kLater) return stored;
  if (contents == IndexContents::kBuild || stored->index->access_method != "btree") {
    context.exec.catalog = context.catalog;
    build_index(*reload(context, table.oid), *stored, {}, context.exec);
  }
  return stored;
}

namespace {

void check_boolean(const std::string& name, const std::string& text) {
  for (const char* known : {"on", "off", "true", "false", "yes", "no", "1", "0"}) {
    if (text == known) return;
  }
  throw SqlError(sqlstate::kInvalidParameterValue, "invalid value for boolean option \"" + name + "\": " + text);
}

void check_bounds(const std::string& name, const std::string& text, int64_t min, int64_t max) {
  std::optional<int> value = parse_integer_option(text);
  if (!value) {
    throw SqlError(sqlstate::kInvalidParameterValue, "invalid value for integer option \"" + name + "\": " + text);
  }
  if (*value >= min && *value <= max) return;
  throw SqlError(sqlstate::kInvalidParameterValue, "value " + text + " out of bounds for option \"" + name + "\"")
      .detail("Valid values are between \"" + std::to_string(min) + "\" and \"" + std::to_string(max) + "\".");
}

// Indexes have no storage of their own beside them.
void refuse_option_namespaces(const ast::DefList& options) {
  for (const auto& option : options) {
    if (option->name_space.empty()) continue;
    throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized parameter namespace \"" + option->name_space + "\"");
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> index_options(const index::AccessMethod& method,
                                                               const ast::DefList& options) {
  refuse_option_namespaces(options);
  auto pairs = option_pairs(options);
  for (const auto& pair : pairs) {
    const std::string &name = pair.first, &text = pair.second;
    const auto* spec = std::find_if(method.options.data(), method.options.data() + method.options.size(),
                                    [&](const index::OptionSpec& candidate) { return candidate.name == name; });
    if (spec != method.options.data() + method.options.size()) {
      check_bounds(name, text, spec->min, spec->max);
    } else if (method.name == "gin" && name == "fastupdate") {
      check_boolean(name, text);
    } else if (method.ordered && name == "fillfactor") {
      check_bounds(name, text, 10, 100);
    } else if (!(method.ordered && name == "deduplicate_items")) {
      throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized parameter \"" + name + "\"");
    }
  }
  return pairs;
}

namespace {

// INCLUDE: shown, and depended on. Entries keep keys alone, so a scan that wants the column reads the row.
void include_column(const RelationDesc& table, const ast::IndexElem& element, IndexRequest& request) {
  auto refuse = [&](const char* what) { throw SqlError(sqlstate::kInvalidObjectDefinition, what); };
  if (!element.collation.empty()) refuse("including column does not support a collation");
  if (!element.opclass.empty()) refuse("including column does not support an operator class");
  if (element.direction != ast::SortDirection::kDefault) refuse("including column does not support ASC/DESC options");
  if (element.nulls != ast::NullsOrder::kDefault) refuse("including column does not support NULLS FIRST/LAST options");
  if (element.column.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "expressions are not supported in included columns");
  }
  include_column(table, element.column, request);
}

// The access methods that are not here have no operator class for vectors in PostgreSQL either: that is what it says first.
void refuse_vector_columns(const ast::IndexStmt& statement, const RelationDesc& table, DdlContext& context) {
  const std::string& method = statement.access_method;
  if (method != "gin" && method != "gist" && method != "spgist" && method != "brin") return;
  for (const auto& element : statement.elements) {
    AttrNumber attr = element->column.empty() ? AttrNumber{0} : find_column(table, element->column);
    if (attr == 0 || table.columns[attr - 1].type.id != type_id::kVector) continue;
    resolve_opclass(method, element->opclass, type_id::kVector, name_scope(analyze_context(context)));
  }
}

// Everything about the index that the statement says, checked. nullopt: IF NOT EXISTS, and it does.
std::optional<IndexRequest> index_request(const ast::IndexStmt& statement, const RelationPtr& table, DdlContext& context) {
  refuse_not_a_table(*table);
  require_schema_privilege(context, *context.catalog->find_schema(table->schema), acl::kCreate);
  refuse_vector_columns(statement, *table, context);
  const index::AccessMethod& method =
      require_access_method(statement.access_method.empty() ? "btree" : statement.access_method);
  if (!statement.name.empty()) {
    context.catalog->lock_relation_name(table->schema, statement.name);
    if (context.catalog->find_relation(table->schema, statement.name)) {
      if (!statement.if_not_exists) {
        throw SqlError(sqlstate::kDuplicateTable, "relation \"" + statement.name + "\" already exists");
      }
      notice(context, sqlstate::kDuplicateTable, "relation \"" + statement.name + "\" already exists, skipping");
      return std::nullopt;
    }
  }
  if (statement.elements.size() > 32) {
    throw SqlError(sqlstate::kTooManyColumns, "cannot use more than 32 columns in an index");
  }
  check_capabilities(method, statement);
  IndexRequest request;
  request.name = statement.name;
  request.desc.access_method = method.name;
  request.desc.unique = statement.unique;
  request.desc.nulls_not_distinct = statement.nulls_not_distinct;
  request.desc.options = index_options(method, statement.options);
  for (const auto& element : statement.elements) {
    request.desc.columns.push_back(index_column(context, *table, *element, method));
    std::string name = element->column.empty() ? expression_name(*element->expr) : element->column;
    request.column_names.push_back(unique_column_name(request.column_names, name.empty() ? "expr" : name));
  }
  for (const auto& element : statement.including) include_column(*table, *element, request);
  request.desc.predicate = index_predicate(context, *table, statement.where.get());
  return request;
}

}  // namespace

std::string create_index_statement(const ast::IndexStmt& statement, DdlContext& context) {
  if (statement.concurrently) refuse_in_transaction_block(context, "CREATE INDEX CONCURRENTLY");
  RelationPtr table =
      open_relation(context, *statement.relation, LockMode::kShare, OnMissing::kFail, &require_relation_owner);
  auto request = index_request(statement, table, context);
  if (request) create_index(context, *table, std::move(*request), IndexContents::kBuild);
  return "CREATE INDEX";
}

std::optional<Oid> declare_index(const ast::IndexStmt& statement, DdlContext& context) {
  refuse_in_transaction_block(context, "CREATE INDEX CONCURRENTLY");
  RelationPtr table = open_relation(context, *statement.relation, LockMode::kShareUpdateExclusive, OnMissing::kFail,
                                    &require_relation_owner);
  auto request = index_request(statement, table, context);
  if (!request) return std::nullopt;
  return create_index(context, *table, std::move(*request), IndexContents::kLater)->oid;
}

void rebuild_index(DdlContext& context, const RelationDesc& table, const RelationDesc& index) {
  context.exec.catalogs->open_index(index, table)->drop(*context.exec.txn);
  auto fresh = copy_relation(index);
  fresh->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  fresh->index->valid = true;
  store(context, std::move(fresh));
  context.exec.catalog = context.catalog;
  build_index(*reload(context, table.oid), *reload(context, index.oid), {.command = "REINDEX"}, context.exec);
}

namespace {

void reindex_table(DdlContext& context, Oid oid) {
  lock_relation(context, oid, LockMode::kShare);
  RelationPtr table = context.catalog->find_relation(oid);
  if (!table) return;
  for (Oid index_oid : table->indexes) {
    lock_relation(context, index_oid, LockMode::kAccessExclusive);
    if (RelationPtr index = context.catalog->find_relation(index_oid)) rebuild_index(context, *table, *index);
  }
}

void reindex_many(DdlContext& context, Oid schema) {  // kInvalidOid = the whole database
  for (const RelationPtr& relation : context.catalog->relations()) {
    if (relation->oid < well_known_oid::kFirstUserOid || relation->kind != 'r') continue;
    if (schema == kInvalidOid || relation->schema == schema) reindex_table(context, relation->oid);
  }
}

RelationPtr open_index(DdlContext& context, const ast::RangeVar& name, LockMode mode) {
  RelationPtr index = open_relation(context, name, mode, OnMissing::kFail, &require_relation_owner);
  if (!index->index) throw SqlError(sqlstate::kWrongObjectType, "\"" + index->name + "\" is not an index");
  return index;
}

RelationPtr open_indexed_table(DdlContext& context, const ast::RangeVar& name, LockMode mode) {
  RelationPtr table = open_relation(context, name, mode, OnMissing::kFail, &require_relation_owner);
  if (table->kind != 'r') {
    throw SqlError(sqlstate::kWrongObjectType, "\"" + table->name + "\" is not a table or materialized view");
  }
  if (table->indexes.empty()) {
    notice(context, sqlstate::kSuccess, "table \"" + table->name + "\" has no indexes to reindex");
  }
  return table;
}

Oid reindexed_schema(DdlContext& context, const ast::ReindexStmt& statement) {
  SchemaPtr schema = find_schema_or_throw(*context.catalog, statement.name);
  require_owner(context, schema->owner, "schema", schema->name);
  return schema->oid;
}

void check_reindexed_database(DdlContext& context, const ast::ReindexStmt& statement) {
  DatabasePtr current = context.catalog->find_database(context.catalog->database());
  if (!statement.name.empty() && current && statement.name != current->name) {
    throw SqlError(sqlstate::kFeatureNotSupported, "can only reindex the currently open database");
  }
  if (current) require_owner(context, current->owner, "database", current->name);
}

}  // namespace

void reindex_index(Oid oid, DdlContext& context) {
  lock_relation(context, oid, LockMode::kAccessExclusive);
  RelationPtr index = reload(context, oid);
  lock_relation(context, index->index->table, LockMode::kShare);
  index = reload(context, oid);
  rebuild_index(context, *reload(context, index->index->table), *index);
}

std::string reindex(const ast::ReindexStmt& statement, DdlContext& context) {
  switch (statement.target) {
    case ast::ReindexTarget::kIndex:
      reindex_index(open_index(context, *statement.relation, LockMode::kAccessExclusive)->oid, context);
      break;
    case ast::ReindexTarget::kTable:
      reindex_table(context, open_indexed_table(context, *statement.relation, LockMode::kShare)->oid);
      break;
    case ast::ReindexTarget::kSchema:
      refuse_in_transaction_block(context, "REINDEX SCHEMA");
      reindex_many(context, reindexed_schema(context, statement));
      break;
    case ast::ReindexTarget::kSystem:  // pg_catalog has no stored indexes
      refuse_in_transaction_block(context, "REINDEX SYSTEM");
      check_reindexed_database(context, statement);
      break;
    case ast::ReindexTarget::kDatabase:
      refuse_in_transaction_block(context, "REINDEX DATABASE");
      check_reindexed_database(context, statement);
      reindex_many(context, kInvalidOid);
      break;
  }
  return "REINDEX";
}

// ---- CONCURRENTLY

bool builds_under_writers(const RelationDesc& index) {
  return index::find_access_method(index.index->access_method)->order_by_operator;
}

bool builds_under_writers(const ast::IndexStmt& statement) {
  const auto* method = statement.access_method.empty() ? nullptr : index::find_access_method(statement.access_method);
  return statement.concurrently && method && method->order_by_operator;
}

Oid declare_twin(Oid oid, DdlContext& context) {
  RelationPtr index = reload(context, oid);
  lock_relation(context, index->index->table, LockMode::kShareUpdateExclusive);
  index = reload(context, oid);
  auto twin = copy_relation(*index);
  twin->oid = context.catalog->allocate_oid();
  twin->name = choose_relation_name(context, index->name, {}, "ccnew", index->schema);
  twin->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  twin->index->valid = false;
  twin->comments.clear();
  Oid twin_oid = twin->oid;
  store(context, std::move(twin));
  return twin_oid;
}

namespace {

// The index as it is once its table is locked against other definitions; null when it is gone.
RelationPtr lock_declared_index(Oid oid, DdlContext& context) {
  RelationPtr index = context.catalog->find_relation(oid);
  if (!index) return nullptr;
  lock_relation(context, index->index->table, LockMode::kShareUpdateExclusive);
  return context.catalog->find_relation(oid);
}

}  // namespace

void build_declared_index(Oid oid, std::string_view command, DdlContext& context) {
  RelationPtr index = lock_declared_index(oid, context);
  if (!index) throw SqlError(sqlstate::kUndefinedObject, "index was dropped while it was being built");
  if (index->index->valid) return;  // an ALTER TABLE that copied the table in the meantime has built it
  auto valid = copy_relation(*index);
  valid->index->valid = true;
  store(context, std::move(valid));
  context.exec.catalog = context.catalog;
  build_index(*reload(context, index->index->table), *reload(context, oid),
              {.mode = index::BuildMode::kConcurrent, .command = command}, context.exec);
}

void replace_index(Oid oid, Oid twin_oid, DdlContext& context) {
  RelationPtr index = lock_declared_index(oid, context);
  RelationPtr twin = context.catalog->find_relation(twin_oid);
  if (!index || !twin) throw SqlError(sqlstate::kUndefinedObject, "index was dropped while it was being rebuilt");
  context.exec.catalogs->open_index(*index, *reload(context, index->index->table))->drop(*context.exec.txn);
  auto changed = copy_relation(*index);
  changed->layout.storage_id = twin->layout.storage_id;
  changed->index->valid = true;
  context.catalog->drop_relation(twin_oid);
  store(context, std::move(changed));
}

void drop_declared_index(Oid oid, DdlContext& context) {
  RelationPtr index = lock_declared_index(oid, context);
  if (!index) return;
  context.exec.catalogs->open_index(*index, *reload(context, index->index->table))->drop(*context.exec.txn);
  context.catalog->drop_relation(oid);
  context.exec.txn->advance_command();
}

std::vector<Oid> indexes_to_rebuild(const ast::ReindexStmt& statement, DdlContext& context) {
  refuse_in_transaction_block(context, "REINDEX CONCURRENTLY");
  if (statement.target == ast::ReindexTarget::kIndex) {
    return {open_index(context, *statement.relation, LockMode::kShareUpdateExclusive)->oid};
  }
  if (statement.target == ast::ReindexTarget::kTable) {
    return open_indexed_table(context, *statement.relation, LockMode::kShareUpdateExclusive)->indexes;
  }
  Oid schema = kInvalidOid;  // every one
  if (statement.target == ast::ReindexTarget::kSchema) schema = reindexed_schema(context, statement);
  if (statement.target == ast::ReindexTarget::kDatabase) check_reindexed_database(context, statement);
  if (statement.target == ast::ReindexTarget::kSystem) {
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot reindex system catalogs concurrently");
  }
  std::vector<Oid> result;
  for (const RelationPtr& relation : context.catalog->relations()) {
    if (relation->oid < well_known_oid::kFirstUserOid || relation->kind != 'r') continue;
    if (schema == kInvalidOid || relation->schema == schema) {
      result.insert(result.end(), relation->indexes.begin(), relation->indexes.end());
    }
  }
  return result;
}

}  // namespace vecino::sql

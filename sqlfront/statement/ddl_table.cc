#include "sqlfront/statement/ddl_table.h"

#include <algorithm>

#include "sqlfront/functions/resolve.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_foreign_key.h"
#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/ddl_like.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_sequence.h"
#include "sqlfront/statement/ddl_temp.h"

namespace vecino::sql {
namespace {

constexpr size_t kMaxColumns = 1600;

bool is_text_array(TypeId type) {
  return type == type_id::kTextArray || type == type_id::kVarcharArray || type == type_id::kBpcharArray;
}

[[noreturn]] void unsupported(std::string what, int location = -1) {
  throw SqlError(sqlstate::kFeatureNotSupported, std::move(what) + " is not supported", location);
}

void refuse_unsupported(const ast::CreateTableStmt& statement) {
  if (statement.has_partition_by) unsupported("PARTITION BY", statement.partition_location);
  if (statement.has_partition_bound) unsupported("PARTITION OF");
  if (!statement.inherits.empty()) unsupported("INHERITS", statement.inherits[0]->location);
  if (statement.has_of_type) unsupported("CREATE TABLE ... OF");
  if (statement.is_foreign) unsupported("CREATE FOREIGN TABLE");
}

void check_storage_clauses(const std::string& tablespace, const std::string& access_method) {
  if (!tablespace.empty() && tablespace != "pg_default") {
    throw SqlError(sqlstate::kUndefinedObject, "tablespace \"" + tablespace + "\" does not exist");
  }
  if (!access_method.empty() && access_method != "heap") {
    throw SqlError(sqlstate::kUndefinedObject, "access method \"" + access_method + "\" does not exist");
  }
}

// serial and its spellings; kInvalidOid = an ordinary type.
TypeId serial_type(const ast::TypeName& type) {
  if (type.names.size() != 1) return kInvalidOid;
  const std::string& name = type.names[0];
  if (name == "serial" || name == "serial4") return type_id::kInt4;
  if (name == "bigserial" || name == "serial8") return type_id::kInt8;
  if (name == "smallserial" || name == "serial2") return type_id::kInt2;
  return kInvalidOid;
}

// Reserves the name. False: it exists and IF NOT EXISTS was given.
bool claim_name(DdlContext& context, Oid schema, const std::string& name, bool if_not_exists) {
  context.catalog->lock_relation_name(schema, name);
  if (!context.catalog->find_relation(schema, name)) return true;
  if (!if_not_exists) throw SqlError(sqlstate::kDuplicateTable, "relation \"" + name + "\" already exists");
  notice(context, sqlstate::kDuplicateTable, "relation \"" + name + "\" already exists, skipping");
  return false;
}

std::shared_ptr<RelationDesc> new_table(DdlContext& context, Oid schema, const std::string& name, char persistence) {
  auto table = std::make_shared<RelationDesc>();
  table->oid = context.catalog->allocate_oid();
  table->row_type = context.catalog->allocate_oid();
  table->schema = schema;
  table->name = name;
  table->persistence = persistence;
  table->owner = current_role(context);
  table->access_control = initial_access_control(context, AclObject::kTable, table->owner, schema);
  table->layout.storage_id = value_or_throw(context.exec.tables->allocate_storage_id());
  return table;
}

void check_new_column_name(const RelationDesc& table, const std::string& name) {
  if (is_system_column_name(name)) {
    throw SqlError(sqlstate::kDuplicateColumn,
                   "column name \"" + name + "\" conflicts with a system column name");
  }
  if (table.columns.size() >= kMaxColumns) {
    throw SqlError(sqlstate::kTooManyColumns, "tables can have at most 1600 columns");
  }
}

TypeRef resolve_column_type(DdlContext& context, const ast::ColumnDef& definition, TypeId serial) {
  if (serial == kInvalidOid) return resolve_type_name(*definition.type, analyze_context(context));
  if (!definition.type->array_bounds.empty()) {
    throw SqlError(sqlstate::kFeatureNotSupported, "array of serial is not implemented", definition.type->location);
  }
  return {serial, -1};
}

class ColumnBuilder {
 public:
  ColumnBuilder(TableWork& work, const ast::ColumnDef& definition, ColumnDesc& column, AttrNumber attr)
      : work_(work), definition_(definition), column_(column), attr_(attr) {}

  void apply(TypeId serial) {
    if (serial != kInvalidOid) {
      column_.not_null = true;
      work_.sequences.push_back({attr_, 0, serial, nullptr});
      saw_default_ = true;
    }
    check_attributes();
    for (const auto& constraint : definition_.constraints) apply_one(*constraint);
    if (column_.identity && column_.generated) conflict("both identity and generation expression");
    if (column_.generated && saw_default_) conflict("both default and generation expression");
    if (column_.identity && saw_default_) conflict("both default and identity");
  }

 private:
  // Where DEFERRABLE and the like may stand (transformConstraintAttrs); the parser has given them to their constraints.
  void check_attributes() const {
    bool supported = false, saw_deferrable = false, saw_initially = false, deferrable = false, deferred = false;
    for (const auto& item : definition_.constraints) {
      auto fail = [&](std::string message) { throw SqlError(sqlstate::kSyntaxError, std::move(message), item->location); };
      auto require = [&](const char* clause, bool& seen, const char* both) {
        if (!supported) fail(std::string("misplaced ") + clause + " clause");
        if (seen) fail(std::string("multiple ") + both + " clauses not allowed");
        seen = true;
      };
      switch (item->constraint) {
        case ast::ConstraintKind::kAttrDeferrable:
          require("DEFERRABLE", saw_deferrable, "DEFERRABLE/NOT DEFERRABLE");
          deferrable = true;
          break;
        case ast::ConstraintKind::kAttrNotDeferrable:
          require("NOT DEFERRABLE", saw_deferrable, "DEFERRABLE/NOT DEFERRABLE");
          break;
        case ast::ConstraintKind::kAttrDeferred:
          require("INITIALLY DEFERRED", saw_initially, "INITIALLY IMMEDIATE/DEFERRED");
          deferred = true;
          break;
        case ast::ConstraintKind::kAttrImmediate:
          require("INITIALLY IMMEDIATE", saw_initially, "INITIALLY IMMEDIATE/DEFERRED");
          break;
        default:
          supported = item->constraint == ast::ConstraintKind::kPrimary || item->constraint == ast::ConstraintKind::kUnique ||
                      item->constraint == ast::ConstraintKind::kForeign;
          saw_deferrable = saw_initially = deferrable = deferred = false;
          continue;
      }
      if (saw_deferrable && !deferrable && deferred) fail("constraint declared INITIALLY DEFERRED must be DEFERRABLE");
    }
  }
  void apply_one(const ast::Constraint& constraint) {
    switch (constraint.constraint) {
      case ast::ConstraintKind::kNull:
        if (saw_not_null_ || column_.not_null) conflicting_null(constraint.location);
        saw_null_ = true;
        break;
      case ast::ConstraintKind::kNotNull:
        if (saw_null_) conflicting_null(constraint.location);
        saw_not_null_ = column_.not_null = true;
        break;
      case ast::ConstraintKind::kDefault:
        if (saw_default_) {
          throw SqlError(sqlstate::kSyntaxError, "multiple default values specified for column \"" + column_.name +
                                                     "\" of table \"" + work_.table->name + "\"", constraint.location);
        }
        saw_default_ = true;
        last_location_ = constraint.location;
        work_.expressions.push_back({attr_, &constraint});
        break;
      case ast::ConstraintKind::kGenerated:
        if (column_.generated) {
          throw SqlError(sqlstate::kSyntaxError, "multiple generation clauses specified for column \"" + column_.name +
                                                     "\" of table \"" + work_.table->name + "\"", constraint.location);
        }
        column_.generated = 's';
        last_location_ = constraint.location;
        work_.expressions.push_back({attr_, &constraint});
        break;
      case ast::ConstraintKind::kIdentity: apply_identity(constraint); break;
      case ast::ConstraintKind::kAttrDeferrable:
      case ast::ConstraintKind::kAttrDeferred:
      case ast::ConstraintKind::kAttrNotDeferrable:
      case ast::ConstraintKind::kAttrImmediate: break;
      default: work_.constraints.push_back({&constraint, column_.name});
    }
  }

  void apply_identity(const ast::Constraint& constraint) {
    TypeId type = column_.type.id;
    if (column_.identity) {
      throw SqlError(sqlstate::kSyntaxError, "multiple identity specifications for column \"" + column_.name +
                                                 "\" of table \"" + work_.table->name + "\"", constraint.location);
    }
    check_identity_type(type);
    if (saw_null_) conflicting_null(constraint.location);
    column_.identity = constraint.generated_when;
    last_location_ = constraint.location;
    column_.not_null = true;
    work_.sequences.push_back({attr_, constraint.generated_when, type, &constraint.options});
  }

  [[noreturn]] void conflicting_null(int location) {
    throw SqlError(sqlstate::kSyntaxError, "conflicting NULL/NOT NULL declarations for column \"" + column_.name +
                                               "\" of table \"" + work_.table->name + "\"", location);
  }
  [[noreturn]] void conflict(const char* what) {
    throw SqlError(sqlstate::kSyntaxError, std::string(what) + " specified for column \"" + column_.name +
                                               "\" of table \"" + work_.table->name + "\"", last_location_);
  }

  TableWork& work_;
  const ast::ColumnDef& definition_;
  ColumnDesc& column_;
  const AttrNumber attr_;
  bool saw_null_ = false, saw_not_null_ = false, saw_default_ = false;
  int last_location_ = -1;
};

}  // namespace

void check_column_type(TypeRef type, const std::string& column) {
  if (type_info(type.id).type_class != 'p') return;
  throw SqlError(sqlstate::kInvalidTableDefinition,
                 "column \"" + column + "\" has pseudo-type " + format_type(type.id));
}

ExprPtr bind_column_default(DdlContext& context, const ast::Node& expr, const RelationDesc* table,
                            const ColumnDesc& column) {
  const char* what = table ? "column generation expressions" : "DEFAULT";
  try {
    return bind_table_expression(expr, table, column.type, analyze_context(context), what);
  } catch (const SqlError& error) {
    if (error.info().code != sqlstate::kDatatypeMismatch) throw;
    TypeRef given = bind_table_expression(expr, table, {type_id::kUnknown, -1}, analyze_context(context), what)->type;
    if (can_coerce_type(given.id, column.type.id, CastContext::kAssignment)) throw;  // the mismatch is inside
    throw SqlError(sqlstate::kDatatypeMismatch, "column \"" + column.name + "\" is of type " +
                                                    format_type(column.type.id) + " but default expression is of type " +
                                                    format_type(given.id))
        .hint("You will need to rewrite or cast the expression.");
  }
}

// All collations here compare bytes, as the default one does: a column's is only recorded and shown.
Oid column_collation(const ast::Name& collation, TypeRef type) {
  if (collation.empty()) return kInvalidOid;
  if (type_info(type.id).category != 'S' && !is_text_array(type.id)) {
    throw SqlError(sqlstate::kDatatypeMismatch, "collations are not supported by type " + format_type(type.id));
  }
  struct Known {
    std::string_view name;
    Oid oid;
  };
  static constexpr Known kKnown[] = {{"default", kInvalidOid}, {"C", 950}, {"POSIX", 951}, {"ucs_basic", 12340}};
  for (const Known& known : kKnown) {
    if (known.name == collation.back()) return known.oid;
  }
  throw SqlError(sqlstate::kUndefinedObject,
                 "collation \"" + collation.back() + "\" for encoding \"UTF8\" does not exist");
}

void append_column(RelationDesc& table, ColumnDesc column) {
  table.layout.columns.push_back(column_layout(column.type));
  table.columns.push_back(std::move(column));
}

AttrNumber add_column_definition(DdlContext& context, TableWork& work, const ast::ColumnDef& definition) {
  RelationDesc& table = *work.table;
  if (find_column(table, definition.name)) {
    throw SqlError(sqlstate::kDuplicateColumn, "column \"" + definition.name + "\" specified more than once");
  }
  check_new_column_name(table, definition.name);
  TypeId serial = serial_type(*definition.type);
  ColumnDesc column;
  column.name = definition.name;
  column.type = resolve_column_type(context, definition, serial);
  check_column_type(column.type, column.name);
  require_type_usage(context, column.type.id);
  column.collation = column_collation(definition.collation, column.type);
  if (definition.storage) column.storage = definition.storage;
  append_column(table, std::move(column));
  AttrNumber attr = static_cast<AttrNumber>(table.columns.size());
  ColumnBuilder(work, definition, table.columns.back(), attr).apply(serial);
  return attr;
}

void add_expressions(DdlContext& context, TableWork& work) {
  RelationDesc& table = *work.table;
  for (const PendingExpression& pending : work.expressions) {
    ColumnDesc& column = table.columns[pending.column - 1];
    const ast::Node& node = *pending.constraint->expr;
    if (pending.constraint->constraint == ast::ConstraintKind::kDefault) {
      ExprPtr expr = bind_column_default(context, node, nullptr, column);
      column.default_expr = stored_expression(context, expr, nullptr);
      continue;
    }
    ExprPtr expr = bind_column_default(context, node, &table, column);
    for (AttrNumber used : columns_used(expr)) {
      const ColumnDesc& source = table.columns[used - 1];
      if (!source.generated) continue;
      throw SqlError(sqlstate::kInvalidObjectDefinition,
                     "cannot use generated column \"" + source.name + "\" in column generation expression",
                     input_location(expr, used))
          .detail("A generated column cannot reference another generated column.");
    }
    if (expression_volatility(expr) != Volatility::kImmutable) {
      throw SqlError(sqlstate::kInvalidObjectDefinition, "generation expression is not immutable");
    }
    column.default_expr = stored_expression(context, expr, &table);
  }
}

CheckConstraintDesc make_check(DdlContext& context, const RelationDesc& table, const ast::Constraint& constraint) {
  ExprPtr expr = bind_table_expression(*constraint.expr, &table, {type_id::kBool, -1}, analyze_context(context),
                                       "check constraints");
  CheckConstraintDesc check;
  check.oid = context.catalog->allocate_oid();
  check.expr = stored_expression(context, expr, &table);
  check.no_inherit = constraint.no_inherit;
  check.validated = !constraint.not_valid;
  if (constraint.name.empty()) {
    auto used = columns_used(expr);
    check.name = choose_constraint_name(table, *context.catalog,
                                        used.size() == 1 ? table.columns[used[0] - 1].name : "", "check");
  } else {
    if (constraint_exists(table, *context.catalog, constraint.name)) {
      throw SqlError(sqlstate::kDuplicateObject, "constraint \"" + constraint.name + "\" for relation \"" +
                                                     table.name + "\" already exists");
    }
    check.name = constraint.name;
  }
  return check;
}

void add_checks(DdlContext& context, TableWork& work) {
  for (const PendingConstraint& pending : work.constraints) {
    if (pending.constraint->constraint != ast::ConstraintKind::kCheck) continue;
    work.table->checks.push_back(make_check(context, *work.table, *pending.constraint));
  }
}

std::vector<AttrNumber> resolve_key(const RelationDesc& table, const ast::Constraint& constraint,
                                    const std::string& column) {
  const bool primary = constraint.constraint == ast::ConstraintKind::kPrimary;
  if (constraint.deferrable || constraint.initially_deferred) unsupported("DEFERRABLE", constraint.location);
  std::vector<std::string> keys = constraint.keys;
  if (keys.empty()) keys.push_back(column);
  std::vector<AttrNumber> attrs;
  for (const std::string& key : keys) {
    AttrNumber attr = find_column(table, key);
    if (attr == 0) {
      throw SqlError(sqlstate::kUndefinedColumn, "column \"" + key + "\" named in key does not exist",
                     constraint.location);
    }
    if (std::find(attrs.begin(), attrs.end(), attr) != attrs.end()) {
      throw SqlError(sqlstate::kDuplicateColumn, "column \"" + key + "\" appears twice in " +
                                                     (primary ? "primary key" : "unique") + " constraint",
                     constraint.location);
    }
    attrs.push_back(attr);
  }
  return attrs;
}

void add_sequences(DdlContext& context, TableWork& work) {
  for (const PendingSequence& pending : work.sequences) {
    RelationPtr sequence = create_owned_sequence(context, *work.table, pending);
    ColumnDesc& column = work.table->columns[pending.column - 1];
    column.sequence = sequence->oid;
    if (pending.identity == 0) column.default_expr = "nextval('" + std::to_string(sequence->oid) + "'::regclass)";
  }
  if (!work.sequences.empty()) store(context, copy_relation(*work.table));
}

void add_key_constraints(DdlContext& context, TableWork& work, bool table_is_empty) {
  struct Key {
    const ast::Constraint* constraint;
    std::vector<AttrNumber> columns;
  };
  std::vector<Key> keys;
  bool changed = false;
  for (const PendingConstraint& pending : work.constraints) {
    auto kind = pending.constraint->constraint;
    if (kind == ast::ConstraintKind::kExclusion) unsupported("EXCLUDE", pending.constraint->location);
    if (kind != ast::ConstraintKind::kPrimary && kind != ast::ConstraintKind::kUnique) continue;
    Key key{pending.constraint, resolve_key(*work.table, *pending.constraint, pending.column)};
    if (kind == ast::ConstraintKind::kPrimary) {
      if (!keys.empty() && keys.front().constraint->constraint == ast::ConstraintKind::kPrimary) {
        throw SqlError(sqlstate::kInvalidTableDefinition,
                       "multiple primary keys for table \"" + work.table->name + "\" are not allowed",
                       pending.constraint->location);
      }
      for (AttrNumber attr : key.columns) {
        changed |= !work.table->columns[attr - 1].not_null;
        work.table->columns[attr - 1].not_null = true;
      }
      keys.insert(keys.begin(), std::move(key));  // the primary key's index comes first
    } else {
      keys.push_back(std::move(key));
    }
  }
  if (changed) store(context, copy_relation(*work.table));
  std::vector<const Key*> made;
  for (const Key& key : keys) {
    // An unnamed key over the same columns adds nothing (`id int PRIMARY KEY UNIQUE`).
    bool repeated = key.constraint->name.empty() &&
                    std::any_of(made.begin(), made.end(), [&](const Key* other) { return other->columns == key.columns; });
    if (repeated) continue;
    made.push_back(&key);
    IndexRequest request = unique_index_request(*work.table, key.columns, key.constraint->name,
                                                key.constraint->constraint == ast::ConstraintKind::kPrimary,
                                                key.constraint->nulls_not_distinct);
    for (const std::string& name : key.constraint->including) include_column(*work.table, name, request);
    request.desc.options = index_options(require_access_method("btree"), key.constraint->options);
    if (!request.name.empty() && constraint_exists(*reload(context, work.table->oid), *context.catalog, request.name)) {
      throw SqlError(sqlstate::kDuplicateTable, "relation \"" + request.name + "\" already exists");
    }
    create_index(context, *work.table, std::move(request),
                 table_is_empty ? IndexContents::kEmptyTable : IndexContents::kBuild);
  }
}

void check_table_options(const ast::DefList& options) {
  for (const auto& option : options) {
    const std::string& name = option->name;
    if (!option->name_space.empty() && option->name_space != "toast") {
      throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized parameter namespace \"" + option->name_space + "\"");
    }
    // Kept and shown; they tune machinery that Vecino does not need (manual: CREATE TABLE, Storage Parameters).
    bool known = name == "fillfactor" || name == "parallel_workers" || name == "user_catalog_table" ||
                 name == "toast_tuple_target" || name.starts_with("autovacuum_") || name.starts_with("vacuum_") ||
                 name.starts_with("log_autovacuum_");
    if (name == "oids") {
      if (option->arg && ast::def_bool(*option)) {
        throw SqlError(sqlstate::kFeatureNotSupported, "tables declared WITH OIDS are not supported");
      }
      continue;
    }
    if (!known) throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized parameter \"" + name + "\"");
  }
}

std::string create_table(const ast::CreateTableStmt& statement, DdlContext& context) {
  refuse_unsupported(statement);
  const ast::RangeVar& name = *statement.relation;
  char persistence = name.persistence;
  Oid schema = target_schema(context, name, persistence, name.location);
  if (!claim_name(context, schema, name.name, statement.if_not_exists)) return "CREATE TABLE";
  check_storage_clauses(statement.tablespace, statement.access_method);
  check_table_options(statement.options);
  check_on_commit(statement.on_commit, persistence);

  TableWork work;
  work.table = new_table(context, schema, name.name, persistence);
  work.table->options = option_pairs(statement.options);
  std::vector<LikeSource> likes;
  for (const auto& element : statement.elements) {
    if (const auto* column = ast::try_as<ast::ColumnDef>(element)) {
      add_column_definition(context, work, *column);
    } else if (const auto* constraint = ast::try_as<ast::Constraint>(element)) {
      work.constraints.push_back({constraint, {}});
    } else if (const auto* like = ast::try_as<ast::TableLikeClause>(element)) {
      likes.push_back(copy_like_columns(context, work, *like));
    }
  }
  add_expressions(context, work);
  add_checks(context, work);
  store(context, copy_relation(*work.table));
  lock_relation(context, work.table->oid, storage::LockMode::kAccessExclusive);
  add_sequences(context, work);
  add_key_constraints(context, work, true);
  for (const LikeSource& like : likes) copy_like_indexes(context, work, like);
  add_foreign_keys(context, work, ExistingRows::kNone);
  remember_temporary(context, *work.table, statement.on_commit);
  return "CREATE TABLE";
}

RelationPtr create_table_from_columns(DdlContext& context, const ast::IntoClause& into,
                                      std::span<const NewColumn> columns, bool if_not_exists) {
  const ast::RangeVar& name = *into.relation;
  char persistence = name.persistence;
  Oid schema = target_schema(context, name, persistence);
  if (!claim_name(context, schema, name.name, if_not_exists)) return nullptr;
  check_storage_clauses(into.tablespace, into.access_method);
  check_table_options(into.options);
  check_on_commit(into.on_commit, persistence);
  if (into.columns.size() > columns.size()) {
    throw SqlError(sqlstate::kSyntaxError, "too many column names were specified");
  }
  auto table = new_table(context, schema, name.name, persistence);
  table->options = option_pairs(into.options);
  for (size_t i = 0; i < columns.size(); ++i) {
    ColumnDesc column;
    column.name = i < into.columns.size() ? into.columns[i] : columns[i].name;
    column.type = columns[i].type;
    if (column.type.id == type_id::kUnknown) column.type = {type_id::kText, -1};
    if (find_column(*table, column.name)) {
      throw SqlError(sqlstate::kDuplicateColumn, "column \"" + column.name + "\" specified more than once");
    }
    check_new_column_name(*table, column.name);
    check_column_type(column.type, column.name);
    require_type_usage(context, column.type.id);
    append_column(*table, std::move(column));
  }
  Oid oid = table->oid;
  store(context, std::move(table));
  lock_relation(context, oid, storage::LockMode::kAccessExclusive);
  RelationPtr stored = reload(context, oid);
  remember_temporary(context, *stored, into.on_commit);
  return stored;
}

}  // namespace vecino::sql

#include "sqlfront/statement/ddl_foreign_key.h"

#include <algorithm>

#include "sqlfront/analyze/permissions.h"
#include "sqlfront/catalog/identifiers.h"
#include "sqlfront/exec/modify/constraint_errors.h"
#include "sqlfront/exec/modify/foreign_key_events.h"
#include "sqlfront/functions/resolve.h"
#include "sqlfront/parse/parser.h"
#include "sqlfront/plan/physical.h"
#include "sqlfront/statement/ddl_privileges.h"

namespace vecino::sql {
namespace {

using storage::LockMode;
constexpr size_t kMaxKeyColumns = 32;

SqlError invalid_key(std::string message) { return SqlError(sqlstate::kInvalidForeignKey, std::move(message)); }

std::vector<AttrNumber> resolve_columns(const RelationDesc& table, const std::vector<std::string>& names) {
  std::vector<AttrNumber> columns;
  for (const std::string& name : names) {
    if (is_system_column_name(name)) {
      throw SqlError(sqlstate::kFeatureNotSupported, "system columns cannot be used in foreign keys");
    }
    AttrNumber attr = find_column(table, name);
    if (attr == 0) {
      throw SqlError(sqlstate::kUndefinedColumn,
                     "column \"" + name + "\" referenced in foreign key constraint does not exist");
    }
    if (columns.size() >= kMaxKeyColumns) {
      throw SqlError(sqlstate::kTooManyColumns, "cannot have more than 32 keys in a foreign key");
    }
    columns.push_back(attr);
  }
  return columns;
}

void check_persistence(const RelationDesc& table, const RelationDesc& referenced) {
  auto refuse = [](const char* message) { throw SqlError(sqlstate::kInvalidTableDefinition, message); };
  switch (table.persistence) {
    case 'p':
      if (referenced.persistence != 'p') {
        refuse("constraints on permanent tables may reference only permanent tables");
      }
      break;
    case 'u':
      if (referenced.persistence == 't') {
        refuse("constraints on unlogged tables may reference only permanent or unlogged tables");
      }
      break;
    default:
      if (referenced.persistence != 't') {
        refuse("constraints on temporary tables may reference only temporary tables");
      }
  }
}

bool is_plain_unique(const RelationDesc& index) {
  const IndexDesc& desc = *index.index;
  return desc.unique && desc.valid && desc.predicate.empty() &&
         std::all_of(desc.columns.begin(), desc.columns.end(), [](const IndexColumnDesc& c) { return c.attr > 0; });
}

// Without a column list: the primary key.
void take_primary_key(DdlContext& context, const RelationDesc& referenced, ForeignKeyDesc& key) {
  for (Oid oid : referenced.indexes) {
    RelationPtr index = reload(context, oid);
    if (!index->index->primary) continue;
    for (const IndexColumnDesc& column : index->index->columns) key.referenced_columns.push_back(column.attr);
    key.referenced_index = oid;
    return;
  }
  throw SqlError(sqlstate::kUndefinedObject,
                 "there is no primary key for referenced table \"" + referenced.name + "\"");
}

void take_unique_key(DdlContext& context, const RelationDesc& referenced, ForeignKeyDesc& key) {
  std::vector<AttrNumber> wanted = key.referenced_columns;
  std::sort(wanted.begin(), wanted.end());
  if (std::adjacent_find(wanted.begin(), wanted.end()) != wanted.end()) {
    throw invalid_key("foreign key referenced-columns list must not contain duplicates");
  }
  for (Oid oid : referenced.indexes) {
    RelationPtr index = reload(context, oid);
    if (!is_plain_unique(*index)) continue;
    std::vector<AttrNumber> columns;
    for (const IndexColumnDesc& column : index->index->columns) columns.push_back(column.attr);
    std::sort(columns.begin(), columns.end());
    if (columns != wanted) continue;
    key.referenced_index = oid;
    return;
  }
  throw invalid_key("there is no unique constraint matching given keys for referenced table \"" + referenced.name +
                    "\"");
}

void check_types(const RelationDesc& table, const RelationDesc& referenced, const ForeignKeyDesc& key) {
  for (size_t i = 0; i < key.columns.size(); ++i) {
    const ColumnDesc& mine = table.columns[static_cast<size_t>(key.columns[i]) - 1];
    const ColumnDesc& theirs = referenced.columns[static_cast<size_t>(key.referenced_columns[i]) - 1];
    if (find_operator_for({"", "="}, theirs.type.id, mine.type.id) != nullptr) continue;
    throw SqlError(sqlstate::kDatatypeMismatch,
                   "foreign key constraint \"" + key.name + "\" cannot be implemented")
        .detail("Key columns \"" + mine.name + "\" and \"" + theirs.name + "\" are of incompatible types: " +
                format_type(mine.type.id) + " and " + format_type(theirs.type.id) + ".");
  }
}

void check_actions(const RelationDesc& table, const ForeignKeyDesc& key) {
  for (AttrNumber column : key.columns) {
    if (!table.columns[static_cast<size_t>(column) - 1].generated) continue;
    auto refuse = [](const char* event) {
      throw SqlError(sqlstate::kSyntaxError, std::string("invalid ") + event +
                                                 " action for foreign key constraint containing generated column");
    };
    if (key.on_update == 'n' || key.on_update == 'd' || key.on_update == 'c') refuse("ON UPDATE");
    if (key.on_delete == 'n' || key.on_delete == 'd') refuse("ON DELETE");
  }
}

std::string joined_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "_") + name;
  return text;
}

// REFERENCES on the table or on each of the columns.
void require_references(DdlContext& context, const RelationDesc& referenced, const std::vector<AttrNumber>& columns) {
  Privileges mine = privileges_of(context);
  if (mine.on_relation(referenced) & acl::kReferences) return;
  for (AttrNumber column : columns) {
    if (!(mine.on_column(referenced, column) & acl::kReferences)) throw_relation_denied(referenced);
  }
}

ForeignKeyDesc make_key(DdlContext& context, const RelationDesc& table, const ast::Constraint& constraint,
                        const std::string& column) {
  RelationPtr referenced = open_relation(context, *constraint.referenced, LockMode::kShareRowExclusive);
  if (referenced->kind != 'r') {
    throw SqlError(sqlstate::kWrongObjectType, "referenced relation \"" + referenced->name + "\" is not a table");
  }
  refuse_system_relation(context, *referenced);
  check_persistence(table, *referenced);
  std::vector<std::string> names = constraint.columns;
  if (names.empty()) names.push_back(column);
  ForeignKeyDesc key;
  key.columns = resolve_columns(table, names);
  key.referenced = referenced->oid;
  key.on_update = constraint.on_update;
  key.on_delete = constraint.on_delete;
  key.match = constraint.match;
  key.validated = !constraint.not_valid;
  key.deferrable = constraint.deferrable;
  key.initially_deferred = constraint.initially_deferred;
  for (AttrNumber attr : resolve_columns(table, constraint.on_delete_set_columns)) {
    if (std::find(key.columns.begin(), key.columns.end(), attr) == key.columns.end()) {
      throw SqlError(sqlstate::kInvalidColumnReference,
                     "column \"" + table.columns[static_cast<size_t>(attr) - 1].name +
                         "\" referenced in ON DELETE SET action must be part of foreign key");
    }
    key.delete_set_columns.push_back(attr);
  }
  if (constraint.referenced_columns.empty()) {
    take_primary_key(context, *referenced, key);
  } else {
    key.referenced_columns = resolve_columns(*referenced, constraint.referenced_columns);
    take_unique_key(context, *referenced, key);
  }
  require_references(context, *referenced, key.referenced_columns);
  if (key.columns.size() != key.referenced_columns.size()) {
    throw invalid_key("number of referencing and referenced columns for foreign key disagree");
  }
  check_actions(table, key);
  if (constraint.name.empty()) {
    key.name = choose_constraint_name(table, *context.catalog, joined_names(names), "fkey");
  } else {
    if (constraint_exists(table, *context.catalog, constraint.name)) {
      throw SqlError(sqlstate::kDuplicateObject, "constraint \"" + constraint.name + "\" for relation \"" +
                                                     table.name + "\" already exists");
    }
    key.name = constraint.name;
  }
  check_types(table, *referenced, key);
  key.oid = context.catalog->allocate_oid();
  return key;
}

// A row whose key is not there, as one LEFT JOIN over both tables (RI_Initial_Check).
std::string orphan_query(const Catalog& catalog, const ForeignKeyLink& link) {
  const ForeignKeyDesc& key = link.key();
  std::string columns, join, nulls;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    std::string mine = "fk." + quote_identifier(link.referencing->columns[static_cast<size_t>(key.columns[i]) - 1].name);
    std::string theirs =
        "pk." + quote_identifier(link.referenced->columns[static_cast<size_t>(key.referenced_columns[i]) - 1].name);
    columns += (i ? ", " : "") + mine;
    join += (i ? " AND " : "") + theirs + " OPERATOR(pg_catalog.=) " + mine;
    nulls += (i ? (key.match == 'f' ? " OR " : " AND ") : "") + mine + " IS NOT NULL";
  }
  const ColumnDesc& probe = link.referenced->columns[static_cast<size_t>(key.referenced_columns[0]) - 1];
  return "SELECT " + columns + " FROM " + foreign_key_table(catalog, *link.referencing) + " fk LEFT JOIN " +
         foreign_key_table(catalog, *link.referenced) + " pk ON (" + join + ") WHERE pk." +
         quote_identifier(probe.name) + " IS NULL AND (" + nulls + ")";
}

void check_rows(DdlContext& context, const ForeignKeyLink& link) {
  storage::Transaction& txn = *context.exec.txn;
  if (txn.isolation() == storage::IsolationLevel::kReadCommitted) txn.refresh_snapshot();
  std::string sql = orphan_query(*context.catalog, link);
  std::vector<ParsedStatement> parsed = parse_sql(sql);
  PlannerInput input;
  input.catalog = context.catalog;
  input.settings = context.analyze.settings;
  input.env = context.exec.env;
  input.tables = context.exec.tables;
  input.catalogs = context.exec.catalogs;
  AnalyzeContext analyze = analyze_context(context);
  analyze.trusted_names = true;
  PhysicalPlanPtr plan = make_plan(analyze_query(*parsed[0].node, analyze), input);
  ExecContext exec = context.exec;
  exec.catalog = context.catalog;
  std::unique_ptr<Execution> execution = start_execution(plan, exec);
  Batch batch;
  while (execution->next(batch, kBatchRows)) {
    if (batch.rows == 0) continue;
    std::vector<Datum> values;
    for (size_t c = 0; c < link.key().columns.size(); ++c) values.push_back(batch.column(c)[0]);
    RunState run(nullptr, exec);
    bool mixed = std::any_of(values.begin(), values.end(), [](const Datum& value) { return value.is_null; });
    throw mixed ? mixed_null_key(run, link) : missing_reference(run, link, values);
  }
}

void check_rows(DdlContext& context, const RelationPtr& table, size_t position) {
  ForeignKeyLink link{table, reload(context, table->foreign_keys[position].referenced), position};
  check_rows(context, link);
}

void store_key(DdlContext& context, Oid table_oid, ForeignKeyDesc key, ExistingRows rows) {
  auto changed = copy_relation(*reload(context, table_oid));
  const bool check = rows == ExistingRows::kCheck && key.validated;
  if (rows == ExistingRows::kNone) key.validated = true;
  changed->foreign_keys.push_back(std::move(key));
  store(context, std::move(changed));
  RelationPtr stored = reload(context, table_oid);
  if (check) check_rows(context, stored, stored->foreign_keys.size() - 1);
}

}  // namespace

void add_foreign_keys(DdlContext& context, TableWork& work, ExistingRows rows) {
  for (const PendingConstraint& pending : work.constraints) {
    if (pending.constraint->constraint != ast::ConstraintKind::kForeign) continue;
    RelationPtr table = reload(context, work.table->oid);
    try {
      store_key(context, table->oid, make_key(context, *table, *pending.constraint, pending.column), rows);
    } catch (SqlError& error) {
      // PostgreSQL adds them by an ALTER TABLE of its own, which knows no positions.
      if (error.info().code == sqlstate::kFeatureNotSupported) throw;
      throw SqlError(error.info());
    }
  }
}

void add_foreign_key(DdlContext& context, Oid table_oid, const ast::Constraint& constraint) {
  RelationPtr table = reload(context, table_oid);
  store_key(context, table_oid, make_key(context, *table, constraint, {}), ExistingRows::kCheck);
}

bool validate_foreign_key(DdlContext& context, Oid table_oid, const std::string& name) {
  RelationPtr table = reload(context, table_oid);
  for (size_t i = 0; i < table->foreign_keys.size(); ++i) {
    if (table->foreign_keys[i].name != name) continue;
    if (table->foreign_keys[i].validated) return true;
    lock_relation(context, table->foreign_keys[i].referenced, LockMode::kRowShare);
    check_rows(context, table, i);
    auto changed = copy_relation(*table);
    changed->foreign_keys[i].validated = true;
    store(context, std::move(changed));
    return true;
  }
  return false;
}

void recheck_foreign_keys(DdlContext& context, Oid table_oid, AttrNumber column) {
  RelationPtr table = reload(context, table_oid);
  ForeignKeyLinks links = foreign_key_links(table, *context.catalog);
  auto uses = [&](const std::vector<AttrNumber>& columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  auto recheck = [&](const ForeignKeyLink& link) {
    check_types(*link.referencing, *link.referenced, link.key());
    if (link.key().validated) check_rows(context, link);
  };
  for (const auto& link : links.own) {
    if (uses(link->key().columns)) recheck(*link);
  }
  for (const auto& link : links.referring) {
    if (link->referencing->oid == table_oid || !uses(link->key().referenced_columns)) continue;
    lock_relation(context, link->referencing->oid, LockMode::kAccessExclusive);
    recheck(*link);
  }
}

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/analyze/definition.h"
#include "sqlfront/parse/def_elem.h"
#include "sqlfront/statement/ddl_objects.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_table.h"
#include "sqlfront/statement/query_references.h"
#include "sqlfront/types/scalar_text.h"

namespace vecino::sql {

using storage::LockMode;

void check_view_options(const ast::DefList& options) {
  for (const auto& option : options) {
    if (option->name == "check_option") {
      throw SqlError(sqlstate::kFeatureNotSupported, "WITH CHECK OPTION is not supported");
    }
    if (option->name != "security_barrier" && option->name != "security_invoker") {
      throw SqlError(sqlstate::kInvalidParameterValue, "unrecognized parameter \"" + option->name + "\"");
    }
    const std::string value = option->arg == nullptr ? "true" : ast::def_string(*option);
    if (!parse_bool(value)) {
      throw SqlError(sqlstate::kInvalidParameterValue, "invalid value for boolean option \"" + option->name + "\": " + value);
    }
  }
}

namespace {

[[noreturn]] void invalid(std::string message, std::string hint = {}) {
  SqlError error(sqlstate::kInvalidTableDefinition, std::move(message));
  error.info().hint = std::move(hint);
  throw error;
}

void check_options(const ast::CreateViewStmt& statement) {
  if (statement.check_option) {
    throw SqlError(sqlstate::kFeatureNotSupported, "WITH CHECK OPTION is not supported");
  }
  check_view_options(statement.options);
}

constexpr size_t kMaxColumns = 1600;

// Gives the targets the view's column names, so that the stored SELECT yields them.
void name_columns(Query& query, const std::vector<std::string>& names) {
  size_t next = 0;
  for (TargetEntry& target : query.targets) {
    if (target.junk) continue;
    if (next < names.size()) target.name = names[next];
    ++next;
  }
  if (names.size() > next) throw SqlError(sqlstate::kSyntaxError, "CREATE VIEW specifies more column names than columns");
}

std::vector<ColumnDesc> view_columns(const Query& query) {
  std::vector<ColumnDesc> columns;
  for (const TargetEntry& target : query.targets) {
    if (target.junk) continue;
    ColumnDesc column;
    column.name = target.name;
    column.type = target.expr->type;
    if (column.type.id == type_id::kUnknown) column.type = {type_id::kText, -1};
    if (std::any_of(columns.begin(), columns.end(), [&](const auto& other) { return other.name == column.name; })) {
      throw SqlError(sqlstate::kDuplicateColumn, "column \"" + column.name + "\" specified more than once");
    }
    check_column_type(column.type, column.name);
    if (columns.size() == kMaxColumns) {
      throw SqlError(sqlstate::kTooManyColumns, "tables can have at most 1600 columns");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

void check_replacement(const RelationDesc& old, const std::vector<ColumnDesc>& columns) {
  if (old.columns.size() > columns.size()) invalid("cannot drop columns from view");
  for (size_t i = 0; i < old.columns.size(); ++i) {
    const ColumnDesc &before = old.columns[i], &after = columns[i];
    if (before.name != after.name) {
      invalid("cannot change name of view column \"" + before.name + "\" to \"" + after.name + "\"",
              "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.");
    }
    if (before.type != after.type) {
      invalid("cannot change data type of view column \"" + before.name + "\" from " + format_type(before.type) +
              " to " + format_type(after.type));
    }
  }
}

bool reads_temporary(const Catalog& catalog, const std::vector<std::pair<Oid, AttrNumber>>& references) {
  return std::any_of(references.begin(), references.end(), [&](const auto& reference) {
    RelationPtr relation = catalog.find_relation(reference.first);
    return relation && relation->is_temporary();
  });
}

}  // namespace

std::string create_view(const ast::CreateViewStmt& statement, DdlContext& context) {
  check_options(statement);
  QueryPtr query = analyze_definition(*statement.query, analyze_context(context));
  if (query->command != Command::kSelect || query->has_modifying_cte) {
    throw SqlError(sqlstate::kFeatureNotSupported, "views must not contain data-modifying statements in WITH");
  }
  name_columns(const_cast<Query&>(*query), statement.columns);  // analyze_definition() made it for us alone
  std::vector<ColumnDesc> columns = view_columns(*query);
  auto references = query_references(*query);

  const ast::RangeVar& name = *statement.view;
  char persistence = name.persistence;
  ast::RangeVar target;
  target.catalog = name.catalog;
  target.schema = name.schema;
  target.name = name.name;
  if (persistence == 'p' && name.schema.empty() && reads_temporary(*context.catalog, references)) {
    notice(context, sqlstate::kSuccess, "view \"" + name.name + "\" will be a temporary view");
    persistence = 't';
  }
  Oid schema = target_schema(context, target, persistence);
  context.catalog->lock_relation_name(schema, name.name);
  RelationPtr old = context.catalog->find_relation(schema, name.name);
  std::shared_ptr<RelationDesc> view;
  if (old) {
    if (!statement.replace) {
      throw SqlError(sqlstate::kDuplicateTable, "relation \"" + name.name + "\" already exists");
    }
    require_relation_owner(context, *old);
    if (old->kind != 'v') throw SqlError(sqlstate::kWrongObjectType, "\"" + name.name + "\" is not a view");
    lock_relation(context, old->oid, LockMode::kAccessExclusive);
    old = reload(context, old->oid);
    check_replacement(*old, columns);
    view = copy_relation(*old);
  } else {
    view = std::make_shared<RelationDesc>();
    view->oid = context.catalog->allocate_oid();
    view->row_type = context.catalog->allocate_oid();
    view->schema = schema;
    view->name = name.name;
    view->kind = 'v';
    view->persistence = persistence;
    view->owner = current_role(context);
    view->access_control = initial_access_control(context, AclObject::kTable, view->owner, schema);
  }
  view->columns = std::move(columns);
  view->options = option_pairs(statement.options);
  view->view_sql = deparse_query(*query, *context.catalog, false);
  view->references = std::move(references);
  store(context, std::move(view));
  return "CREATE VIEW";
}

}  // namespace vecino::sql

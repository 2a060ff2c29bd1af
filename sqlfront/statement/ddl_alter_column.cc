#include <algorithm>

#include "sqlfront/catalog/definition_text.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/statement/ddl_alter.h"
#include "sqlfront/statement/ddl_depend.h"
#include "sqlfront/statement/ddl_foreign_key.h"
#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_rewrite.h"
#include "sqlfront/statement/ddl_sequence.h"

namespace vecino::sql {
namespace {

const ast::ColumnDef& column_def(const ast::AlterTableCommand& command) {
  return static_cast<const ast::ColumnDef&>(*command.definition);
}

// The value that rows written before the column existed have.
void set_missing_value(DdlContext& context, const ExprPtr& expr, storage::ColumnLayout& layout) {
  Arena arena;
  Datum value = evaluate_constant(expr, context.exec, arena);
  layout.has_missing = true;
  layout.missing = value;
  if (!value.is_null && layout.kind == PhysicalKind::kBytes) {
    layout.missing_bytes = std::make_shared<const std::string>(value.bytes());
    layout.missing = Datum::from_bytes(*layout.missing_bytes);
  }
}

bool has_column_constraint(const TableWork& work, ast::ConstraintKind kind) {
  return std::any_of(work.constraints.begin(), work.constraints.end(),
                     [&](const auto& pending) { return pending.constraint->constraint == kind; });
}

}  // namespace

void alter_add_column(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  const ast::ColumnDef& definition = column_def(command);
  RelationPtr before = reload(context, table_oid);
  if (find_column(*before, definition.name)) {
    std::string message = "column \"" + definition.name + "\" of relation \"" + before->name + "\" already exists";
    if (!command.if_exists) throw SqlError(sqlstate::kDuplicateColumn, message);
    notice(context, sqlstate::kDuplicateColumn, message + ", skipping");
    return;
  }
  TableWork work;
  work.table = copy_relation(*before);
  AttrNumber attr = add_column_definition(context, work, definition);
  add_expressions(context, work);
  const size_t old_checks = before->checks.size();
  add_checks(context, work);
  const bool empty = table_is_empty(context, *before);

  // Not null comes after the values are there.
  ColumnDesc& column = work.table->columns[attr - 1];
  const bool not_null = column.not_null || has_column_constraint(work, ast::ConstraintKind::kPrimary);
  column.not_null = false;
  store(context, copy_relation(*work.table));
  add_sequences(context, work);
  ExprPtr value;
  const ColumnDesc& added = work.table->columns[attr - 1];
  if (!empty) {
    auto& analyze = analyze_context(context);
    if (!added.default_expr.empty()) {
      value = bind_table_expression(added.default_expr, added.generated ? before.get() : nullptr, added.type, analyze,
                                    "DEFAULT");
    } else if (added.identity) {
      std::string nextval = "nextval('" + std::to_string(added.sequence) + "'::regclass)";
      value = bind_table_expression(nextval, nullptr, added.type, analyze, "DEFAULT");
    }
  }
  work.table->columns[attr - 1].not_null = not_null;
  if (!value) {
    if (!empty && not_null) require_no_nulls(context, *reload(context, table_oid), attr);
    store(context, copy_relation(*work.table));
  } else if (added.generated || expression_volatility(value) == Volatility::kVolatile) {
    std::vector<ColumnSource> sources(work.table->columns.size());
    sources[attr - 1].expr = value;
    rewrite_table(context, *before, copy_relation(*work.table), sources);
  } else {
    set_missing_value(context, value, work.table->layout.columns[attr - 1]);
    store(context, copy_relation(*work.table));
    if (not_null) require_no_nulls(context, *reload(context, table_oid), attr);
  }
  work.table = copy_relation(*reload(context, table_oid));
  if (!empty) {
    for (size_t i = old_checks; i < work.table->checks.size(); ++i) {
      validate_check(context, *work.table, work.table->checks[i]);
    }
  }
  add_key_constraints(context, work, empty);
  add_foreign_keys(context, work, empty ? ExistingRows::kNone : ExistingRows::kCheck);
}

void alter_drop_column(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  RelationPtr table = reload(context, table_oid);
  AttrNumber attr = find_column(*table, command.name);
  if (attr == 0) {
    if (is_system_column_name(command.name)) {
      throw SqlError(sqlstate::kFeatureNotSupported, "cannot drop system column \"" + command.name + "\"");
    }
    std::string message = "column \"" + command.name + "\" of relation \"" + table->name + "\" does not exist";
    if (!command.if_exists) throw SqlError(sqlstate::kUndefinedColumn, message);
    notice(context, sqlstate::kSuccess, message + ", skipping");
    return;
  }
  drop_with_dependents(context, {{ObjectRef::Kind::kColumn, table_oid, attr}}, command.behavior);
}

namespace {

[[noreturn]] void cannot_cast(const ColumnDesc& column, TypeRef type, bool has_using) {
  std::string target = format_type(type);
  if (has_using) {
    throw SqlError(sqlstate::kDatatypeMismatch, "result of USING clause for column \"" + column.name +
                                                    "\" cannot be cast automatically to type " + format_type(type.id))
        .hint("You might need to add an explicit cast.");
  }
  throw SqlError(sqlstate::kDatatypeMismatch,
                 "column \"" + column.name + "\" cannot be cast automatically to type " + format_type(type.id))
      .hint("You might need to specify \"USING " + column.name + "::" + target + "\".");
}

ExprPtr conversion(DdlContext& context, const RelationDesc& table, const ColumnDesc& column, TypeRef type,
                   const ast::Node* using_expr) {
  ast::ColumnRef reference;
  reference.fields = {column.name};
  const ast::Node& source = using_expr ? *using_expr : static_cast<const ast::Node&>(reference);
  try {
    return bind_table_expression(source, &table, type, analyze_context(context), "transform expressions");
  } catch (const SqlError& error) {
    if (error.info().code != sqlstate::kDatatypeMismatch && error.info().code != sqlstate::kCannotCoerce) throw;
    cannot_cast(column, type, using_expr != nullptr);
  }
}

void refuse_dependents_of_type(DdlContext& context, const RelationDesc& table, AttrNumber attr) {
  const std::string& name = table.columns[attr - 1].name;
  for (const RelationPtr& view : context.catalog->relations()) {
    for (const auto& reference : view->references) {
      if (reference.first != table.oid || reference.second != attr) continue;
      throw SqlError(sqlstate::kFeatureNotSupported, "cannot alter type of a column used by a view or rule")
          .detail("rule _RETURN on view " + view->name + " depends on column \"" + name + "\"");
    }
  }
  for (const ColumnDesc& other : table.columns) {
    if (!other.generated || other.dropped) continue;
    auto used = columns_of_expression(context, table, other.default_expr);
    if (std::find(used.begin(), used.end(), attr) == used.end()) continue;
    throw SqlError(sqlstate::kFeatureNotSupported, "cannot alter type of a column used by a generated column")
        .detail("Column \"" + name + "\" is used by generated column \"" + other.name + "\".");
  }
}

// Key columns over the column take the new type and its default class.
void retype_indexes(DdlContext& context, const RelationDesc& table, AttrNumber attr, TypeRef type) {
  for (Oid oid : table.indexes) {
    auto index = copy_relation(*reload(context, oid));
    bool touched = false;
    for (size_t i = 0; i < index->index->columns.size(); ++i) {
      IndexColumnDesc& key = index->index->columns[i];
      if (key.attr != attr) continue;
      const OpclassDef* old = find_opclass(key.opclass);
      if (!old || old->input_type != type.id) {
        const OpclassDef* opclass = find_default_opclass(index->index->access_method, type.id);
        if (!opclass) {
          throw SqlError(sqlstate::kUndefinedObject, "data type " + format_type(type.id) +
                                                         " has no default operator class for access method \"" +
                                                         index->index->access_method + "\"")
              .hint("You must specify an operator class for the index or define a default operator class for the data type.");
        }
        key.opclass = opclass->oid;
      }
      key.type = index->columns[i].type = type;
      touched = true;
    }
    if (touched) store(context, std::move(index));
  }
}

// The sequence of an identity column has the column's type.
void retype_identity(DdlContext& context, const ColumnDesc& column, TypeId type) {
  if (!column.identity || column.type.id == type) return;
  auto name = std::make_unique<ast::TypeName>();
  name->names = {"pg_catalog", std::string(type_info(type).name)};
  auto as = std::make_unique<ast::DefElem>();
  as->name = "as";
  as->arg = std::move(name);
  ast::DefList options;
  options.push_back(std::move(as));
  alter_sequence_options(context, *reload(context, column.sequence), options);
}

bool same_representation(const ExprPtr& expr) {
  if (expr->kind == ExprKind::kInput) return true;
  if (const auto* relabel = try_as<RelabelExpr>(expr)) return same_representation(relabel->arg);
  return false;
}

}  // namespace

void alter_column_type(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  RelationPtr table = reload(context, table_oid);
  AttrNumber attr = require_column(*table, command.name);
  const ast::ColumnDef& definition = column_def(command);
  TypeRef type = resolve_type_name(*definition.type, analyze_context(context));
  check_column_type(type, command.name);
  require_type_usage(context, type.id);
  const ColumnDesc& old = table->columns[attr - 1];
  if (old.identity) check_identity_type(type.id);
  if (old.generated && definition.using_expr) {
    throw SqlError(sqlstate::kInvalidColumnDefinition, "cannot specify USING when altering type of generated column")
        .detail("Column \"" + old.name + "\" is a generated column.");
  }
  ExprPtr expr = conversion(context, *table, old, type, definition.using_expr.get());
  auto changed = copy_relation(*table);
  ColumnDesc& column = changed->columns[attr - 1];
  column.type = type;
  column.collation = column_collation(definition.collation, type);
  if (!old.generated && !old.default_expr.empty() && old.type.id != type.id) {
    try {
      ExprPtr value = bind_table_expression(old.default_expr, nullptr, type, analyze_context(context), "DEFAULT");
      column.default_expr = stored_expression(context, value, nullptr);
    } catch (const SqlError& error) {
      if (error.info().code != sqlstate::kDatatypeMismatch) throw;
      throw SqlError(sqlstate::kDatatypeMismatch, "default for column \"" + old.name +
                                                      "\" cannot be cast automatically to type " + format_type(type.id));
    }
  }
  refuse_dependents_of_type(context, *table, attr);
  changed->statistics.columns.erase(attr);
  storage::ColumnLayout layout = column_layout(type);
  const storage::ColumnLayout& before = table->layout.columns[attr - 1];
  bool keep_rows = same_representation(expr) && layout.kind == before.kind && layout.large == before.large;
  retype_indexes(context, *table, attr, type);
  retype_identity(context, old, type.id);
  if (keep_rows) {
    store(context, std::move(changed));
    recheck_foreign_keys(context, table_oid, attr);
    return;
  }
  changed->layout.columns[attr - 1] = layout;
  std::vector<ColumnSource> sources(changed->columns.size());
  sources[attr - 1].expr = expr;
  rewrite_table(context, *reload(context, table_oid), std::move(changed), sources);
  recheck_foreign_keys(context, table_oid, attr);
}

void alter_column_default(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  auto changed = copy_relation(*reload(context, table_oid));
  ColumnDesc& column = changed->columns[require_column(*changed, command.name) - 1];
  if (column.identity) {
    throw SqlError(sqlstate::kSyntaxError, "column \"" + column.name + "\" of relation \"" + changed->name +
                                               "\" is an identity column")
        .hint(command.definition ? "" : "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.");
  }
  if (column.generated) {
    throw SqlError(sqlstate::kSyntaxError, "column \"" + column.name + "\" of relation \"" + changed->name +
                                               "\" is a generated column")
        .hint(command.definition ? "" : "Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.");
  }
  column.default_expr.clear();
  if (command.definition) {
    ExprPtr expr = bind_column_default(context, *command.definition, nullptr, column);
    column.default_expr = stored_expression(context, expr, nullptr);
  }
  store(context, std::move(changed));
}

void alter_column_not_null(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  RelationPtr table = reload(context, table_oid);
  AttrNumber attr = require_column(*table, command.name);
  const ColumnDesc& column = table->columns[attr - 1];
  const bool set = command.op == ast::AlterTableOp::kSetNotNull;
  if (column.not_null == set) return;
  if (!set) {
    if (column.identity) {
      throw SqlError(sqlstate::kSyntaxError, "column \"" + column.name + "\" of relation \"" + table->name +
                                                 "\" is an identity column");
    }
    for (Oid oid : table->indexes) {
      RelationPtr index = reload(context, oid);
      if (index->index->primary && index_uses_column(context, *table, *index, attr)) {
        throw SqlError(sqlstate::kInvalidTableDefinition, "column \"" + column.name + "\" is in a primary key");
      }
    }
  } else {
    require_no_nulls(context, *table, attr);
  }
  auto changed = copy_relation(*table);
  changed->columns[attr - 1].not_null = set;
  store(context, std::move(changed));
}

void alter_column_identity(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  TableWork work;
  work.table = copy_relation(*reload(context, table_oid));
  AttrNumber attr = require_column(*work.table, command.name);
  ColumnDesc& column = work.table->columns[attr - 1];
  std::string where = "column \"" + column.name + "\" of relation \"" + work.table->name + "\"";
  if (command.op == ast::AlterTableOp::kAddIdentity) {
    const auto& constraint = static_cast<const ast::Constraint&>(*command.definition);
    if (!column.not_null) {
      throw SqlError(sqlstate::kObjectNotInPrerequisiteState, where + " must be declared NOT NULL before identity can be added");
    }
    if (column.identity) {
      throw SqlError(sqlstate::kObjectNotInPrerequisiteState, where + " is already an identity column");
    }
    if (!column.default_expr.empty()) {
      throw SqlError(sqlstate::kObjectNotInPrerequisiteState, where + " already has a default value");
    }
    TypeId type = column.type.id;
    check_identity_type(type);
    column.identity = constraint.generated_when;
    work.sequences.push_back({attr, constraint.generated_when, type, &constraint.options});
    add_sequences(context, work);
    return;
  }
  if (!column.identity) {
    if (command.op == ast::AlterTableOp::kDropIdentity && command.if_exists) {
      notice(context, sqlstate::kSuccess, where + " is not an identity column, skipping");
      return;
    }
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState, where + " is not an identity column");
  }
  RelationPtr sequence = reload(context, column.sequence);
  if (command.op == ast::AlterTableOp::kDropIdentity) {
    column.identity = 0;
    column.sequence = kInvalidOid;
    store(context, copy_relation(*work.table));
    drop_relation_storage(context, *sequence);
    return;
  }
  ast::DefList sequence_options;
  for (const auto& option : command.options) {
    if (option->name == "generated") {
      // The parser gives the letter of BY DEFAULT / ALWAYS.
      const auto* number = ast::try_as<ast::IntegerNode>(option->arg);
      const auto* text = ast::try_as<ast::StringNode>(option->arg);
      column.identity = number ? static_cast<char>(number->value) : text && !text->value.empty() ? text->value[0] : 'd';
      continue;
    }
    auto copy = std::make_unique<ast::DefElem>();
    copy->name = option->name;
    copy->location = option->location;
    if (const auto* value = ast::try_as<ast::IntegerNode>(option->arg)) {
      auto node = std::make_unique<ast::IntegerNode>();
      node->value = value->value;
      copy->arg = std::move(node);
    } else if (const auto* value = ast::try_as<ast::FloatNode>(option->arg)) {
      auto node = std::make_unique<ast::FloatNode>();
      node->value = value->value;
      copy->arg = std::move(node);
    } else if (const auto* value = ast::try_as<ast::BooleanNode>(option->arg)) {
      auto node = std::make_unique<ast::BooleanNode>();
      node->value = value->value;
      copy->arg = std::move(node);
    }
    sequence_options.push_back(std::move(copy));
  }
  store(context, copy_relation(*work.table));
  if (!sequence_options.empty()) {
    lock_relation(context, sequence->oid, storage::LockMode::kShareRowExclusive);
    alter_sequence_options(context, *reload(context, sequence->oid), sequence_options);
  }
}

namespace {

char storage_letter(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "plain") return 'p';
  if (lower == "external") return 'e';
  if (lower == "extended") return 'x';
  if (lower == "main") return 'm';
  throw SqlError(sqlstate::kInvalidParameterValue, "invalid storage type \"" + name + "\"");
}

}  // namespace

void alter_column_property(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  auto changed = copy_relation(*reload(context, table_oid));
  AttrNumber attr = command.name.empty() ? static_cast<AttrNumber>(command.number) : require_column(*changed, command.name);
  if (attr < 1 || attr > static_cast<int>(changed->columns.size())) {
    throw SqlError(sqlstate::kUndefinedColumn, "column number " + std::to_string(command.number) + " of relation \"" +
                                                   changed->name + "\" does not exist");
  }
  ColumnDesc& column = changed->columns[attr - 1];
  switch (command.op) {
    case ast::AlterTableOp::kDropExpression:
      if (!column.generated) {
        std::string message =
            "column \"" + column.name + "\" of relation \"" + changed->name + "\" is not a stored generated column";
        if (!command.if_exists) throw SqlError(sqlstate::kObjectNotInPrerequisiteState, message);
        notice(context, sqlstate::kSuccess, message + ", skipping");
        return;
      }
      column.generated = 0;
      column.default_expr.clear();
      break;
    case ast::AlterTableOp::kSetStatistics: {
      const auto* value = ast::try_as<ast::IntegerNode>(command.definition);
      int target = value ? static_cast<int>(value->value) : -1;
      if (target < -1) {
        throw SqlError(sqlstate::kInvalidParameterValue, "statistics target " + std::to_string(target) + " is too low");
      }
      column.statistics_target = std::min(target, 10000);
      break;
    }
    case ast::AlterTableOp::kSetStorage: {
      char letter = storage_letter(static_cast<const ast::StringNode&>(*command.definition).value);
      if (letter != 'p' && type_info(column.type.id).storage == 'p') {
        throw SqlError(sqlstate::kFeatureNotSupported,
                       "column data type " + format_type(column.type.id) + " can only have storage PLAIN");
      }
      column.storage = letter;
      break;
    }
    default: break;  // SET COMPRESSION: values are compressed by the store as it sees fit
  }
  store(context, std::move(changed));
}

}  // namespace vecino::sql

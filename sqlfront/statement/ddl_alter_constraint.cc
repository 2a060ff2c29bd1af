#include <algorithm>

#include "sqlfront/statement/ddl_alter.h"
#include "sqlfront/statement/ddl_depend.h"
#include "sqlfront/statement/ddl_foreign_key.h"
#include "sqlfront/statement/ddl_index.h"
#include "sqlfront/statement/ddl_privileges.h"
#include "sqlfront/statement/ddl_rewrite.h"
#include "sqlfront/statement/ddl_table.h"

namespace vecino::sql {
namespace {

using storage::LockMode;

void add_check(DdlContext& context, Oid table_oid, const ast::Constraint& constraint) {
  auto changed = copy_relation(*reload(context, table_oid));
  CheckConstraintDesc check = make_check(context, *changed, constraint);
  if (!constraint.not_valid) validate_check(context, *changed, check);
  changed->checks.push_back(std::move(check));
  store(context, std::move(changed));
}

bool has_primary_key(DdlContext& context, const RelationDesc& table) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](Oid oid) { return reload(context, oid)->index->primary; });
}

// ADD PRIMARY KEY / UNIQUE USING INDEX.
void adopt_index(DdlContext& context, const RelationDesc& table, const ast::Constraint& constraint) {
  const bool primary = constraint.constraint == ast::ConstraintKind::kPrimary;
  RelationPtr index = context.catalog->find_relation(table.schema, constraint.index_name);
  if (!index) {
    throw SqlError(sqlstate::kUndefinedObject, "index \"" + constraint.index_name + "\" does not exist",
                   constraint.location);
  }
  auto refuse = [&](std::string message) {
    throw SqlError(sqlstate::kWrongObjectType, std::move(message), constraint.location);
  };
  if (!index->index || index->index->table != table.oid) {
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState,
                   "index \"" + index->name + "\" does not belong to table \"" + table.name + "\"", constraint.location);
  }
  if (index->index->constraint != kInvalidOid) {
    throw SqlError(sqlstate::kObjectNotInPrerequisiteState,
                   "index \"" + index->name + "\" is already associated with a constraint", constraint.location);
  }
  if (!index->index->unique) refuse("\"" + index->name + "\" is not a unique index");
  if (!index->index->predicate.empty()) refuse("\"" + index->name + "\" is a partial index");
  for (const IndexColumnDesc& key : index->index->columns) {
    if (key.attr == 0) refuse("index \"" + index->name + "\" contains expressions");
    if (key.descending || key.nulls_first) {
      refuse("index \"" + index->name + "\" column number 1 does not have default sorting behavior");
    }
  }
  lock_relation(context, index->oid, LockMode::kAccessExclusive);
  std::string name = constraint.name.empty() ? index->name : constraint.name;
  if (name != index->name) {
    notice(context, sqlstate::kSuccess, "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"" + index->name +
                                            "\" to \"" + name + "\"");
  }
  auto table_changed = copy_relation(*reload(context, table.oid));
  if (primary) {
    for (const IndexColumnDesc& key : index->index->columns) {
      if (table_changed->columns[key.attr - 1].not_null) continue;
      require_no_nulls(context, *table_changed, key.attr);
      table_changed->columns[key.attr - 1].not_null = true;
    }
    store(context, std::move(table_changed));
  }
  auto changed = copy_relation(*reload(context, index->oid));
  changed->name = name;
  changed->index->constraint = context.catalog->allocate_oid();
  changed->index->primary = primary;
  store(context, std::move(changed));
}

void add_key(DdlContext& context, Oid table_oid, const ast::Constraint& constraint) {
  RelationPtr table = reload(context, table_oid);
  const bool primary = constraint.constraint == ast::ConstraintKind::kPrimary;
  if (primary && has_primary_key(context, *table)) {
    throw SqlError(sqlstate::kInvalidTableDefinition,
                   "multiple primary keys for table \"" + table->name + "\" are not allowed", constraint.location);
  }
  if (!constraint.index_name.empty()) return adopt_index(context, *table, constraint);
  if (primary) {
    for (AttrNumber attr : resolve_key(*table, constraint, {})) {
      if (!table->columns[attr - 1].not_null) require_no_nulls(context, *table, attr);
    }
  }
  TableWork work;
  work.table = copy_relation(*table);
  work.constraints.push_back({&constraint, {}});
  require_schema_privilege(context, *context.catalog->find_schema(work.table->schema), acl::kCreate);
  add_key_constraints(context, work, false);
}

Oid find_constraint(DdlContext& context, const RelationDesc& table, const std::string& name) {
  for (const auto& check : table.checks) {
    if (check.name == name) return check.oid;
  }
  for (const auto& key : table.foreign_keys) {
    if (key.name == name) return key.oid;
  }
  for (Oid oid : table.indexes) {
    RelationPtr index = reload(context, oid);
    if (index->index->constraint != kInvalidOid && index->name == name) return index->index->constraint;
  }
  return kInvalidOid;
}

void drop_named(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  RelationPtr table = reload(context, table_oid);
  Oid constraint = find_constraint(context, *table, command.name);
  if (constraint == kInvalidOid) {
    std::string message = "constraint \"" + command.name + "\" of relation \"" + table->name + "\" does not exist";
    if (!command.if_exists) throw SqlError(sqlstate::kUndefinedObject, message);
    notice(context, sqlstate::kSuccess, message + ", skipping");
    return;
  }
  drop_with_dependents(context, {{ObjectRef::Kind::kConstraint, table_oid, 0, constraint}}, command.behavior);
}

void validate_named(DdlContext& context, Oid table_oid, const std::string& name) {
  if (validate_foreign_key(context, table_oid, name)) return;
  auto changed = copy_relation(*reload(context, table_oid));
  for (CheckConstraintDesc& check : changed->checks) {
    if (check.name != name) continue;
    if (check.validated) return;
    validate_check(context, *changed, check);
    check.validated = true;
    store(context, std::move(changed));
    return;
  }
  if (find_constraint(context, *changed, name) == kInvalidOid) {
    throw SqlError(sqlstate::kUndefinedObject,
                   "constraint \"" + name + "\" of relation \"" + changed->name + "\" does not exist");
  }
  throw SqlError(sqlstate::kWrongObjectType, "constraint \"" + name + "\" of relation \"" + changed->name +
                                                 "\" is not a foreign key or check constraint");
}

void change_deferrability(DdlContext& context, Oid table_oid, const ast::Constraint& constraint) {
  auto changed = copy_relation(*reload(context, table_oid));
  for (ForeignKeyDesc& key : changed->foreign_keys) {
    if (key.name != constraint.name) continue;
    key.deferrable = constraint.deferrable;
    key.initially_deferred = constraint.initially_deferred;
    return store(context, std::move(changed));
  }
  const std::string name = "constraint \"" + constraint.name + "\" of relation \"" + changed->name + "\"";
  if (find_constraint(context, *changed, constraint.name) == kInvalidOid) {
    throw SqlError(sqlstate::kUndefinedObject, name + " does not exist");
  }
  throw SqlError(sqlstate::kWrongObjectType, name + " is not a foreign key constraint");
}

}  // namespace

void alter_constraint(DdlContext& context, Oid table_oid, const ast::AlterTableCommand& command) {
  if (command.op == ast::AlterTableOp::kDropConstraint) return drop_named(context, table_oid, command);
  if (command.op == ast::AlterTableOp::kValidateConstraint) return validate_named(context, table_oid, command.name);
  const auto& constraint = static_cast<const ast::Constraint&>(*command.definition);
  if (command.op == ast::AlterTableOp::kAlterConstraint) return change_deferrability(context, table_oid, constraint);
  switch (constraint.constraint) {
    case ast::ConstraintKind::kCheck: return add_check(context, table_oid, constraint);
    case ast::ConstraintKind::kPrimary:
    case ast::ConstraintKind::kUnique: return add_key(context, table_oid, constraint);
    case ast::ConstraintKind::kForeign: return add_foreign_key(context, table_oid, constraint);
    default: throw SqlError(sqlstate::kFeatureNotSupported, "this kind of constraint is not supported", constraint.location);
  }
}

}  // namespace vecino::sql

#include "sqlfront/catalog/catalog.h"
#include "sqlfront/statement/session_impl.h"

// SET CONSTRAINTS, and what is checked at COMMIT.

namespace vecino::sql {
namespace {

std::string written_constraint(const ast::RangeVar& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

}  // namespace

// Constraints need not have unique names: all of the first schema that has one are meant.
std::vector<const ForeignKeyDesc*> SessionImpl::find_constraints(const ast::RangeVar& name) {
  const Catalog& catalog = env_.catalog();
  std::vector<Oid> schemas;
  if (name.schema.empty()) {
    schemas = env_.search_path();
  } else if (SchemaPtr schema = catalog.find_schema(name.schema)) {
    schemas.push_back(schema->oid);
  } else {
    throw SqlError(sqlstate::kInvalidSchemaName, "schema \"" + name.schema + "\" does not exist");
  }
  std::vector<const ForeignKeyDesc*> found;
  for (Oid schema : schemas) {
    bool others = false;
    for (const RelationPtr& relation : catalog.relations()) {
      if (relation->schema != schema) continue;
      for (const ForeignKeyDesc& key : relation->foreign_keys) {
        if (key.name == name.name) found.push_back(&key);
      }
      for (const CheckConstraintDesc& check : relation->checks) others |= check.name == name.name;
      others |= relation->index && relation->index->constraint != kInvalidOid && relation->name == name.name;
    }
    for (const ForeignKeyDesc* key : found) others |= !key->deferrable;
    if (others) throw SqlError(sqlstate::kWrongObjectType, "constraint \"" + name.name + "\" is not deferrable");
    if (!found.empty()) return found;
  }
  throw SqlError(sqlstate::kUndefinedObject, "constraint \"" + written_constraint(name) + "\" does not exist");
}

void SessionImpl::run_set_constraints(const ast::ConstraintsSetStmt& statement, Portal& portal) {
  portal.tag = "SET CONSTRAINTS";
  if (!block_.in_block() && !implicit_block_) {
    warn(sqlstate::kNoActiveSqlTransaction, "SET CONSTRAINTS can only be used in transaction blocks");
  }
  if (statement.constraints.empty()) {
    foreign_keys_.set_all_modes(statement.deferred);
  } else {
    std::vector<Oid> constraints;
    for (const auto& name : statement.constraints) {
      if (!name->catalog.empty() && name->catalog != startup_.database) {
        throw SqlError(sqlstate::kFeatureNotSupported, "cross-database references are not implemented: \"" +
                                                           name->catalog + "." + name->schema + "." + name->name + "\"");
      }
      for (const ForeignKeyDesc* key : find_constraints(*name)) constraints.push_back(key->oid);
    }
    for (Oid constraint : constraints) foreign_keys_.set_mode(constraint, statement.deferred);
  }
  if (statement.deferred || !foreign_keys_.has_deferred()) return;
  ExecContext context = exec_context({});
  foreign_keys_.fire_undeferred(context);
}

void SessionImpl::check_deferred_constraints() {
  if (!foreign_keys_.has_deferred()) return;
  block_.txn().begin_command();
  env_.begin_statement(block_.catalog());
  ExecContext context = exec_context({});
  foreign_keys_.fire_deferred(context);
}

}  // namespace vecino::sql

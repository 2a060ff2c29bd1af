#pragma once

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// An object in the dependency graph (manual 5.14).
struct ObjectRef {
  enum class Kind : uint8_t { kRelation, kColumn, kDefault, kConstraint, kSchema, kExtension, kType } kind;
  Oid oid;                // relation, schema, extension; for the others the relation they belong to
  AttrNumber column = 0;  // kColumn, kDefault
  Oid sub = kInvalidOid;  // kConstraint: the constraint; kType: the type
  auto operator<=>(const ObjectRef&) const = default;
};

// "table t", "column a of table t", "constraint c on table t" with names along the path.
std::string describe(const Catalog& catalog, std::span<const Oid> path, const ObjectRef& object);

// Drops the objects. Others that depend on them: 2BP01 with RESTRICT, dropped with a notice with CASCADE. `what`
// describes the statement's only object ("table t"); empty = several ("desired object(s)").
// REQUIRES: relations among `objects` are locked AccessExclusive.
void drop_with_dependents(DdlContext& context, std::vector<ObjectRef> objects, ast::DropBehavior behavior);

// The parts, without looking at dependents.
void drop_relation_storage(DdlContext& context, const RelationDesc& relation);
void drop_column(DdlContext& context, Oid table, AttrNumber column);
void drop_constraint(DdlContext& context, Oid table, Oid constraint);
// Indexes that read the column.
bool index_uses_column(DdlContext& context, const RelationDesc& table, const RelationDesc& index, AttrNumber column);
std::vector<AttrNumber> columns_of_expression(DdlContext& context, const RelationDesc& table, const std::string& sql);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/statement/ddl_util.h"

namespace vecino::sql {

// A table to create. Constraint expressions are resolved against `table` as it grows.
std::string create_table(const ast::CreateTableStmt& statement, DdlContext& context);

// CREATE TABLE AS and SELECT INTO: the empty table for the query's columns; the caller inserts the rows. Null: IF NOT
// EXISTS found one (the notice is sent).
struct NewColumn {
  std::string name;
  TypeRef type;
};
RelationPtr create_table_from_columns(DdlContext& context, const ast::IntoClause& into,
                                      std::span<const NewColumn> columns, bool if_not_exists);

// --- shared with ALTER TABLE -------------------------------------------------------------------------------------
// What a column definition asks for besides the column itself; carried out once the table exists.
struct PendingConstraint {
  const ast::Constraint* constraint;
  std::string column;  // of a column constraint
};
struct PendingSequence {
  AttrNumber column;
  char identity = 0;        // 0 = serial
  TypeId type = type_id::kInt4;
  const ast::DefList* options = nullptr;
};
struct PendingExpression {  // DEFAULT, GENERATED
  AttrNumber column;
  const ast::Constraint* constraint;
};
struct TableWork {
  std::shared_ptr<RelationDesc> table;
  std::vector<PendingConstraint> constraints;
  std::vector<PendingSequence> sequences;
  std::vector<PendingExpression> expressions;
};
// Checks the definition, appends the column to work.table and notes the rest. Returns its number.
AttrNumber add_column_definition(DdlContext& context, TableWork& work, const ast::ColumnDef& definition);
void check_column_type(TypeRef type, const std::string& column);
// DEFAULT, or with `table` the expression of a generated column, as a value of the column.
ExprPtr bind_column_default(DdlContext& context, const ast::Node& expr, const RelationDesc* table,
                            const ColumnDesc& column);
// What ColumnDesc::collation is for a COLLATE clause (empty = none).
Oid column_collation(const ast::Name& collation, TypeRef type);
void add_expressions(DdlContext& context, TableWork& work);
void add_checks(DdlContext& context, TableWork& work);
// Creates and links the sequences of serial and identity columns; the table must be stored already. Stores it again.
void add_sequences(DdlContext& context, TableWork& work);
// PRIMARY KEY and UNIQUE. Returns the new indexes.
void add_key_constraints(DdlContext& context, TableWork& work, bool table_is_empty);
CheckConstraintDesc make_check(DdlContext& context, const RelationDesc& table, const ast::Constraint& constraint);
// Columns of a key, in order; sets NOT NULL for a primary key.
std::vector<AttrNumber> resolve_key(const RelationDesc& table, const ast::Constraint& constraint,
                                    const std::string& column);
void check_table_options(const ast::DefList& options);
void append_column(RelationDesc& table, ColumnDesc column);

}  // namespace vecino::sql

#pragma once

// libpg_query's protobuf tree -> our tree. Private to sqlfront/parse.

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include "sqlfront/parse/ast.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql::parse {

class Converter {
 public:
  ast::NodePtr statement(const PgQuery__Node& node);

 private:
  // convert_expr.cc
  ast::NodePtr expr(const PgQuery__Node* node);  // null -> null
  ast::NodePtr constant(const PgQuery__AConst& in);
  ast::NodePtr column_ref(const PgQuery__ColumnRef& in);
  ast::NodePtr a_expr(const PgQuery__AExpr& in);
  std::unique_ptr<ast::FuncCall> func_call(const PgQuery__FuncCall& in);
  ast::NodePtr indirection(const PgQuery__AIndirection& in);
  ast::NodePtr sub_link(const PgQuery__SubLink& in);
  ast::NodePtr case_expr(const PgQuery__CaseExpr& in);
  ast::NodePtr sql_value(const PgQuery__SQLValueFunction& in);
  std::unique_ptr<ast::TypeName> type_name(const PgQuery__TypeName* in);
  ast::NodeList exprs(size_t count, PgQuery__Node* const* nodes);

  // convert_query.cc
  std::unique_ptr<ast::SelectStmt> select(const PgQuery__SelectStmt& in);
  ast::NodePtr insert(const PgQuery__InsertStmt& in);
  ast::NodePtr update(const PgQuery__UpdateStmt& in);
  ast::NodePtr delete_(const PgQuery__DeleteStmt& in);
  std::unique_ptr<ast::IntoClause> into(const PgQuery__IntoClause* in);
  std::unique_ptr<ast::WithClause> with(const PgQuery__WithClause* in);
  std::unique_ptr<ast::OnConflictClause> on_conflict(const PgQuery__OnConflictClause* in);
  std::vector<std::unique_ptr<ast::ResTarget>> res_targets(size_t count, PgQuery__Node* const* nodes);
  std::unique_ptr<ast::SortBy> sort_by(const PgQuery__SortBy& in);
  std::vector<std::unique_ptr<ast::SortBy>> sort_list(size_t count, PgQuery__Node* const* nodes);
  std::unique_ptr<ast::WindowDef> window_def(const PgQuery__WindowDef& in);
  ast::NodePtr grouping_set(const PgQuery__GroupingSet& in);
  ast::NodePtr from_item(const PgQuery__Node& node);
  ast::NodePtr range_function(const PgQuery__RangeFunction& in);
  ast::NodePtr join(const PgQuery__JoinExpr& in);
  std::unique_ptr<ast::RangeVar> range_var(const PgQuery__RangeVar* in);
  std::vector<std::unique_ptr<ast::RangeVar>> range_vars(size_t count, PgQuery__Node* const* nodes);
  std::unique_ptr<ast::ColumnDef> column_def(const PgQuery__ColumnDef& in);
  std::unique_ptr<ast::LockingClause> locking(const PgQuery__LockingClause& in);

  // convert_ddl.cc
  ast::NodePtr definition(const PgQuery__Node& node);  // null when it is none of them
  std::unique_ptr<ast::Constraint> constraint(const PgQuery__Constraint& in);
  std::unique_ptr<ast::CreateTableStmt> create_table(const PgQuery__CreateStmt& in);
  ast::NodePtr create_table_as(const PgQuery__CreateTableAsStmt& in);
  ast::NodePtr alter_table(const PgQuery__AlterTableStmt& in);
  std::unique_ptr<ast::AlterTableCommand> alter_table_command(const PgQuery__AlterTableCmd& in);
  ast::NodePtr index(const PgQuery__IndexStmt& in);
  std::unique_ptr<ast::IndexElem> index_elem(const PgQuery__IndexElem& in);
  ast::NodePtr grant(const PgQuery__GrantStmt& in);
  ast::NodePtr default_privileges(const PgQuery__AlterDefaultPrivilegesStmt& in);
  ast::NodePtr grant_role(const PgQuery__GrantRoleStmt& in);
  ast::NodePtr rename(const PgQuery__RenameStmt& in);
  ast::NodePtr drop(const PgQuery__DropStmt& in);
  std::unique_ptr<ast::ObjectName> object_name(const PgQuery__Node* node);
  std::unique_ptr<ast::RoleSpec> role_spec(const PgQuery__RoleSpec* in);
  std::vector<std::unique_ptr<ast::RoleSpec>> role_specs(size_t count, PgQuery__Node* const* nodes);
  std::unique_ptr<ast::DefElem> def_elem(const PgQuery__DefElem& in);
  ast::DefList def_list(size_t count, PgQuery__Node* const* nodes);

  // convert_utility.cc
  ast::NodePtr utility(const PgQuery__Node& node);  // null when it is none of them
  std::unique_ptr<ast::VariableSetStmt> variable_set(const PgQuery__VariableSetStmt* in);
  ast::NodePtr copy(const PgQuery__CopyStmt& in);
  ast::NodePtr unsupported(const PgQuery__Node& node);

};

// Helpers shared by the converter's files.
ast::Name strings(size_t count, PgQuery__Node* const* nodes);  // list of String nodes
inline std::string text(const char* value) { return value == nullptr ? std::string() : std::string(value); }
ast::ObjectType object_type(PgQuery__ObjectType type);
inline ast::DropBehavior drop_behavior(PgQuery__DropBehavior behavior) {
  return behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE ? ast::DropBehavior::kCascade
                                                           : ast::DropBehavior::kRestrict;
}
// Protobuf enums are PostgreSQL's plus one (0 = undefined); ours are declared in the same order.
template <typename To, typename From>
To same_order(From value) {
  return static_cast<To>(static_cast<int>(value) > 0 ? static_cast<int>(value) - 1 : 0);
}

}  // namespace vecino::sql::parse

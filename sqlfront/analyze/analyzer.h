#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/analyze/query.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/name_scope.h"
#include "sqlfront/parse/ast.h"
#include "sqlfront/parse/literals.h"

namespace vecino::sql {

// Binds a parsed SELECT/INSERT/UPDATE/DELETE/VALUES (also the query inside EXPLAIN, COPY, DECLARE, CREATE TABLE AS, PREPARE).
// Name, type, operator and function resolution follow the PostgreSQL manual, chapter 10.

// Integer literals of the statement's text that may become parameters of type integer, so that one plan serves all texts
// which differ in them only. Literal i becomes $(i + 1) where an expression wants a value; where a constant is needed
// (LIMIT, positions in ORDER BY, type modifiers) it stays what it is.
struct LiteralParameters {
  std::string_view text;
  std::span<const IntegerLiteral> literals;
  enum class Use : uint8_t { kConstant, kParameter, kNegatedParameter };
  std::vector<Use> uses;  // filled in; one per literal
};

struct AnalyzeContext {
  const Catalog* catalog;
  std::vector<Oid> search_path;
  conf::SessionSettings* settings;
  EvalEnvironment* env;
  // Types declared for $1.. (kInvalidOid/kUnknown entries are inferred and filled in); grows when more are used.
  std::vector<TypeId>* parameter_types = nullptr;
  LiteralParameters* literals = nullptr;
  // Text from the catalog or the server: USAGE of schemas is not asked for, and types, functions and operators are found
  // wherever they are.
  bool trusted_names = false;
  bool variable_parameters = false;  // extended protocol and PREPARE: infer; otherwise 42P02 `there is no parameter $1`
};
QueryPtr analyze_query(const ast::Node& statement, const AnalyzeContext& context);
inline NameScope name_scope(const AnalyzeContext& context) {
  if (context.catalog == nullptr || context.trusted_names) return NameScope(context.catalog);
  return NameScope(*context.catalog, context.search_path);
}

// Expressions kept as text in the catalog (defaults, checks, index expressions): bound over `table` (InputExpr index =
// attnum - 1) or without columns when null. `what` names the clause for errors ("DEFAULT", "CHECK", "index expressions").
ExprPtr bind_table_expression(std::string_view sql, const RelationDesc* table, TypeRef target,
                              const AnalyzeContext& context, std::string_view what);
ExprPtr bind_table_expression(const ast::Node& expr, const RelationDesc* table, TypeRef target,
                              const AnalyzeContext& context, std::string_view what);
// SQL text of a bound expression, spelled as PostgreSQL's pg_get_expr prints it. `column_name(rte, attno)` names Vars;
// for expressions over one table pass its RelationDesc.
std::string deparse_expr(const ExprPtr& expr, const RelationDesc* table, const Catalog& catalog);
// The same as the session's search path and settings want it.
std::string deparse_expr_for(EvalEnvironment& env, const ExprPtr& expr, const RelationDesc* table, bool pretty);
// View definitions, to be read along pg_catalog and public with trusted names; and as pg_get_viewdef shows them to a session.
std::string deparse_query(const Query& query, const Catalog& catalog, bool pretty);
std::string deparse_query_for(EvalEnvironment& env, const Query& query, bool pretty);

// ast::TypeName -> type (typmod applied). 42704 `type "x" does not exist` with position.
TypeRef resolve_type_name(const ast::Node& type_name, const AnalyzeContext& context);
// Adds the coercion of `expr` to `target` (ASSIGNMENT context unless explicit_cast); throws 42804/42846 as PostgreSQL does.
ExprPtr coerce_for_assignment(ExprPtr expr, TypeRef target, std::string_view column_name,
                              const AnalyzeContext& context);

}  // namespace vecino::sql

#pragma once

// What the binders share: one ParseState per query level, one SharedState per statement. PostgreSQL's ParseState
// (parse_node.h). Private to sqlfront/analyze. Not thread-safe.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/analyze/analyzer.h"
#include "sqlfront/functions/resolve.h"
#include "sqlfront/parse/ast.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql::analysis {

// The clause an expression stands in: decides what it may contain.
enum class Clause : uint8_t {
  kNone, kOther, kJoinOn, kJoinUsing, kFromSubselect, kFromFunction, kWhere, kHaving, kFilter, kWindowPartition,
  kWindowOrder, kWindowFrameRange, kWindowFrameRows, kWindowFrameGroups, kSelectTarget, kInsertTarget, kUpdateSource,
  kUpdateTarget, kGroupBy, kOrderBy, kDistinctOn, kLimit, kOffset, kReturning, kValues, kValuesSingle, kCheck,
  kColumnDefault, kGeneratedColumn, kIndexExpression, kIndexPredicate, kAlterColumnTransform, kCopyWhere,
  kExecuteParameter,
};
std::string_view clause_name(Clause clause);  // "WHERE", "GROUP BY"

struct NamespaceColumn {
  std::string name;  // empty = dropped or hidden
  int rte = -1;      // what a reference becomes: for joins the underlying column where there is one
  AttrNumber attno = 0;
  TypeRef type;
};

// A FROM item that names can refer to.
struct NamespaceItem {
  int rte = -1;
  std::string alias;  // empty: cannot be referred to by name
  std::vector<NamespaceColumn> columns;
  bool relation_visible = true;  // alias.column
  bool columns_visible = true;   // column
  bool lateral_only = false;     // visible only to LATERAL items
  bool lateral_ok = true;        // ... and may they
};
using Namespace = std::vector<NamespaceItem>;

// The views whose queries are being bound, innermost first.
struct ViewChain {
  Oid view;
  const ViewChain* outer;
};

struct SharedState {
  const AnalyzeContext& context;
  std::vector<TypeId> own_parameters;
  std::vector<TypeId>* parameters;
  Arena arena;  // scratch for constants
  const ViewChain* views = nullptr;
  size_t* expanded_views;  // of the whole statement
  bool expand_views = true;  // see analyze_definition()
  LiteralParameters* literals = nullptr;  // only while the statement's own text is bound
};

struct ParseState {
  ParseState(SharedState& s, ParseState* p) : shared(s), parent(p), query(std::make_shared<Query>()) {}
  SharedState& shared;
  ParseState* parent;
  std::shared_ptr<Query> query;
  Namespace names;
  std::vector<size_t> visible_ctes;  // indexes into query->ctes that FROM may use
  CommonTableExpr* parent_cte = nullptr;  // set while the body of a recursive CTE is bound
  Clause clause = Clause::kNone;
  bool lateral_active = false;
  bool resolve_unknowns = true;   // SELECT output columns of type unknown become text
  // Windows: definitions of the WINDOW clause, then those written in OVER, in PostgreSQL's order.
  std::vector<const ast::WindowDef*> window_defs;
  // Sources of SET (a, b) = (...) already bound in this statement.
  std::vector<std::vector<ExprPtr>> multi_assign;
  ExprPtr last_srf;  // last set-returning call bound, to detect nesting
  const Catalog& catalog() const { return *shared.context.catalog; }
};

// --- scope.cc: names
const NamespaceItem* find_item(ParseState& state, std::string_view schema, std::string_view name, int location,
                               int* levels_up);  // null = none; 42P09 when ambiguous
ExprPtr column_of_item(ParseState& state, const NamespaceItem& item, int levels_up, std::string_view column,
                       int location);  // null = none; also system columns
ExprPtr find_column(ParseState& state, std::string_view column, int location);  // unqualified; null = none
ExprPtr whole_row(ParseState& state, const NamespaceItem& item, int levels_up, int location);
[[noreturn]] void throw_missing_item(ParseState& state, const std::string& name, int location);
[[noreturn]] void throw_missing_column(ParseState& state, const std::string& qualifier, const std::string& column,
                                       int location);
ExprPtr make_var(int rte, AttrNumber attno, TypeRef type, int levels_up, int location);
// The parse state `levels_up` levels above.
ParseState& ancestor(ParseState& state, int levels_up);

// --- parameters.cc
// The parameter an integer literal stands for (LiteralParameters); null = it is a constant.
ExprPtr literal_parameter(ParseState& state, const ast::Const& node);

// --- bind_expr.cc
ExprPtr transform_expr(ParseState& state, const ast::Node& node, Clause clause);
ExprPtr transform(ParseState& state, const ast::Node* node);  // same clause; null -> null
ExprPtr transform_where(ParseState& state, const ast::Node* node, Clause clause, const char* construct);
// Name of an output column without AS (FigureColname); index name parts use it too.
std::string figure_column_name(const ast::Node& node);

// --- bind_operator.cc
ExprPtr make_operator(ParseState& state, const ast::Name& name, ExprPtr left, ExprPtr right, int location);
ExprPtr transform_a_expr(ParseState& state, const ast::AExpr& node);
ExprPtr make_row_comparison(ParseState& state, const ast::Name& name, const std::vector<ExprPtr>& left,
                            const std::vector<ExprPtr>& right, int location);
ExprPtr make_bool(BoolKind kind, std::vector<ExprPtr> args, int location);
// --- bind_sublink.cc
ExprPtr transform_sublink(ParseState& state, const ast::SubLink& node);
ExprPtr transform_row_sublink(ParseState& state, const ast::Name& op, const ast::RowExpr& left,
                              const ast::SubLink& right, int location);
// SET (a, b) = (SELECT ...): the link and one parameter per column.
std::vector<ExprPtr> transform_multi_expr(ParseState& state, const ast::SubLink& node, int column_count);

// --- bind_function.cc, bind_aggregate.cc
ExprPtr transform_func_call(ParseState& state, const ast::FuncCall& node);
ExprPtr make_function_call(ParseState& state, std::string_view name, std::vector<ExprPtr> args, int location);
void check_srf_allowed(ParseState& state, int location);
struct AggregateParts {
  const FunctionDef* function;
  TypeId result;
  std::vector<ExprPtr> args;
};
ExprPtr finish_aggregate(ParseState& state, const ast::FuncCall& node, AggregateParts parts, ExprPtr filter,
                         std::vector<ExprPtr> order_exprs);
ExprPtr finish_window_call(ParseState& state, const ast::FuncCall& node, AggregateParts parts, ExprPtr filter);
ExprPtr transform_grouping(ParseState& state, const ast::GroupingFunc& node);
bool is_ordered_set_aggregate(const FunctionDef& function);

// --- bind_container.cc
ExprPtr transform_array(ParseState& state, const ast::ArrayExpr& node, TypeId array_type, TypeId element_type,
                        TypeRef cast_target);
ExprPtr transform_indirection(ParseState& state, const ast::Indirection& node);
ExprPtr transform_subscripts(ParseState& state, ExprPtr container, const std::vector<const ast::Indices*>& subscripts,
                             ExprPtr assign, int location);
ExprPtr field_of(ParseState& state, const ExprPtr& record, const std::string& field, int location);  // null = none
struct RecordField {
  std::string name;
  TypeRef type;
};
// Fields of a record-typed expression; false = not known at bind time.
bool record_fields(ParseState& state, const ExprPtr& record, std::vector<RecordField>& out);

// --- bind_from.cc
void transform_from(ParseState& state, const ast::NodeList& from);
int add_relation(ParseState& state, const ast::RangeVar& name, RelationPtr relation);  // no namespace entry
int add_subquery(ParseState& state, QueryPtr query, const ast::Alias& alias, bool lateral);
NamespaceItem item_for(const ParseState& state, int rte);
void apply_column_aliases(RangeTableEntry& rte, const ast::Alias& alias, std::string_view what, int location);
RelationPtr open_relation(ParseState& state, const ast::RangeVar& name);
QueryPtr view_query(ParseState& state, const RelationDesc& view);

// --- bind_target.cc
TargetEntry transform_target(ParseState& state, const ast::ResTarget& target, Clause clause);
std::vector<TargetEntry> transform_targets(ParseState& state, const std::vector<std::unique_ptr<ast::ResTarget>>& list,
                                           Clause clause);
std::vector<ExprPtr> transform_expressions(ParseState& state, const ast::NodeList& list, Clause clause,
                                           bool allow_default);
void resolve_unknown_targets(ParseState& state, std::vector<TargetEntry>& targets);
void mark_origins(const ParseState& state, std::vector<TargetEntry>& targets);
// One column of INSERT / UPDATE SET: coerced to the column's type.
ExprPtr transform_assigned(ParseState& state, ExprPtr expr, const RelationDesc& relation, AttrNumber attno,
                           const ast::NodeList& indirection, Clause clause, int location);
AttrNumber attribute_number(const RelationDesc& relation, std::string_view name);  // 0 = none, < 0 system

// --- bind_sort.cc
std::vector<SortGroupClause> transform_order_by(ParseState& state,
                                                const std::vector<std::unique_ptr<ast::SortBy>>& list,
                                                std::vector<TargetEntry>& targets, Clause clause, bool sql99);
void transform_group_by(ParseState& state, const ast::SelectStmt& select, std::vector<TargetEntry>& targets);
std::vector<SortGroupClause> transform_group_list(ParseState& state, const ast::NodeList& list,
                                                  std::vector<TargetEntry>& targets, Clause clause, bool sql99);
std::vector<SortGroupClause> transform_distinct(ParseState& state, std::vector<TargetEntry>& targets,
                                                const std::vector<SortGroupClause>& order_by, int location);
std::vector<SortGroupClause> transform_distinct_on(ParseState& state, const ast::NodeList& on,
                                                   std::vector<TargetEntry>& targets,
                                                   const std::vector<SortGroupClause>& order_by);
int assign_sort_ref(TargetEntry& target, std::vector<TargetEntry>& targets);
SortGroupClause group_clause_for(const TargetEntry& target, int location);
const TargetEntry& target_of(const SortGroupClause& clause, const std::vector<TargetEntry>& targets);
// --- bind_window.cc
void transform_windows(ParseState& state, std::vector<TargetEntry>& targets);
ExprPtr transform_limit(ParseState& state, const ast::Node* node, Clause clause, const char* construct, bool with_ties);

// --- bind_select.cc, bind_setop.cc, bind_cte.cc
std::shared_ptr<Query> transform_select(ParseState& state, const ast::SelectStmt& select);
std::shared_ptr<Query> transform_values(ParseState& state, const ast::SelectStmt& select);
std::shared_ptr<Query> transform_set_operation(ParseState& state, const ast::SelectStmt& select);
void transform_with(ParseState& state, const ast::WithClause* with);
void bind_recursive_columns(ParseState& state, const std::vector<TargetEntry>& left);
void transform_locking(ParseState& state, const std::vector<std::unique_ptr<ast::LockingClause>>& clauses);
// A query of its own below `parent` (null: independent of outer names).
std::shared_ptr<Query> transform_subquery(ParseState& parent, const ast::Node& statement, bool resolve_unknowns,
                                          CommonTableExpr* cte = nullptr);
std::shared_ptr<Query> transform_statement(ParseState& state, const ast::Node& statement);

// --- bind_insert.cc, bind_modify.cc
std::shared_ptr<Query> transform_insert(ParseState& state, const ast::InsertStmt& insert);
std::shared_ptr<Query> transform_update(ParseState& state, const ast::UpdateStmt& update);
std::shared_ptr<Query> transform_delete(ParseState& state, const ast::DeleteStmt& statement);
std::vector<TargetEntry> transform_update_targets(ParseState& state, const RelationDesc& relation,
                                                  const std::vector<std::unique_ptr<ast::ResTarget>>& list);
void check_modifiable(ParseState& state, const RelationDesc& relation, Command command);
ExprPtr default_expression(ParseState& state, const RelationDesc& relation, AttrNumber attno);

// --- check_grouping.cc
void check_grouping(ParseState& state);

// --- parameters.cc
ExprPtr transform_param(ParseState& state, const ast::ParamRef& node);
// null: not a parameter of unknown type.
ExprPtr coerce_param(ParseState& state, const ExprPtr& expr, TypeRef target, int location);
void finish_parameters(ParseState& state, const Query& query);

// --- type_name.cc
TypeRef resolve_type(ParseState& state, const ast::TypeName& name);
TypeRef resolve_type(const ast::TypeName& name, const AnalyzeContext& context);
// --- shared small helpers
std::string join_name(const ast::Name& name);
OperatorName operator_name(const ParseState& state, const ast::Name& name, int location);
// A schema in front of a type, function or operator: 3F000 when there is none, 42501 without USAGE.
void check_written_schema(const AnalyzeContext& context, const std::string& schema, int location);

}  // namespace vecino::sql::analysis

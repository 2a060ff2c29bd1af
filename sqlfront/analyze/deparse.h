#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/analyze/query.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/catalog/name_scope.h"

namespace vecino::sql {

// How a text names what lives in a schema. Texts of the catalog (the default) leave away every schema but a relation's;
// what a session sees has the schemas that its search path makes necessary.
struct TextNames {
  static TextNames of_session(EvalEnvironment& env);
  NameScope names;
  std::vector<Oid> path{well_known_oid::kPgCatalog, well_known_oid::kPublic};
  EvalEnvironment* env = nullptr;  // for output functions that ask for settings or names
};

// PostgreSQL's ruleutils spelling of expressions. Subclasses name what depends on the place of use. One use at a time.
class ExprDeparser {
 public:
  // kFull: every operator in parentheses (pg_get_expr, EXPLAIN); kPretty: only where needed.
  enum class Parens : uint8_t { kFull, kPretty };
  explicit ExprDeparser(const Catalog* catalog, Parens parens = Parens::kFull, TextNames names = {})
      : catalog_(catalog), parens_(parens), names_(std::move(names)) {}
  virtual ~ExprDeparser() = default;

  std::string text(const ExprPtr& expr);  // implicit casts of the top are not shown

 protected:
  virtual std::string var_name(const VarExpr& var) = 0;
  virtual std::string input_name(const InputExpr& input);
  virtual std::string param_name(const ParamExpr& param);
  virtual std::string subquery_text(const SubLinkExpr& link);  // without the surrounding parentheses
  virtual std::string subplan_text(const SubPlanExpr& plan);
  virtual std::string window_text(const WindowExpr& window);   // after OVER
  virtual std::string case_indent() { return " "; }            // before CASE's parts; views put them on lines
  virtual std::string case_end_indent() { return " "; }

  enum class Casts : uint8_t { kHideImplicit, kShow };
  void append(const ExprPtr& expr, Casts casts);
  void append_parenthesized(const ExprPtr& expr, Casts casts, const Expr& parent);
  void append_list(const std::vector<ExprPtr>& list, Casts casts);

  std::string out_;
  const Catalog* catalog_;
  Parens parens_;
  TextNames names_;
  std::string type_text(TypeRef type) const { return format_type(type, names_.names); }
  std::string function_text(const FunctionDef& function) const;
  std::string operator_text(const OperatorDef* op) const;  // OPERATOR(s.+) where + alone would not be found
  int case_depth_ = 0;

 private:
  void append_const(const ConstExpr& e, int show_type);
  void append_coercion(const ExprPtr& arg, TypeRef type, const Expr& parent);
  void append_function(const FunctionExpr& e, Casts casts);
  bool append_sql_syntax(const FunctionExpr& e);
  void append_operator(const OperatorExpr& e);
  void append_aggregate(const AggregateExpr& e);
  void append_case(const CaseExpr& e);
  void append_sublink(const SubLinkExpr& e);
  void append_subscript(const SubscriptExpr& e);
  void append_simple(const ExprPtr& expr, Casts casts);
  bool needs_parens(const Expr& expr, const Expr& parent) const;
  void open();
  void close();
};

}  // namespace vecino::sql

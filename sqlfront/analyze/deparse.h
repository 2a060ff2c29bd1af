#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sqlfront/analyze/query.h"
#include "sqlfront/catalog/catalog.h"

namespace vecino::sql {

// PostgreSQL's ruleutils spelling of expressions. Subclasses name what depends on the place of use. One use at a time.
class ExprDeparser {
 public:
  // kFull: every operator in parentheses (pg_get_expr, EXPLAIN); kPretty: only where needed.
  enum class Parens : uint8_t { kFull, kPretty };
  explicit ExprDeparser(const Catalog* catalog, Parens parens = Parens::kFull) : catalog_(catalog), parens_(parens) {}
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

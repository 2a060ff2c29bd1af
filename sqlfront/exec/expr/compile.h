#pragma once

#include "sqlfront/exec/expr/evaluator.h"

namespace vecino::sql {

// One maker per expression family; compile.cc has the table.
EvaluatorPtr make_basic_evaluator(const ExprPtr& expr);      // const, param, input, relabel, tests, case test, SQL values
EvaluatorPtr make_function_evaluator(const ExprPtr& expr);   // function, operator, distinct, nullif
EvaluatorPtr make_logic_evaluator(const ExprPtr& expr);      // AND/OR/NOT, CASE, COALESCE, GREATEST/LEAST, row comparison
EvaluatorPtr make_container_evaluator(const ExprPtr& expr);  // arrays, rows, subscripts, fields
EvaluatorPtr make_coercion_evaluator(const ExprPtr& expr);   // CoerceViaIO, ArrayCoerce
EvaluatorPtr make_array_op_evaluator(const ExprPtr& expr);   // op ANY/ALL (array)
EvaluatorPtr make_subplan_evaluator(const ExprPtr& expr);

// Null-safe comparison of two values of one type with its default order. Throws 42883 when the type has none.
int compare_values(const TypeInfo& type, const Datum& left, const Datum& right);

// A function with its call context, for callers that loop themselves. Strictness is handled here.
class BoundFunction {
 public:
  BoundFunction(const FunctionDef& function, std::vector<Oid> arg_types, TypeRef result, int location,
                bool variadic_call = false);
  BoundFunction(BoundFunction&&) noexcept = default;  // the context's span follows the vector's heap block
  Datum call(RunState& run, Arena& arena, const Datum* args);
  const FunctionDef& def() const { return *function_; }
  // Ready for `rows` calls in a row; the caller checks strictness.
  CallContext& context(RunState& run, Arena& arena) {
    context_.arena = &arena;
    context_.env = run.context.env;
    return context_;
  }

 private:
  const FunctionDef* function_;
  std::vector<Oid> arg_types_;
  CallContext context_;
};
const FunctionDef& function_of(const OperatorDef& op);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/exec/expr/evaluator.h"

namespace vecino::sql {

// A call of a function that returns a set (or, in FROM, of any expression: one row), restartable. Bytes of the rows live
// in the arena given to next(); arguments must outlive the iteration.
class SetCall {
 public:
  // column_count: columns of one row; a record result is spread over them when there is more than one.
  SetCall(const ExprPtr& call, size_t column_count);
  // Evaluates the arguments over row `r` of the input (null for none).
  void start(RunState& run, Arena& argument_arena, const Datum* const* input, uint32_t r);
  // False = end; `out` then is untouched.
  bool next(RunState& run, Arena& arena, std::span<Datum> out);
  void stop();

 private:
  ExprPtr expr_;
  const FunctionDef* function_ = nullptr;  // null: a plain expression
  std::vector<EvaluatorPtr> args_;
  EvaluatorPtr scalar_;
  std::vector<Oid> arg_types_;
  size_t column_count_;
  std::unique_ptr<RowProducer> producer_;
  std::vector<Datum> values_;
  Datum scalar_value_ = Datum::null();
  bool scalar_pending_ = false;
};

// The set-returning call at the top of a target, or null.
const FunctionExpr* set_call_of(const ExprPtr& expr);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/exec/expr/evaluator.h"

namespace vecino::sql {

// A call of a function that returns a set (or, in FROM, of any expression: one row), restartable. Bytes of the rows live
// in the arena given to next(); arguments must outlive the iteration.
class SetCall {
 public:
  enum class Shape : uint8_t {
    kValue,   // in a select list: one datum, a record when the function's rows have several columns
    kColumns  // in FROM: the columns of the row
  };
  SetCall(const ExprPtr& call, Shape shape, std::span<const TypeRef> columns = {});
  // Evaluates the arguments over row `r` of the input (null for none).
  void start(RunState& run, Arena& argument_arena, const Datum* const* input, uint32_t r);
  // False = end; `out` then is untouched.
  bool next(RunState& run, Arena& arena, std::span<Datum> out);
  void stop();

 private:
  bool next_row(CallContext& context, std::span<Datum> out);
  void spread(const Datum& value, std::span<Datum> out) const;
  ExprPtr expr_;
  const FunctionDef* function_ = nullptr;  // null: a plain expression
  std::vector<EvaluatorPtr> args_;
  EvaluatorPtr scalar_;
  std::vector<Oid> arg_types_;
  Shape shape_;
  std::vector<TypeRef> columns_;  // kColumns
  bool is_record_;                // a row is one datum, a record that describes itself
  // kValue, rows of several columns.
  std::vector<TypeId> packed_types_;
  std::vector<std::string> packed_names_;
  std::vector<Datum> packed_row_;
  std::unique_ptr<RowProducer> producer_;
  std::vector<Datum> values_;
  Datum scalar_value_ = Datum::null();
  bool scalar_pending_ = false;
};

// The set-returning call at the top of a target, or null.
const FunctionExpr* set_call_of(const ExprPtr& expr);

}  // namespace vecino::sql

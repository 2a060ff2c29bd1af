#pragma once

#include <memory>
#include <vector>

#include "sqlfront/analyze/expr.h"
#include "sqlfront/exec/run_state.h"

namespace vecino::sql {

// Values of an expression for a set of rows: value i is data[i * step]; step 0 = the same value for every row, so
// constants and parameters are never copied per row.
struct Column {
  const Datum* data = nullptr;
  size_t step = 1;
  const Datum& operator[](size_t i) const { return data[i * step]; }
  bool is_constant() const { return step == 0; }
};

// The rows an expression is evaluated for. `selection` picks rows of the input columns (null = rows 0..rows-1); results
// are dense: value i belongs to the i-th selected row. Operators that must not touch a row (short circuit) narrow the
// selection, so an error in a row that SQL does not evaluate is never raised.
struct Frame {
  RunState* run = nullptr;
  Arena* arena = nullptr;  // results and scratch; lives as long as the results are used
  const Datum* const* input = nullptr;
  const uint32_t* selection = nullptr;
  size_t rows = 0;         // evaluate() is never called with 0 rows
  Column case_test;        // value of the innermost CaseTestExpr, dense like results

  Datum* allocate(size_t count) const {
    return reinterpret_cast<Datum*>(arena->allocate(count * sizeof(Datum), alignof(Datum)));
  }
  // The frame restricted to the given dense positions.
  Frame narrowed(const uint32_t* positions, size_t count) const;
};

// A compiled expression node. Holds no row state between calls except caches; not thread-safe.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  virtual Column evaluate(Frame& frame) = 0;
  // The same, dense into out[0..rows). Default: evaluate and copy.
  virtual void evaluate_into(Frame& frame, Datum* out);
  // Value known without a row: constants and parameters.
  virtual bool is_constant() const { return false; }
};
using EvaluatorPtr = std::unique_ptr<Evaluator>;

EvaluatorPtr compile(const ExprPtr& expr);
std::vector<EvaluatorPtr> compile_all(const std::vector<ExprPtr>& exprs);

// One row, one value. Bytes in frame.arena or older.
Datum evaluate_one(Evaluator& evaluator, RunState& run, Arena& arena, const Datum* const* input = nullptr);

// Selects the rows for which every conjunct is true (NULL counts as false). Conjuncts run left to right over the rows
// that are left, as PostgreSQL's ExecQual does.
class Filter {
 public:
  explicit Filter(const ExprPtr& conjunction);
  bool empty() const { return conjuncts_.empty(); }
  // Dense positions that pass, ascending, into selected[0..rows). Returns how many.
  size_t select(const Frame& frame, uint32_t* selected);
  // For one row.
  bool passes(Frame frame);

 private:
  std::vector<EvaluatorPtr> conjuncts_;
};

}  // namespace vecino::sql

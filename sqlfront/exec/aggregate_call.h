#pragma once

#include <memory>
#include <vector>

#include "sqlfront/exec/expr/evaluator.h"
#include "sqlfront/exec/tuple_store.h"

namespace vecino::sql {

// One aggregate of an Aggregate or WindowAgg node: arguments, FILTER, DISTINCT, ORDER BY and WITHIN GROUP around an
// AggregateKernel. States are plain memory of state_size() bytes per group, 8-aligned; the caller keeps them.
class AggregateCall {
 public:
  AggregateCall(const AggregateExpr& expr, RunState& run);
  // As a window function: no DISTINCT, no ORDER BY.
  AggregateCall(const WindowExpr& expr, RunState& run);

  size_t state_size() const { return state_size_; }
  void init(char* state) const;
  void destroy(char* state) const;
  // Evaluates filter and arguments for a batch of input rows; then step() takes single rows of it.
  void prepare(const Frame& frame);
  void step(char* state, size_t row);
  // Adds what another state of the same aggregate has seen. REQUIRES: the kernel combines, and the call has no order of its own.
  void combine(char* state, const char* other);
  // The result; the state stays usable only for destroy().
  Datum finish(char* state, Arena& arena);

 private:
  // Groups of an aggregate with its own order keep their rows here until the end.
  struct Buffer;
  void setup(const FunctionDef& function, const std::vector<ExprPtr>& args, const ExprPtr& filter, TypeRef type,
             int location);
  void setup_order(const AggregateExpr& expr);
  bool is_buffered() const { return comparator_ != nullptr; }
  void step_kernel(char* state, const Datum* args);
  Datum finish_buffered(Buffer& buffer, Arena& arena);

  RunState& run_;
  const FunctionDef* function_ = nullptr;
  const AggregateKernel* kernel_ = nullptr;
  std::vector<EvaluatorPtr> args_;
  EvaluatorPtr filter_;
  std::vector<Oid> arg_types_;
  CallContext context_;
  size_t state_size_ = 0;

  // Buffered aggregates: rows are [arguments, order expressions].
  std::unique_ptr<RowComparator> comparator_;
  std::vector<TypeRef> row_types_;
  size_t arg_count_ = 0;
  bool distinct_ = false;

  // Of the prepared batch.
  std::vector<Column> columns_;
  std::vector<char> passes_;
  bool all_pass_ = true;
  Arena* scratch_ = nullptr;
  std::vector<Datum> row_;
};

}  // namespace vecino::sql

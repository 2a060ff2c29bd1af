#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/exec/operator.h"

namespace vecino::sql {
namespace {

bool is_modifying(const PlanNode& node) { return node.kind == PlanKind::kModifyTable; }

class PlanExecution final : public Execution {
 public:
  PlanExecution(PhysicalPlanPtr plan, ExecContext context) : run_(std::move(plan), std::move(context)) {
    // Counters exist from the start, so that EXPLAIN ANALYZE finds "never executed" nodes with loops = 0.
    root_ = make_operator(*run_.plan->root, run_);
  }
  bool next(Batch& out, size_t max) override {
    if (!finished_ && root_->next(out, std::min(max, kBatchRows))) return true;
    if (!finished_) {
      finished_ = true;
      finish_modifying_ctes();
    }
    out.rows = 0;
    return false;
  }
  uint64_t rows_affected() const override { return run_.rows_affected; }
  void rewind() override {
    finished_ = false;
    root_->rescan();
  }
  const NodeInstrumentation* instrumentation(const PlanNode& node) const override {
    auto it = run_.instrumentation.find(&node);
    return it == run_.instrumentation.end() ? nullptr : it->second.get();
  }

 private:
  // Data-modifying statements in WITH run exactly once and to completion, whether the query reads them or not (manual
  // 7.8.4).
  void finish_modifying_ctes() {
    const auto& subplans = run_.plan->subplans;
    for (size_t id = 0; id < subplans.size(); ++id) {
      if (subplans[id].plan == nullptr || !is_modifying(*subplans[id].plan)) continue;
      run_.subplan(static_cast<int>(id)).cte_rows(SIZE_MAX);
    }
  }
  RunState run_;
  std::unique_ptr<Operator> root_;
  bool finished_ = false;
};

class ReusableExpr final : public CompiledExpr {
 public:
  explicit ReusableExpr(const ExprPtr& expr) : evaluator_(compile(expr)) {}
  void evaluate(ExecContext& context, const Datum* const* input, size_t rows, Datum* out, Arena& arena) override {
    if (rows == 0) return;
    RunState run(nullptr, context);
    Frame frame;
    frame.run = &run;
    frame.arena = &arena;
    frame.input = input;
    frame.rows = rows;
    evaluator_->evaluate_into(frame, out);
  }

 private:
  EvaluatorPtr evaluator_;
};

}  // namespace

std::unique_ptr<Execution> start_execution(PhysicalPlanPtr plan, ExecContext context) {
  return std::make_unique<PlanExecution>(std::move(plan), std::move(context));
}

Datum evaluate_constant(const ExprPtr& expr, ExecContext& context, Arena& arena) {
  RunState run(nullptr, context);
  EvaluatorPtr evaluator = compile(expr);
  return evaluate_one(*evaluator, run, arena);
}

std::unique_ptr<CompiledExpr> compile_expr(const ExprPtr& expr) { return std::make_unique<ReusableExpr>(expr); }

}  // namespace vecino::sql

#include <algorithm>

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/exec/modify/foreign_key_events.h"
#include "sqlfront/exec/modify/row_lock.h"
#include "sqlfront/exec/operator.h"

namespace vecino::sql {
namespace {

bool is_modifying(const PlanNode& node) { return node.kind == PlanKind::kModifyTable; }

// Whether a row lock wait inside the plan may ask for another run of the statement (see StatementRestart).
bool may_restart(const PlanNode& node) {
  if (node.kind == PlanKind::kLockRows) return true;
  if (is_modifying(node) && !static_cast<const ModifyTableNode&>(node).recheck) return true;
  for (const auto& child : node.children) {
    if (may_restart(*child)) return true;
  }
  return false;
}

class PlanExecution final : public Execution {
 public:
  PlanExecution(PhysicalPlanPtr plan, ExecContext context) : plan_(std::move(plan)), context_(std::move(context)) {
    may_restart_ = !plan_->read_only && context_.txn != nullptr && may_restart_anywhere();
    build();
  }
  bool next(Batch& out, size_t max) override {
    if (finished_) {
      out.rows = 0;
      return false;
    }
    max = std::min(max, kBatchRows);
    if (may_restart_ && !started_) return first_next(out, max);
    started_ = true;
    return advance(out, max);
  }
  uint64_t rows_affected() const override { return run_->rows_affected; }
  void rewind() override {
    finished_ = false;
    root_->rescan();
  }
  const NodeInstrumentation* instrumentation(const PlanNode& node) const override {
    auto it = run_->instrumentation.find(&node);
    return it == run_->instrumentation.end() ? nullptr : it->second.get();
  }

 private:
  void build() {
    root_.reset();
    run_ = std::make_unique<RunState>(plan_, context_);
    root_ = make_operator(*plan_->root, *run_);
  }
  bool may_restart_anywhere() const {
    if (may_restart(*plan_->root)) return true;
    for (const SubplanInfo& subplan : plan_->subplans) {
      if (subplan.plan != nullptr && may_restart(*subplan.plan)) return true;
    }
    return false;
  }
  bool advance(Batch& out, size_t max) {
    try {
      if (root_->next(out, max)) return true;
      finished_ = true;
      finish_modifying_ctes();
    } catch (const StatementRestart&) {
      // Rows of this run were already handed out, so it cannot start over.
      throw SqlError(sqlstate::kSerializationFailure, "could not serialize access due to concurrent update");
    }
    check_foreign_keys();
    out.rows = 0;
    return false;
  }
  // READ COMMITTED: until the first batch is out, the statement can run again under a fresh snapshot. Locks taken so far
  // are kept by a statement that only locks; one that wrote is rolled back to its start.
  bool first_next(Batch& out, size_t max) {
    storage::Transaction& txn = *context_.txn;
    const size_t mark = context_.foreign_keys != nullptr ? context_.foreign_keys->mark() : 0;
    for (;;) {
      storage::SavepointId savepoint = txn.savepoint();
      try {
        bool more = root_->next(out, max);
        if (!more) {
          finished_ = true;
          finish_modifying_ctes();
          out.rows = 0;
        }
        txn.release(savepoint);
        started_ = true;
        if (!more) check_foreign_keys();
        return more;
      } catch (const StatementRestart&) {
        if (context_.foreign_keys != nullptr) context_.foreign_keys->forget_after(mark);
        if (!writes()) {
          txn.release(savepoint);
        } else {
          txn.rollback_to(savepoint);
          txn.release(savepoint);
        }
      }
      run_->check_cancel();
      txn.refresh_snapshot();
      build();
    }
  }
  bool writes() const {
    const auto& subplans = plan_->subplans;
    return plan_->command != Command::kSelect ||
           std::any_of(subplans.begin(), subplans.end(),
                       [](const SubplanInfo& info) { return info.plan != nullptr && is_modifying(*info.plan); });
  }
  // Data-modifying statements in WITH run exactly once and to completion, whether the query reads them or not (manual
  // 7.8.4). The last one first, as PostgreSQL does: it may read earlier ones, which then run as it asks for their rows.
  void finish_modifying_ctes() {
    const auto& subplans = plan_->subplans;
    for (size_t id = subplans.size(); id-- > 0;) {
      if (subplans[id].plan == nullptr || !is_modifying(*subplans[id].plan)) continue;
      run_->subplan(static_cast<int>(id)).cte_rows(SIZE_MAX);
    }
  }
  void check_foreign_keys() {
    if (!plan_->read_only && context_.foreign_keys != nullptr) context_.foreign_keys->fire(context_);
  }
  PhysicalPlanPtr plan_;
  ExecContext context_;
  std::unique_ptr<RunState> run_;
  std::unique_ptr<Operator> root_;
  bool may_restart_ = false, started_ = false, finished_ = false;
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

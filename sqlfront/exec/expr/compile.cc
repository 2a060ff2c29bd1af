#include "sqlfront/exec/expr/compile.h"

#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/typed_datum.h"

namespace vecino::sql {

Frame Frame::narrowed(const uint32_t* positions, size_t count) const {
  Frame result = *this;
  if (count == rows) return result;  // positions are ascending and distinct: all rows
  auto* picked = reinterpret_cast<uint32_t*>(arena->allocate(count * sizeof(uint32_t), alignof(uint32_t)));
  for (size_t i = 0; i < count; ++i) picked[i] = selection ? selection[positions[i]] : positions[i];
  result.selection = picked;
  result.rows = count;
  if (case_test.data != nullptr && case_test.step != 0) {
    Datum* values = allocate(count);
    for (size_t i = 0; i < count; ++i) values[i] = case_test[positions[i]];
    result.case_test = {values, 1};
  }
  return result;
}

void Evaluator::evaluate_into(Frame& frame, Datum* out) {
  Column column = evaluate(frame);
  for (size_t i = 0; i < frame.rows; ++i) out[i] = column[i];
}

namespace {

// Between every two expressions in builds with assertions: what comes out has the type that the expression declares.
class TypedEvaluator final : public Evaluator {
 public:
  TypedEvaluator(EvaluatorPtr inner, TypeId type) : inner_(std::move(inner)), type_(type) {}
  Column evaluate(Frame& frame) override {
    Column result = inner_->evaluate(frame);
    expect_type(result.data, result.is_constant() ? 1 : frame.rows, type_, kWhere);
    if (result.is_constant()) return result;  // shared with others: not ours to write to
    Datum* typed = frame.allocate(frame.rows);
    std::copy(result.data, result.data + frame.rows, typed);
    give_type(typed, frame.rows, type_, kWhere);
    return {typed, 1};
  }
  void evaluate_into(Frame& frame, Datum* out) override {
    inner_->evaluate_into(frame, out);
    give_type(out, frame.rows, type_, kWhere);
  }
  bool is_constant() const override { return inner_->is_constant(); }

 private:
  static constexpr std::string_view kWhere = "result of an expression";
  EvaluatorPtr inner_;
  TypeId type_;
};

EvaluatorPtr compile_node(const ExprPtr& expr);

}  // namespace

EvaluatorPtr compile(const ExprPtr& expr) {
  check_recursion();
  if constexpr (kTypedDatums) return std::make_unique<TypedEvaluator>(compile_node(expr), expr->type.id);
  return compile_node(expr);
}

namespace {

EvaluatorPtr compile_node(const ExprPtr& expr) {
  switch (expr->kind) {
    case ExprKind::kConst:
    case ExprKind::kParam:
    case ExprKind::kInput:
    case ExprKind::kRelabel:
    case ExprKind::kCollate:
    case ExprKind::kNullTest:
    case ExprKind::kBooleanTest:
    case ExprKind::kCaseTest:
    case ExprKind::kSqlValue:
      return make_basic_evaluator(expr);
    case ExprKind::kFunction:
    case ExprKind::kOperator:
    case ExprKind::kDistinct:
    case ExprKind::kNullIf:
      return make_function_evaluator(expr);
    case ExprKind::kBool:
    case ExprKind::kCase:
    case ExprKind::kCoalesce:
    case ExprKind::kMinMax:
    case ExprKind::kRowCompare:
      return make_logic_evaluator(expr);
    case ExprKind::kArray:
    case ExprKind::kRow:
    case ExprKind::kFieldSelect:
    case ExprKind::kSubscript:
      return make_container_evaluator(expr);
    case ExprKind::kCoerceViaIO:
    case ExprKind::kArrayCoerce:
      return make_coercion_evaluator(expr);
    case ExprKind::kScalarArrayOp:
      return make_array_op_evaluator(expr);
    case ExprKind::kSubPlan:
      return make_subplan_evaluator(expr);
    case ExprKind::kVar:
    case ExprKind::kSubLink:
    case ExprKind::kAggregate:
    case ExprKind::kWindow:
    case ExprKind::kGrouping:
    case ExprKind::kSetToDefault:
      break;
  }
  throw SqlError(sqlstate::kInternalError,
                 "unplanned expression node of kind " + std::to_string(static_cast<int>(expr->kind)), expr->location);
}

}  // namespace

std::vector<EvaluatorPtr> compile_all(const std::vector<ExprPtr>& exprs) {
  std::vector<EvaluatorPtr> result;
  result.reserve(exprs.size());
  for (const ExprPtr& expr : exprs) result.push_back(compile(expr));
  return result;
}

Datum evaluate_one(Evaluator& evaluator, RunState& run, Arena& arena, const Datum* const* input) {
  Frame frame;
  frame.run = &run;
  frame.arena = &arena;
  frame.input = input;
  frame.rows = 1;
  return evaluator.evaluate(frame)[0];
}

namespace {

void split_conjunction(const ExprPtr& expr, std::vector<EvaluatorPtr>& out) {
  check_stack_depth();
  if (const auto* logic = try_as<BoolExpr>(expr); logic != nullptr && logic->op == BoolKind::kAnd) {
    for (const ExprPtr& arg : logic->args) split_conjunction(arg, out);
    return;
  }
  out.push_back(compile(expr));
}

}  // namespace

Filter::Filter(const ExprPtr& conjunction) {
  if (conjunction) split_conjunction(conjunction, conjuncts_);
}

size_t Filter::select(const Frame& frame, uint32_t* selected) {
  size_t count = frame.rows;
  for (size_t i = 0; i < count; ++i) selected[i] = static_cast<uint32_t>(i);
  for (const EvaluatorPtr& conjunct : conjuncts_) {
    if (count == 0) break;
    Frame narrow = frame.narrowed(selected, count);
    Column verdict = conjunct->evaluate(narrow);
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      const Datum& value = verdict[i];
      selected[kept] = selected[i];
      kept += !value.is_null && value.boolean();
    }
    count = kept;
  }
  return count;
}

bool Filter::passes(Frame frame) {
  for (const EvaluatorPtr& conjunct : conjuncts_) {
    const Datum& value = conjunct->evaluate(frame)[0];
    if (value.is_null || !value.boolean()) return false;
  }
  return true;
}

}  // namespace vecino::sql

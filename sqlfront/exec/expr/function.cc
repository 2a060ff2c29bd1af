#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/typed_datum.h"

namespace vecino::sql {

BoundFunction::BoundFunction(const FunctionDef& function, std::vector<Oid> arg_types, TypeRef result, int location,
                             bool variadic_call)
    : function_(&function), arg_types_(std::move(arg_types)) {
  context_.arg_types = arg_types_;
  context_.result_type = result.id;
  context_.typmod = result.typmod;
  context_.location = location;
  context_.variadic_call = variadic_call;
  if constexpr (kTypedDatums) expect_arguments(function, arg_types_);
}

Datum BoundFunction::call(RunState& run, Arena& arena, const Datum* args) {
  if (function_->strict) {
    for (size_t a = 0; a < arg_types_.size(); ++a) {
      if (args[a].is_null) return Datum::null();
    }
  }
  return function_->row(context(run, arena), args);
}

const FunctionDef& function_of(const OperatorDef& op) {
  const FunctionDef* function = find_function(op.function);
  if (function == nullptr || (function->row == nullptr && function->batch == nullptr)) {
    throw SqlError(sqlstate::kFeatureNotSupported, "operator \"" + std::string(op.name) + "\" is not supported");
  }
  return *function;
}

namespace {

std::vector<Oid> types_of(const std::vector<ExprPtr>& args) {
  std::vector<Oid> types;
  types.reserve(args.size());
  for (const ExprPtr& arg : args) types.push_back(arg->type.id);
  return types;
}

// A call of a row or batch function: strictness, constant folding over a batch and argument gathering in one place.
class FunctionEvaluator final : public Evaluator {
 public:
  FunctionEvaluator(const FunctionDef& function, const std::vector<ExprPtr>& args, TypeRef type, int location,
                    bool variadic_call)
      : function_(function), call_(function, types_of(args), type, location, variadic_call), args_(compile_all(args)) {}

  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column* args = evaluate_args(frame);
    if (is_foldable(args)) {
      Datum* out = frame.allocate(1);
      run_rows(frame, args, out, 1);
      return {out, 0};
    }
    Datum* out = frame.allocate(frame.rows);
    run(frame, args, out);
    return {out, 1};
  }

  void evaluate_into(Frame& frame, Datum* out) override {
    Column* args = evaluate_args(frame);
    if (frame.rows > 1 && is_foldable(args)) {
      run_rows(frame, args, out, 1);
      std::fill(out + 1, out + frame.rows, out[0]);
      return;
    }
    run(frame, args, out);
  }

 private:
  Column* evaluate_args(Frame& frame) {
    auto* columns = reinterpret_cast<Column*>(frame.arena->allocate(args_.size() * sizeof(Column), alignof(Column)));
    for (size_t a = 0; a < args_.size(); ++a) columns[a] = args_[a]->evaluate(frame);
    return columns;
  }
  bool is_foldable(const Column* args) const {
    if (function_.volatility == Volatility::kVolatile) return false;
    for (size_t a = 0; a < args_.size(); ++a) {
      if (!args[a].is_constant()) return false;
    }
    return function_.row != nullptr;
  }
  void run(Frame& frame, const Column* args, Datum* out) {
    if (function_.row == nullptr || (function_.batch != nullptr && frame.rows >= 4)) {
      run_batch(frame, args, out);
    } else {
      run_rows(frame, args, out, frame.rows);
    }
  }
  void run_rows(Frame& frame, const Column* args, Datum* out, size_t rows) {
    CallContext& context = call_.context(*frame.run, *frame.arena);
    RowFunction row = function_.row;
    size_t count = args_.size();
    if (count == 2) return run_binary(context, row, args, out, rows);
    Datum small[8];
    Datum* values = count <= 8 ? small : frame.allocate(count);
    for (size_t i = 0; i < rows; ++i) {
      check_for_interrupts();  // one call may take long
      bool any_null = false;
      for (size_t a = 0; a < count; ++a) {
        values[a] = args[a][i];
        any_null |= values[a].is_null;
      }
      out[i] = any_null && function_.strict ? Datum::null() : row(context, values);
    }
  }
  void run_binary(CallContext& context, RowFunction row, const Column* args, Datum* out, size_t rows) {
    const Column left = args[0], right = args[1];
    Datum values[2];
    for (size_t i = 0; i < rows; ++i) {
      check_for_interrupts();
      values[0] = left[i];
      values[1] = right[i];
      out[i] = (values[0].is_null || values[1].is_null) && function_.strict ? Datum::null() : row(context, values);
    }
  }
  // Batch functions read plain arrays, so constant arguments are spread over the batch here (and only here).
  void run_batch(Frame& frame, const Column* args, Datum* out) {
    size_t count = args_.size();
    auto** arrays = reinterpret_cast<const Datum**>(frame.arena->allocate(count * sizeof(Datum*), alignof(Datum*)));
    for (size_t i = 0; i < frame.rows; ++i) out[i] = Datum::from_int(0);
    for (size_t a = 0; a < count; ++a) {
      if (args[a].is_constant()) {
        Datum* spread = frame.allocate(frame.rows);
        std::fill(spread, spread + frame.rows, args[a][0]);
        arrays[a] = spread;
      } else {
        arrays[a] = args[a].data;
      }
      if (!function_.strict) continue;
      for (size_t i = 0; i < frame.rows; ++i) out[i].is_null |= arrays[a][i].is_null;
    }
    function_.batch(call_.context(*frame.run, *frame.arena), arrays, frame.rows, out);
  }

  const FunctionDef& function_;
  BoundFunction call_;
  std::vector<EvaluatorPtr> args_;
};

// a IS DISTINCT FROM b: NULLs are comparable values.
class DistinctEvaluator final : public Evaluator {
 public:
  explicit DistinctEvaluator(const OperatorExpr& expr)
      : call_(*expr.function, types_of(expr.args), {type_id::kBool, -1}, expr.location),
        left_(compile(expr.args[0])), right_(compile(expr.args[1])) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column left = left_->evaluate(frame), right = right_->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) {
      Datum args[2] = {left[i], right[i]};
      bool distinct = args[0].is_null || args[1].is_null ? args[0].is_null != args[1].is_null
                                                         : !call_.call(*frame.run, *frame.arena, args).boolean();
      out[i] = Datum::from_bool(distinct);
    }
    return {out, 1};
  }

 private:
  BoundFunction call_;
  EvaluatorPtr left_, right_;
};

class NullIfEvaluator final : public Evaluator {
 public:
  explicit NullIfEvaluator(const OperatorExpr& expr)
      : call_(*expr.function, types_of(expr.args), {type_id::kBool, -1}, expr.location),
        left_(compile(expr.args[0])), right_(compile(expr.args[1])) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column left = left_->evaluate(frame), right = right_->evaluate(frame);
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) {
      Datum args[2] = {left[i], right[i]};
      bool equal = false;
      if (!args[0].is_null && !args[1].is_null) {
        Datum verdict = call_.call(*frame.run, *frame.arena, args);
        equal = !verdict.is_null && verdict.boolean();
      }
      out[i] = equal ? Datum::null() : args[0];
    }
    return {out, 1};
  }

 private:
  BoundFunction call_;
  EvaluatorPtr left_, right_;
};

EvaluatorPtr make_call(const FunctionDef* function, const std::vector<ExprPtr>& args, const Expr& expr, bool variadic) {
  if (function == nullptr || (function->row == nullptr && function->batch == nullptr)) {
    std::string name = function ? std::string(function->name) : "?";
    if (function != nullptr && function->set != nullptr) {
      throw SqlError(sqlstate::kFeatureNotSupported,
                     "set-valued function called in context that cannot accept a set", expr.location);
    }
    throw SqlError(sqlstate::kFeatureNotSupported, "function " + name + " is not supported", expr.location);
  }
  return std::make_unique<FunctionEvaluator>(*function, args, expr.type, expr.location, variadic);
}

}  // namespace

EvaluatorPtr make_function_evaluator(const ExprPtr& expr) {
  if (expr->kind == ExprKind::kFunction) {
    const auto& call = as<FunctionExpr>(*expr);
    return make_call(call.function, call.args, *expr, call.variadic_call);
  }
  const auto& op = as<OperatorExpr>(*expr);
  if (expr->kind == ExprKind::kDistinct) return std::make_unique<DistinctEvaluator>(op);
  if (expr->kind == ExprKind::kNullIf) return std::make_unique<NullIfEvaluator>(op);
  return make_call(op.function != nullptr ? op.function : find_function(op.op->function), op.args, *expr, false);
}

}  // namespace vecino::sql

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

int compare_values(const TypeInfo& type, const Datum& left, const Datum& right) {
  if (type.compare == nullptr) {
    throw SqlError(sqlstate::kUndefinedFunction,
                   "could not identify a comparison function for type " + format_type(type.id));
  }
  return type.compare(left, right);
}

namespace {

uint32_t* all_positions(const Frame& frame) {
  auto* positions = reinterpret_cast<uint32_t*>(frame.arena->allocate(frame.rows * sizeof(uint32_t), alignof(uint32_t)));
  for (size_t i = 0; i < frame.rows; ++i) positions[i] = static_cast<uint32_t>(i);
  return positions;
}

// AND and OR (manual 9.1): `decisive` ends the evaluation of a row; NULL only shows when nothing was decisive.
class AndOrEvaluator final : public Evaluator {
 public:
  explicit AndOrEvaluator(const BoolExpr& expr) : args_(compile_all(expr.args)), decisive_(expr.op == BoolKind::kOr) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Datum* out = frame.allocate(frame.rows);
    if (frame.rows == 1) {
      out[0] = evaluate_single(frame);
      return {out, 1};
    }
    std::fill(out, out + frame.rows, Datum::from_bool(!decisive_));
    uint32_t* open = all_positions(frame);
    size_t count = frame.rows;
    for (const EvaluatorPtr& arg : args_) {
      if (count == 0) break;
      Frame narrow = frame.narrowed(open, count);
      Column value = arg->evaluate(narrow);
      size_t kept = 0;
      for (size_t i = 0; i < count; ++i) {
        uint32_t row = open[i];
        const Datum& verdict = value[i];
        if (!verdict.is_null && verdict.boolean() == decisive_) {
          out[row] = Datum::from_bool(decisive_);
        } else {
          if (verdict.is_null) out[row] = Datum::null();
          open[kept++] = row;
        }
      }
      count = kept;
    }
    return {out, 1};
  }

 private:
  Datum evaluate_single(Frame& frame) {
    bool saw_null = false;
    for (const EvaluatorPtr& arg : args_) {
      Datum value = arg->evaluate(frame)[0];
      if (value.is_null) {
        saw_null = true;
      } else if (value.boolean() == decisive_) {
        return Datum::from_bool(decisive_);
      }
    }
    return saw_null ? Datum::null() : Datum::from_bool(!decisive_);
  }
  std::vector<EvaluatorPtr> args_;
  bool decisive_;
};

class NotEvaluator final : public Evaluator {
 public:
  explicit NotEvaluator(EvaluatorPtr arg) : arg_(std::move(arg)) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column arg = arg_->evaluate(frame);
    size_t count = arg.is_constant() ? 1 : frame.rows;
    Datum* out = frame.allocate(count);
    for (size_t i = 0; i < count; ++i) out[i] = arg[i].is_null ? Datum::null() : Datum::from_bool(!arg[i].boolean());
    return {out, arg.step};
  }

 private:
  EvaluatorPtr arg_;
};

class CaseEvaluator final : public Evaluator {
 public:
  explicit CaseEvaluator(const CaseExpr& expr) : otherwise_(expr.otherwise ? compile(expr.otherwise) : nullptr) {
    if (expr.arg) arg_ = compile(expr.arg);
    for (const CaseExpr::When& when : expr.whens) whens_.push_back({compile(when.condition), compile(when.result)});
  }
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Datum* out = frame.allocate(frame.rows);
    Frame tested = frame;
    if (arg_ != nullptr) tested.case_test = arg_->evaluate(frame);
    uint32_t* open = all_positions(frame);
    auto* hits = reinterpret_cast<uint32_t*>(frame.arena->allocate(frame.rows * sizeof(uint32_t), alignof(uint32_t)));
    size_t count = frame.rows;
    for (const When& when : whens_) {
      if (count == 0) break;
      Frame narrow = tested.narrowed(open, count);
      Column verdict = when.condition->evaluate(narrow);
      size_t kept = 0, hit_count = 0;
      for (size_t i = 0; i < count; ++i) {
        bool hit = !verdict[i].is_null && verdict[i].boolean();
        (hit ? hits[hit_count++] : open[kept++]) = open[i];
      }
      count = kept;
      scatter(frame, *when.result, hits, hit_count, out);
    }
    if (otherwise_ != nullptr) {
      scatter(frame, *otherwise_, open, count, out);
    } else {
      for (size_t i = 0; i < count; ++i) out[open[i]] = Datum::null();
    }
    return {out, 1};
  }

 private:
  struct When {
    EvaluatorPtr condition, result;
  };
  static void scatter(const Frame& frame, Evaluator& result, const uint32_t* rows, size_t count, Datum* out) {
    if (count == 0) return;
    Frame narrow = frame.narrowed(rows, count);
    Column value = result.evaluate(narrow);
    for (size_t i = 0; i < count; ++i) out[rows[i]] = value[i];
  }
  EvaluatorPtr arg_;
  std::vector<When> whens_;
  EvaluatorPtr otherwise_;
};

class CoalesceEvaluator final : public Evaluator {
 public:
  explicit CoalesceEvaluator(const CoalesceExpr& expr) : args_(compile_all(expr.args)) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Datum* out = frame.allocate(frame.rows);
    std::fill(out, out + frame.rows, Datum::null());
    uint32_t* open = all_positions(frame);
    size_t count = frame.rows;
    for (const EvaluatorPtr& arg : args_) {
      if (count == 0) break;
      Frame narrow = frame.narrowed(open, count);
      Column value = arg->evaluate(narrow);
      size_t kept = 0;
      for (size_t i = 0; i < count; ++i) {
        uint32_t row = open[i];
        if (value[i].is_null) {
          open[kept++] = row;
        } else {
          out[row] = value[i];
        }
      }
      count = kept;
    }
    return {out, 1};
  }

 private:
  std::vector<EvaluatorPtr> args_;
};

class MinMaxEvaluator final : public Evaluator {
 public:
  explicit MinMaxEvaluator(const MinMaxExpr& expr)
      : args_(compile_all(expr.args)), type_(type_info(expr.type.id)), sign_(expr.greatest ? 1 : -1) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Datum* out = frame.allocate(frame.rows);
    std::fill(out, out + frame.rows, Datum::null());
    for (const EvaluatorPtr& arg : args_) {
      Column value = arg->evaluate(frame);
      for (size_t i = 0; i < frame.rows; ++i) {
        if (value[i].is_null) continue;
        if (out[i].is_null || sign_ * compare_values(type_, value[i], out[i]) > 0) out[i] = value[i];
      }
    }
    return {out, 1};
  }

 private:
  std::vector<EvaluatorPtr> args_;
  const TypeInfo& type_;
  int sign_;
};

// (a, b) < (c, d): the first unequal pair decides, a NULL in or before it gives NULL (manual 9.24.5).
class RowCompareEvaluator final : public Evaluator {
 public:
  explicit RowCompareEvaluator(const RowCompareExpr& expr)
      : compare_(expr.compare), left_(compile_all(expr.left)), right_(compile_all(expr.right)) {
    for (size_t k = 0; k < expr.ops.size(); ++k) {
      Oid left = expr.left[k]->type.id, right = expr.right[k]->type.id;
      const OperatorDef* less = btree_operator(Strategy::kLess, expr.ops[k]->left, expr.ops[k]->right);
      const OperatorDef* equal = btree_operator(Strategy::kEqual, expr.ops[k]->left, expr.ops[k]->right);
      if (less == nullptr || equal == nullptr) {
        throw SqlError(sqlstate::kFeatureNotSupported,
                       "could not determine interpretation of row comparison operator " +
                           std::string(expr.ops[k]->name), expr.location);
      }
      TypeRef boolean{type_id::kBool, -1};
      less_.emplace_back(function_of(*less), std::vector<Oid>{left, right}, boolean, expr.location);
      equal_.emplace_back(function_of(*equal), std::vector<Oid>{left, right}, boolean, expr.location);
    }
  }
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    size_t width = left_.size();
    std::vector<Column> left(width), right(width);
    for (size_t k = 0; k < width; ++k) {
      left[k] = left_[k]->evaluate(frame);
      right[k] = right_[k]->evaluate(frame);
    }
    Datum* out = frame.allocate(frame.rows);
    for (size_t i = 0; i < frame.rows; ++i) out[i] = compare_row(frame, left, right, i);
    return {out, 1};
  }

 private:
  Datum compare_row(Frame& frame, const std::vector<Column>& left, const std::vector<Column>& right, size_t i) {
    int order = 0;
    for (size_t k = 0; k < left.size() && order == 0; ++k) {
      Datum args[2] = {left[k][i], right[k][i]};
      if (args[0].is_null || args[1].is_null) return Datum::null();
      if (equal_[k].call(*frame.run, *frame.arena, args).boolean()) continue;
      order = less_[k].call(*frame.run, *frame.arena, args).boolean() ? -1 : 1;
    }
    switch (compare_) {
      case RowCompareKind::kLess: return Datum::from_bool(order < 0);
      case RowCompareKind::kLessEqual: return Datum::from_bool(order <= 0);
      case RowCompareKind::kGreaterEqual: return Datum::from_bool(order >= 0);
      case RowCompareKind::kGreater: return Datum::from_bool(order > 0);
    }
    return Datum::null();
  }
  RowCompareKind compare_;
  std::vector<EvaluatorPtr> left_, right_;
  std::vector<BoundFunction> less_, equal_;
};

}  // namespace

EvaluatorPtr make_logic_evaluator(const ExprPtr& expr) {
  switch (expr->kind) {
    case ExprKind::kBool: {
      const auto& logic = as<BoolExpr>(*expr);
      if (logic.op == BoolKind::kNot) return std::make_unique<NotEvaluator>(compile(logic.args[0]));
      return std::make_unique<AndOrEvaluator>(logic);
    }
    case ExprKind::kCase: return std::make_unique<CaseEvaluator>(as<CaseExpr>(*expr));
    case ExprKind::kCoalesce: return std::make_unique<CoalesceEvaluator>(as<CoalesceExpr>(*expr));
    case ExprKind::kMinMax: return std::make_unique<MinMaxEvaluator>(as<MinMaxExpr>(*expr));
    default: return std::make_unique<RowCompareEvaluator>(as<RowCompareExpr>(*expr));
  }
}

}  // namespace vecino::sql

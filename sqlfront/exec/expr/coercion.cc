#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

class ViaIOEvaluator final : public Evaluator {
 public:
  explicit ViaIOEvaluator(const CoerceViaIOExpr& expr)
      : arg_(compile(expr.arg)), source_(type_info(expr.arg->type.id)), target_(type_info(expr.type.id)),
        typmod_(expr.type.typmod), source_typmod_(expr.arg->type.typmod), location_(expr.location) {
    if (source_.output == nullptr || target_.input == nullptr) {
      throw SqlError(sqlstate::kFeatureNotSupported, "cannot cast type " + format_type(source_.id) + " to " +
                                                         format_type(target_.id), location_);
    }
  }
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column arg = arg_->evaluate(frame);
    size_t count = arg.is_constant() ? 1 : frame.rows;
    Datum* out = frame.allocate(count);
    EvalEnvironment* env = frame.run->context.env;
    CallContext from{frame.arena, env, {}, source_.id, source_typmod_, location_};
    CallContext to{frame.arena, env, {}, target_.id, typmod_, location_};
    for (size_t i = 0; i < count; ++i) {
      if (arg[i].is_null) {
        out[i] = Datum::null();
        continue;
      }
      text_.clear();
      source_.output(from, arg[i], text_);
      // The input function may keep pointing into its text.
      out[i] = target_.input(to, frame.arena->copy(text_));
    }
    return {out, arg.step};
  }

 private:
  EvaluatorPtr arg_;
  const TypeInfo& source_;
  const TypeInfo& target_;
  int32_t typmod_, source_typmod_;
  int location_;
  std::string text_;
};

// Casts element by element: one batch of elements per array, the element expression sees them as CaseTest. Where the elements
// stay as they are, only the type in the array's header changes: it decides how they are shown (oid[] as regrole[]).
class ArrayCoerceEvaluator final : public Evaluator {
 public:
  explicit ArrayCoerceEvaluator(const ArrayCoerceExpr& expr)
      : arg_(compile(expr.arg)), element_(compile(expr.element)),
        element_type_(type_info(expr.type.id).element_id),
        keeps_elements_(expr.element->kind == ExprKind::kRelabel &&
                        as<RelabelExpr>(*expr.element).arg->kind == ExprKind::kCaseTest) {}
  Column evaluate(Frame& frame) override {
    check_stack_depth();
    Column arg = arg_->evaluate(frame);
    size_t count = arg.is_constant() ? 1 : frame.rows;
    Datum* out = frame.allocate(count);
    for (size_t i = 0; i < count; ++i) out[i] = arg[i].is_null ? Datum::null() : coerce(frame, arg[i]);
    return {out, arg.step};
  }

 private:
  Datum coerce(const Frame& frame, const Datum& value) {
    ArrayView array(value);
    if (array.empty()) return empty_array(*frame.arena, element_type_);
    if (array.element_type() == element_type_ && keeps_elements_) return value;
    if (keeps_elements_ && element_code(array.element_type()) == element_code(element_type_)) {
      return relabeled_array(*frame.arena, value, element_type_);
    }
    size_t size = array.size();
    Datum* elements = frame.allocate(size);
    for (size_t e = 0; e < size; ++e) elements[e] = array.is_null(e) ? Datum::null() : array[e];
    Frame inner = frame;
    inner.selection = nullptr;
    inner.rows = size;
    inner.case_test = {elements, 1};
    Column converted = element_->evaluate(inner);
    ArrayBuilder builder(element_type_);
    for (size_t e = 0; e < size; ++e) builder.add(converted[e]);
    return builder.finish(*frame.arena, array.lengths(), array.lowers());
  }
  EvaluatorPtr arg_, element_;
  Oid element_type_;
  bool keeps_elements_;
};

}  // namespace

EvaluatorPtr make_coercion_evaluator(const ExprPtr& expr) {
  if (expr->kind == ExprKind::kCoerceViaIO) return std::make_unique<ViaIOEvaluator>(as<CoerceViaIOExpr>(*expr));
  return std::make_unique<ArrayCoerceEvaluator>(as<ArrayCoerceExpr>(*expr));
}

}  // namespace vecino::sql

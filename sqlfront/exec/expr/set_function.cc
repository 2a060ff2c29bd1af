#include "sqlfront/exec/expr/set_function.h"

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/types/record.h"

namespace vecino::sql {

const FunctionExpr* set_call_of(const ExprPtr& expr) {
  const auto* call = try_as<FunctionExpr>(expr);
  if (call == nullptr || call->function == nullptr || call->function->set == nullptr) return nullptr;
  return call;
}

SetCall::SetCall(const ExprPtr& call, size_t column_count) : expr_(call), column_count_(column_count) {
  const FunctionExpr* set = set_call_of(call);
  if (set == nullptr) {
    scalar_ = compile(call);
    return;
  }
  function_ = set->function;
  args_ = compile_all(set->args);
  for (const ExprPtr& arg : set->args) arg_types_.push_back(arg->type.id);
}

void SetCall::start(RunState& run, Arena& argument_arena, const Datum* const* input, uint32_t r) {
  Frame frame;
  frame.run = &run;
  frame.arena = &argument_arena;
  frame.input = input;
  frame.selection = input != nullptr ? &r : nullptr;
  frame.rows = 1;
  producer_.reset();
  scalar_pending_ = false;
  if (scalar_ != nullptr) {
    scalar_value_ = scalar_->evaluate(frame)[0];
    scalar_pending_ = true;
    return;
  }
  values_.resize(args_.size());
  bool any_null = false;
  for (size_t a = 0; a < args_.size(); ++a) {
    values_[a] = args_[a]->evaluate(frame)[0];
    any_null |= values_[a].is_null;
  }
  if (any_null && function_->strict) return;  // empty set
  CallContext context{&argument_arena, run.context.env, arg_types_, expr_->type.id, expr_->type.typmod, expr_->location};
  context.variadic_call = as<FunctionExpr>(*expr_).variadic_call;
  producer_ = function_->set(context, values_.data());
}

bool SetCall::next(RunState& run, Arena& arena, std::span<Datum> out) {
  if (scalar_ != nullptr) {
    if (!scalar_pending_) return false;
    scalar_pending_ = false;
    const TypeInfo* type = find_type(expr_->type.id);
    bool is_record = expr_->type.id == type_id::kRecord || (type != nullptr && type->type_class == 'c');
    if (!is_record || column_count_ == 1) {
      out[0] = scalar_value_;
      return true;
    }
    std::fill(out.begin(), out.end(), Datum::null());
    if (scalar_value_.is_null) return true;
    PackedRecord record(scalar_value_);
    for (size_t c = 0; c < out.size() && c < record.size(); ++c) out[c] = record[c];
    return true;
  }
  if (producer_ == nullptr) return false;
  CallContext context{&arena, run.context.env, arg_types_, expr_->type.id, expr_->type.typmod, expr_->location};
  context.variadic_call = as<FunctionExpr>(*expr_).variadic_call;
  if (producer_->next(context, out)) return true;
  producer_.reset();
  return false;
}

void SetCall::stop() {
  producer_.reset();
  scalar_pending_ = false;
}

}  // namespace vecino::sql

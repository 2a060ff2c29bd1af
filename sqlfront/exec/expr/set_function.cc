#include "sqlfront/exec/expr/set_function.h"

#include <algorithm>
#include <cassert>

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/functions/resolve.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/types/record.h"

namespace vecino::sql {

const FunctionExpr* set_call_of(const ExprPtr& expr) {
  const auto* call = try_as<FunctionExpr>(expr);
  if (call == nullptr || call->function == nullptr || call->function->set == nullptr) return nullptr;
  return call;
}

namespace {
bool is_composite(TypeId id) {
  const TypeInfo* type = find_type(id);
  return id == type_id::kRecord || (type != nullptr && type->type_class == 'c');
}
}  // namespace

SetCall::SetCall(const ExprPtr& call, Shape shape, std::span<const TypeRef> columns)
    : expr_(call), shape_(shape), columns_(columns.begin(), columns.end()), is_record_(is_composite(call->type.id)) {
  const FunctionExpr* set = set_call_of(call);
  if (set == nullptr) {
    scalar_ = compile(call);
    return;
  }
  function_ = set->function;
  args_ = compile_all(set->args);
  for (const ExprPtr& arg : set->args) arg_types_.push_back(arg->type.id);
  // A producer writes all of its columns, whoever asks.
  size_t produced = function_->columns.size();
  if (produced > 0) is_record_ = false;
  if (shape == Shape::kColumns && produced > 0 && produced != columns_.size()) {
    throw SqlError(sqlstate::kInternalError, "function rows do not have the columns asked for");
  }
  if (shape == Shape::kColumns || produced < 2) return;
  packed_types_ = output_column_types(*function_, arg_types_);
  for (const OutputColumn& column : function_->columns) packed_names_.emplace_back(column.name);
  packed_row_.resize(produced);
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
  assert(out.size() == (shape_ == Shape::kValue ? 1 : columns_.size()));
  if (scalar_ != nullptr) {
    if (!scalar_pending_) return false;
    scalar_pending_ = false;
    if (shape_ == Shape::kColumns && is_record_) spread(scalar_value_, out);
    else out[0] = scalar_value_;
    return true;
  }
  if (producer_ == nullptr) return false;
  CallContext context{&arena, run.context.env, arg_types_, expr_->type.id, expr_->type.typmod, expr_->location};
  context.variadic_call = as<FunctionExpr>(*expr_).variadic_call;
  if (next_row(context, out)) return true;
  producer_.reset();
  return false;
}

bool SetCall::next_row(CallContext& context, std::span<Datum> out) {
  if (!packed_types_.empty()) {
    std::fill(packed_row_.begin(), packed_row_.end(), Datum::null());
    if (!producer_->next(context, packed_row_)) return false;
    out[0] = pack_record(*context.arena, packed_types_, packed_row_, packed_names_);
    return true;
  }
  if (shape_ == Shape::kValue || !is_record_) return producer_->next(context, out);
  Datum record = Datum::null();
  if (!producer_->next(context, {&record, 1})) return false;
  spread(record, out);
  return true;
}

// The columns may be what a column definition list says: the record has to fit.
void SetCall::spread(const Datum& value, std::span<Datum> out) const {
  std::fill(out.begin(), out.end(), Datum::null());
  if (value.is_null) return;
  PackedRecord record(value);
  auto mismatch = [](std::string detail) {
    return SqlError(sqlstate::kDatatypeMismatch, "function return row and query-specified return row do not match")
        .detail(std::move(detail));
  };
  if (record.size() != out.size()) {
    std::string attributes = record.size() == 1 ? " attribute" : " attributes";
    throw mismatch("Returned row contains " + std::to_string(record.size()) + attributes + ", but query expects " +
                   std::to_string(out.size()) + ".");
  }
  for (size_t c = 0; c < out.size(); ++c) {
    if (!is_binary_coercible(record.type(c), columns_[c].id)) {
      throw mismatch("Returned type " + format_type(record.type(c)) + " at ordinal position " + std::to_string(c + 1) +
                     ", but query expects " + format_type(columns_[c].id) + ".");
    }
    out[c] = record[c];
  }
}

void SetCall::stop() {
  producer_.reset();
  scalar_pending_ = false;
}

}  // namespace vecino::sql

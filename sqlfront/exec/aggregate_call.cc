#include "sqlfront/exec/aggregate_call.h"

#include <algorithm>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/typed_datum.h"

namespace vecino::sql {

struct AggregateCall::Buffer {
  Buffer(const std::vector<TypeRef>& types, MemoryAccount& account) : rows(types, account) {}
  TupleStore rows;
};

AggregateCall::AggregateCall(const AggregateExpr& expr, RunState& run) : run_(run) {
  // WITHIN GROUP: the kernel's arguments are the direct ones, then the ordered ones (manual 4.2.7).
  std::vector<ExprPtr> args = expr.args;
  if (expr.within_group) {
    args = expr.direct_args;
    for (const auto& order : expr.order_by) args.push_back(order.expr);
  }
  setup(*expr.function, args, expr.filter, expr.type, expr.location);
  distinct_ = expr.distinct;
  if (expr.distinct || expr.within_group || !expr.order_by.empty()) setup_order(expr);
}

AggregateCall::AggregateCall(const WindowExpr& expr, RunState& run) : run_(run) {
  setup(*expr.function, expr.args, expr.filter, expr.type, expr.location);
}

void AggregateCall::setup(const FunctionDef& function, const std::vector<ExprPtr>& args, const ExprPtr& filter,
                          TypeRef type, int location) {
  function_ = &function;
  kernel_ = function.aggregate;
  if (kernel_ == nullptr) {
    throw SqlError(sqlstate::kFeatureNotSupported, "aggregate function " + std::string(function.name) +
                                                       " is not supported", location);
  }
  args_ = compile_all(args);
  for (const ExprPtr& arg : args) arg_types_.push_back(arg->type.id);
  if constexpr (kTypedDatums) expect_arguments(function, arg_types_);
  arg_count_ = args.size();
  if (filter) filter_ = compile(filter);
  context_.arg_types = arg_types_;
  context_.result_type = type.id;
  context_.typmod = type.typmod;
  context_.location = location;
  context_.env = run_.context.env;
  state_size_ = (kernel_->state_size + 7) & ~size_t{7};
}

void AggregateCall::setup_order(const AggregateExpr& expr) {
  std::vector<SortKey> keys;
  for (Oid type : arg_types_) row_types_.push_back({type, -1});
  for (const auto& order : expr.order_by) {
    int column = static_cast<int>(row_types_.size());
    row_types_.push_back(order.expr->type);
    args_.push_back(compile(order.expr));
    keys.push_back({column, nullptr, order.expr->type, order.descending, order.nulls_first});
  }
  if (distinct_) {
    // Duplicates must be neighbours: the arguments order what ORDER BY leaves open, as PostgreSQL does.
    for (size_t a = 0; a < arg_count_; ++a) {
      keys.push_back({static_cast<int>(a), nullptr, {arg_types_[a], -1}, false, false});
    }
  }
  comparator_ = std::make_unique<RowComparator>(keys);
  state_size_ = sizeof(Buffer*);
}

void AggregateCall::init(char* state) const {
  std::fill(state, state + state_size_, 0);
  if (is_buffered()) return;  // the buffer is made with the first row
  if (kernel_->init != nullptr) kernel_->init(state);
}

void AggregateCall::destroy(char* state) const {
  if (is_buffered()) {
    delete *reinterpret_cast<Buffer**>(state);
    *reinterpret_cast<Buffer**>(state) = nullptr;
  } else if (kernel_->destroy != nullptr) {
    kernel_->destroy(state);
  }
}

void AggregateCall::prepare(const Frame& frame) {
  scratch_ = frame.arena;
  columns_.resize(args_.size());
  all_pass_ = filter_ == nullptr;
  if (filter_ == nullptr) {
    Frame whole = frame;
    for (size_t a = 0; a < args_.size(); ++a) columns_[a] = args_[a]->evaluate(whole);
    return;
  }
  // Arguments are computed only for rows that pass, then spread to row positions.
  Frame whole = frame;
  Column verdict = filter_->evaluate(whole);
  auto* passed = reinterpret_cast<uint32_t*>(frame.arena->allocate(frame.rows * sizeof(uint32_t), alignof(uint32_t)));
  size_t count = 0;
  passes_.assign(frame.rows, 0);
  for (size_t i = 0; i < frame.rows; ++i) {
    passes_[i] = !verdict[i].is_null && verdict[i].boolean();
    if (passes_[i]) passed[count++] = static_cast<uint32_t>(i);
  }
  if (count == 0) return;
  Frame narrow = frame.narrowed(passed, count);
  for (size_t a = 0; a < args_.size(); ++a) {
    Column values = args_[a]->evaluate(narrow);
    if (count == frame.rows || values.is_constant()) {
      columns_[a] = values;
      continue;
    }
    Datum* spread = frame.allocate(frame.rows);
    for (size_t i = 0; i < count; ++i) spread[passed[i]] = values[i];
    columns_[a] = {spread, 1};
  }
}

void AggregateCall::step_kernel(char* state, const Datum* args) {
  context_.arena = scratch_;
  kernel_->step(context_, state, args);
}

void AggregateCall::step(char* state, size_t row) {
  if (!all_pass_ && !passes_[row]) return;
  size_t count = args_.size();
  row_.resize(count);
  for (size_t a = 0; a < count; ++a) {
    row_[a] = columns_[a][row];
    if (a < arg_count_ && row_[a].is_null && function_->strict) return;
  }
  if (!is_buffered()) return step_kernel(state, row_.data());
  Buffer*& buffer = *reinterpret_cast<Buffer**>(state);
  if (buffer == nullptr) buffer = new Buffer(row_types_, run_.memory);
  buffer->rows.append_row(row_.data());
}

void AggregateCall::combine(char* state, const char* other) {
  Arena scratch;
  context_.arena = &scratch;
  kernel_->combine(context_, state, other);
}

Datum AggregateCall::finish(char* state, Arena& arena) {
  if (is_buffered()) {
    Buffer*& buffer = *reinterpret_cast<Buffer**>(state);
    if (buffer == nullptr) buffer = new Buffer(row_types_, run_.memory);
    return finish_buffered(*buffer, arena);
  }
  context_.arena = &arena;
  return kernel_->final(context_, state);
}

Datum AggregateCall::finish_buffered(Buffer& buffer, Arena& arena) {
  auto& rows = buffer.rows.rows();
  std::stable_sort(rows.begin(), rows.end(), [&](const Datum* a, const Datum* b) { return (*comparator_)(a, b) < 0; });
  size_t size = (kernel_->state_size + 7) & ~size_t{7};
  std::unique_ptr<char[]> state(new char[std::max<size_t>(size, 8)]());
  if (kernel_->init != nullptr) kernel_->init(state.get());
  struct Destroyer {
    const AggregateKernel* kernel;
    char* state;
    ~Destroyer() {
      if (kernel->destroy != nullptr) kernel->destroy(state);
    }
  } destroyer{kernel_, state.get()};
  const Datum* previous = nullptr;
  Arena scratch;
  scratch_ = &scratch;
  for (size_t i = 0; i < rows.size(); ++i) {
    if ((i & 1023) == 1023) run_.check_cancel();
    if (distinct_ && previous != nullptr && comparator_->equal(previous, rows[i], comparator_->size())) continue;
    previous = rows[i];
    step_kernel(state.get(), rows[i]);
  }
  context_.arena = &arena;
  return kernel_->final(context_, state.get());
}

}  // namespace vecino::sql

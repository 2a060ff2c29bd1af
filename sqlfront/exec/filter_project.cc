#include "sqlfront/exec/filter_project.h"

#include <algorithm>

namespace vecino::sql {
namespace {

bool contains(const ExprPtr& expr, bool (*test)(const Expr&)) {
  if (test(*expr)) return true;
  if (expr->kind == ExprKind::kParam || expr->kind == ExprKind::kInput) return false;
  bool found = false;
  for_each_child(*expr, [&](const ExprPtr& child) { found = found || (child && contains(child, test)); });
  return found;
}

bool is_volatile_call(const Expr& expr) {
  if (expr.kind != ExprKind::kFunction) return false;
  const FunctionDef* function = as<FunctionExpr>(expr).function;
  return function != nullptr && function->volatility == Volatility::kVolatile;
}

bool is_multi_subplan(const Expr& expr) {
  return expr.kind == ExprKind::kSubPlan && as<SubPlanExpr>(expr).link == SubLinkKind::kMultiExpr;
}

}  // namespace

bool contains_volatile(const ExprPtr& expr) { return contains(expr, is_volatile_call); }

Projection::Projection(const std::vector<TargetEntry>& targets) {
  size_t volatile_targets = 0;
  targets_.reserve(targets.size());
  for (size_t t = 0; t < targets.size(); ++t) {
    targets_.push_back(compile(targets[t].expr));
    volatile_targets += contains_volatile(targets[t].expr);
    if (contains(targets[t].expr, is_multi_subplan)) first_.push_back(t);
  }
  row_by_row_ = volatile_targets > 1 || !first_.empty();
}

void Projection::project(Frame& frame, Batch& out, size_t at) {
  if (row_by_row_ && (frame.rows > 1 || !first_.empty())) return project_row_by_row(frame, out, at);
  for (size_t t = 0; t < targets_.size(); ++t) targets_[t]->evaluate_into(frame, out.column(t) + at);
}

void Projection::project_row_by_row(Frame& frame, Batch& out, size_t at) {
  for (uint32_t i = 0; i < frame.rows; ++i) {
    Frame single = frame.narrowed(&i, 1);
    for (size_t t : first_) targets_[t]->evaluate_into(single, out.column(t) + at + i);
    for (size_t t = 0, next = 0; t < targets_.size(); ++t) {
      if (next < first_.size() && first_[next] == t) {
        ++next;
        continue;
      }
      targets_[t]->evaluate_into(single, out.column(t) + at + i);
    }
  }
}

FilterProject::FilterProject(const PlanNode& node, RunState& run, NodeInstrumentation* counters)
    : run_(run), counters_(counters), filter_(node.filter), projection_(node.targets),
      width_(node.output_types.size()) {}

void FilterProject::feed(const Datum* const* input, size_t rows, Arena& scratch) {
  input_ = input;
  scratch_ = &scratch;
  selected_ = nullptr;
  sequence_ = nullptr;
  next_ = 0;
  count_ = rows;
  if (rows == 0 || filter_.empty()) return;
  Frame frame;
  frame.run = &run_;
  frame.input = input;
  frame.rows = rows;
  frame.arena = &scratch;
  auto* selected = reinterpret_cast<uint32_t*>(scratch.allocate(rows * sizeof(uint32_t), alignof(uint32_t)));
  count_ = filter_.select(frame, selected);
  if (counters_ != nullptr) counters_->filtered += static_cast<double>(rows - count_);
  if (count_ < rows) selected_ = selected;
}

void FilterProject::emit(Batch& out, size_t max) {
  size_t rows = std::min(max, count_ - next_);
  const uint32_t* selection = selected_ != nullptr ? selected_ + next_ : nullptr;
  if (selection == nullptr && rows < count_) {
    if (sequence_ == nullptr) {
      sequence_ = reinterpret_cast<uint32_t*>(scratch_->allocate(count_ * sizeof(uint32_t), alignof(uint32_t)));
      for (size_t i = 0; i < count_; ++i) sequence_[i] = static_cast<uint32_t>(i);
    }
    selection = sequence_ + next_;
  }
  next_ += rows;
  out.reset(width_, rows);
  out.rows = rows;
  if (!projection_.empty()) {
    Frame frame;
    frame.run = &run_;
    frame.input = input_;
    frame.rows = rows;
    frame.arena = &out.arena;
    frame.selection = selection;
    projection_.project(frame, out);
    return;
  }
  for (size_t c = 0; c < width_; ++c) {
    const Datum* source = input_[c];
    Datum* target = out.column(c);
    if (selection == nullptr) {
      std::copy(source, source + rows, target);
    } else {
      for (size_t i = 0; i < rows; ++i) target[i] = source[selection[i]];
    }
  }
}

}  // namespace vecino::sql

#include "sqlfront/exec/expr/set_function.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

// Set-returning functions in the target list (manual 38.5.9).
class ProjectSet final : public Operator {
 public:
  ProjectSet(const PlanNode& node, RunState& run) : Operator(node, run), filter_(node.filter) {
    if (!node.children.empty()) input_.op = make_child(0);
    for (const TargetEntry& target : node.targets) {
      if (set_call_of(target.expr) != nullptr) {
        targets_.push_back({std::make_unique<SetCall>(target.expr, SetCall::Shape::kValue), nullptr});
      } else {
        targets_.push_back({nullptr, compile(target.expr)});
      }
    }
    row_.resize(targets_.size());
    open_.resize(targets_.size());
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    out.reset(targets_.size(), max);
    // Values of the row in progress live in one of two arenas; the other one served rows that nobody uses any more.
    bool switched = false;
    while (out.rows < max) {
      if (in_row_) {
        if (emit_row(out)) continue;
        in_row_ = false;
      }
      // Moving to the next input batch would free values that this batch may refer to.
      if (position_ >= available_ && out.rows > 0 && input_.op != nullptr) break;
      if (!advance_input(max)) break;
      if (!switched) {
        switched = true;
        current_ = &arenas_[current_ == &arenas_[0] ? 1 : 0];
        current_->reset();
      }
      start_row();
    }
    return out.rows > 0 || in_row_ || position_ < available_;
  }
  void do_rescan() override {
    in_row_ = false;
    position_ = available_ = 0;
    started_ = false;
    if (input_.op != nullptr) input_.op->rescan();
  }

 private:
  struct Target {
    std::unique_ptr<SetCall> set;
    EvaluatorPtr scalar;
  };
  bool advance_input(size_t max) {
    if (position_ < available_) return true;
    position_ = 0;
    if (input_.op == nullptr) {
      available_ = started_ ? 0 : 1;
      started_ = true;
      return available_ > 0;
    }
    available_ = 0;
    if (!input_.next(max)) return false;
    available_ = input_.batch.rows;
    return true;
  }
  void start_row() {
    auto r = static_cast<uint32_t>(position_++);
    const Datum* const* columns = input_.op != nullptr ? input_.columns : nullptr;
    for (size_t t = 0; t < targets_.size(); ++t) {
      if (targets_[t].set != nullptr) {
        targets_[t].set->start(run_, *current_, columns, r);
        open_[t] = true;
        continue;
      }
      Frame frame;
      frame.run = &run_;
      frame.arena = current_;
      frame.input = columns;
      frame.selection = columns != nullptr ? &r : nullptr;
      frame.rows = 1;
      row_[t] = targets_[t].scalar->evaluate(frame)[0];
    }
    in_row_ = true;
  }
  bool emit_row(Batch& out) {
    bool any = false;
    for (size_t t = 0; t < targets_.size(); ++t) {
      if (targets_[t].set == nullptr) continue;
      row_[t] = Datum::null();
      if (!open_[t]) continue;
      open_[t] = targets_[t].set->next(run_, out.arena, {&row_[t], 1});
      any |= open_[t];
    }
    if (!any) return false;
    for (size_t t = 0; t < targets_.size(); ++t) out.column(t)[out.rows] = row_[t];
    ++out.rows;
    return true;
  }

  Filter filter_;
  Input input_;
  std::vector<Target> targets_;
  std::vector<Datum> row_;
  std::vector<char> open_;
  Arena arenas_[2];
  Arena* current_ = &arenas_[0];
  size_t position_ = 0, available_ = 0;
  bool in_row_ = false, started_ = false;
};

}  // namespace

OperatorPtr make_project_set(const PlanNode& node, RunState& run) { return std::make_unique<ProjectSet>(node, run); }

}  // namespace vecino::sql

#include "sqlfront/exec/input.h"
#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

class Result final : public Operator {
 public:
  Result(const ResultNode& node, RunState& run)
      : Operator(node, run), gate_(node.one_time_filter), tail_(node, run, counters_) {
    if (!node.children.empty()) input_.op = make_child(0);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!started_) start();
    if (closed_) return false;
    if (input_.op == nullptr) return next_constant(out, max);
    if (tail_.is_identity()) return input_.op->next(out, max);
    while (!tail_.pending()) {
      if (!input_.next(size_.next(max, tail_.has_filter()))) return false;
      tail_.feed(input_.columns, input_.batch.rows, input_.batch.arena);
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    started_ = false;
    tail_.discard();
    size_.restart();
    if (input_.op != nullptr) input_.op->rescan();
  }

 private:
  void start() {
    started_ = true;
    closed_ = false;
    if (gate_.empty()) return;
    gate_arena_.reset();
    Frame frame;
    frame.run = &run_;
    frame.arena = &gate_arena_;
    frame.rows = 1;
    closed_ = !gate_.passes(frame);
  }
  bool next_constant(Batch& out, size_t max) {
    tail_.feed(nullptr, 1, gate_arena_);
    closed_ = true;
    if (!tail_.pending()) return false;
    tail_.emit(out, max);
    return true;
  }
  Filter gate_;
  FilterProject tail_;
  Input input_;
  Arena gate_arena_;
  bool started_ = false, closed_ = false;
  FetchSize size_;
};

}  // namespace

OperatorPtr make_result(const PlanNode& node, RunState& run) {
  return std::make_unique<Result>(static_cast<const ResultNode&>(node), run);
}

}  // namespace vecino::sql

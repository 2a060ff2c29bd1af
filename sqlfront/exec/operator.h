#pragma once

#include <memory>
#include <vector>

#include "sqlfront/exec/run_state.h"
#include "sqlfront/interrupts.h"

namespace vecino::sql {

// A running plan node. Pull: next() fills `out` (which it resets) with up to `max` rows and returns false only when there
// are no more; a batch may be empty with more to come. Bytes of the rows live in out.arena, in the operator or in
// something older, and stay valid until the next call of next() or rescan() on this operator.
class Operator {
 public:
  Operator(const PlanNode& node, RunState& run);
  virtual ~Operator();
  Operator(const Operator&) = delete;

  bool next(Batch& out, size_t max) {
    run_.check_cancel();
    check_stack_depth();
    const bool more = counters_ != nullptr ? next_instrumented(out, max) : do_next(out, max);
    if constexpr (kTypedDatums) give_types(out, more);
    return more;
  }
  // Restarts; exec slots may have changed since.
  void rescan();

  const PlanNode& node() const { return node_; }
  size_t width() const { return node_.output_types.size(); }

 protected:
  virtual bool do_next(Batch& out, size_t max) = 0;
  virtual void do_rescan() = 0;
  std::unique_ptr<Operator> make_child(size_t i);

  const PlanNode& node_;
  RunState& run_;
  NodeInstrumentation* counters_ = nullptr;  // null unless EXPLAIN ANALYZE

 private:
  bool next_instrumented(Batch& out, size_t max);
  void give_types(Batch& out, bool more) const;
  double cycle_ms_ = 0;
  bool cycle_started_ = false, cycle_has_row_ = false;
};

// Recursively builds the run-time tree. Throws SqlError (0A000 for nodes that have no operator).
std::unique_ptr<Operator> make_operator(const PlanNode& node, RunState& run);

}  // namespace vecino::sql

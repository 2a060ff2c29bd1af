#include "sqlfront/exec/operator.h"
#include "sqlfront/interrupts.h"

#include <chrono>

#include "sqlfront/types/typed_datum.h"

namespace vecino::sql {
namespace {

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Operator::Operator(const PlanNode& node, RunState& run) : node_(node), run_(run), counters_(run.counters(node)) {}
Operator::~Operator() = default;

std::unique_ptr<Operator> Operator::make_child(size_t i) {
  check_stack_depth();
  return make_operator(*node_.children[i], run_);
}

// Totals over all loops: startup_ms sums the time to each loop's first row; EXPLAIN divides by loops.
bool Operator::next_instrumented(Batch& out, size_t max) {
  if (!cycle_started_) {
    cycle_started_ = true;
    cycle_has_row_ = false;
    cycle_ms_ = 0;
    counters_->loops += 1;
  }
  double start = run_.context.instrument_timing ? now_ms() : 0;
  bool more = do_next(out, max);
  if (run_.context.instrument_timing) {
    double spent = now_ms() - start;
    cycle_ms_ += spent;
    counters_->total_ms += spent;
  }
  if (!cycle_has_row_ && (!more || out.rows > 0)) {
    cycle_has_row_ = true;
    counters_->startup_ms += cycle_ms_;
  }
  if (more) counters_->rows += static_cast<double>(out.rows);
  return more;
}

// Builds with assertions: every row has the columns that the plan says.
void Operator::give_types(Batch& out, bool more) const {
  if (!more || out.rows == 0) return;
  for (size_t c = 0; c < width(); ++c) give_type(out.column(c), out.rows, node_.output_types[c].id, "column of a plan node");
}

void Operator::rescan() {
  cycle_started_ = false;
  do_rescan();
}

}  // namespace vecino::sql

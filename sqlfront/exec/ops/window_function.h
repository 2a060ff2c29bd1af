#pragma once

#include "sqlfront/exec/aggregate_call.h"
#include "sqlfront/exec/ops/window_frame.h"

namespace vecino::sql {

// One function of a WindowAgg node over whole partitions (manual 9.22).
class WindowFunction {
 public:
  virtual ~WindowFunction() = default;
  // out[i] for every row; start/end: the rows' frames. Bytes in `arena` or in the partition.
  virtual void compute(const WindowPartition& partition, const std::vector<uint32_t>& start,
                       const std::vector<uint32_t>& end, WindowFrame& frame, Arena& arena, Datum* out) = 0;
};

// Throws 0A000 for window functions that do not exist here.
std::unique_ptr<WindowFunction> make_window_function(const WindowExpr& expr, RunState& run);

}  // namespace vecino::sql

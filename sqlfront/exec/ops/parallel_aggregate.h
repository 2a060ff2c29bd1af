#pragma once

#include "sqlfront/exec/ops/groups.h"

namespace vecino::sql {

// An aggregate over a scan of one large table: its rows are divided by row id, several threads take in a range at a time, and the
// groups of the ranges are combined in the order of the rows, so that the result does not depend on who was faster. False = not
// done, because the statement, the table or the settings (max_parallel_workers_per_gather) do not allow it or it would not pay.
bool consume_in_parallel(const AggregateNode& node, RunState& run, Groups& groups);

}  // namespace vecino::sql

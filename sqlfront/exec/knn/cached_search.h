#pragma once

#include "sqlfront/exec/knn/top_k.h"
#include "sqlfront/exec/run_state.h"

namespace vecino::sql {

// The search over the in-memory copy of the vector column (vector_cache.h), on all cores. False: not applicable (the
// distance is no vector kernel over a column and a constant, no copy, a snapshot that the copy cannot serve), `best` is
// untouched then. `passing`: ascending ids of the rows that satisfy the filter; null = all rows.
bool cached_search(const KnnScanNode& node, RunState& run, const std::vector<storage::RowId>* passing, TopK& best);
// Whether cached_search could be tried at all: worth computing `passing` for.
bool is_cacheable_search(const KnnScanNode& node, RunState& run);

}  // namespace vecino::sql

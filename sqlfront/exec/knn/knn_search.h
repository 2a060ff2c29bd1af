#pragma once

#include <vector>

#include "sqlfront/exec/knn/top_k.h"
#include "sqlfront/exec/run_state.h"

namespace vecino::sql {

// Row ids of the k rows of node.relation that satisfy node.filter and come first by node.distance, in order, as the
// statement's snapshot sees them. Uses all cores when the distance is one of the vector kernels and the table is large.
std::vector<Neighbour> knn_search(const KnnScanNode& node, RunState& run, size_t k, NodeInstrumentation* counters);

}  // namespace vecino::sql

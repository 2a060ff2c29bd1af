#pragma once

#include "sqlfront/exec/operator.h"

namespace vecino::sql {

// One maker per operator file; build.cc has the table.
using OperatorPtr = std::unique_ptr<Operator>;
OperatorPtr make_result(const PlanNode& node, RunState& run);
OperatorPtr make_project_set(const PlanNode& node, RunState& run);
OperatorPtr make_seq_scan(const PlanNode& node, RunState& run);
// Of the rows with ids in [begin, end).
struct RowRange {
  storage::RowId begin = 0, end = storage::kInvalidRowId;
};
OperatorPtr make_partial_seq_scan(const SeqScanNode& node, RunState& run, RowRange range);
OperatorPtr make_index_scan(const PlanNode& node, RunState& run);
OperatorPtr make_vector_index_scan(const PlanNode& node, RunState& run);  // an index scan with ORDER BY distance
OperatorPtr make_knn_scan(const PlanNode& node, RunState& run);
OperatorPtr make_tid_scan(const PlanNode& node, RunState& run);
OperatorPtr make_system_scan(const PlanNode& node, RunState& run);
OperatorPtr make_function_scan(const PlanNode& node, RunState& run);
OperatorPtr make_values_scan(const PlanNode& node, RunState& run);
OperatorPtr make_subquery_scan(const PlanNode& node, RunState& run);
OperatorPtr make_cte_scan(const PlanNode& node, RunState& run);
OperatorPtr make_recursive_union(const PlanNode& node, RunState& run);
OperatorPtr make_nest_loop(const PlanNode& node, RunState& run);
OperatorPtr make_hash_join(const PlanNode& node, RunState& run);
OperatorPtr make_hash(const PlanNode& node, RunState& run);
OperatorPtr make_materialize(const PlanNode& node, RunState& run);
OperatorPtr make_sort(const PlanNode& node, RunState& run);
OperatorPtr make_limit(const PlanNode& node, RunState& run);
OperatorPtr make_unique_op(const PlanNode& node, RunState& run);
OperatorPtr make_aggregate(const PlanNode& node, RunState& run);
OperatorPtr make_window_agg(const PlanNode& node, RunState& run);
OperatorPtr make_append(const PlanNode& node, RunState& run);
OperatorPtr make_set_op(const PlanNode& node, RunState& run);
OperatorPtr make_lock_rows(const PlanNode& node, RunState& run);
OperatorPtr make_modify_table(const PlanNode& node, RunState& run);

}  // namespace vecino::sql

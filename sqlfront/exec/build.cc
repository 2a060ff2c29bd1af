#include "sqlfront/exec/ops/ops.h"

namespace vecino::sql {
namespace {

using Maker = OperatorPtr (*)(const PlanNode& node, RunState& run);

Maker maker_of(PlanKind kind) {
  switch (kind) {
    case PlanKind::kResult: return make_result;
    case PlanKind::kProjectSet: return make_project_set;
    case PlanKind::kSeqScan: return make_seq_scan;
    case PlanKind::kIndexScan: return make_index_scan;
    case PlanKind::kKnnScan: return make_knn_scan;
    case PlanKind::kTidScan: return make_tid_scan;
    case PlanKind::kFunctionScan: return make_function_scan;
    case PlanKind::kValuesScan: return make_values_scan;
    case PlanKind::kSubqueryScan: return make_subquery_scan;
    case PlanKind::kCteScan: return make_cte_scan;
    case PlanKind::kSystemScan: return make_system_scan;
    case PlanKind::kNestLoop: return make_nest_loop;
    case PlanKind::kHashJoin: return make_hash_join;
    case PlanKind::kHash: return make_hash;
    case PlanKind::kMaterialize: return make_materialize;
    case PlanKind::kSort: return make_sort;
    case PlanKind::kLimit: return make_limit;
    case PlanKind::kUnique: return make_unique_op;
    case PlanKind::kAggregate: return make_aggregate;
    case PlanKind::kWindowAgg: return make_window_agg;
    case PlanKind::kAppend: return make_append;
    case PlanKind::kSetOp: return make_set_op;
    case PlanKind::kRecursiveUnion: return make_recursive_union;
    case PlanKind::kLockRows: return make_lock_rows;
    case PlanKind::kModifyTable: return make_modify_table;
    case PlanKind::kMergeJoin:
    case PlanKind::kMemoize:
    case PlanKind::kIncrementalSort:
    case PlanKind::kGroup:
    case PlanKind::kGather:
      break;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Operator> make_operator(const PlanNode& node, RunState& run) {
  Maker maker = maker_of(node.kind);
  if (maker == nullptr) {
    throw SqlError(sqlstate::kFeatureNotSupported,
                   "plan node of kind " + std::to_string(static_cast<int>(node.kind)) + " is not supported");
  }
  return maker(node, run);
}

}  // namespace vecino::sql

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sqlfront/analyze/query.h"

namespace vecino::sql {

// Physical plans: immutable, shareable between sessions; exec/ builds run-time state from them. Node names, fields and
// cost units follow PostgreSQL's plannodes.h so that EXPLAIN prints PostgreSQL's shape.
//
// Expressions in a node read their input through InputExpr (index into the child's output columns; joins: outer columns
// followed by inner ones; scans: the scan's own fetched columns) and ParamExpr (kExternal, kExec slots).
// Every node first computes its `filter`s, then its `targets` (projection). targets empty = passes its input through.

enum class PlanKind : uint8_t {
  kResult,        // constant row, one-time filter
  kProjectSet,    // set-returning functions in the target list
  kSeqScan, kIndexScan, kKnnScan /* exact top-N over a table: ORDER BY distance LIMIT k fused */,
  kTidScan, kFunctionScan, kValuesScan, kSubqueryScan, kCteScan, kSystemScan /* virtual catalog relation */,
  kNestLoop, kHashJoin, kMergeJoin, kHash, kMaterialize, kMemoize,
  kSort, kIncrementalSort, kLimit, kUnique, kAggregate, kGroup, kWindowAgg, kAppend, kSetOp, kRecursiveUnion,
  kLockRows, kModifyTable, kGather,
};

struct PlanCost {
  double startup = 0, total = 0, rows = 0;
  int width = 0;
};

struct PlanNode {
  PlanKind kind;
  PlanCost cost;
  std::vector<std::shared_ptr<const PlanNode>> children;  // outer first
  std::vector<TargetEntry> targets;   // output columns in order
  std::vector<TypeRef> output_types;  // always set, equals targets' types when present
  ExprPtr filter;                     // conjunction, or null
  std::vector<int> init_plans;        // ids into PhysicalPlan::subplans, shown above this node in EXPLAIN
  std::vector<int> sub_plans;
  bool parallel_aware = false;
  virtual ~PlanNode() = default;
  explicit PlanNode(PlanKind k) : kind(k) {}
};
using PlanPtr = std::shared_ptr<const PlanNode>;

// Without a child: one row. With children[0]: projects its rows; nothing at all (child not even started) when
// one_time_filter, which has no InputExpr, is not true.
struct ResultNode : PlanNode {
  ResultNode() : PlanNode(PlanKind::kResult) {}
  ExprPtr one_time_filter;
};
// children[0] optional (a single empty row without). Set-returning FunctionExpr stand only at the top of a target; the
// node emits as many rows as the longest, the shorter ones padded with NULL (manual 38.5.9); none when all are empty.
struct ProjectSetNode : PlanNode {
  ProjectSetNode() : PlanNode(PlanKind::kProjectSet) {}
};

// Base of scans over a table. Input columns of filter/targets/conditions: `fetch` in order.
struct ScanNode : PlanNode {
  using PlanNode::PlanNode;
  RelationPtr relation;
  std::string alias;            // as EXPLAIN prints it
  std::vector<AttrNumber> fetch;  // columns read (negative: system columns; 0: whole row)
  int rte = -1;
};
struct SeqScanNode : ScanNode {
  SeqScanNode() : ScanNode(PlanKind::kSeqScan) {}
};
constexpr int64_t kHnswMaxEfSearch = 1000;  // of the setting; queries that ask for more rows get no longer list either

struct IndexScanNode : ScanNode {
  IndexScanNode() : ScanNode(PlanKind::kIndexScan) {}
  RelationPtr index;
  // Ordered index: index column `column` compared with a value known at start of scan (no InputExpr in `value`).
  struct Condition {
    int column;              // 0-based index column
    Strategy strategy;
    ExprPtr value;           // for ANY: an array
    bool is_any = false, is_null_test = false, is_not_null_test = false;
    ExprPtr original;        // deparsed as Index Cond
  };
  std::vector<Condition> conditions;
  ExprPtr recheck;           // conditions over InputExpr, applied to every fetched row (stale entries)
  bool backward = false;
  bool index_only = false;   // every column needed is in the index key (shown as Index Only Scan)
  // Vector index: ORDER BY column <op> query.
  ExprPtr order_by_query;
  ExprPtr order_by;          // deparsed as Order By
  // Vector index, all its rows are wanted (no filter but on the distance itself): after the last hit come the others, by exact
  // distance. `rows_wanted`: LIMIT + OFFSET; null = not known.
  bool complete = false;
  ExprPtr rows_wanted;
};
// Exact k nearest rows without an index: batches through the kernel into a bounded heap. EXPLAIN shows Limit/Sort/Seq Scan.
struct KnnScanNode : ScanNode {
  KnnScanNode() : ScanNode(PlanKind::kKnnScan) {}
  ExprPtr distance;          // over InputExpr
  bool descending = false;
  ExprPtr limit;             // rows needed (limit + offset)
  int workers = 0;
  PlanCost scan_cost;        // EXPLAIN: of the Seq Scan line; `cost` is the Sort's
};
struct TidScanNode : ScanNode {
  TidScanNode() : ScanNode(PlanKind::kTidScan) {}
  ExprPtr tid;
};
struct SystemScanNode : ScanNode {
  SystemScanNode() : ScanNode(PlanKind::kSystemScan) {}
};
// Input columns: the functions' columns one after the other, then the ordinality (int8).
struct FunctionScanNode : PlanNode {
  FunctionScanNode() : PlanNode(PlanKind::kFunctionScan) {}
  int rte = -1;  // PhysicalPlan::range_table
  std::string alias;
  std::vector<RangeFunction> functions;
  bool with_ordinality = false;
};
struct ValuesScanNode : PlanNode {
  ValuesScanNode() : PlanNode(PlanKind::kValuesScan) {}
  int rte = -1;  // PhysicalPlan::range_table
  std::string alias;
  std::vector<std::vector<ExprPtr>> rows;
};
struct SubqueryScanNode : PlanNode {  // children[0]
  SubqueryScanNode() : PlanNode(PlanKind::kSubqueryScan) {}
  int rte = -1;  // PhysicalPlan::range_table
  std::string alias;
};
// Input columns: all columns of the subplan's output.
struct CteScanNode : PlanNode {
  CteScanNode() : PlanNode(PlanKind::kCteScan) {}
  int rte = -1;  // PhysicalPlan::range_table
  std::string alias, cte_name;
  int plan_id = 0;  // subplan that computes it (shared tuplestore)
  bool work_table = false;  // recursive reference
};

struct JoinNode : PlanNode {
  using PlanNode::PlanNode;
  JoinType join = JoinType::kInner;
  ExprPtr join_condition;  // non-hash part for hash joins; all of it for nested loops
};
struct NestLoopNode : JoinNode {
  NestLoopNode() : JoinNode(PlanKind::kNestLoop) {}
  struct Param {
    int slot;      // exec slot read by the inner side
    ExprPtr outer; // over the outer row
  };
  std::vector<Param> params;
};
// children[1] is a Hash node. Every JoinType; kRight = unmatched inner rows are preserved. Keys may be empty (FULL JOIN on a
// condition that is no equality): every pair then is tested with join_condition. `filter` is applied after null extension.
struct HashJoinNode : JoinNode {
  HashJoinNode() : JoinNode(PlanKind::kHashJoin) {}
  std::vector<ExprPtr> outer_keys, inner_keys;  // inner over the inner child's columns (index from 0)
  std::vector<const OperatorDef*> equality;
  ExprPtr hash_condition;  // for EXPLAIN
};
struct HashNode : PlanNode {
  HashNode() : PlanNode(PlanKind::kHash) {}
};
struct MaterializeNode : PlanNode {
  MaterializeNode() : PlanNode(PlanKind::kMaterialize) {}
};

struct SortKey {
  int column;  // of the child's output
  const OperatorDef* op;  // < or >
  TypeRef type;
  bool descending, nulls_first;
};
struct SortNode : PlanNode {
  SortNode() : PlanNode(PlanKind::kSort) {}
  std::vector<SortKey> keys;
  ExprPtr bound;  // top-N: rows needed, when a Limit sits directly above
};
struct LimitNode : PlanNode {
  LimitNode() : PlanNode(PlanKind::kLimit) {}
  ExprPtr limit, offset;
  std::vector<SortKey> ties;  // WITH TIES
};
struct UniqueNode : PlanNode {
  UniqueNode() : PlanNode(PlanKind::kUnique) {}
  std::vector<SortKey> keys;
};
enum class AggregateStrategy : uint8_t { kPlain, kSorted, kHashed, kMixed };
// Output of the node before `targets`: group columns in order, then the aggregates in order.
// targets and filter (HAVING) read those through InputExpr.
struct AggregateNode : PlanNode {
  AggregateNode() : PlanNode(PlanKind::kAggregate) {}
  AggregateStrategy strategy = AggregateStrategy::kPlain;
  std::vector<SortKey> group_keys;                          // columns of the child
  std::vector<std::shared_ptr<const AggregateExpr>> aggregates;  // args over the child's columns
  std::vector<std::vector<int>> grouping_sets;              // positions in group_keys
};
struct WindowAggNode : PlanNode {
  WindowAggNode() : PlanNode(PlanKind::kWindowAgg) {}
  std::vector<SortKey> partition_keys, order_keys;
  int frame_options = 0;
  ExprPtr start_offset, end_offset;
  std::vector<std::shared_ptr<const WindowExpr>> functions;  // output: child's columns, then these
};
// children[0] non-recursive term, children[1] recursive term, which reads the rows found last through a CteScanNode with
// work_table and this plan_id. It is the root of subplan plan_id. distinct: UNION, rows already seen are dropped.
struct RecursiveUnionNode : PlanNode {
  RecursiveUnionNode() : PlanNode(PlanKind::kRecursiveUnion) {}
  int plan_id = 0;
  bool distinct = false;
  std::vector<SortKey> keys;
};
struct AppendNode : PlanNode {
  AppendNode() : PlanNode(PlanKind::kAppend) {}
};
struct SetOpNode : PlanNode {  // children[0], children[1]
  SetOpNode() : PlanNode(PlanKind::kSetOp) {}
  SetOperator op = SetOperator::kIntersect;
  bool all = false;
  std::vector<SortKey> keys;
};
struct LockRowsNode : PlanNode {
  LockRowsNode() : PlanNode(PlanKind::kLockRows) {}
  struct Mark {
    RelationPtr relation;
    int row_id_column;  // child's column with the row id (fetch attno kCtid), as int8 datum of RowId
    LockStrength strength;
    storage::LockWait wait;
  };
  std::vector<Mark> marks;
};

// An index to maintain, with its expressions bound over the table's columns (InputExpr index = attnum - 1).
struct IndexMaintenance {
  RelationPtr index;
  std::vector<ExprPtr> key_exprs;
  ExprPtr predicate;
  std::vector<AttrNumber> columns_used;  // update touches the index only if one of these changed
};
// INSERT: child yields one column per table column (attnum order). UPDATE: child yields the row id (kCtid) as column 0,
// then the old row's columns (attnum order), then new values for `assigned` columns. DELETE: row id, then old columns.
// A foreign key with both its tables.
struct ForeignKeyLink {
  RelationPtr referencing, referenced;
  size_t position = 0;  // in referencing->foreign_keys
  const ForeignKeyDesc& key() const { return referencing->foreign_keys[position]; }
};
struct ForeignKeyLinks {
  std::vector<std::shared_ptr<const ForeignKeyLink>> own, referring;  // of the table; to the table
};

struct ModifyTableNode : PlanNode {
  ModifyTableNode() : PlanNode(PlanKind::kModifyTable) {}
  Command command = Command::kInsert;
  RelationPtr relation;
  std::string alias;
  std::vector<AttrNumber> assigned;           // UPDATE
  // UPDATE: columns kept apart from the row that nothing looks at. They are null in the old row, and stay as they are.
  std::vector<AttrNumber> unread;
  std::vector<IndexMaintenance> indexes;
  struct Check {
    std::string name;
    ExprPtr expr;  // over the new row
  };
  std::vector<Check> checks;
  ForeignKeyLinks foreign_keys;
  // Over the new row (old for DELETE) in attnum order (index = attnum - 1, dropped columns counted), then the child's
  // columns after the fixed ones described above (index = column count + i).
  std::vector<TargetEntry> returning;
  // READ COMMITTED re-check: the scan's qualification over old-row columns (InputExpr index = attnum - 1) and the new values
  // over the old row, when the plan is a single-table one; empty optional = re-run the statement instead.
  std::optional<ExprPtr> recheck;
  std::vector<ExprPtr> reassign;              // per `assigned`
  OnConflictAction on_conflict = OnConflictAction::kNone;
  std::vector<Oid> arbiters;
  std::vector<std::pair<AttrNumber, ExprPtr>> conflict_set;  // over existing row, then EXCLUDED row
  ExprPtr conflict_where;
};

struct SubplanInfo {
  PlanPtr plan;
  bool is_init = false;             // run once on first use of its output slots
  SubLinkKind link = SubLinkKind::kExpr;
  std::vector<int> output_slots;    // init plans: exec slots set from the first row
  std::string name;                 // "InitPlan 1 (returns $0)", "CTE x", "SubPlan 2"
  // Exec slots it reads that are set outside of it. A materialized CTE must be computed again when one of them changes; init
  // plans have none.
  std::vector<int> external_slots;
};

struct PhysicalPlan {
  PlanPtr root;
  std::vector<SubplanInfo> subplans;
  int exec_slots = 0;
  Command command = Command::kSelect;
  // RowDescription; empty = no result set. The root may yield further (junk) columns after these: ignore them.
  std::vector<TargetEntry> result_columns;
  std::vector<TypeRef> parameter_types;
  uint64_t catalog_version = 0;
  std::vector<std::pair<RelationPtr, storage::LockMode>> locks;  // taken before execution
  bool read_only = true;  // no table writes, no row locks
  uint64_t statistics_read = 0;  // of vector indexes, to know their costs: one buffer each for EXPLAIN
  // EXPLAIN: the range-table entries of all query levels, and what keeps them alive.
  std::vector<std::shared_ptr<const RangeTableEntry>> range_table;
  QueryPtr source;
};
using PhysicalPlanPtr = std::shared_ptr<const PhysicalPlan>;

class CatalogManager;

struct PlannerInput {
  const Catalog* catalog;
  conf::SessionSettings* settings;
  EvalEnvironment* env;          // constant folding
  storage::TableStore* tables;   // sizes
  CatalogManager* catalogs;      // open indexes for cost estimates
  std::vector<TypeRef> parameter_types;
  // Values for a custom plan (constant-fold the parameters); empty = generic plan.
  std::vector<ExprPtr> parameter_values;
};
// Throws SqlError.
PhysicalPlanPtr make_plan(const QueryPtr& query, const PlannerInput& input);

}  // namespace vecino::sql

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sqlfront/analyze/expr.h"
#include "sqlfront/catalog/descriptors.h"

namespace vecino::sql {

// The analyzed form of SELECT/INSERT/UPDATE/DELETE/VALUES: PostgreSQL's Query, in our words.

enum class RteKind : uint8_t { kRelation, kSubquery, kJoin, kFunction, kValues, kCte, kResult };
enum class JoinType : uint8_t { kInner, kLeft, kFull, kRight, kSemi, kAnti };

struct RangeFunction {
  ExprPtr call;  // FunctionExpr (set-returning or plain)
  std::vector<TypeRef> column_types;
  std::vector<std::string> column_names;
};

struct RangeTableEntry {
  RteKind kind = RteKind::kRelation;
  std::string alias;                      // effective name (EXPLAIN, column qualification)
  bool has_alias = false;                 // an alias was written
  std::vector<std::string> column_names;  // after column aliases
  std::vector<TypeRef> column_types;
  RelationPtr relation;                   // kRelation (views arrive as kSubquery with `relation` set)
  std::shared_ptr<const Query> subquery;  // kSubquery
  bool lateral = false;
  bool locked = false;                    // kSubquery: FOR UPDATE or SHARE names it; its tables have the row marks
  JoinType join = JoinType::kInner;       // kJoin
  std::vector<ExprPtr> join_aliases;      // kJoin: what each output column is
  std::vector<RangeFunction> functions;   // kFunction (ROWS FROM: several)
  bool with_ordinality = false;
  std::vector<std::vector<ExprPtr>> values;  // kValues
  std::string cte_name;                   // kCte
  int cte_levels_up = 0;
};

struct FromItem {  // a leaf (range-table index) or a join
  int rte = -1;
  struct Join {
    JoinType type;
    std::unique_ptr<FromItem> left, right;
    ExprPtr condition;  // null = none
    int rte;            // kJoin entry
  };
  std::unique_ptr<Join> join;
};

struct TargetEntry {
  ExprPtr expr;
  std::string name;
  bool junk = false;            // not sent to the client (ORDER BY / GROUP BY helpers)
  int sort_group_ref = 0;       // != 0: referenced by sort/group clauses
  AttrNumber target_attno = 0;  // INSERT/UPDATE: column assigned
  Oid origin_table = kInvalidOid;  // RowDescription
  AttrNumber origin_column = 0;
};

struct SortGroupClause {
  int ref = 0;  // TargetEntry::sort_group_ref
  const OperatorDef* eq = nullptr;
  const OperatorDef* sort_op = nullptr;  // < or > ; null = not sortable
  bool descending = false, nulls_first = false, hashable = true;
};

struct GroupingSet {
  std::vector<int> refs;
};

struct CommonTableExpr {
  std::string name;
  std::shared_ptr<const Query> query;
  std::optional<bool> materialized;  // unset = default rule
  bool recursive = false;
  int reference_count = 0;
  std::vector<std::string> column_names;
  std::vector<TypeRef> column_types;
};

enum class SetOperator : uint8_t { kUnion, kIntersect, kExcept };
struct SetOperation {  // tree over subquery RTEs
  int rte = -1;        // leaf
  SetOperator op = SetOperator::kUnion;
  bool all = false;
  std::unique_ptr<SetOperation> left, right;
  std::vector<TypeRef> column_types;
  std::vector<SortGroupClause> group_clauses;  // equality per column when !all
};

enum class LockStrength : uint8_t { kNone, kForKeyShare, kForShare, kForNoKeyUpdate, kForUpdate };
struct RowMark {
  int rte;
  LockStrength strength;
  storage::LockWait wait;
};

struct WindowClause {
  std::string name;
  std::vector<SortGroupClause> partition_by, order_by;
  int frame_options = 0;  // PostgreSQL's FRAMEOPTION_* bits
  ExprPtr start_offset, end_offset;
};

enum class OnConflictAction : uint8_t { kNone, kNothing, kUpdate };
struct OnConflict {
  OnConflictAction action = OnConflictAction::kNone;
  std::vector<Oid> arbiter_indexes;  // empty with kNothing = any
  std::vector<AttrNumber> arbiter_columns;  // read to find the conflict: SELECT is needed
  std::vector<TargetEntry> set;      // target_attno; EXCLUDED is range-table entry `excluded_rte`
  ExprPtr where;
  int excluded_rte = -1;
};

enum class Command : uint8_t { kSelect, kInsert, kUpdate, kDelete };
enum class OverridingKind : uint8_t { kNone, kUser, kSystem };

struct Query {
  Command command = Command::kSelect;
  std::vector<RangeTableEntry> range_table;
  std::vector<std::unique_ptr<FromItem>> from;  // implicit cross join
  ExprPtr where;
  std::vector<TargetEntry> targets;
  int result_rte = -1;                    // INSERT/UPDATE/DELETE target
  std::vector<TargetEntry> returning;
  OnConflict on_conflict;
  OverridingKind overriding = OverridingKind::kNone;
  // INSERT: source is range table entry `insert_source` (subquery or values) or, for one VALUES row / DEFAULT VALUES, targets alone.
  std::vector<AttrNumber> inserted_columns;  // the column list, written or implied
  // All columns of the table are present in `targets` after defaults are filled in, in attnum order.
  std::vector<SortGroupClause> group_by;
  std::vector<GroupingSet> grouping_sets;  // empty = plain GROUP BY
  ExprPtr having;
  std::vector<WindowClause> windows;
  std::vector<SortGroupClause> distinct;   // DISTINCT / DISTINCT ON
  bool distinct_on = false;
  std::vector<SortGroupClause> order_by;
  ExprPtr limit, offset;                   // int8
  bool with_ties = false;
  std::vector<CommonTableExpr> ctes;
  std::unique_ptr<SetOperation> set_operation;
  std::vector<RowMark> row_marks;
  bool has_aggregates = false, has_windows = false, has_sublinks = false, has_target_srfs = false;
  bool has_modifying_cte = false;
};
using QueryPtr = std::shared_ptr<const Query>;

}  // namespace vecino::sql

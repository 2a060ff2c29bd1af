#pragma once

#include <optional>

#include "sqlfront/parse/ast_expr.h"

namespace vecino::sql::ast {

struct Constraint;  // ast_ddl.h

struct Alias {
  std::string name;  // empty = no alias
  std::vector<std::string> columns;
};

// Target-list entry; UPDATE ... SET and INSERT column lists too (name + indirection = what is assigned).
struct ResTarget : Node {
  VECINO_AST_NODE(ResTarget, kResTarget)
  std::string name;      // AS name; empty = none
  NodeList indirection;  // StringNode, Indices, StarNode
  NodePtr value;         // null in INSERT column lists
};

enum class SortDirection : uint8_t { kDefault, kAscending, kDescending, kUsing };
enum class NullsOrder : uint8_t { kDefault, kFirst, kLast };
struct SortBy : Node {
  VECINO_AST_NODE(SortBy, kSortBy)
  NodePtr expr;
  SortDirection direction = SortDirection::kDefault;
  NullsOrder nulls = NullsOrder::kDefault;
  Name using_operator;  // kUsing
};

// PostgreSQL's FRAMEOPTION_* bits (parsenodes.h).
namespace frame_option {
inline constexpr int kNonDefault = 0x00001, kRange = 0x00002, kRows = 0x00004, kGroups = 0x00008, kBetween = 0x00010,
                     kStartUnboundedPreceding = 0x00020, kEndUnboundedPreceding = 0x00040,
                     kStartUnboundedFollowing = 0x00080, kEndUnboundedFollowing = 0x00100, kStartCurrentRow = 0x00200,
                     kEndCurrentRow = 0x00400, kStartOffsetPreceding = 0x00800, kEndOffsetPreceding = 0x01000,
                     kStartOffsetFollowing = 0x02000, kEndOffsetFollowing = 0x04000, kExcludeCurrentRow = 0x08000,
                     kExcludeGroup = 0x10000, kExcludeTies = 0x20000;
inline constexpr int kStartOffset = kStartOffsetPreceding | kStartOffsetFollowing;
inline constexpr int kEndOffset = kEndOffsetPreceding | kEndOffsetFollowing;
inline constexpr int kExclusion = kExcludeCurrentRow | kExcludeGroup | kExcludeTies;
inline constexpr int kDefaults = kRange | kStartUnboundedPreceding | kEndCurrentRow;
}  // namespace frame_option

struct WindowDef : Node {
  VECINO_AST_NODE(WindowDef, kWindowDef)
  std::string name;      // WINDOW name AS (...), or OVER name
  std::string ref_name;  // OVER (ref_name ...)
  NodeList partition_by;
  std::vector<std::unique_ptr<SortBy>> order_by;
  int frame_options = frame_option::kDefaults;
  NodePtr start_offset, end_offset;
};

enum class GroupingSetKind : uint8_t { kEmpty, kSimple, kRollup, kCube, kSets };
struct GroupingSet : Node {
  VECINO_AST_NODE(GroupingSet, kGroupingSet)
  GroupingSetKind set_kind = GroupingSetKind::kEmpty;
  NodeList content;
};

// A relation as written.
struct RangeVar : Node {
  VECINO_AST_NODE(RangeVar, kRangeVar)
  std::string catalog, schema, name;
  bool inherit = true;     // false: ONLY
  char persistence = 'p';  // p, u unlogged, t temporary
  Alias alias;
};
struct RangeSubselect : Node {
  VECINO_AST_NODE(RangeSubselect, kRangeSubselect)
  bool lateral = false;
  NodePtr query;  // SelectStmt
  Alias alias;
};

// Column of CREATE TABLE, ALTER TABLE ADD COLUMN and of column definition lists.
struct ColumnDef : Node {
  VECINO_AST_NODE(ColumnDef, kColumnDef)
  std::string name;
  std::unique_ptr<TypeName> type;  // null in CREATE TABLE ... OF / CREATE VIEW aliases
  std::string compression;
  char storage = 0;
  Name collation;                  // empty = none
  std::vector<std::unique_ptr<Constraint>> constraints;
  NodePtr using_expr;              // ALTER COLUMN TYPE ... USING
  bool has_fdw_options = false;
  ~ColumnDef() override;
};

struct RangeFunction : Node {
  VECINO_AST_NODE(RangeFunction, kRangeFunction)
  bool lateral = false, ordinality = false, rows_from = false;
  struct Item {
    NodePtr call;  // FuncCall, or another function-like expression
    std::vector<std::unique_ptr<ColumnDef>> columns;  // ROWS FROM (f() AS (a int, ...))
  };
  std::vector<Item> functions;
  Alias alias;
  std::vector<std::unique_ptr<ColumnDef>> columns;  // AS alias (a int, ...)
};
struct RangeTableSample : Node {
  VECINO_AST_NODE(RangeTableSample, kRangeTableSample)
  NodePtr relation;
  Name method;
  NodeList args;
  NodePtr repeatable;
};
enum class JoinKind : uint8_t { kInner, kLeft, kFull, kRight };
struct JoinExpr : Node {
  VECINO_AST_NODE(JoinExpr, kJoinExpr)
  JoinKind join = JoinKind::kInner;
  bool natural = false;
  NodePtr left, right;
  std::vector<std::string> using_columns;
  std::string using_alias;  // USING (...) AS alias
  NodePtr condition;
  Alias alias;
};
struct UnsupportedRange : Node {  // XMLTABLE
  VECINO_AST_NODE(UnsupportedRange, kUnsupportedRange)
  std::string description;
};

enum class LockingStrength : uint8_t { kForKeyShare, kForShare, kForNoKeyUpdate, kForUpdate };
enum class LockingWait : uint8_t { kBlock, kSkipLocked, kNoWait };
struct LockingClause : Node {
  VECINO_AST_NODE(LockingClause, kLockingClause)
  std::vector<std::unique_ptr<RangeVar>> relations;  // OF ...; empty = all
  LockingStrength strength = LockingStrength::kForUpdate;
  LockingWait wait = LockingWait::kBlock;
};

struct CommonTableExpr : Node {
  VECINO_AST_NODE(CommonTableExpr, kCommonTableExpr)
  std::string name;
  std::vector<std::string> columns;
  std::optional<bool> materialized;
  NodePtr query;  // SelectStmt, InsertStmt, UpdateStmt, DeleteStmt
  bool has_search = false, has_cycle = false;
};
struct WithClause : Node {
  VECINO_AST_NODE(WithClause, kWithClause)
  bool recursive = false;
  std::vector<std::unique_ptr<CommonTableExpr>> ctes;
};

enum class OnCommit : uint8_t { kNoop, kPreserveRows, kDeleteRows, kDrop };
struct IntoClause {  // SELECT INTO, CREATE TABLE AS
  std::unique_ptr<RangeVar> relation;
  std::vector<std::string> columns;
  std::string access_method, tablespace;
  DefList options;
  OnCommit on_commit = OnCommit::kNoop;
  bool with_no_data = false;
};

enum class SetOp : uint8_t { kNone, kUnion, kIntersect, kExcept };
struct SelectStmt : Node {
  VECINO_AST_NODE(SelectStmt, kSelectStmt)
  // Leaf: SELECT or VALUES.
  bool distinct = false;
  NodeList distinct_on;  // with `distinct`: DISTINCT ON (...)
  std::unique_ptr<IntoClause> into;
  std::vector<std::unique_ptr<ResTarget>> targets;
  NodeList from;
  NodePtr where;
  NodeList group_by;     // expressions and GroupingSet
  bool group_distinct = false;
  NodePtr having;
  std::vector<std::unique_ptr<WindowDef>> windows;
  std::vector<NodeList> values;  // VALUES (...), (...)
  // Set operation.
  SetOp op = SetOp::kNone;
  bool all = false;
  std::unique_ptr<SelectStmt> left, right;
  // Both.
  std::vector<std::unique_ptr<SortBy>> order_by;
  NodePtr limit, offset;  // LIMIT ALL: a NULL constant
  bool with_ties = false;
  std::vector<std::unique_ptr<LockingClause>> locking;
  std::unique_ptr<WithClause> with;
};

struct InferElem : Node {  // element of ON CONFLICT (...)
  VECINO_AST_NODE(InferElem, kInferElem)
  std::string column;  // or expr
  NodePtr expr;
  Name collation, opclass;
  bool has_ordering = false;
};
struct OnConflictClause : Node {
  VECINO_AST_NODE(OnConflictClause, kOnConflictClause)
  bool do_update = false;
  bool has_target = false;  // (...) or ON CONSTRAINT given
  int infer_location = -1;
  std::vector<std::unique_ptr<InferElem>> infer;
  NodePtr infer_where;
  std::string constraint;   // ON CONSTRAINT name
  std::vector<std::unique_ptr<ResTarget>> set;
  NodePtr where;
};

enum class Overriding : uint8_t { kNone, kUserValue, kSystemValue };
struct InsertStmt : Node {
  VECINO_AST_NODE(InsertStmt, kInsertStmt)
  std::unique_ptr<RangeVar> relation;
  std::vector<std::unique_ptr<ResTarget>> columns;  // empty = all
  std::unique_ptr<SelectStmt> source;               // null = DEFAULT VALUES
  std::unique_ptr<OnConflictClause> on_conflict;
  std::vector<std::unique_ptr<ResTarget>> returning;
  std::unique_ptr<WithClause> with;
  Overriding overriding = Overriding::kNone;
};
struct UpdateStmt : Node {
  VECINO_AST_NODE(UpdateStmt, kUpdateStmt)
  std::unique_ptr<RangeVar> relation;
  std::vector<std::unique_ptr<ResTarget>> set;
  NodeList from;
  NodePtr where;
  std::vector<std::unique_ptr<ResTarget>> returning;
  std::unique_ptr<WithClause> with;
};
struct DeleteStmt : Node {
  VECINO_AST_NODE(DeleteStmt, kDeleteStmt)
  std::unique_ptr<RangeVar> relation;
  NodeList using_;
  NodePtr where;
  std::vector<std::unique_ptr<ResTarget>> returning;
  std::unique_ptr<WithClause> with;
};
struct MergeStmt : Node {  // recorded so that it can be refused by name
  VECINO_AST_NODE(MergeStmt, kMergeStmt)
  std::unique_ptr<RangeVar> relation;
};

}  // namespace vecino::sql::ast

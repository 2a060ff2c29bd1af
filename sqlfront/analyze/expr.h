#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sqlfront/catalog/descriptors.h"
#include "sqlfront/functions/function.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

// Bound expressions: names, types, operators and functions resolved, all coercions explicit. The node set and its
// meaning follow PostgreSQL's primnodes.h (Expr nodes), so EXPLAIN and pg_get_expr can print PostgreSQL's text.
// Immutable and shared; rewrites make new nodes. `location` = byte offset in the query text, -1 unknown.

enum class ExprKind : uint8_t {
  kConst, kParam, kVar, kFunction, kOperator, kDistinct, kNullIf, kScalarArrayOp, kBool, kNullTest, kBooleanTest,
  kCase, kCaseTest, kCoalesce, kMinMax, kArray, kRow, kRowCompare, kFieldSelect, kSubscript, kSubLink, kSubPlan,
  kAggregate, kWindow, kGrouping, kRelabel, kCoerceViaIO, kArrayCoerce, kSetToDefault, kSqlValue, kCollate, kInput,
};

struct Expr {
  ExprKind kind;
  TypeRef type;
  int location = -1;
  virtual ~Expr() = default;

 protected:
  explicit Expr(ExprKind k) : kind(k) {}
};
using ExprPtr = std::shared_ptr<const Expr>;

template <typename T>
const T& as(const Expr& expr) { return static_cast<const T&>(expr); }
template <typename T>
const T* try_as(const ExprPtr& expr) {
  return expr && expr->kind == T::kKind ? static_cast<const T*>(expr.get()) : nullptr;
}

// How an explicit function or coercion was written, for deparsing (PostgreSQL's CoercionForm).
enum class CoercionForm : uint8_t { kCall, kExplicitCast, kImplicitCast, kSqlSyntax };

struct ConstExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kConst;
  ConstExpr() : Expr(kKind) {}
  Datum value = Datum::null();
  std::shared_ptr<const std::string> bytes;  // owns value.ptr when kBytes
};
ExprPtr make_const(TypeRef type, const Datum& value, int location = -1);  // copies the bytes
ExprPtr make_null_const(TypeRef type, int location = -1);
ExprPtr make_bool_const(bool value);

enum class ParamSource : uint8_t {
  kExternal,  // $n of the prepared statement; id is 1-based
  kExec,      // set at run time: InitPlan results, correlated outer values, nested-loop values; id is 0-based slot
};
struct ParamExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kParam;
  ParamExpr() : Expr(kKind) {}
  ParamSource source = ParamSource::kExternal;
  int id = 0;
  ExprPtr origin;  // physical plans, kExec: the outer expression it carries (EXPLAIN prints that); null = print $id
};

// A column of a range-table entry. levels_up > 0: of an enclosing query. attno 0 = whole row; < 0 = system column.
struct VarExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kVar;
  VarExpr() : Expr(kKind) {}
  int rte = 0;  // 0-based index into Query::range_table
  AttrNumber attno = 0;
  int levels_up = 0;
};

struct FunctionExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kFunction;
  FunctionExpr() : Expr(kKind) {}
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> args;
  CoercionForm form = CoercionForm::kCall;
  bool variadic_call = false;  // VARIADIC array given
  bool returns_set = false;
};

// kOperator; also kDistinct (IS DISTINCT FROM, `op` is =) and kNullIf (`op` is =).
struct OperatorExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kOperator;
  explicit OperatorExpr(ExprKind k = ExprKind::kOperator) : Expr(k) {}
  const OperatorDef* op = nullptr;
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> args;  // 1 (prefix) or 2
};

struct ScalarArrayOpExpr : Expr {  // left op ANY/ALL (array)
  static constexpr ExprKind kKind = ExprKind::kScalarArrayOp;
  ScalarArrayOpExpr() : Expr(kKind) {}
  const OperatorDef* op = nullptr;
  const FunctionDef* function = nullptr;
  bool use_or = true;  // ANY
  ExprPtr left, array;
};

enum class BoolKind : uint8_t { kAnd, kOr, kNot };
struct BoolExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kBool;
  BoolExpr() : Expr(kKind) { type = {type_id::kBool, -1}; }
  BoolKind op = BoolKind::kAnd;
  std::vector<ExprPtr> args;
};

struct NullTestExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kNullTest;
  NullTestExpr() : Expr(kKind) { type = {type_id::kBool, -1}; }
  bool is_not = false;
  ExprPtr arg;  // record-typed: row-wise test
};

enum class BooleanTestKind : uint8_t { kIsTrue, kIsNotTrue, kIsFalse, kIsNotFalse, kIsUnknown, kIsNotUnknown };
struct BooleanTestExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kBooleanTest;
  BooleanTestExpr() : Expr(kKind) { type = {type_id::kBool, -1}; }
  BooleanTestKind test = BooleanTestKind::kIsTrue;
  ExprPtr arg;
};

struct CaseExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kCase;
  CaseExpr() : Expr(kKind) {}
  ExprPtr arg;  // CASE arg WHEN ...: conditions compare a CaseTestExpr with the values
  struct When {
    ExprPtr condition, result;
  };
  std::vector<When> whens;
  ExprPtr otherwise;  // never null (NULL const when absent in SQL: `has_else` false)
  bool has_else = false;
};
struct CaseTestExpr : Expr {  // the value of the innermost CaseExpr::arg
  static constexpr ExprKind kKind = ExprKind::kCaseTest;
  CaseTestExpr() : Expr(kKind) {}
};

struct CoalesceExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kCoalesce;
  CoalesceExpr() : Expr(kKind) {}
  std::vector<ExprPtr> args;
};
struct MinMaxExpr : Expr {  // GREATEST / LEAST
  static constexpr ExprKind kKind = ExprKind::kMinMax;
  MinMaxExpr() : Expr(kKind) {}
  bool greatest = true;
  std::vector<ExprPtr> args;
};
struct ArrayExpr : Expr {  // ARRAY[...]; multidims: elements are themselves arrays
  static constexpr ExprKind kKind = ExprKind::kArray;
  ArrayExpr() : Expr(kKind) {}
  TypeId element_type = kInvalidOid;
  std::vector<ExprPtr> elements;
  bool multidims = false;
};
struct RowExpr : Expr {  // ROW(...); type record (or a table's row type)
  static constexpr ExprKind kKind = ExprKind::kRow;
  RowExpr() : Expr(kKind) {}
  std::vector<ExprPtr> args;
  std::vector<std::string> names;
  bool explicit_row = true;
};
enum class RowCompareKind : uint8_t { kLess = 1, kLessEqual = 2, kGreaterEqual = 4, kGreater = 5 };  // = and <> become AND/OR
struct RowCompareExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kRowCompare;
  RowCompareExpr() : Expr(kKind) { type = {type_id::kBool, -1}; }
  RowCompareKind compare = RowCompareKind::kLess;
  std::vector<const OperatorDef*> ops;
  std::vector<ExprPtr> left, right;
};
struct FieldSelectExpr : Expr {  // (record).field
  static constexpr ExprKind kKind = ExprKind::kFieldSelect;
  FieldSelectExpr() : Expr(kKind) {}
  ExprPtr arg;
  int field = 0;  // 0-based
  std::string name;
};
struct SubscriptExpr : Expr {  // array[i], array[i:j]; element or slice
  static constexpr ExprKind kKind = ExprKind::kSubscript;
  SubscriptExpr() : Expr(kKind) {}
  ExprPtr container;
  std::vector<ExprPtr> upper, lower;  // lower only for slices; null entries = omitted bound
  bool slice = false;
  ExprPtr assign;  // UPDATE t SET a[i] = assign: value of the whole new array
};

struct Query;
enum class SubLinkKind : uint8_t { kExists, kAll, kAny, kRowCompare, kExpr, kArray, kMultiExpr };
struct SubLinkExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kSubLink;
  SubLinkExpr() : Expr(kKind) {}
  SubLinkKind link = SubLinkKind::kExpr;
  std::shared_ptr<const Query> query;
  // ANY/ALL: `test` compares the left side with ParamExpr{kExec, id = -1 - column} standing for the sub-select's columns.
  ExprPtr test;
  std::string operator_name;
  bool is_in = false;  // written as IN
};

// Physical counterpart of SubLink (plan/ makes it); see plan/physical.h.
struct SubPlanExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kSubPlan;
  SubPlanExpr() : Expr(kKind) {}
  SubLinkKind link = SubLinkKind::kExpr;
  int plan_id = 0;                  // index into PhysicalPlan::subplans
  std::vector<int> param_slots;     // exec slots to set from `args` before each run (correlation)
  std::vector<ExprPtr> args;
  ExprPtr test;                     // ANY/ALL: reads output columns from exec slots `output_slots`
  std::vector<int> output_slots;
  bool use_hash = false;            // uncorrelated ANY with hashable equality
  std::vector<ExprPtr> hash_left;   // left-hand expressions then
};

struct AggregateExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kAggregate;
  AggregateExpr() : Expr(kKind) {}
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> args;          // count(*): empty with star
  bool star = false, distinct = false;
  struct Order {
    ExprPtr expr;
    bool descending, nulls_first;
  };
  std::vector<Order> order_by;        // inside the call
  std::vector<ExprPtr> direct_args;   // WITHIN GROUP: direct arguments (order_by holds the aggregated ones)
  bool within_group = false;
  ExprPtr filter;
  int levels_up = 0;                  // aggregate of an enclosing query
};

struct WindowExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kWindow;
  WindowExpr() : Expr(kKind) {}
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> args;
  bool star = false;
  ExprPtr filter;
  int window = 0;  // index into Query::windows
};

struct GroupingExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kGrouping;
  GroupingExpr() : Expr(kKind) { type = {type_id::kInt4, -1}; }
  std::vector<ExprPtr> args;
};

struct RelabelExpr : Expr {  // binary-coercible cast: same datum
  static constexpr ExprKind kKind = ExprKind::kRelabel;
  RelabelExpr() : Expr(kKind) {}
  ExprPtr arg;
  CoercionForm form = CoercionForm::kImplicitCast;
};
struct CoerceViaIOExpr : Expr {  // output function, then input function
  static constexpr ExprKind kKind = ExprKind::kCoerceViaIO;
  CoerceViaIOExpr() : Expr(kKind) {}
  ExprPtr arg;
  CoercionForm form = CoercionForm::kExplicitCast;
};
struct ArrayCoerceExpr : Expr {  // per element: `element` with a CaseTestExpr for the value
  static constexpr ExprKind kKind = ExprKind::kArrayCoerce;
  ArrayCoerceExpr() : Expr(kKind) {}
  ExprPtr arg, element;
  CoercionForm form = CoercionForm::kExplicitCast;
};
struct SetToDefaultExpr : Expr {  // DEFAULT in VALUES / SET; replaced before planning
  static constexpr ExprKind kKind = ExprKind::kSetToDefault;
  SetToDefaultExpr() : Expr(kKind) {}
};
enum class SqlValueKind : uint8_t { kCurrentDate, kCurrentTime, kCurrentTimestamp, kLocalTime, kLocalTimestamp,
                                    kCurrentUser, kSessionUser, kCurrentCatalog, kCurrentSchema, kCurrentRole, kUser };
struct SqlValueExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kSqlValue;
  SqlValueExpr() : Expr(kKind) {}
  SqlValueKind value = SqlValueKind::kCurrentTimestamp;  // type.typmod = precision
};
struct CollateExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kCollate;
  CollateExpr() : Expr(kKind) {}
  ExprPtr arg;
  std::string collation;
};

// Physical only: column `index` of the operator's input (for joins: outer columns, then inner columns).
struct InputExpr : Expr {
  static constexpr ExprKind kKind = ExprKind::kInput;
  InputExpr() : Expr(kKind) {}
  int index = 0;
  std::string display;  // fixed text for EXPLAIN; normally empty
  // What the column is, for EXPLAIN: Vars in it have rte = index into PhysicalPlan::range_table.
  ExprPtr origin;
  bool computed_below = false;  // a non-Var computed by a lower node: printed in parentheses
};

// Copy with every direct child replaced by map(child); returns the same node when nothing changed.
ExprPtr map_children(const ExprPtr& expr, const std::function<ExprPtr(const ExprPtr&)>& map);
// Visits every direct child expression (not into SubLink queries).
void for_each_child(const Expr& expr, const std::function<void(const ExprPtr&)>& visit);
bool equal_expr(const ExprPtr& left, const ExprPtr& right);  // structural, ignores locations

}  // namespace vecino::sql

#pragma once

#include "sqlfront/parse/ast_node.h"

namespace vecino::sql::ast {

struct SelectStmt;
struct WindowDef;
struct SortBy;

// Literal. Integers beyond int4 arrive as kFloat, as in PostgreSQL.
enum class ConstKind : uint8_t { kNull, kInteger, kFloat, kBoolean, kString, kBitString };
struct Const : Node {
  VECINO_AST_NODE(Const, kConst)
  ConstKind value_kind = ConstKind::kNull;
  int32_t integer = 0;
  bool boolean = false;
  std::string text;  // kFloat, kString, kBitString ("b0101" / "x1F")
};

struct ColumnRef : Node {  // a, t.a, s.t.a; star: t.* or *
  VECINO_AST_NODE(ColumnRef, kColumnRef)
  Name fields;
  bool star = false;
};

struct ParamRef : Node {
  VECINO_AST_NODE(ParamRef, kParamRef)
  int number = 0;  // 1-based
};

enum class AExprKind : uint8_t {
  kOp, kOpAny, kOpAll, kDistinct, kNotDistinct, kNullIf, kIn, kLike, kILike, kSimilar, kBetween, kNotBetween,
  kBetweenSymmetric, kNotBetweenSymmetric,
};
struct AExpr : Node {
  VECINO_AST_NODE(AExpr, kAExpr)
  AExprKind expr_kind = AExprKind::kOp;
  Name name;      // operator; kIn: "=" or "<>"
  NodePtr left;   // null = prefix operator
  NodePtr right;  // kIn, kBetween...: ListNode
};

enum class BoolOp : uint8_t { kAnd, kOr, kNot };
struct BoolExpr : Node {
  VECINO_AST_NODE(BoolExpr, kBoolExpr)
  BoolOp op = BoolOp::kAnd;
  NodeList args;
};
struct NullTest : Node {
  VECINO_AST_NODE(NullTest, kNullTest)
  NodePtr arg;
  bool is_not = false;
};
enum class BooleanTestOp : uint8_t { kIsTrue, kIsNotTrue, kIsFalse, kIsNotFalse, kIsUnknown, kIsNotUnknown };
struct BooleanTest : Node {
  VECINO_AST_NODE(BooleanTest, kBooleanTest)
  NodePtr arg;
  BooleanTestOp test = BooleanTestOp::kIsTrue;
};

// A type as written. SQL spellings are already mapped: int -> pg_catalog.int4, timestamp with time zone ->
// pg_catalog.timestamptz, char(3) -> pg_catalog.bpchar with typmods.
struct TypeName : Node {
  VECINO_AST_NODE(TypeName, kTypeName)
  Name names;
  bool setof = false, percent_type = false;
  NodeList typmods;               // expressions, usually Const
  int32_t typmod = -1;            // already known (interval fields)
  std::vector<int> array_bounds;  // -1 = unspecified; size = dimensions
};

struct TypeCast : Node {
  VECINO_AST_NODE(TypeCast, kTypeCast)
  NodePtr arg;
  std::unique_ptr<TypeName> type;
};
struct CollateClause : Node {
  VECINO_AST_NODE(CollateClause, kCollateClause)
  NodePtr arg;  // null in column definitions
  Name collation;
};

struct FuncCall : Node {
  VECINO_AST_NODE(FuncCall, kFuncCall)
  Name name;
  NodeList args;  // NamedArg for name => value
  std::vector<std::unique_ptr<SortBy>> order_by;
  NodePtr filter;
  std::unique_ptr<WindowDef> over;
  bool within_group = false, star = false, distinct = false, variadic = false;
  bool sql_syntax = false;  // EXTRACT(... FROM ...), TRIM, OVERLAY, SUBSTRING, POSITION, AT TIME ZONE, ...
  ~FuncCall() override;
};
struct NamedArg : Node {
  VECINO_AST_NODE(NamedArg, kNamedArg)
  std::string name;
  NodePtr arg;
};

struct Indices : Node {  // [i] or [lower:upper]
  VECINO_AST_NODE(Indices, kIndices)
  bool slice = false;
  NodePtr lower, upper;  // plain subscript: upper
};
struct Indirection : Node {  // (arg).field, (arg)[i], (arg).*
  VECINO_AST_NODE(Indirection, kIndirection)
  NodePtr arg;
  NodeList steps;  // StringNode, Indices, StarNode
};
struct ArrayExpr : Node {  // ARRAY[...]
  VECINO_AST_NODE(ArrayExpr, kArrayExpr)
  NodeList elements;
};
struct RowExpr : Node {
  VECINO_AST_NODE(RowExpr, kRowExpr)
  NodeList args;
  bool explicit_row = false;  // ROW(...) was written
};
struct CaseWhen : Node {
  VECINO_AST_NODE(CaseWhen, kCaseWhen)
  NodePtr condition, result;
};
struct CaseExpr : Node {
  VECINO_AST_NODE(CaseExpr, kCaseExpr)
  NodePtr arg;
  std::vector<std::unique_ptr<CaseWhen>> whens;
  NodePtr otherwise;
};
struct CoalesceExpr : Node {
  VECINO_AST_NODE(CoalesceExpr, kCoalesceExpr)
  NodeList args;
};
struct MinMaxExpr : Node {
  VECINO_AST_NODE(MinMaxExpr, kMinMaxExpr)
  bool greatest = true;
  NodeList args;
};

enum class SubLinkOp : uint8_t { kExists, kAll, kAny, kExpr, kArray };
struct SubLink : Node {
  VECINO_AST_NODE(SubLink, kSubLink)
  SubLinkOp link = SubLinkOp::kExpr;
  NodePtr test;   // left side of ANY/ALL/IN
  Name operator_name;  // empty with kAny = IN
  NodePtr query;  // SelectStmt
};

enum class SqlValueOp : uint8_t {
  kCurrentDate, kCurrentTime, kCurrentTimestamp, kLocalTime, kLocalTimestamp, kCurrentRole, kCurrentUser, kUser,
  kSessionUser, kCurrentCatalog, kCurrentSchema,
};
struct SqlValueFunction : Node {
  VECINO_AST_NODE(SqlValueFunction, kSqlValueFunction)
  SqlValueOp op = SqlValueOp::kCurrentTimestamp;
  int32_t typmod = -1;  // precision
};
struct GroupingFunc : Node {
  VECINO_AST_NODE(GroupingFunc, kGroupingFunc)
  NodeList args;
};
struct SetToDefault : Node {
  VECINO_AST_NODE(SetToDefault, kSetToDefault)
};
struct CurrentOf : Node {
  VECINO_AST_NODE(CurrentOf, kCurrentOf)
  std::string cursor;
};
// One column of SET (a, b) = source. Every column of the assignment carries its own copy of the source.
struct MultiAssignRef : Node {
  VECINO_AST_NODE(MultiAssignRef, kMultiAssignRef)
  NodePtr source;
  int column = 0, column_count = 0;  // column is 1-based
};
// Syntax that is understood but not supported (XML expressions): refused where it is analyzed.
struct UnsupportedExpr : Node {
  VECINO_AST_NODE(UnsupportedExpr, kUnsupportedExpr)
  std::string description;
};

}  // namespace vecino::sql::ast

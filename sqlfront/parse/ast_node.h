#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vecino::sql::ast {

enum class NodeKind : uint8_t {
  // Expressions and their parts (ast_expr.h).
  kConst, kColumnRef, kParamRef, kAExpr, kBoolExpr, kNullTest, kBooleanTest, kTypeCast, kCollateClause, kFuncCall,
  kNamedArg, kIndirection, kIndices, kStar, kArrayExpr, kRowExpr, kCaseExpr, kCaseWhen, kCoalesceExpr, kMinMaxExpr,
  kSubLink, kSqlValueFunction, kGroupingFunc, kSetToDefault, kCurrentOf, kMultiAssignRef, kUnsupportedExpr,
  kString, kInteger, kFloat, kBoolean, kList, kTypeName,
  // Parts of queries (ast_query.h).
  kResTarget, kSortBy, kWindowDef, kGroupingSet, kRangeVar, kRangeSubselect, kRangeFunction, kRangeTableSample,
  kJoinExpr, kUnsupportedRange, kColumnDef, kLockingClause, kCommonTableExpr, kWithClause, kInferElem,
  kOnConflictClause,
  kSelectStmt, kInsertStmt, kUpdateStmt, kDeleteStmt, kMergeStmt,
  // Definitions (ast_ddl.h).
  kConstraint, kTableLikeClause, kDefElem, kRoleSpec, kAccessPriv, kObjectName, kIndexElem,
  kCreateTableStmt, kCreateTableAsStmt, kAlterTableStmt, kAlterTableCommand, kDropStmt, kTruncateStmt, kCommentStmt,
  kRenameStmt, kAlterOwnerStmt, kAlterObjectSchemaStmt, kIndexStmt, kCreateSequenceStmt, kAlterSequenceStmt,
  kCreateSchemaStmt, kCreateViewStmt, kCreateExtensionStmt, kAlterExtensionStmt, kCreateDatabaseStmt,
  kAlterDatabaseStmt, kAlterDatabaseSetStmt, kDropDatabaseStmt, kCreateRoleStmt, kAlterRoleStmt, kAlterRoleSetStmt,
  kDropRoleStmt, kGrantStmt, kGrantRoleStmt, kDropOwnedStmt, kReassignOwnedStmt, kReindexStmt, kClusterStmt,
  kVacuumStmt, kVacuumRelation,
  // Session and transaction statements (ast_utility.h).
  kTransactionStmt, kVariableSetStmt, kVariableShowStmt, kAlterSystemStmt, kPrepareStmt, kExecuteStmt,
  kDeallocateStmt, kDeclareCursorStmt, kFetchStmt, kClosePortalStmt, kCopyStmt, kExplainStmt, kLockStmt,
  kDiscardStmt, kListenStmt, kNotifyStmt, kUnlistenStmt, kCheckPointStmt, kDoStmt, kConstraintsSetStmt, kLoadStmt,
  kCallStmt, kUnsupportedStatement,
};

struct Node {
  NodeKind kind;
  int location = -1;  // 0-based byte offset into the query text, -1 = unknown
  virtual ~Node() = default;

 protected:
  explicit Node(NodeKind k) : kind(k) {}
};
using NodePtr = std::unique_ptr<Node>;
using NodeList = std::vector<NodePtr>;
using Name = std::vector<std::string>;  // qualified name, outermost part first

// REQUIRES: node.kind == T::kKind.
template <typename T>
const T& as(const Node& node) { return static_cast<const T&>(node); }
template <typename T>
const T* try_as(const Node* node) {
  return node != nullptr && node->kind == T::kKind ? static_cast<const T*>(node) : nullptr;
}
template <typename T>
const T* try_as(const NodePtr& node) { return try_as<T>(node.get()); }

// Declares a concrete node's kind and constructor.
#define VECINO_AST_NODE(Type, kind_value)                   \
  static constexpr NodeKind kKind = NodeKind::kind_value;   \
  Type() : Node(kKind) {}

// Bare values and lists, where the grammar allows different things in one place.
struct StringNode : Node {
  VECINO_AST_NODE(StringNode, kString)
  std::string value;
};
struct IntegerNode : Node {
  VECINO_AST_NODE(IntegerNode, kInteger)
  int64_t value = 0;
};
struct FloatNode : Node {  // numeric literal as written
  VECINO_AST_NODE(FloatNode, kFloat)
  std::string value;
};
struct BooleanNode : Node {
  VECINO_AST_NODE(BooleanNode, kBoolean)
  bool value = false;
};
struct ListNode : Node {
  VECINO_AST_NODE(ListNode, kList)
  NodeList items;
};
struct StarNode : Node {
  VECINO_AST_NODE(StarNode, kStar)
};

// name [= arg] of WITH (...), COPY, EXPLAIN, CREATE ROLE, sequence options ... Read with def_elem.h.
struct DefElem : Node {
  VECINO_AST_NODE(DefElem, kDefElem)
  std::string name_space;  // "toast" of toast.autovacuum_enabled
  std::string name;
  NodePtr arg;             // null, StringNode, IntegerNode, FloatNode, BooleanNode, ListNode, TypeName, RangeVar, ObjectName, ...
  enum class Action : uint8_t { kUnspecified, kSet, kAdd, kDrop } action = Action::kUnspecified;
};
using DefList = std::vector<std::unique_ptr<DefElem>>;

enum class DropBehavior : uint8_t { kRestrict, kCascade };

// What DROP, COMMENT, ALTER ... RENAME, GRANT, ALTER ... OWNER speak about.
enum class ObjectType : uint8_t {
  kUnknown, kAccessMethod, kAggregate, kAttribute, kCast, kColumn, kCollation, kConversion, kDatabase, kDefault,
  kDomain, kDomainConstraint, kEventTrigger, kExtension, kForeignDataWrapper, kForeignServer, kForeignTable,
  kFunction, kIndex, kLanguage, kLargeObject, kMaterializedView, kOpclass, kOperator, kOpfamily, kParameter,
  kPolicy, kProcedure, kPublication, kRole, kRoutine, kRule, kSchema, kSequence, kSubscription, kStatistics,
  kTableConstraint, kTable, kTablespace, kTransform, kTrigger, kTextSearchConfiguration, kTextSearchDictionary,
  kTextSearchParser, kTextSearchTemplate, kType, kUserMapping, kView,
};
// "TABLE", "MATERIALIZED VIEW" ... as command tags and messages print it.
std::string_view object_type_name(ObjectType type);

// name | CURRENT_USER | SESSION_USER | CURRENT_ROLE | PUBLIC
struct RoleSpec : Node {
  VECINO_AST_NODE(RoleSpec, kRoleSpec)
  enum class Role : uint8_t { kName, kCurrentRole, kCurrentUser, kSessionUser, kPublic } role = Role::kName;
  std::string name;
};

}  // namespace vecino::sql::ast

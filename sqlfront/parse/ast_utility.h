#pragma once

#include "sqlfront/parse/ast_query.h"

namespace vecino::sql::ast {

enum class TransactionOp : uint8_t {
  kBegin, kStart, kCommit, kRollback, kSavepoint, kRelease, kRollbackTo, kPrepare, kCommitPrepared, kRollbackPrepared,
};
struct TransactionStmt : Node {
  VECINO_AST_NODE(TransactionStmt, kTransactionStmt)
  TransactionOp op = TransactionOp::kBegin;
  DefList options;  // transaction_isolation (string), transaction_read_only (int), transaction_deferrable (int)
  std::string savepoint;
  std::string gid;
  bool chain = false;
};

enum class VariableSetKind : uint8_t { kValue, kDefault, kCurrent, kMulti, kReset, kResetAll };
struct VariableSetStmt : Node {
  VECINO_AST_NODE(VariableSetStmt, kVariableSetStmt)
  VariableSetKind set = VariableSetKind::kValue;
  std::string name;  // kMulti: "TRANSACTION", "SESSION CHARACTERISTICS", "TRANSACTION SNAPSHOT"
  NodeList args;     // Const, TypeCast (SET TIME ZONE INTERVAL ...); kMulti: DefElem or Const
  bool is_local = false;
};
struct VariableShowStmt : Node {
  VECINO_AST_NODE(VariableShowStmt, kVariableShowStmt)
  std::string name;  // "all" for SHOW ALL
};
struct AlterSystemStmt : Node {
  VECINO_AST_NODE(AlterSystemStmt, kAlterSystemStmt)
  std::unique_ptr<VariableSetStmt> set;
};

struct PrepareStmt : Node {
  VECINO_AST_NODE(PrepareStmt, kPrepareStmt)
  std::string name;
  std::vector<std::unique_ptr<TypeName>> types;
  NodePtr query;
};
struct ExecuteStmt : Node {
  VECINO_AST_NODE(ExecuteStmt, kExecuteStmt)
  std::string name;
  NodeList args;
};
struct DeallocateStmt : Node {
  VECINO_AST_NODE(DeallocateStmt, kDeallocateStmt)
  std::string name;  // empty = ALL
};

namespace cursor_option {
inline constexpr int kBinary = 0x0001, kScroll = 0x0002, kNoScroll = 0x0004, kInsensitive = 0x0008,
                     kAsensitive = 0x0010, kHold = 0x0020;
}
struct DeclareCursorStmt : Node {
  VECINO_AST_NODE(DeclareCursorStmt, kDeclareCursorStmt)
  std::string name;
  int options = 0;
  NodePtr query;
};
enum class FetchDirection : uint8_t { kForward, kBackward, kAbsolute, kRelative };
inline constexpr int64_t kFetchAll = INT64_MAX;
struct FetchStmt : Node {
  VECINO_AST_NODE(FetchStmt, kFetchStmt)
  FetchDirection direction = FetchDirection::kForward;
  int64_t count = 1;  // kFetchAll = ALL
  std::string cursor;
  bool is_move = false;
};
struct ClosePortalStmt : Node {
  VECINO_AST_NODE(ClosePortalStmt, kClosePortalStmt)
  std::string name;  // empty = ALL
};

struct CopyStmt : Node {
  VECINO_AST_NODE(CopyStmt, kCopyStmt)
  std::unique_ptr<RangeVar> relation;  // or query
  NodePtr query;
  std::vector<std::string> columns;
  bool has_columns = false;
  bool is_from = false, is_program = false;
  std::string filename;  // empty = STDIN / STDOUT
  DefList options;       // format, delimiter, null, header, quote, escape, force_quote, force_not_null, force_null, encoding, freeze
  NodePtr where;
};

struct ExplainStmt : Node {
  VECINO_AST_NODE(ExplainStmt, kExplainStmt)
  NodePtr query;
  DefList options;
};
struct LockStmt : Node {
  VECINO_AST_NODE(LockStmt, kLockStmt)
  std::vector<std::unique_ptr<RangeVar>> relations;
  int mode = 8;  // LOCKMODE: 1 ACCESS SHARE ... 8 ACCESS EXCLUSIVE
  bool nowait = false;
};
enum class DiscardTarget : uint8_t { kAll, kPlans, kSequences, kTemp };
struct DiscardStmt : Node {
  VECINO_AST_NODE(DiscardStmt, kDiscardStmt)
  DiscardTarget target = DiscardTarget::kAll;
};
struct ListenStmt : Node {
  VECINO_AST_NODE(ListenStmt, kListenStmt)
  std::string channel;
};
struct NotifyStmt : Node {
  VECINO_AST_NODE(NotifyStmt, kNotifyStmt)
  std::string channel, payload;
};
struct UnlistenStmt : Node {
  VECINO_AST_NODE(UnlistenStmt, kUnlistenStmt)
  std::string channel;  // empty = *
};
struct CheckPointStmt : Node {
  VECINO_AST_NODE(CheckPointStmt, kCheckPointStmt)
};
struct DoStmt : Node {
  VECINO_AST_NODE(DoStmt, kDoStmt)
  DefList args;  // as, language
};
struct ConstraintsSetStmt : Node {
  VECINO_AST_NODE(ConstraintsSetStmt, kConstraintsSetStmt)
  std::vector<std::unique_ptr<RangeVar>> constraints;  // empty = ALL
  bool deferred = false;
};
struct LoadStmt : Node {
  VECINO_AST_NODE(LoadStmt, kLoadStmt)
  std::string filename;
};
struct CallStmt : Node {
  VECINO_AST_NODE(CallStmt, kCallStmt)
  std::unique_ptr<FuncCall> call;
};

// Everything the grammar knows and Vecino does not: answered with 0A000 `<description> is not supported`.
struct UnsupportedStatement : Node {
  VECINO_AST_NODE(UnsupportedStatement, kUnsupportedStatement)
  std::string description;  // "CREATE FUNCTION"
  std::string tag;          // command tag
};

}  // namespace vecino::sql::ast

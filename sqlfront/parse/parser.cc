#include "sqlfront/parse/parser.h"

#include <pthread.h>
#include <sys/mman.h>

#include <cctype>
#include <cstring>
#include <exception>

#include "sqlfront/interrupts.h"
#include "sqlfront/parse/chain_depth.h"
#include "sqlfront/parse/convert.h"
#include "sqlfront/parse/token_bound.h"
#include "sqlfront/parse/walk.h"

namespace vecino::sql {

namespace parse {

namespace {

// libpg_query reports only text; these are the messages of scan.l and gram.y whose code is not 42601.
struct MessageCode {
  const char* part;
  SqlState code;
};
constexpr MessageCode kMessageCodes[] = {
    {"invalid byte sequence for encoding", sqlstate::kCharacterNotInRepertoire},
    {"unsafe use of ", SqlState("22P06")},
    {"nonstandard use of ", SqlState("22P06")},
    {"invalid Unicode escape value", sqlstate::kSyntaxError},
    {"invalid Unicode surrogate pair", sqlstate::kSyntaxError},
    {"precision for type float must be", sqlstate::kInvalidParameterValue},
    {"is not yet implemented", sqlstate::kFeatureNotSupported},
    {"not yet implemented", sqlstate::kFeatureNotSupported},
    {"not supported", sqlstate::kFeatureNotSupported},
    {"is not implemented", sqlstate::kFeatureNotSupported},
    {"current database cannot be changed", sqlstate::kFeatureNotSupported},
    {"cannot be used as a role name here", sqlstate::kReservedName},
    {"role name \"public\" is reserved", sqlstate::kReservedName},
    {"role name \"none\" is reserved", sqlstate::kReservedName},
    {"frame start cannot be", sqlstate::kWindowingError},
    {"frame end cannot be", sqlstate::kWindowingError},
    {"frame starting from", sqlstate::kWindowingError},
    {"stack depth limit exceeded", sqlstate::kStatementTooComplex},
    {"out of memory", sqlstate::kOutOfMemory},
    {"invalid large-object", sqlstate::kSyntaxError},
    {"identifier too long", sqlstate::kNameTooLong},
};

SqlState code_of(std::string_view message) {
  for (const MessageCode& row : kMessageCodes) {
    if (message.find(row.part) != std::string_view::npos) return row.code;
  }
  return sqlstate::kSyntaxError;
}

// libpg_query's cursor counts characters from 1; 0 = unknown.
int byte_offset(std::string_view sql, int cursor) {
  if (cursor <= 0) return -1;
  size_t offset = 0;
  for (int skipped = 1; skipped < cursor && offset < sql.size(); ++skipped) {
    ++offset;
    while (offset < sql.size() && (static_cast<unsigned char>(sql[offset]) & 0xC0) == 0x80) ++offset;
  }
  return static_cast<int>(offset);
}

struct ResultOwner {
  PgQueryProtobufParseResult result;
  ~ResultOwner() { pg_query_free_protobuf_parse_result(result); }
};
struct TreeOwner {
  PgQuery__ParseResult* tree;
  ~TreeOwner() { pg_query__parse_result__free_unpacked(tree, nullptr); }
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

std::vector<ParsedStatement> parse_here(const std::string& sql) {
  ResultOwner owner{pg_query_parse_protobuf(sql.c_str())};
  if (const PgQueryError* error = owner.result.error) {
    std::string message = error->message == nullptr ? "syntax error" : error->message;
    SqlState code = code_of(message);
    throw SqlError(code, std::move(message), byte_offset(sql, error->cursorpos));
  }
  TreeOwner tree{pg_query__parse_result__unpack(
      nullptr, owner.result.parse_tree.len, reinterpret_cast<const uint8_t*>(owner.result.parse_tree.data))};
  if (tree.tree == nullptr) throw SqlError(sqlstate::kInternalError, "could not read the parse tree");
  std::vector<ParsedStatement> out;
  out.reserve(tree.tree->n_stmts);
  for (size_t i = 0; i < tree.tree->n_stmts; ++i) {
    const PgQuery__RawStmt& raw = *tree.tree->stmts[i];
    if (raw.stmt == nullptr) continue;
    ParsedStatement statement;
    size_t begin = raw.stmt_location;
    size_t end = raw.stmt_len > 0 ? begin + raw.stmt_len : sql.size();
    while (begin < end && is_space(sql[begin])) ++begin;
    while (end > begin && is_space(sql[end - 1])) --end;
    statement.location = static_cast<int>(begin);
    statement.length = static_cast<int>(end - begin);
    statement.node = Converter().statement(*raw.stmt);
    out.push_back(std::move(statement));
  }
  return out;
}

// libpg_query and protobuf-c recurse over the tree without a limit: a level takes at least one token of text and up to
// 4 kB of stack. Texts with many tokens are therefore parsed on a stack sized for the worst case (reserved, hardly touched).
constexpr size_t kStackPerToken = 4096;

}  // namespace

size_t token_bound(std::string_view sql) {
  size_t tokens = 0;
  for (size_t i = 0; i < sql.size(); ++i) {
    char c = sql[i];
    if (is_space(c)) continue;
    ++tokens;
    if (c == '\'' || c == '"') {
      size_t end = sql.find(c, i + 1);
      if (end == std::string_view::npos || sql.substr(i, end - i).find('\\') != std::string_view::npos) {
        return tokens + sql.size() - i;
      }
      i = end;
    } else if (isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.') {
      while (i + 1 < sql.size() && (isalnum(static_cast<unsigned char>(sql[i + 1])) || sql[i + 1] == '_')) ++i;
    } else if ((c == '$' && i + 1 < sql.size() && !isdigit(static_cast<unsigned char>(sql[i + 1]))) ||
               sql.substr(i, 2) == "--" || sql.substr(i, 2) == "/*") {
      return tokens + sql.size() - i;
    }
  }
  return tokens;
}

namespace {

struct Job {
  const std::string* sql;
  size_t stack_left;  // of the thread that waits for it and takes the tree
  std::vector<ParsedStatement> statements;
  std::exception_ptr error;
};

void* run_job(void* argument) {
  auto* job = static_cast<Job*>(argument);
  limit_stack(job->stack_left);
  try {
    job->statements = parse_here(*job->sql);
  } catch (...) {
    job->error = std::current_exception();
  }
  return nullptr;
}

std::vector<ParsedStatement> parse_on_big_stack(const std::string& sql, size_t tokens) {
  Job job{&sql, stack_left(), {}, nullptr};
  constexpr size_t kPage = 4096;
  size_t size = ((size_t{4} << 20) + tokens * kStackPerToken) / kPage * kPage;
  void* stack = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) throw_stack_depth_exceeded();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, size);
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, run_job, &job);
  pthread_attr_destroy(&attributes);
  if (failed == 0) pthread_join(thread, nullptr);
  munmap(stack, size);
  if (failed != 0) throw_stack_depth_exceeded();
  if (job.error) std::rethrow_exception(job.error);
  return std::move(job.statements);
}

}  // namespace
}  // namespace parse

std::vector<ParsedStatement> parse_sql(std::string_view sql) {
  std::string text(sql);  // libpg_query wants a terminated string
  size_t tokens = parse::token_bound(text);
  if (tokens > parse::kMaxChain && parse::longest_chain(text) > parse::kMaxChain) throw_stack_depth_exceeded();
  if (tokens > parse::kOwnStackTokens || tokens * parse::kStackPerToken > stack_left()) return parse::parse_on_big_stack(text, tokens);
  return parse::parse_here(text);
}

namespace {

// Shifts every location of a tree that was parsed behind a prefix. The tree is ours alone until it is returned.
void shift(const ast::Node& node, int by) {
  if (node.location >= by) const_cast<ast::Node&>(node).location -= by;
  ast::for_each_child(node, [by](const ast::Node& child) { shift(child, by); });
}

}  // namespace

std::unique_ptr<ast::Node> parse_expression(std::string_view expression) {
  constexpr std::string_view kPrefix = "SELECT ";
  auto statements = parse_sql(std::string(kPrefix) + std::string(expression));
  if (statements.size() == 1 && statements[0].node->kind == ast::NodeKind::kSelectStmt) {
    auto& select = static_cast<ast::SelectStmt&>(*statements[0].node);
    if (select.targets.size() == 1 && select.from.empty()) {
      auto node = std::move(select.targets[0]->value);
      if (node != nullptr) shift(*node, static_cast<int>(kPrefix.size()));
      return node;
    }
  }
  throw SqlError(sqlstate::kSyntaxError, "not a single expression: \"" + std::string(expression) + "\"");
}

}  // namespace vecino::sql

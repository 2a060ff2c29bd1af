#include "sqlfront/analyze/parse_cache.h"

#include <unordered_map>

#include "sqlfront/parse/parser.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql::analysis {

namespace {

constexpr size_t kMaxEntries = 512;

using Cache = std::unordered_map<std::string, std::shared_ptr<const ast::Node>>;

template <typename Parse>
std::shared_ptr<const ast::Node> look_up(Cache& cache, std::string_view sql, Parse parse) {
  std::string key(sql);
  auto found = cache.find(key);
  if (found != cache.end()) return found->second;
  std::shared_ptr<const ast::Node> node = parse();
  if (cache.size() >= kMaxEntries) cache.clear();
  cache.emplace(std::move(key), node);
  return node;
}

}  // namespace

std::shared_ptr<const ast::Node> cached_expression(std::string_view sql) {
  static thread_local Cache cache;
  return look_up(cache, sql, [&] { return std::shared_ptr<const ast::Node>(parse_expression(sql)); });
}

std::shared_ptr<const ast::Node> cached_statement(std::string_view sql) {
  static thread_local Cache cache;
  return look_up(cache, sql, [&] {
    auto statements = parse_sql(sql);
    if (statements.size() != 1) throw SqlError(sqlstate::kInternalError, "stored statement is not a single one");
    return std::shared_ptr<const ast::Node>(std::move(statements[0].node));
  });
}

}  // namespace vecino::sql::analysis

#include "sqlfront/parse/fingerprint.h"

extern "C" {
#include <pg_query.h>
}

#include <cctype>
#include <functional>

#include "sqlfront/parse/token_bound.h"

namespace vecino::sql {
namespace {

// libpg_query recurses over the tree: long texts are known by the beginning of what they are without literals, which
// is the same for INSERTs of any number of rows.
constexpr size_t kShapeLength = 512;

bool is_long(const std::string& sql) { return parse::token_bound(sql) > parse::kOwnStackTokens; }

std::string shape_of(const std::string& sql) {
  std::string shape;
  for (size_t i = 0; i < sql.size() && shape.size() < kShapeLength; ++i) {
    const unsigned char c = static_cast<unsigned char>(sql[i]);
    const bool in_word = !shape.empty() && (isalnum(static_cast<unsigned char>(shape.back())) || shape.back() == '_');
    if (c == '\'') {
      for (++i; i < sql.size() && sql[i] != '\''; ++i) i += sql[i] == '\\';
      shape += '?';
    } else if (isdigit(c) && !in_word) {
      while (i + 1 < sql.size() && (isalnum(static_cast<unsigned char>(sql[i + 1])) || sql[i + 1] == '.')) ++i;
      shape += '?';
    } else if (!isspace(c)) {
      shape += sql[i];
    } else if (!shape.empty() && shape.back() != ' ') {
      shape += ' ';
    }
  }
  return shape + " ...";
}

}  // namespace

std::optional<uint64_t> fingerprint_query(const std::string& sql) {
  if (is_long(sql)) return std::hash<std::string>()(shape_of(sql));
  PgQueryFingerprintResult result = pg_query_fingerprint(sql.c_str());
  std::optional<uint64_t> fingerprint;
  if (result.error == nullptr) fingerprint = result.fingerprint;
  pg_query_free_fingerprint_result(result);
  return fingerprint;
}

std::string normalize_query(const std::string& sql) {
  if (is_long(sql)) return shape_of(sql);
  PgQueryNormalizeResult result = pg_query_normalize(sql.c_str());
  std::string text = result.error == nullptr ? result.normalized_query : sql;
  pg_query_free_normalize_result(result);
  return text;
}

}  // namespace vecino::sql

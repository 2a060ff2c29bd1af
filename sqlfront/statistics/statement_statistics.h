#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/util/datum.h"

namespace vecino::sql {

// What makes two statements the same to pg_stat_statements: their shape without constants.
struct QueryIdentity {
  int64_t id = 0;
  std::string text;  // constants replaced by $n
};
using QueryIdentityPtr = std::shared_ptr<const QueryIdentity>;

// Counts per statement, user and database (manual F.32). Thread-safe.
class StatementStatistics {
 public:
  struct Key {
    Oid user, database;
    int64_t query;
    bool operator==(const Key&) const = default;
  };
  struct Row {
    Key key{};
    QueryIdentityPtr identity;
    uint64_t calls = 0, rows = 0;
    double total_ms = 0, min_ms = 0, max_ms = 0, mean_ms = 0, variance_sum = 0;  // Welford's
    uint64_t blocks = 0;
    uint64_t last_use = 0;
  };

  // Identities of statement texts: parsed once, found by their text afterwards. Texts without an identity (they do not
  // parse) give null.
  QueryIdentityPtr identify(std::string_view text);
  // `limit`: pg_stat_statements.max; beyond it the entries that were not used for longest go.
  void add(const Key& key, const QueryIdentityPtr& identity, double ms, uint64_t rows, size_t limit);
  std::vector<Row> rows() const;
  // 0 = any.
  void reset(Oid user, Oid database, int64_t query, int64_t now_us);
  uint64_t evictions() const;
  int64_t reset_time() const;

 private:
  struct Hash {
    size_t operator()(const Key& key) const {
      return std::hash<int64_t>()(key.query ^ (int64_t{key.user} << 32) ^ (int64_t{key.database} * 0x9e3779b9));
    }
  };
  void evict();

  mutable std::mutex mutex_;
  std::unordered_map<Key, Row, Hash> rows_;
  uint64_t clock_ = 0, evictions_ = 0;
  int64_t reset_us_ = 0;

  std::mutex texts_mutex_;
  std::unordered_map<std::string, QueryIdentityPtr> texts_;
};

}  // namespace vecino::sql

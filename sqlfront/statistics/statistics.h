#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "sqlfront/statistics/relation_counts.h"
#include "sqlfront/statistics/running_copies.h"
#include "sqlfront/statistics/statement_statistics.h"

namespace vecino::sql {

// A latency histogram: bucket i counts durations up to kBounds[i] microseconds, the last one all others.
struct Histogram {
  static constexpr std::array<int64_t, 14> kBounds = {100,    250,    500,     1000,    2500,    5000,    10000,
                                                      25000, 50000, 100000, 250000, 1000000, 5000000, 30000000};
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> buckets{};
  std::atomic<uint64_t> sum_us{0};
  void add(int64_t us);
};

enum class StatementKind : uint8_t { kSelect, kInsert, kUpdate, kDelete, kCopy, kOther };
inline constexpr int kStatementKinds = 6;

// What the server counts while it runs: behind pg_stat_database, pg_stat_*_tables, pg_stat_*_indexes, pg_stat_statements and
// the metrics. Kept in memory only. Thread-safe.
class Statistics {
 public:
  struct Relation : RelationCounts {
    int64_t live_change = 0;         // committed rows more (or less) than when the table was last analyzed
    uint64_t modified = 0;           // rows changed since then
    uint64_t inserted_since_vacuum = 0;
    uint64_t vacuums = 0, analyzes = 0;
    int64_t last_vacuum_us = 0, last_analyze_us = 0;  // since 2000-01-01; 0 = never
  };
  struct Database {
    uint64_t commits = 0, rollbacks = 0, deadlocks = 0;
    uint64_t rows_returned = 0, rows_fetched = 0, inserted = 0, updated = 0, deleted = 0;
    uint64_t sessions = 0, sessions_abandoned = 0, sessions_fatal = 0, sessions_killed = 0;
    int64_t session_us = 0, active_us = 0, idle_in_transaction_us = 0;
    int64_t reset_us = 0;
  };

  // A transaction has ended; takes the session's counts.
  void transaction_ended(Oid database, bool committed, RelationCounter& counts);
  // Apart from what transactions count.
  void change_database(Oid database, const std::function<void(Database&)>& change);
  void table_vacuumed(Oid database, Oid table, int64_t now_us);
  void table_analyzed(Oid database, Oid table, int64_t now_us);
  void statement_ended(StatementKind kind, int64_t us) { histograms_[static_cast<size_t>(kind)].add(us); }
  void statement_failed() { failed_.fetch_add(1, std::memory_order_relaxed); }

  Relation relation(Oid database, Oid relation) const;
  Database database(Oid database) const;
  Database all_databases() const;
  const Histogram& histogram(StatementKind kind) const { return histograms_[static_cast<size_t>(kind)]; }
  uint64_t failed_statements() const { return failed_.load(std::memory_order_relaxed); }
  StatementStatistics& statements() { return statements_; }
  RunningCopies& copies() { return copies_; }

  void reset_database(Oid database, int64_t now_us);
  void reset_relation(Oid database, Oid relation);

 private:
  static uint64_t key(Oid database, Oid relation) { return uint64_t{database} << 32 | relation; }
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Relation> relations_;
  std::unordered_map<Oid, Database> databases_;
  std::array<Histogram, kStatementKinds> histograms_;
  std::atomic<uint64_t> failed_{0};
  StatementStatistics statements_;
  RunningCopies copies_;
};

}  // namespace vecino::sql

#include "sqlfront/statistics/statistics.h"

#include <algorithm>

namespace vecino::sql {

void Histogram::add(int64_t us) {
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), us) - kBounds.begin();
  buckets[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_us.fetch_add(static_cast<uint64_t>(std::max<int64_t>(us, 0)), std::memory_order_relaxed);
}

void Statistics::transaction_ended(Oid database, bool committed, RelationCounter& counts) {
  std::lock_guard lock(mutex_);
  Database& total = databases_[database];
  ++(committed ? total.commits : total.rollbacks);
  counts.take([&](Oid oid, const RelationCounts& c) {
    Relation& relation = relations_[key(database, oid)];
    relation.scans += c.scans;
    relation.rows_read += c.rows_read;
    relation.rows_fetched += c.rows_fetched;
    relation.inserted += c.inserted;
    relation.updated += c.updated;
    relation.deleted += c.deleted;
    // What was rolled back was work done, but leaves no rows.
    if (committed) {
      relation.live_change += static_cast<int64_t>(c.inserted) - static_cast<int64_t>(c.deleted);
      relation.modified += c.inserted + c.updated + c.deleted;
    }
    relation.inserted_since_vacuum += c.inserted;
    total.rows_returned += c.rows_read;
    total.rows_fetched += c.rows_fetched;
    total.inserted += c.inserted;
    total.updated += c.updated;
    total.deleted += c.deleted;
  });
}

void Statistics::change_database(Oid database, const std::function<void(Database&)>& change) {
  std::lock_guard lock(mutex_);
  change(databases_[database]);
}

void Statistics::table_vacuumed(Oid database, Oid table, int64_t now_us) {
  std::lock_guard lock(mutex_);
  Relation& relation = relations_[key(database, table)];
  ++relation.vacuums;
  relation.last_vacuum_us = now_us;
  relation.inserted_since_vacuum = 0;
}

void Statistics::table_analyzed(Oid database, Oid table, int64_t now_us) {
  std::lock_guard lock(mutex_);
  Relation& relation = relations_[key(database, table)];
  ++relation.analyzes;
  relation.last_analyze_us = now_us;
  relation.live_change = 0;
  relation.modified = 0;
}

Statistics::Relation Statistics::relation(Oid database, Oid relation) const {
  std::lock_guard lock(mutex_);
  auto found = relations_.find(key(database, relation));
  return found == relations_.end() ? Relation{} : found->second;
}

Statistics::Database Statistics::database(Oid database) const {
  std::lock_guard lock(mutex_);
  auto found = databases_.find(database);
  return found == databases_.end() ? Database{} : found->second;
}

Statistics::Database Statistics::all_databases() const {
  std::lock_guard lock(mutex_);
  Database sum;
  for (const auto& [oid, d] : databases_) {
    sum.commits += d.commits;
    sum.rollbacks += d.rollbacks;
    sum.deadlocks += d.deadlocks;
    sum.rows_returned += d.rows_returned;
    sum.rows_fetched += d.rows_fetched;
    sum.inserted += d.inserted;
    sum.updated += d.updated;
    sum.deleted += d.deleted;
    sum.sessions += d.sessions;
    sum.sessions_abandoned += d.sessions_abandoned;
    sum.sessions_fatal += d.sessions_fatal;
    sum.sessions_killed += d.sessions_killed;
  }
  return sum;
}

void Statistics::reset_database(Oid database, int64_t now_us) {
  std::lock_guard lock(mutex_);
  databases_[database] = {};
  databases_[database].reset_us = now_us;
  for (auto& [id, relation] : relations_) {
    if (id >> 32 != database) continue;
    // How many rows there are is not a count of events.
    const int64_t live_change = relation.live_change;
    relation = {};
    relation.live_change = live_change;
  }
}

void Statistics::reset_relation(Oid database, Oid oid) {
  std::lock_guard lock(mutex_);
  auto found = relations_.find(key(database, oid));
  if (found == relations_.end()) return;
  const int64_t live_change = found->second.live_change;
  found->second = {};
  found->second.live_change = live_change;
}

}  // namespace vecino::sql

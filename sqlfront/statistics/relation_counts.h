#pragma once

#include <cstdint>
#include <unordered_map>

#include "storage/util/datum.h"

namespace vecino::sql {

// What the cumulative statistics views count of a table or an index (manual 28.2.11, 28.2.12).
struct RelationCounts {
  uint64_t scans = 0;         // of a table: sequential ones
  uint64_t rows_read = 0;     // by sequential scans, or index entries returned
  uint64_t rows_fetched = 0;  // live rows fetched by index scans
  uint64_t inserted = 0, updated = 0, deleted = 0;
  bool any() const { return (scans | rows_read | rows_fetched | inserted | updated | deleted) != 0; }
};

// The counts of one session since its last transaction ended. References stay valid. Not thread-safe.
class RelationCounter {
 public:
  RelationCounts& of(Oid relation) { return counts_[relation]; }
  // Calls visit(oid, counts) for those that counted something, and begins anew.
  template <typename Visit>
  void take(Visit&& visit) {
    for (auto& [relation, counts] : counts_) {
      if (!counts.any()) continue;
      visit(relation, counts);
      counts = {};
    }
  }

 private:
  std::unordered_map<Oid, RelationCounts> counts_;
};

}  // namespace vecino::sql

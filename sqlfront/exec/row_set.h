#pragma once

#include <vector>

#include "sqlfront/exec/tuple_store.h"

namespace vecino::sql {

// Hash index over rows kept elsewhere, by some of their columns; NULLs are equal to each other. Open addressing, linear
// probing, grows by doubling. Each row has a number: the order of insertion. Not thread-safe.
class RowSet {
 public:
  static constexpr size_t kNone = SIZE_MAX;
  // All columns, in order.
  explicit RowSet(const std::vector<TypeId>& types);
  // columns[k] is the position of key k in the rows.
  RowSet(const std::vector<TypeId>& types, std::vector<int> columns);

  size_t size() const { return rows_.size(); }
  const Datum* row(size_t number) const { return rows_[number]; }
  uint64_t hash(const Datum* row) const;
  // Number of the equal row, or kNone. `row` has the same layout as the stored ones.
  size_t find(const Datum* row, uint64_t hash) const;
  bool contains(const Datum* row) const { return find(row, hash(row)) != kNone; }
  size_t insert(const Datum* row) { return insert(row, hash(row)); }
  size_t insert(const Datum* row, uint64_t hash);  // REQUIRES: not there
  void clear();
  size_t memory_usage() const { return slots_.capacity() * sizeof(uint32_t) + rows_.capacity() * 16; }
  size_t buckets() const { return slots_.size(); }

 private:
  static constexpr size_t kKeptSlots = 4096;  // by clear()
  void grow();
  std::vector<KeyType> types_;
  std::vector<int> columns_;
  std::vector<uint32_t> slots_;  // number + 1, 0 = free
  std::vector<const Datum*> rows_;
  std::vector<uint64_t> hashes_;
};

}  // namespace vecino::sql

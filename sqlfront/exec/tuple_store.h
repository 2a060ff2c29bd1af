#pragma once

#include <vector>

#include "sqlfront/exec/run_state.h"

namespace vecino::sql {

// Rows kept by a blocking operator: row-major datums, bytes copied into one arena, memory accounted. Rows keep their
// address until clear(). Not thread-safe.
class TupleStore {
 public:
  TupleStore(const std::vector<TypeRef>& types, MemoryAccount& account);
  ~TupleStore();
  TupleStore(const TupleStore&) = delete;

  size_t width() const { return by_bytes_.size(); }
  size_t size() const { return rows_.size(); }
  Datum* row(size_t i) const { return rows_[i]; }
  std::vector<Datum*>& rows() { return rows_; }
  // Row r of these columns; null pointers in `columns` are not allowed. Returns the stored row.
  Datum* append(const Datum* const* columns, size_t r);
  Datum* append_row(const Datum* row);
  void append_batch(const Batch& batch);
  // A row that is stored but not listed in rows(); for heaps and hash tables that keep their own order.
  Datum* copy_row(const Datum* const* columns, size_t r);
  void clear();
  size_t memory_usage() const { return arena_.memory_usage() + rows_.capacity() * sizeof(Datum*); }
  // Copies rows [first, first + count) into the columns of `out` from row `at`; bytes stay here.
  void read(size_t first, size_t count, Batch& out, size_t at = 0) const;

 private:
  void account();
  void own_bytes(Datum* row);
  std::vector<bool> by_bytes_;
  MemoryAccount& account_;
  Arena arena_;
  std::vector<Datum*> rows_;
  size_t accounted_ = 0;
};

// Whether values of the type are pointers to bytes.
bool is_by_bytes(TypeId type);
// Column pointers of a batch.
class ColumnPointers {
 public:
  const Datum* const* of(const Batch& batch) {
    pointers_.resize(batch.column_count());
    for (size_t c = 0; c < pointers_.size(); ++c) pointers_[c] = batch.column(c);
    return pointers_.data();
  }

 private:
  std::vector<const Datum*> pointers_;
};

// Orders rows by sort keys, NULLs placed as each key says. Thread-safe.
class RowComparator {
 public:
  explicit RowComparator(const std::vector<SortKey>& keys);
  int operator()(const Datum* left, const Datum* right) const {
    for (const Key& key : keys_) {
      int order = compare_key(key, left[key.column], right[key.column]);
      if (order != 0) return order;
    }
    return 0;
  }
  // Both rows have equal (or both NULL) values in the first `count` keys.
  bool equal(const Datum* left, const Datum* right, size_t count) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Key {
    int column;
    bool is_int, descending, nulls_first;
    const TypeInfo* type;
  };
  static int compare_key(const Key& key, const Datum& left, const Datum& right);
  std::vector<Key> keys_;
};

// Hash and equality of one key column of grouping, joins and set operations.
struct KeyType {
  const TypeInfo* type;
  bool is_int;
  explicit KeyType(TypeId id);
  uint64_t hash(const Datum& value) const;
  bool equal(const Datum& left, const Datum& right) const;  // NULLs are equal to each other
};
inline uint64_t combine_hash(uint64_t seed, uint64_t hash) {
  uint64_t mixed = (seed ^ hash) * 0x9E3779B97F4A7C15ull;
  return mixed ^ (mixed >> 32);
}

}  // namespace vecino::sql

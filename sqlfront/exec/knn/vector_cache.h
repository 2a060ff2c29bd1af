#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sqlfront/exec/knn/storage_set.h"
#include "storage/api/table_store.h"
#include "storage/api/transaction.h"
#include "storage/util/memory_budget.h"

namespace vecino::sql {

// Vectors of consecutive row ids as one contiguous matrix. Immutable once published.
struct VectorBlock {
  std::vector<storage::RowId> rows;  // ascending
  std::unique_ptr<float[]> values;   // rows.size() x dimensions
  MemoryReservation memory{MemoryPart::kVectorCopies};
};

// All vectors of one column as of one engine sequence. Immutable.
struct VectorSet {
  storage::SequenceNumber sequence = 0;
  size_t dimensions = 0, row_count = 0, bytes = 0;
  std::vector<std::shared_ptr<const VectorBlock>> blocks;  // row ids ascend over all blocks
  std::vector<storage::RowId> null_rows;                   // rows whose vector is NULL, ascending
};

// Copies of vector columns in memory, for exact searches at memory speed. Thread-safe.
//
// Why a reader gets its own snapshot's answer although the copy is shared. A column's entry is a VectorSet read at
// sequence s, and a set D of dirty row ids. A reader whose snapshot has sequence q uses the set only when q >= s, and
// asks the store, under its own view, for every row in D. That is right when D holds every row whose visible version
// differs between s and the reader's view:
//  - Every write of a row is reported by note_write() before its transaction can commit. It goes into D if the entry
//    exists, and in any case into the list of that (still active) transaction, which is removed only after the commit is
//    visible or the writes were rolled back.
//  - An entry is announced first, with D = the rows in the lists of all active transactions; its snapshot s is taken
//    after that. A commit that s does not see was active at the announcement (its earlier writes are in D) or wrote
//    later (D again). So D covers all changes after s, committed or not, and with q >= s nothing else can differ.
//  - The reader copies D after its snapshot was taken, so changes that its snapshot sees were reported by then; its own
//    uncommitted writes are in D as well.
//  - A row in D too many only costs a read.
// A refresh is the same announcement again: D' starts with the active transactions' rows, then s' is taken, the rows of D
// are read at s', and (set', D') replace (set, D) at once.
//
// What keeps "every write is reported" true:
//  - All sessions write through the store that tracks (make_tracking_store), and it reports each row of a tracked storage,
//    whatever its columns look like. A storage is tracked from the moment a description of it with a vector column is
//    stored until the server stops; at the start, all that have one are (statement/vector_storages.h).
//  - acquire() answers for tracked storages only, so that one that was forgotten is slow, not wrong. Debug builds assert it.
//  - Rows that a transaction wrote before it gave the storage its first vector column were not reported, and what a column's
//    number means may change back when it rolls back: a change of the layout makes the storage unlisted for that
//    transaction, as too many writes do, so that nobody builds a copy before it has ended.
//  - Debug builds compare some rows of each view with the table (cached_search.cc).
class VectorCache {
 public:
  struct Options {
    size_t memory_limit = 0;             // bytes; 0 = a quarter of what the process may use
    size_t min_table_bytes = 256 << 10;  // smaller tables are read directly
    size_t refresh_after = 2048;         // dirty rows (and at least 1/16 of all) that make a reader refresh the copy
  };
  VectorCache(storage::TransactionManager& transactions, storage::TableStore& store, Options options);
  ~VectorCache();
  VectorCache(const VectorCache&) = delete;

  struct View {
    std::shared_ptr<const VectorSet> set;
    std::vector<storage::RowId> dirty;  // ascending
  };
  // nullopt: use the table itself (too small or too large, no memory for a copy, dimensions differ between rows, being built by
  // another session, snapshot too old). Builds or refreshes the copy when needed, which may take as long as one table scan.
  // `cancel` may be null. Errors of the store are returned by the status.
  Result<std::optional<View>> acquire(const storage::TableLayout& layout, int column,
                                      const storage::KvSnapshot& snapshot, const CancelState* cancel);

  // The storage has, or may get, vector columns: its rows are reported from here on.
  void track(uint32_t storage_id) { tracked_.insert(storage_id); }
  bool is_tracked(uint32_t storage_id) const { return tracked_.contains(storage_id); }
  // The transaction has changed what the storage's columns are, or made the storage. Tracks it.
  void note_layout_change(storage::Transaction& txn, uint32_t storage_id);
  // Writers. Called for each written row of a tracked storage.
  void note_write(storage::Transaction& txn, uint32_t storage_id, storage::RowId row);
  void forget(uint32_t storage_id);
  size_t memory_usage() const;

 private:
  struct Entry;
  using Key = std::pair<uint32_t, int>;
  struct Writes {
    std::unordered_map<uint32_t, std::vector<storage::RowId>> rows;  // by storage id
    std::unordered_set<uint32_t> unlisted;  // storages with more writes than are worth listing, or of another layout
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return (size_t{key.first} << 12) ^ static_cast<size_t>(key.second); }
  };

  void end_with(storage::Transaction& txn);
  void end_transaction(storage::TransactionId id);
  void discard(uint32_t storage_id);
  bool collect_active(uint32_t storage_id, std::unordered_set<storage::RowId>& out) const;
  bool make_room(const Entry* keep, size_t bytes);
  bool reserve(size_t bytes, MemoryReservation& memory);
  uint64_t give_way(uint64_t wanted);
  Result<std::shared_ptr<const VectorSet>> build(const storage::TableLayout& layout, int column,
                                                 const CancelState* cancel, MemoryReservation memory, bool& uncacheable);
  Result<std::shared_ptr<const VectorSet>> refresh(const storage::TableLayout& layout, int column,
                                                   const VectorSet& old, const std::vector<storage::RowId>& dirty,
                                                   bool& uncacheable);

  storage::TransactionManager& transactions_;
  storage::TableStore& store_;
  Options options_;
  StorageSet tracked_;
  mutable std::mutex mutex_;
  std::unordered_map<Key, std::shared_ptr<Entry>, KeyHash> entries_;
  std::unordered_map<storage::TransactionId, Writes> active_;
  uint64_t clock_ = 0;
  MemoryBudget::Registration share_;  // of the process's memory: copies that nobody uses give way to others
};

// A TableStore that reports writes to the cache and otherwise is `base`. Both must outlive it.
std::unique_ptr<storage::TableStore> make_tracking_store(storage::TableStore& base, VectorCache& cache);

}  // namespace vecino::sql

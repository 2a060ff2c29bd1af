#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "storage/api/transaction.h"
#include "storage/util/arena.h"
#include "storage/util/datum.h"

namespace vecino::storage {

// Identity of a row for its whole life (updates keep it). segment(24 bits) | sequence(40 bits).
using RowId = uint64_t;
inline constexpr RowId kInvalidRowId = ~RowId{0};

struct ColumnLayout {
  PhysicalKind kind = PhysicalKind::kBytes;
  // Values live in Family::kLarge, apart from the narrow row (vectors; scans that do not ask never read them).
  // Other long values (> ~2 kB) are moved there by the store itself.
  bool large = false;
  bool dropped = false;
  // Value of rows written before the column was added (ALTER TABLE ADD COLUMN ... DEFAULT constant).
  // Bytes owned by missing_bytes.
  bool has_missing = false;
  Datum missing = Datum::null();
  std::shared_ptr<const std::string> missing_bytes;
};

// Physical description of a table; column i is attnum i+1 (dropped columns keep their place).
struct TableLayout {
  uint32_t storage_id = 0;  // unique over all databases; TRUNCATE gives a new one
  std::vector<ColumnLayout> columns;
};

struct ScanOptions {
  std::span<const int> columns;  // 0-based columns wanted, in output order; may be empty (count(*))
  RowId begin = 0;               // first row id
  RowId end = kInvalidRowId;     // exclusive: lets parallel workers split a table
  bool backward = false;
};

// Pull scan of a table in row-id order under the transaction's statement snapshot. Not thread-safe.
class TableScan {
 public:
  virtual ~TableScan() = default;
  // Up to `max` rows: ids[i] and columns[c][i] for the c-th wanted column. Bytes live in `arena` (or are
  // pinned by the scan until the next call). Returns the number of rows; 0 = end.
  virtual Result<size_t> next(size_t max, RowId* ids, Datum* const* columns, Arena& arena) = 0;
};

enum class RowLockResult : uint8_t {
  kLocked,    // locked, unchanged since the statement's snapshot
  kUpdated,   // locked, but a later committed version exists: re-read with ReadMode::kLatest and re-check
  kDeleted,   // gone
  kSkipped,   // LockWait::kSkip and not available
  kSelfUpdated,  // already updated or deleted by this very command (PostgreSQL's TM_SelfModified)
};
// Under REPEATABLE READ kUpdated/kDeleted by a later commit is error 40001
// `could not serialize access due to concurrent update` (or `... delete`).

class TableStore {
 public:
  virtual ~TableStore() = default;
  virtual std::unique_ptr<TableScan> scan(Transaction& txn, const TableLayout& layout,
                                          const ScanOptions& options) = 0;
  // Fetches rows by id: found[i], and columns[c][i] where found.
  virtual Status fetch(Transaction& txn, const TableLayout& layout, std::span<const RowId> ids,
                       std::span<const int> columns, ReadMode mode, bool* found,
                       Datum* const* out, Arena& arena) = 0;
  // `row` has one datum per layout column (dropped columns: null). Returns the new id.
  virtual Result<RowId> insert(Transaction& txn, const TableLayout& layout,
                               std::span<const Datum> row) = 0;
  // Replaces the row. `changed[i]` false = column i is equal to the stored one (large values are then not rewritten).
  // REQUIRES: row locked by this transaction (lock_row).
  virtual Status update(Transaction& txn, const TableLayout& layout, RowId id,
                        std::span<const Datum> row, std::span<const bool> changed) = 0;
  virtual Status erase(Transaction& txn, const TableLayout& layout, RowId id) = 0;
  virtual Result<RowLockResult> lock_row(Transaction& txn, const TableLayout& layout, RowId id,
                                         RowLockStrength strength, LockWait wait) = 0;
  // Deletes the storage when the transaction commits (DROP, TRUNCATE's old storage).
  virtual void drop(Transaction& txn, const TableLayout& layout) = 0;
  // A fresh storage id for a table or an index; never reused, survives crashes.
  virtual Result<uint32_t> allocate_storage_id() = 0;
  // Upper bound of row ids in use, and an approximate row count and byte size, for planning and splitting.
  virtual RowId max_row_id(const TableLayout& layout) = 0;
  virtual uint64_t approximate_bytes(const TableLayout& layout) = 0;
};
std::unique_ptr<TableStore> make_table_store(KvEngine& engine);

// Sequences (manual 9.17, CREATE SEQUENCE). Not transactional: nextval is never rolled back, and survives a
// crash without repeating a value that a committed transaction used. Thread-safe.
struct SequenceOptions {
  int64_t start = 1, increment = 1, min = 1, max = INT64_MAX, cache = 1;
  bool cycle = false;
};
class SequenceStore {
 public:
  virtual ~SequenceStore() = default;
  // 2200H/`nextval: reached maximum value of sequence "%s" (%lld)`; `name` is only for messages.
  virtual Result<int64_t> nextval(uint32_t storage_id, const SequenceOptions& options,
                                  std::string_view name) = 0;
  virtual Status setval(uint32_t storage_id, int64_t value, bool is_called) = 0;
  struct State {
    int64_t last_value;
    bool is_called;
  };
  virtual Result<State> state(uint32_t storage_id, const SequenceOptions& options) = 0;
};
std::unique_ptr<SequenceStore> make_sequence_store(KvEngine& engine);

}  // namespace vecino::storage

#include <array>
#include <vector>

#include "storage/api/row_version.h"
#include "storage/api/bulk_writers.h"
#include "storage/api/table_store.h"
#include "storage/meta/meta_keys.h"
#include "storage/table/row_codec.h"
#include "storage/table/row_id_allocator.h"
#include "storage/table/table_keys.h"
#include "storage/table/table_scan.h"

namespace vecino::storage {
namespace {

using table_keys::view;

constexpr uint64_t kFirstStorageId = 1;
constexpr uint64_t kStorageIdsReservedAtOnce = 64;

Status damaged_row() { return Status::error(sqlstate::kDataCorrupted, "row is damaged"); }

Status serialization_failure(std::string_view what) {
  return Status::error(sqlstate::kSerializationFailure,
                       "could not serialize access due to concurrent " + std::string(what));
}

// One flag per column without an allocation for ordinary tables.
class ColumnFlags {
 public:
  explicit ColumnFlags(size_t count) : count_(count) {
    if (count > small_.size()) heap_ = std::make_unique<bool[]>(count);
  }
  bool& operator[](size_t i) { return heap_ != nullptr ? heap_[i] : small_[i]; }
  std::span<const bool> span() const { return {heap_ != nullptr ? heap_.get() : small_.data(), count_}; }

 private:
  size_t count_;
  std::array<bool, 64> small_{};
  std::unique_ptr<bool[]> heap_;
};

// Callers leave out (pass null for) unchanged large columns that they did not read. One kept outside stays untouched; a
// tiny one stands in the row and is taken over from there. `row` is redirected to `completed` when that happens.
Status complete_unread(const TableLayout& layout, std::string_view old, std::span<const bool> changed,
                       std::span<const Datum>& row, std::vector<Datum>& completed, Arena& arena) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (!layout.columns[i].large || !row[i].is_null || i >= changed.size() || changed[i]) continue;
    int column = static_cast<int>(i);
    RowDecoder decoder(layout, {&column, 1});
    Datum value;
    std::vector<int> external;
    if (!decoder.decode(old, &value, external)) return damaged_row();
    if (value.is_null) continue;
    if (completed.empty()) completed.assign(row.begin(), row.end());
    own_bytes(value, PhysicalKind::kBytes, arena);
    completed[i] = value;
  }
  if (!completed.empty()) row = completed;
  return Status::ok();
}

// Encoding buffer, reused by all rows that this thread writes.
std::string& scratch() {
  thread_local std::string buffer;
  buffer.clear();
  return buffer;
}

class TableStoreImpl final : public TableStore {
 public:
  explicit TableStoreImpl(KvEngine& engine)
      : engine_(engine),
        row_ids_(engine),
        storage_ids_(engine, meta_keys::storage_ids(), kFirstStorageId, kStorageIdsReservedAtOnce) {}
  ~TableStoreImpl() override { storage_ids_.close(); }

  std::unique_ptr<TableScan> scan(Transaction& txn, const TableLayout& layout, const ScanOptions& options) override {
    return std::make_unique<TableScanImpl>(txn, layout, options);
  }

  Status fetch(Transaction& txn, const TableLayout& layout, std::span<const RowId> ids, std::span<const int> columns,
               ReadMode mode, bool* found, Datum* const* out, Arena& arena) override;
  Result<RowId> insert(Transaction& txn, const TableLayout& layout, std::span<const Datum> row) override;
  Status update(Transaction& txn, const TableLayout& layout, RowId id, std::span<const Datum> row,
                std::span<const bool> changed) override;
  Status erase(Transaction& txn, const TableLayout& layout, RowId id) override;
  Result<RowLockResult> lock_row(Transaction& txn, const TableLayout& layout, RowId id, RowLockStrength strength,
                                 LockWait wait) override;
  void drop(Transaction& txn, const TableLayout& layout) override;

  Result<uint32_t> allocate_storage_id() override {
    ASSIGN_OR_RETURN(uint64_t id, storage_ids_.next());
    if (id > UINT32_MAX) return Status::error(sqlstate::kProgramLimitExceeded, "out of storage ids");
    return static_cast<uint32_t>(id);
  }
  RowId max_row_id(const TableLayout& layout) override {
    auto bound = row_ids_.upper_bound(layout.storage_id);
    return bound.is_ok() ? *bound : kInvalidRowId;
  }
  uint64_t approximate_bytes(const TableLayout& layout) override {
    KeyRange range = table_keys::storage_range(layout.storage_id);
    return engine_.approximate_size(Family::kRows, range) + engine_.approximate_size(Family::kLarge, range);
  }

 private:
  Result<RowLockResult> compare_versions(Transaction& txn, std::string_view key, RowLockStrength strength);

  KvEngine& engine_;
  RowIdAllocator row_ids_;
  ReservedCounter storage_ids_;
};

Status TableStoreImpl::fetch(Transaction& txn, const TableLayout& layout, std::span<const RowId> ids,
                             std::span<const int> columns, ReadMode mode, bool* found, Datum* const* out,
                             Arena& arena) {
  struct Outside {
    size_t row;
    int output;
  };
  RowDecoder decoder(layout, columns);
  std::vector<Datum> values(columns.size());
  std::vector<int> external;
  std::vector<Outside> outside;
  auto take = [&](size_t i, std::string_view bytes) -> Status {
    external.clear();
    if (!decoder.decode(bytes, values.data(), external)) return damaged_row();
    for (int output : external) outside.push_back({i, output});
    for (size_t c = 0; c < values.size(); ++c) {
      own_bytes(values[c], decoder.kind(c), arena);
      out[c][i] = values[c];
    }
    return Status::ok();
  };

  constexpr size_t kBatch = 32;
  std::array<table_keys::RowKey, kBatch> keys;
  std::array<std::string_view, kBatch> views;
  std::array<PinnedValue, kBatch> rows;
  if (ids.size() == 1) {
    keys[0] = table_keys::row(layout.storage_id, ids[0]);
    ASSIGN_OR_RETURN(found[0], txn.get(Family::kRows, view(keys[0]), mode, rows[0]));
    if (found[0]) RETURN_IF_ERROR(take(0, rows[0].view()));
  } else {
    for (size_t begin = 0; begin < ids.size(); begin += kBatch) {
      size_t count = std::min(kBatch, ids.size() - begin);
      for (size_t i = 0; i < count; ++i) {
        keys[i] = table_keys::row(layout.storage_id, ids[begin + i]);
        views[i] = view(keys[i]);
      }
      RETURN_IF_ERROR(txn.multi_get(Family::kRows, {views.data(), count}, mode, {rows.data(), count},
                                    {found + begin, count}));
      for (size_t i = 0; i < count; ++i) {
        if (found[begin + i]) RETURN_IF_ERROR(take(begin + i, rows[i].view()));
      }
    }
  }

  std::array<table_keys::LargeKey, kBatch> large_keys;
  std::array<bool, kBatch> large_found;
  for (size_t begin = 0; begin < outside.size(); begin += kBatch) {
    size_t count = std::min(kBatch, outside.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      const Outside& value = outside[begin + i];
      int column = decoder.column(static_cast<size_t>(value.output));
      large_keys[i] = table_keys::large(layout.storage_id, static_cast<uint16_t>(column), ids[value.row]);
      views[i] = view(large_keys[i]);
    }
    RETURN_IF_ERROR(txn.multi_get(Family::kLarge, {views.data(), count}, mode, {rows.data(), count},
                                  {large_found.data(), count}));
    for (size_t i = 0; i < count; ++i) {
      if (!large_found[i]) return Status::error(sqlstate::kDataCorrupted, "missing value of a large column");
      const Outside& value = outside[begin + i];
      out[value.output][value.row] = Datum::from_bytes(arena.copy(rows[i].view()));
    }
  }
  return Status::ok();
}

Result<RowId> TableStoreImpl::insert(Transaction& txn, const TableLayout& layout, std::span<const Datum> row) {
  ASSIGN_OR_RETURN(RowId id, row_ids_.next(layout.storage_id, txn));
  ColumnFlags external(row.size());
  for (size_t i = 0; i < row.size(); ++i) {
    if (!belongs_outside(layout.columns[i], row[i])) continue;
    external[i] = true;
    auto key = table_keys::large(layout.storage_id, static_cast<uint16_t>(i), id);
    RETURN_IF_ERROR(txn.put(Family::kLarge, view(key), row[i].bytes()));
  }
  std::string& bytes = scratch();
  encode_row(layout, txn.id(), txn.id(), row, external.span(), bytes);
  RETURN_IF_ERROR(txn.put(Family::kRows, view(table_keys::row(layout.storage_id, id)), bytes));
  return id;
}

Status TableStoreImpl::update(Transaction& txn, const TableLayout& layout, RowId id, std::span<const Datum> row,
                              std::span<const bool> changed) {
  auto key = table_keys::row(layout.storage_id, id);
  PinnedValue old_bytes;
  ASSIGN_OR_RETURN(bool exists, txn.get(Family::kRows, view(key), ReadMode::kLatest, old_bytes));
  RowHeader old;
  if (!exists || !read_row_header(old_bytes.view(), old)) return damaged_row();

  Arena arena;
  std::vector<Datum> completed;
  RETURN_IF_ERROR(complete_unread(layout, old_bytes.view(), changed, row, completed, arena));
  ColumnFlags external(row.size());
  for (size_t i = 0; i < row.size(); ++i) {
    bool was_external = i < old.column_count && old.is_external(i);
    if (was_external && i < changed.size() && !changed[i]) {
      external[i] = true;  // stays where it is; the caller need not even have read it
      continue;
    }
    external[i] = belongs_outside(layout.columns[i], row[i]);
    if (!external[i] && !was_external) continue;
    auto large_key = table_keys::large(layout.storage_id, static_cast<uint16_t>(i), id);
    RETURN_IF_ERROR(external[i] ? txn.put(Family::kLarge, view(large_key), row[i].bytes())
                                : txn.erase(Family::kLarge, view(large_key)));
  }
  bool keys_may_change = txn.held_row_lock(layout.storage_id, id) == RowLockStrength::kForUpdate;
  std::string& bytes = scratch();
  encode_row(layout, txn.id(), keys_may_change ? txn.id() : old.key_writer, row, external.span(), bytes);
  return txn.put(Family::kRows, view(key), bytes);
}

Status TableStoreImpl::erase(Transaction& txn, const TableLayout& layout, RowId id) {
  auto key = table_keys::row(layout.storage_id, id);
  PinnedValue bytes;
  ASSIGN_OR_RETURN(bool exists, txn.get(Family::kRows, view(key), ReadMode::kLatest, bytes));
  RowHeader row;
  if (!exists || !read_row_header(bytes.view(), row)) return damaged_row();
  for (size_t i = 0; i < row.column_count; ++i) {
    if (!row.is_external(i)) continue;
    auto large_key = table_keys::large(layout.storage_id, static_cast<uint16_t>(i), id);
    RETURN_IF_ERROR(txn.erase(Family::kLarge, view(large_key)));
  }
  return txn.erase(Family::kRows, view(key));
}

// The row is locked, so its newest version stays; has it changed since the statement's snapshot?
Result<RowLockResult> TableStoreImpl::compare_versions(Transaction& txn, std::string_view key,
                                                       RowLockStrength strength) {
  bool repeatable = txn.isolation() == IsolationLevel::kRepeatableRead;
  PinnedValue latest_bytes, seen_bytes;
  ASSIGN_OR_RETURN(bool exists, txn.get(Family::kRows, key, ReadMode::kLatest, latest_bytes));
  if (!exists) {
    if (repeatable) return serialization_failure("delete");
    return RowLockResult::kDeleted;
  }
  ASSIGN_OR_RETURN(bool seen, txn.get(Family::kRows, key, ReadMode::kSnapshot, seen_bytes));
  RowHeader latest, before;
  if (!read_row_header(latest_bytes.view(), latest)) return damaged_row();
  if (seen && !read_row_header(seen_bytes.view(), before)) return damaged_row();
  if (seen && before.writer == latest.writer) return RowLockResult::kLocked;
  // FOR KEY SHARE does not mind updates that left the keys alone.
  if (seen && strength == RowLockStrength::kForKeyShare && before.key_writer == latest.key_writer) {
    return RowLockResult::kLocked;
  }
  if (repeatable) return serialization_failure("update");
  return RowLockResult::kUpdated;
}

// An update that leaves the keys alone lets FOR KEY SHARE pass, as its lock would have (manual 13.3.2).
BulkConflict bulk_conflict(RowLockStrength strength) {
  if (strength != RowLockStrength::kForKeyShare) return {};
  return [](TransactionId writer, std::optional<std::string_view> value) {
    RowHeader row;
    return !value || !read_row_header(*value, row) || row.key_writer == writer;
  };
}

Result<RowLockResult> TableStoreImpl::lock_row(Transaction& txn, const TableLayout& layout, RowId id,
                                               RowLockStrength strength, LockWait wait) {
  auto key = table_keys::row(layout.storage_id, id);
  switch (txn.own_write(Family::kRows, view(key))) {
    case OwnWrite::kThisCommand: return RowLockResult::kSelfUpdated;
    case OwnWrite::kEarlierCommand: {
      // Locked since then, or inserted by this transaction; the lock may still have to become stronger.
      ASSIGN_OR_RETURN(bool granted, txn.lock_row(layout.storage_id, id, strength, wait));
      if (!granted) return RowLockResult::kSkipped;
      PinnedValue bytes;
      ASSIGN_OR_RETURN(bool exists, txn.get(Family::kRows, view(key), ReadMode::kLatest, bytes));
      return exists ? RowLockResult::kLocked : RowLockResult::kDeleted;
    }
    case OwnWrite::kNone: break;
  }
  ASSIGN_OR_RETURN(bool granted, txn.lock_row(layout.storage_id, id, strength, wait));
  if (!granted) return RowLockResult::kSkipped;
  ASSIGN_OR_RETURN(bool free, await_bulk_writers(txn, Family::kRows, view(key), wait, bulk_conflict(strength)));
  if (!free) return RowLockResult::kSkipped;
  if (!txn.changed_since_snapshot(Family::kRows, view(key))) return RowLockResult::kLocked;
  return compare_versions(txn, view(key), strength);
}

void TableStoreImpl::drop(Transaction& txn, const TableLayout& layout) {
  KeyRange range = table_keys::storage_range(layout.storage_id);
  txn.drop_range_at_commit(Family::kRows, range);
  txn.drop_range_at_commit(Family::kLarge, range);
  // Also serves sequences, whose layout is only a storage id. A full write set is reported by commit().
  (void)txn.erase(Family::kMeta, meta_keys::row_ids(layout.storage_id)).is_ok();
  (void)txn.erase(Family::kMeta, meta_keys::sequence(layout.storage_id)).is_ok();
  txn.on_commit([this, storage_id = layout.storage_id] { row_ids_.forget(storage_id); });
}

}  // namespace

Result<bool> snapshot_is_current(Transaction& txn, const TableLayout& layout, RowId id) {
  auto key = table_keys::row(layout.storage_id, id);
  if (txn.own_write(Family::kRows, view(key)) != OwnWrite::kNone) return true;
  PinnedValue latest_bytes, seen_bytes;
  ASSIGN_OR_RETURN(bool exists, txn.get(Family::kRows, view(key), ReadMode::kLatest, latest_bytes));
  ASSIGN_OR_RETURN(bool seen, txn.get(Family::kRows, view(key), ReadMode::kSnapshot, seen_bytes));
  if (!exists || !seen) return false;
  RowHeader latest, before;
  if (!read_row_header(latest_bytes.view(), latest) || !read_row_header(seen_bytes.view(), before)) return damaged_row();
  return latest.writer == before.writer;
}

std::unique_ptr<TableStore> make_table_store(KvEngine& engine) { return std::make_unique<TableStoreImpl>(engine); }

}  // namespace vecino::storage

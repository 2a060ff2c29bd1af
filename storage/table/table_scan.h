#pragma once

#include <memory>
#include <vector>

#include "storage/api/table_store.h"
#include "storage/table/row_codec.h"

namespace vecino::storage {

// Walks kLarge beside the rows: one per column kept outside. Neighbouring rows cost one step, gaps a seek. Values are
// pinned, not copied: they stay valid until the cursor goes.
class LargeCursor {
 public:
  LargeCursor(std::unique_ptr<KvIterator> values, uint32_t storage_id, int column)
      : values_(std::move(values)), storage_id_(storage_id), column_(static_cast<uint16_t>(column)) {}
  // XX001 when the row has no value.
  Result<std::string_view> read(RowId id);

 private:
  std::unique_ptr<KvIterator> values_;
  uint32_t storage_id_;
  uint16_t column_;
  bool placed_ = false;
};

// What a row costs on the development machine (bench_scan, 2 vCPU, everything in the block cache): 0.2 us for narrow
// columns, 0.6 us with a vector(128), 1.4 us with a vector(1536), the sum over the vector included. Nearly all of it is
// RocksDB's iterator (one step in each family per row) and memory traffic; vectors are not copied.
class TableScanImpl final : public TableScan {
 public:
  TableScanImpl(Transaction& txn, const TableLayout& layout, const ScanOptions& options);
  Result<size_t> next(size_t max, RowId* ids, Datum* const* columns, Arena& arena) override;

 private:
  void start();
  void release_pins();
  Status take_row(size_t index, RowId id, Datum* const* columns, Arena& arena);
  LargeCursor& cursor(int output);

  Transaction& txn_;
  const TransactionView view_;  // later statements of the transaction do not change what the scan sees
  const TableLayout layout_;
  const RowDecoder decoder_;
  const bool backward_;
  const RowId begin_, end_;
  std::unique_ptr<KvIterator> rows_;
  // By output column; made on first use. Made anew in every call of next(): that releases what the last batch pinned,
  // for a few microseconds per batch.
  std::vector<std::unique_ptr<LargeCursor>> cursors_;
  std::vector<Datum> values_;
  std::vector<int> external_;
  bool started_ = false;
};

// Copies what the datum points to, so that it lives as long as the arena.
inline void own_bytes(Datum& datum, PhysicalKind kind, Arena& arena) {
  if (kind == PhysicalKind::kBytes && !datum.is_null) datum.ptr = arena.copy(datum.bytes()).data();
}

}  // namespace vecino::storage

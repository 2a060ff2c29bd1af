#pragma once

#include <memory>
#include <vector>

#include "storage/api/table_store.h"
#include "storage/table/row_codec.h"

namespace vecino::storage {

// Walks kLarge beside the rows: one per column kept outside. Neighbouring rows cost one step, gaps a seek.
class LargeCursor {
 public:
  LargeCursor(std::unique_ptr<KvIterator> values, uint32_t storage_id, int column)
      : values_(std::move(values)), storage_id_(storage_id), column_(static_cast<uint16_t>(column)) {}
  // The value of the row, valid until the next call. XX001 when there is none.
  Result<std::string_view> read(RowId id);

 private:
  std::unique_ptr<KvIterator> values_;
  uint32_t storage_id_;
  uint16_t column_;
  bool placed_ = false;
};

class TableScanImpl final : public TableScan {
 public:
  TableScanImpl(Transaction& txn, const TableLayout& layout, const ScanOptions& options);
  Result<size_t> next(size_t max, RowId* ids, Datum* const* columns, Arena& arena) override;

 private:
  void start();
  Status take_row(size_t index, RowId id, Datum* const* columns, Arena& arena);
  LargeCursor& cursor(int output);

  Transaction& txn_;
  const TransactionView view_;  // later statements of the transaction do not change what the scan sees
  const TableLayout layout_;
  const RowDecoder decoder_;
  const bool backward_;
  const RowId begin_, end_;
  std::unique_ptr<KvIterator> rows_;
  std::vector<std::unique_ptr<LargeCursor>> cursors_;  // by output column; made on first use
  std::vector<Datum> values_;
  std::vector<int> external_;
  bool started_ = false;
};

// Copies what the datum points to, so that it lives as long as the arena.
inline void own_bytes(Datum& datum, PhysicalKind kind, Arena& arena) {
  if (kind == PhysicalKind::kBytes && !datum.is_null) datum.ptr = arena.copy(datum.bytes()).data();
}

}  // namespace vecino::storage

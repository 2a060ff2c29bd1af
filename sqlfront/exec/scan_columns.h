#pragma once

#include <vector>

#include "sqlfront/exec/executor.h"

namespace vecino::sql {

// How the columns a scan node fetches come from the store: which stored columns to read, and where system columns (row id,
// tableoid) and whole rows are put together. Immutable.
class ScanColumns {
 public:
  // Throws 0A000 for system columns that do not exist here (xmin and the like).
  ScanColumns(const RelationDesc& relation, const std::vector<AttrNumber>& fetch);
  std::span<const int> stored() const { return stored_; }
  // Raw columns that the scan fills with the distance (kDistanceColumn).
  std::span<const size_t> distances() const { return distances_; }
  size_t width() const { return width_; }          // columns of the raw batch: fetched ones, then helpers
  // Where the store writes: one array per stored column, inside `raw` (reset with width() columns).
  void targets(Batch& raw, std::vector<Datum*>& out, size_t at = 0) const;
  // Computes system columns and whole rows for `rows` fetched rows.
  void finish(Batch& raw, const storage::RowId* ids, size_t rows) const;

 private:
  struct WholeRow {
    size_t position;
    std::vector<size_t> columns;  // positions in the raw batch
    std::vector<Oid> types;
    std::vector<std::string> names;
  };
  size_t position_of(int stored);
  Oid table_, row_type_;
  std::vector<int> stored_;        // 0-based table columns
  std::vector<size_t> positions_;  // raw column of each stored one
  std::vector<std::pair<size_t, size_t>> copies_;  // the same column fetched twice: from, to
  std::vector<size_t> ctid_, tableoid_, distances_;
  std::vector<WholeRow> whole_rows_;
  size_t width_;
};

}  // namespace vecino::sql

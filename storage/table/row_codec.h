#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/api/table_store.h"
#include "storage/util/arena.h"

namespace vecino::storage {

// A row in Family::kRows:
//   flags (1) | varint writer | [varint key writer] | varint column count | [null bitmap] | [external bitmap] | values
// writer: id of the transaction that wrote this version; it tells versions apart. key writer: of the last one that changed
// a key column (update under a FOR UPDATE lock); absent when the same.
// The column count lets ADD COLUMN leave rows alone: columns beyond it take ColumnLayout::missing.
// Bitmaps have a bit per column. An external column's value is in Family::kLarge; null and external columns have no bytes.
// Values: kInt zigzag varint; kFloat 8 bytes little-endian; kBytes varint length and bytes.
struct RowHeader {
  TransactionId writer = 0;
  TransactionId key_writer = 0;
  uint32_t column_count = 0;
  const char* nulls = nullptr;      // nullptr = none
  const char* externals = nullptr;  // nullptr = none
  const char* values = nullptr;
  const char* end = nullptr;

  bool is_null(size_t column) const { return nulls != nullptr && (nulls[column / 8] >> (column % 8) & 1) != 0; }
  bool is_external(size_t column) const {
    return externals != nullptr && (externals[column / 8] >> (column % 8) & 1) != 0;
  }
};

// Where a value is kept. `large` columns: outside unless tiny; others: outside when long.
inline constexpr size_t kLargeInlineLimit = 64;
inline constexpr size_t kNarrowInlineLimit = 2000;
inline bool belongs_outside(const ColumnLayout& column, const Datum& value) {
  return column.kind == PhysicalKind::kBytes && !value.is_null &&
         value.len > (column.large ? kLargeInlineLimit : kNarrowInlineLimit);
}

// False = malformed.
bool read_row_header(std::string_view bytes, RowHeader& header);

// Appends the encoded row. external[i] (null span = none): column i is in kLarge. REQUIRES: row.size() == layout columns.
void encode_row(const TableLayout& layout, TransactionId writer, TransactionId key_writer, std::span<const Datum> row,
                std::span<const bool> external, std::string& out);

// Decodes chosen columns; made once per scan. Not thread-safe.
class RowDecoder {
 public:
  // `columns`: 0-based, in output order.
  RowDecoder(const TableLayout& layout, std::span<const int> columns);

  // out[c] for the c-th wanted column; kBytes point into `bytes`. A column kept outside gets a null datum and its output
  // position is added to `external`. False = malformed.
  bool decode(std::string_view bytes, Datum* out, std::vector<int>& external) const;
  size_t size() const { return wanted_.size(); }
  int column(size_t output) const { return wanted_[output]; }
  PhysicalKind kind(size_t output) const { return layout_.columns[static_cast<size_t>(wanted_[output])].kind; }

 private:
  const TableLayout& layout_;
  std::vector<int> wanted_;
  std::vector<int> by_column_;  // output positions in column order
};

}  // namespace vecino::storage

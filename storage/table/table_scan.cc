#include "storage/table/table_scan.h"

#include "storage/table/table_keys.h"

namespace vecino::storage {

Result<std::string_view> LargeCursor::read(RowId id) {
  auto key = table_keys::large(storage_id_, column_, id);
  std::string_view wanted = table_keys::view(key);
  if (placed_ && values_->valid()) {
    values_->next();
    if (values_->valid() && values_->key() == wanted) return values_->value();
  }
  placed_ = true;
  values_->seek(wanted);
  if (values_->valid() && values_->key() == wanted) return values_->value();
  RETURN_IF_ERROR(values_->status());
  return Status::error(sqlstate::kDataCorrupted, "missing value of a large column");
}

TableScanImpl::TableScanImpl(Transaction& txn, const TableLayout& layout, const ScanOptions& options)
    : txn_(txn),
      view_(txn.view()),
      layout_(layout),
      decoder_(layout_, options.columns),
      backward_(options.backward),
      begin_(options.begin),
      end_(options.end),
      cursors_(options.columns.size()),
      values_(options.columns.size()) {
  KeyRange range = table_keys::storage_range(layout_.storage_id);
  if (begin_ > 0) range.lower = table_keys::view(table_keys::row(layout_.storage_id, begin_));
  if (end_ != kInvalidRowId) range.upper = table_keys::view(table_keys::row(layout_.storage_id, end_));
  rows_ = txn_.iterator_at(view_, Family::kRows, std::move(range));
}

void TableScanImpl::start() {
  started_ = true;
  if (backward_) {
    rows_->seek_to_last();
  } else {
    rows_->seek_to_first();
  }
}

void TableScanImpl::release_pins() {
  for (auto& cursor : cursors_) cursor.reset();
}

LargeCursor& TableScanImpl::cursor(int output) {
  auto& place = cursors_[static_cast<size_t>(output)];
  if (place == nullptr) {
    int column = decoder_.column(static_cast<size_t>(output));
    uint16_t number = static_cast<uint16_t>(column);
    KeyRange range;
    range.lower = table_keys::view(table_keys::large(layout_.storage_id, number, 0));
    range.upper = prefix_successor(std::string_view(range.lower).substr(0, 6));
    place = std::make_unique<LargeCursor>(
        txn_.iterator_at(view_, Family::kLarge, std::move(range), Pinning::kValues),
        layout_.storage_id, column);
  }
  return *place;
}

Status TableScanImpl::take_row(size_t index, RowId id, Datum* const* columns, Arena& arena) {
  external_.clear();
  if (!decoder_.decode(rows_->value(), values_.data(), external_)) {
    return Status::error(sqlstate::kDataCorrupted, "row is damaged");
  }
  for (size_t c = 0; c < values_.size(); ++c) {
    own_bytes(values_[c], decoder_.kind(c), arena);
    columns[c][index] = values_[c];
  }
  for (int output : external_) {
    ASSIGN_OR_RETURN(std::string_view bytes, cursor(output).read(id));
    columns[output][index] = Datum::from_bytes(bytes);
  }
  return Status::ok();
}

Result<size_t> TableScanImpl::next(size_t max, RowId* ids, Datum* const* columns, Arena& arena) {
  if (begin_ >= end_) return size_t{0};
  release_pins();
  if (!started_) start();
  size_t count = 0;
  while (count < max && rows_->valid()) {
    RowId id = table_keys::row_id_of(rows_->key());
    ids[count] = id;
    if (!values_.empty()) RETURN_IF_ERROR(take_row(count, id, columns, arena));
    ++count;
    backward_ ? rows_->prev() : rows_->next();
  }
  if (count == 0 || !rows_->valid()) RETURN_IF_ERROR(rows_->status());
  return count;
}

}  // namespace vecino::storage

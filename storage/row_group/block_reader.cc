#include "storage/row_group/block_reader.h"

#include "storage/row_group/row_group.h"

namespace vecino::storage::row_group {

Result<const BlockReader::Block*> BlockReader::read(std::string_view group_key) {
  if (known_ && block_.key == group_key) return &block_;
  known_ = false;
  block_.key = group_key;
  block_.has_group = false;
  block_.rows.clear();
  bool is_ahead = entries_ != nullptr && entries_->valid() && entries_->key() >= group_key;
  if (entries_ == nullptr) entries_ = engine_.iterator(Family::kRows, nullptr, {std::string(group_key), {}});
  // Nothing lies between the last block and where the iterator stands; at the end of a table that is all there is.
  if (!is_ahead && !at_end_) entries_->seek(group_key);
  for (; entries_->valid() && entries_->key().starts_with(group_key); entries_->next()) {
    if (is_group_key(entries_->key())) {
      block_.has_group = true;
    } else {
      block_.rows.push_back({std::string(entries_->key()), entries_->value().empty()});
    }
  }
  at_end_ = !entries_->valid();
  if (at_end_) RETURN_IF_ERROR(entries_->status());
  known_ = true;
  return &block_;
}

}  // namespace vecino::storage::row_group

#include "storage/row_group/group_writer.h"

#include <cstring>

#include "storage/row_group/group_iterator.h"

namespace vecino::storage::row_group {

Status GroupWriter::add(std::string_view key, std::string_view value, Kind kind) {
  const bool is_row = is_row_key(key);
  if (rows_.count() > 0) {
    bool continues = is_row && kind == kind_ && index_of(key) == rows_.count() && rows_.fits(value) &&
                     group_key(key) == std::string_view(key_.data(), kGroupKeySize);
    if (!continues) RETURN_IF_ERROR(write_rows());
  }
  // In the middle of a block a group can no longer begin.
  if (!is_row || index_of(key) != rows_.count() || !rows_.fits(value)) return write_row(key, value, kind);
  if (rows_.count() == 0) {
    std::memcpy(key_.data(), key.data(), kRowKeySize);
    kind_ = kind;
  }
  rows_.add(value);
  return rows_.count() == kRowCount ? write_block() : Status::ok();
}

Status GroupWriter::write_block() {
  const std::string_view group({key_.data(), kGroupKeySize});
  ASSIGN_OR_RETURN(const BlockReader::Block* block, database_.read(group));
  if (kind_ == Kind::kErase) return erase_block(*block);
  // Rows written one by one would hide the group's.
  if (!block->rows.empty()) return write_rows();
  rows_.encode(encoded_);
  rows_.clear();
  return base_->put(group, encoded_);
}

// Nothing of the block is left, not even that its rows are erased.
Status GroupWriter::erase_block(const BlockReader::Block& block) {
  rows_.clear();
  RETURN_IF_ERROR(base_->erase(block.key));
  for (const BlockReader::Block::Row& row : block.rows) RETURN_IF_ERROR(base_->erase(row.key));
  return Status::ok();
}

Status GroupWriter::write_rows() {
  for (size_t i = 0; i < rows_.count(); ++i) {
    key_[kGroupKeySize] = static_cast<char>(i);
    RETURN_IF_ERROR(write_row({key_.data(), key_.size()}, rows_.row(i), kind_));
  }
  rows_.clear();
  return Status::ok();
}

Status GroupWriter::write_row(std::string_view key, std::string_view value, Kind kind) {
  if (kind == Kind::kPut) return base_->put(key, value);
  if (!is_row_key(key)) return base_->erase(key);
  ASSIGN_OR_RETURN(const BlockReader::Block* block, database_.read(group_key(key)));
  return block->has_group ? base_->put(key, kErasedRow) : base_->erase(key);
}

Result<KvRunPtr> GroupWriter::finish() {
  RETURN_IF_ERROR(write_rows());
  ASSIGN_OR_RETURN(KvRunPtr run, base_->finish());
  return KvRunPtr(std::make_shared<GroupRun>(std::move(run)));
}

std::unique_ptr<KvIterator> GroupRun::iterator(KeyRange range, Pinning pinning) const {
  auto entries = base_->iterator(with_group(range), pinning);
  return std::make_unique<GroupIterator>(std::move(entries), std::move(range), GroupIterator::Erased::kShown, nullptr);
}

}  // namespace vecino::storage::row_group

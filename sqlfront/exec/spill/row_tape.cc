#include "sqlfront/exec/spill/row_tape.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/type.h"

namespace vecino::sql {

RowFormat::RowFormat(const std::vector<TypeRef>& types) {
  for (const TypeRef& type : types) {
    const TypeInfo* info = find_type(type.id);
    by_bytes_.push_back(info == nullptr || info->kind == PhysicalKind::kBytes);
  }
}

void RowFormat::pack(const Datum* row, std::string& out) const {
  const size_t start = out.size(), width = by_bytes_.size();
  out.append(reinterpret_cast<const char*>(row), width * sizeof(Datum));
  uint64_t used = 0;
  for (size_t c = 0; c < width; ++c) {
    if (!by_bytes_[c] || row[c].is_null) continue;
    Datum moved = row[c];
    moved.i64 = static_cast<int64_t>(used);
    std::memcpy(out.data() + start + c * sizeof(Datum), &moved, sizeof moved);
    out.append(row[c].bytes());
    used += row[c].len;
  }
}

void RowFormat::unpack(const char* packed, Datum* row) const {
  const size_t width = by_bytes_.size();
  std::memcpy(static_cast<void*>(row), packed, width * sizeof(Datum));
  const char* bytes = packed + width * sizeof(Datum);
  for (size_t c = 0; c < width; ++c) {
    if (by_bytes_[c] && !row[c].is_null) row[c].ptr = bytes + row[c].i64;
  }
}

void RowTape::append(const Datum* row) {
  if (buffer_.size() >= kBlock) flush();
  const size_t start = buffer_.size();
  buffer_.append(sizeof(uint32_t), '\0');
  format_->pack(row, buffer_);
  const auto size = static_cast<uint32_t>(buffer_.size() - start - sizeof(uint32_t));
  std::memcpy(buffer_.data() + start, &size, sizeof size);
  bytes_ += sizeof size + size;
  ++rows_;
}

void RowTape::flush() {
  if (buffer_.empty()) return;
  blocks_.push_back({file_->size(), flushed_rows_, static_cast<uint32_t>(buffer_.size())});
  throw_if_error(file_->append(buffer_));
  flushed_rows_ = rows_;
  buffer_.clear();
}

void RowTape::finish() {
  flush();
  buffer_ = {};
}

void RowTape::Reader::load(size_t block) {
  const Block& source = tape_->blocks_[block];
  bytes_.resize(source.size);
  throw_if_error(tape_->file_->read(source.offset, bytes_.data(), source.size));
  starts_.clear();
  for (size_t at = 0; at < bytes_.size();) {
    uint32_t size;
    std::memcpy(&size, bytes_.data() + at, sizeof size);
    starts_.push_back(static_cast<uint32_t>(at + sizeof size));
    at += sizeof size + size;
  }
  first_row_ = source.first_row;
  block_ = block;
  row_.resize(std::max<size_t>(tape_->format_->width(), 1));
}

const Datum* RowTape::Reader::row(uint64_t number) {
  assert(number < tape_->flushed_rows_);
  if (block_ == SIZE_MAX || number < first_row_ || number >= first_row_ + starts_.size()) {
    const auto& blocks = tape_->blocks_;
    size_t wanted = block_ + 1;  // mostly the next one
    if (block_ == SIZE_MAX || wanted >= blocks.size() || number != blocks[wanted].first_row) {
      auto behind = std::upper_bound(blocks.begin(), blocks.end(), number,
                                     [](uint64_t n, const Block& block) { return n < block.first_row; });
      wanted = static_cast<size_t>(behind - blocks.begin()) - 1;
    }
    load(wanted);
  }
  position_ = number + 1;
  tape_->format_->unpack(bytes_.data() + starts_[number - first_row_], row_.data());
  return row_.data();
}

}  // namespace vecino::sql

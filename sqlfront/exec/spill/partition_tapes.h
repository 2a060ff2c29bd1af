#pragma once

#include <memory>
#include <vector>

#include "sqlfront/exec/executor.h"
#include "sqlfront/exec/spill/row_tape.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {

// Rows divided by some bits of their hash, on tapes that share a temporary file: those of a hash table that did not fit into memory.
// Each level divides by other bits. Not thread-safe; the format must outlive it.
class PartitionTapes {
 public:
  static constexpr size_t kCount = 32;
  // No more bits are left: what does not fit then must.
  static constexpr int kMostLevels = 6;

  PartitionTapes(const RowFormat& format, TempSpace& space, int level)
      : file_(value_or_throw(TempFile::create(space))), level_(level) {
    for (size_t i = 0; i < kCount; ++i) tapes_.emplace_back(format, *file_);
  }
  void append(uint64_t hash, const Datum* row) { tapes_[partition(hash)].append(row); }
  void finish() {
    for (RowTape& tape : tapes_) tape.finish();
  }
  const RowTape& tape(size_t partition) const { return tapes_[partition]; }
  int level() const { return level_; }
  uint64_t disk_bytes() const { return file_->size(); }

 private:
  static constexpr int kBits = 5;
  static_assert(kCount == size_t{1} << kBits && kBits * kMostLevels <= 32);
  // The upper bits: hash tables use the lower ones.
  size_t partition(uint64_t hash) const { return (hash >> (64 - kBits * (level_ + 1))) & (kCount - 1); }
  std::unique_ptr<TempFile> file_;
  std::vector<RowTape> tapes_;
  const int level_;
};

// Fills `batch` with the next rows of a tape; false = end. Bytes are in the batch's arena.
bool read_tape(RowTape::Reader& reader, const RowFormat& format, Batch& batch, size_t max);

}  // namespace vecino::sql

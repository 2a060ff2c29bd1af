#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sqlfront/types/type.h"
#include "storage/util/arena.h"
#include "storage/util/datum.h"
#include "storage/util/temp_file.h"

namespace vecino::sql {

// Which columns of rows on tapes are pointers to bytes.
class RowFormat {
 public:
  explicit RowFormat(const std::vector<TypeRef>& types);
  size_t width() const { return by_bytes_.size(); }
  // A row as bytes: the datums, whose pointers count from their end, then what they point to.
  void pack(const Datum* row, std::string& out) const;
  // Into `row`; bytes stay in `packed`.
  void unpack(const char* packed, Datum* row) const;
  // A value of column `c` whose bytes are in `arena`.
  Datum copy(size_t c, Datum value, Arena& arena) const {
    if (by_bytes_[c] && !value.is_null) value.ptr = arena.copy(value.bytes()).data();
    return value;
  }

 private:
  std::vector<char> by_bytes_;
};

// Rows written one after the other in blocks of a temporary file, which many tapes may share. Throws SqlError. Not thread-safe;
// the format and the file must outlive it.
class RowTape {
 public:
  RowTape(const RowFormat& format, TempFile& file) : format_(&format), file_(&file) {}
  RowTape(RowTape&&) = default;
  RowTape& operator=(RowTape&&) = default;

  void append(const Datum* row);
  // The rows still in memory are written, and their memory is given back. Before a Reader is made.
  void finish();
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }  // written, or still to be
  size_t memory_usage() const { return buffer_.capacity() + blocks_.capacity() * sizeof(Block); }

  class Reader;

 private:
  static constexpr size_t kBlock = 32 << 10;  // or one row, if that is larger
  struct Block {
    uint64_t offset, first_row;
    uint32_t size;
  };
  void flush();
  const RowFormat* format_;
  TempFile* file_;
  std::string buffer_;
  std::vector<Block> blocks_;
  uint64_t rows_ = 0, flushed_rows_ = 0, bytes_ = 0;
};

// A position on a tape. Rows may be appended to the tape meanwhile if it is finished again before they are asked for.
class RowTape::Reader {
 public:
  explicit Reader(const RowTape& tape) : tape_(&tape) {}
  // The next row; nullptr = end. Valid until the next call. A row of no columns is not nullptr.
  const Datum* next() { return position_ < tape_->rows_ ? row(position_) : nullptr; }
  // REQUIRES: number < rows(). next() goes on behind it.
  const Datum* row(uint64_t number);
  void rewind() { position_ = 0; }

 private:
  void load(size_t block);
  const RowTape* tape_;
  uint64_t position_ = 0;
  size_t block_ = SIZE_MAX;
  uint64_t first_row_ = 0;        // of the loaded block
  std::string bytes_;             // of the loaded block
  std::vector<uint32_t> starts_;  // of its rows
  std::vector<Datum> row_;
};

}  // namespace vecino::sql

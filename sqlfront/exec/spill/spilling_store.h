#pragma once

#include <memory>

#include "sqlfront/exec/spill/row_tape.h"
#include "sqlfront/exec/tuple_store.h"

namespace vecino::sql {

// Rows in the order in which they came, read again by number: the first ones in memory, as far as `memory` bytes go, the others in a
// temporary file. Those in memory stay where they are, because several readers may look at them. Not thread-safe.
class SpillingStore {
 public:
  // `space`: null = everything stays in memory.
  SpillingStore(const std::vector<TypeRef>& types, MemoryAccount& account, TempSpace* space, size_t memory);
  SpillingStore(const std::vector<TypeRef>& types, RunState& run);

  size_t width() const { return rows_.width(); }
  size_t size() const { return rows_.size() + (tape_ != nullptr ? tape_->rows() : 0); }
  void append(const Datum* row);
  void append_batch(const Batch& batch);
  // Row `number`; from disk, until the next call of any kind.
  const Datum* row(size_t number);
  // Rows [first, first + count) into the columns of `out` from row 0 on. Bytes are in out.arena or live as long as the rows.
  void read(size_t first, size_t count, Batch& out);
  void clear();
  size_t memory_usage() const { return rows_.memory_usage() + (tape_ != nullptr ? tape_->memory_usage() : 0); }

 private:
  const RowFormat format_;
  TupleStore rows_;
  TempSpace* const space_;
  const size_t memory_;
  std::unique_ptr<TempFile> file_;
  std::unique_ptr<RowTape> tape_;  // set: memory is full
  std::unique_ptr<RowTape::Reader> reader_;
  std::vector<Datum> row_;
};

// What one operator may hold in memory before it writes rows to disk: work_mem, and never much of what the process has.
size_t spill_threshold(const RunState& run);
// The same for hash tables: hash_mem_multiplier times as much.
size_t hash_spill_threshold(const RunState& run);

}  // namespace vecino::sql

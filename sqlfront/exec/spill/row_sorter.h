#pragma once

#include <memory>
#include <vector>

#include "sqlfront/exec/spill/row_tape.h"
#include "sqlfront/exec/tuple_store.h"

namespace vecino::sql {

// Sorts rows, stably: in memory while they fit into the threshold, else in sorted runs on disk that are merged when they are read
// (Knuth, volume 3, 5.4; a balanced merge of as many runs as there is memory for their blocks). Not thread-safe.
class RowSorter {
 public:
  // The comparator must outlive it.
  RowSorter(const std::vector<TypeRef>& types, const RowComparator& comparator, RunState& run);
  ~RowSorter();

  void add(const Datum* const* columns, size_t r);
  void add(const Datum* row);
  // No more rows.
  void finish();
  // Up to `count` rows more, in order, into the columns of `out` from row 0 on; fewer only at the end. Bytes are in out.arena or live
  // as long as the sorter's rows.
  size_t read(Batch& out, size_t count);
  // The first row comes again.
  void rewind();
  void clear();

  size_t width() const { return rows_.width(); }
  bool is_external() const { return file_ != nullptr; }
  uint64_t disk_bytes() const { return disk_bytes_; }
  size_t memory_usage() const { return peak_memory_; }

 private:
  struct Entry {
    const Datum* row;
    uint64_t sequence;
  };
  struct Source {
    RowTape::Reader reader;
    size_t number;  // of the run: among equal rows earlier runs come first
    const Datum* row = nullptr;
  };
  void note(const Datum* row);
  void sort_memory();
  void write_run();
  size_t merge_order() const;
  void merge_some();
  void open_merge(size_t first, size_t count);
  const Datum* merged();
  size_t read_memory(Batch& out, size_t count);

  RunState& run_;
  const RowComparator& comparator_;
  const RowFormat format_;
  const size_t threshold_;
  TupleStore rows_;
  std::vector<Entry> entries_;
  size_t position_ = 0;

  std::unique_ptr<TempFile> file_;
  std::vector<RowTape> runs_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> heap_;
  Source* given_ = nullptr;  // its row was given out and is still in use
  uint64_t disk_bytes_ = 0;
  size_t peak_memory_ = 0;
};

}  // namespace vecino::sql

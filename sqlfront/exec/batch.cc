#include "sqlfront/exec/executor.h"

namespace vecino::sql {

void Batch::reset(size_t column_count, size_t capacity) {
  rows = 0;
  arena.reset();
  size_t needed = column_count * capacity;
  if (needed > allocated_) {
    // make_unique_for_overwrite: the producer writes every datum that it counts in `rows`.
    data_ = std::make_unique_for_overwrite<Datum[]>(needed);
    allocated_ = needed;
  }
  column_count_ = column_count;
  capacity_ = capacity;
}

}  // namespace vecino::sql

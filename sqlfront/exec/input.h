#pragma once

#include "sqlfront/exec/filter_project.h"
#include "sqlfront/exec/operator.h"
#include "sqlfront/exec/tuple_store.h"

namespace vecino::sql {

// A child operator with the batch it fills.
struct Input {
  std::unique_ptr<Operator> op;
  Batch batch;
  ColumnPointers pointers;
  const Datum* const* columns = nullptr;

  // Next non-empty batch; false = end.
  bool next(size_t max) {
    do {
      if (!op->next(batch, max)) return false;
    } while (batch.rows == 0);
    columns = pointers.of(batch);
    return true;
  }
};

// What an operator fetches at once when its consumer wants `max` rows but a filter may drop most of them: starts small,
// doubles, so that a LIMIT 1 does not read a thousand rows and a rare match does not cost a call per row.
class FetchSize {
 public:
  size_t next(size_t max, bool has_filter) {
    if (!has_filter || max >= kBatchRows) return max;
    size_ = std::min(kBatchRows, std::max(size_ * 2, std::max<size_t>(max, 16)));
    return size_;
  }
  void restart() { size_ = 0; }

 private:
  size_t size_ = 0;
};

}  // namespace vecino::sql

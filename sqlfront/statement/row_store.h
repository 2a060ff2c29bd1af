#pragma once

#include <span>
#include <vector>

#include "sqlfront/types/type.h"
#include "storage/util/arena.h"
#include "storage/util/datum.h"

namespace vecino::sql {

// Materialised rows of a result: scrollable and held cursors, RETURNING, and portals that must not see later
// commands. Not thread-safe.
class RowStore {
 public:
  explicit RowStore(std::span<const TypeRef> types);
  void append(const Datum* row);  // copies bytes
  size_t rows() const { return columns_ == 0 ? empty_rows_ : values_.size() / columns_; }
  const Datum* row(size_t index) const { return values_.data() + index * columns_; }

 private:
  size_t columns_;
  size_t empty_rows_ = 0;  // row count when there are no columns
  std::vector<bool> is_bytes_;
  std::vector<Datum> values_;
  Arena arena_;
};

}  // namespace vecino::sql

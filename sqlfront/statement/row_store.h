#pragma once

#include "sqlfront/exec/spill/spilling_store.h"

namespace vecino::sql {

// Materialised rows of a result: scrollable and held cursors, RETURNING, and portals that must not see later
// commands. On disk what is more than work_mem. Not thread-safe.
class RowStore {
 public:
  // `space` must outlive it.
  RowStore(const std::vector<TypeRef>& types, TempSpace& space, size_t work_mem)
      : account_(SIZE_MAX), rows_(types, account_, &space, work_mem) {}
  void append(const Datum* row) { rows_.append(row); }  // copies bytes
  size_t rows() const { return rows_.size(); }
  // Until the next call.
  const Datum* row(size_t index) { return rows_.row(index); }

 private:
  MemoryAccount account_;
  SpillingStore rows_;
};

}  // namespace vecino::sql

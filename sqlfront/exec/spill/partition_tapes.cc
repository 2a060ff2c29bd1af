#include "sqlfront/exec/spill/partition_tapes.h"

namespace vecino::sql {

bool read_tape(RowTape::Reader& reader, const RowFormat& format, Batch& batch, size_t max) {
  batch.reset(format.width(), max);
  for (; batch.rows < max; ++batch.rows) {
    const Datum* row = reader.next();
    if (row == nullptr) break;
    for (size_t c = 0; c < format.width(); ++c) batch.column(c)[batch.rows] = format.copy(c, row[c], batch.arena);
  }
  return batch.rows > 0;
}

}  // namespace vecino::sql

#pragma once

#include "storage/api/table_store.h"

namespace vecino::storage {

// Is the newest committed version of the row the one in the transaction's snapshot, or has the transaction itself written it?
// Takes no lock: a commit that comes at this moment may count or not.
Result<bool> snapshot_is_current(Transaction& txn, const TableLayout& layout, RowId id);

}  // namespace vecino::storage

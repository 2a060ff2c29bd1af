#pragma once

#include <string_view>

#include "storage/api/transaction.h"

namespace vecino::storage {

// To be called once the lock on a row or unique key has been granted: waits for the end of another transaction that has
// written `key` and let go of the lock, because the write no longer is in memory. False only with LockWait::kSkip.
Result<bool> await_bulk_writers(Transaction& txn, Family family, std::string_view key, LockWait wait);

}  // namespace vecino::storage

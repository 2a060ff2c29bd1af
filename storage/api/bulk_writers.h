#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "storage/api/transaction.h"

namespace vecino::storage {

// To be called once the lock on a row or unique key has been granted: waits for the end of another transaction that has
// written `key` and let go of the lock, because the write no longer is in memory. False only with LockWait::kSkip.
// `conflicts` is asked whether that write (nullopt = erased) is one to wait for; empty = every one is.
using BulkConflict = std::function<bool(TransactionId writer, std::optional<std::string_view> value)>;
Result<bool> await_bulk_writers(Transaction& txn, Family family, std::string_view key, LockWait wait,
                                const BulkConflict& conflicts = {});

}  // namespace vecino::storage

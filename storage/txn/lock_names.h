#pragma once

#include <string>

#include "storage/api/lock.h"
#include "storage/api/transaction.h"

namespace vecino::storage {

// What a waiter waits for, in the words of PostgreSQL's deadlock report (DescribeLockTag): rows and unique keys appear as
// the transaction that holds them.
std::string describe_wait(const LockTag& tag, LockMode mode, TransactionId blocker);
// 55P03 for NOWAIT. Callers that know the relation's name word it themselves.
Status lock_not_available(const LockTag& tag);

}  // namespace vecino::storage

#pragma once

#include "sqlfront/analyze/query.h"
#include "storage/api/lock.h"

namespace vecino::sql {

// Thrown when a row that the statement wants to lock has a newer committed version and the plan cannot re-evaluate just
// that row. The execution undoes the statement's work so far, takes a fresh snapshot and runs it again (READ COMMITTED
// only; REPEATABLE READ fails in lock_row with 40001).
struct StatementRestart {};

inline storage::RowLockStrength row_lock_strength(LockStrength strength) {
  switch (strength) {
    case LockStrength::kForKeyShare: return storage::RowLockStrength::kForKeyShare;
    case LockStrength::kForShare: return storage::RowLockStrength::kForShare;
    case LockStrength::kForNoKeyUpdate: return storage::RowLockStrength::kForNoKeyUpdate;
    case LockStrength::kNone:
    case LockStrength::kForUpdate: break;
  }
  return storage::RowLockStrength::kForUpdate;
}

}  // namespace vecino::sql

#include "storage/txn/lock_names.h"

#include <fmt/format.h>

#include "storage/txn/lock_manager.h"
#include "storage/util/bytes.h"

namespace vecino::storage {

LockModeMask conflicts_of(LockMode mode) {
  constexpr auto bit = [](LockMode m) { return mask_of(m); };
  using enum LockMode;
  // Manual 13.3.1, table 13.2.
  static constexpr LockModeMask kTable[] = {
      0,
      /* AccessShare */ static_cast<LockModeMask>(bit(kAccessExclusive)),
      /* RowShare */ static_cast<LockModeMask>(bit(kExclusive) | bit(kAccessExclusive)),
      /* RowExclusive */
      static_cast<LockModeMask>(bit(kShare) | bit(kShareRowExclusive) | bit(kExclusive) | bit(kAccessExclusive)),
      /* ShareUpdateExclusive */
      static_cast<LockModeMask>(bit(kShareUpdateExclusive) | bit(kShare) | bit(kShareRowExclusive) | bit(kExclusive) |
                                bit(kAccessExclusive)),
      /* Share */
      static_cast<LockModeMask>(bit(kRowExclusive) | bit(kShareUpdateExclusive) | bit(kShareRowExclusive) |
                                bit(kExclusive) | bit(kAccessExclusive)),
      /* ShareRowExclusive */
      static_cast<LockModeMask>(bit(kRowExclusive) | bit(kShareUpdateExclusive) | bit(kShare) |
                                bit(kShareRowExclusive) | bit(kExclusive) | bit(kAccessExclusive)),
      /* Exclusive */
      static_cast<LockModeMask>(bit(kRowShare) | bit(kRowExclusive) | bit(kShareUpdateExclusive) | bit(kShare) |
                                bit(kShareRowExclusive) | bit(kExclusive) | bit(kAccessExclusive)),
      /* AccessExclusive */
      static_cast<LockModeMask>(bit(kAccessShare) | bit(kRowShare) | bit(kRowExclusive) | bit(kShareUpdateExclusive) |
                                bit(kShare) | bit(kShareRowExclusive) | bit(kExclusive) | bit(kAccessExclusive)),
  };
  return kTable[static_cast<int>(mode)];
}

LockMode mode_of(RowLockStrength strength) {
  switch (strength) {
    case RowLockStrength::kForKeyShare: return LockMode::kAccessShare;
    case RowLockStrength::kForShare: return LockMode::kRowShare;
    case RowLockStrength::kForNoKeyUpdate: return LockMode::kExclusive;
    case RowLockStrength::kForUpdate: return LockMode::kAccessExclusive;
  }
  return LockMode::kAccessExclusive;
}

std::string_view lock_mode_name(LockMode mode) {
  static constexpr std::string_view kNames[] = {
      "INVALID",      "AccessShareLock", "RowShareLock",          "RowExclusiveLock",    "ShareUpdateExclusiveLock",
      "ShareLock",    "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"};
  return kNames[static_cast<int>(mode)];
}

std::string describe_wait(const LockTag& tag, LockMode mode, TransactionId blocker) {
  std::string_view name = lock_mode_name(mode);
  switch (tag.space) {
    case LockSpace::kRelation: return fmt::format("{} on relation {} of database {}", name, tag.id, tag.database);
    case LockSpace::kObject: return fmt::format("{} on object {} of database {}", name, tag.id, tag.database);
    case LockSpace::kAdvisory: {
      uint64_t key = tag.key.size() >= 8 ? load_be<uint64_t>(tag.key.data()) : 0;
      return fmt::format("{} on advisory lock [{},{},{},{}]", name, tag.database, key >> 32, key & 0xffffffff, tag.id);
    }
    case LockSpace::kRow:
    case LockSpace::kUniqueKey:
    case LockSpace::kTransaction: break;
  }
  return fmt::format("ShareLock on transaction {}", blocker);
}

Status lock_not_available(const LockTag& tag) {
  switch (tag.space) {
    case LockSpace::kRow:
      return Status::error(sqlstate::kLockNotAvailable, "could not obtain lock on row in relation");
    case LockSpace::kRelation:
      return Status::error(sqlstate::kLockNotAvailable, "could not obtain lock on relation");
    default: return Status::error(sqlstate::kLockNotAvailable, "could not obtain lock");
  }
}

}  // namespace vecino::storage

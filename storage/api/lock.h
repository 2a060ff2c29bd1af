#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace vecino::storage {

// PostgreSQL's table-level lock modes (manual 13.3.1), weakest first; the conflict table is the manual's.
enum class LockMode : uint8_t {
  kAccessShare = 1,
  kRowShare,
  kRowExclusive,
  kShareUpdateExclusive,
  kShare,
  kShareRowExclusive,
  kExclusive,
  kAccessExclusive,
};

// Row-level strengths (manual 13.3.2), mapped on the same manager.
enum class RowLockStrength : uint8_t { kForKeyShare, kForShare, kForNoKeyUpdate, kForUpdate };

enum class LockWait : uint8_t {
  kBlock,  // until granted, cancelled (57014), lock_timeout (55P03) or deadlock (40P01)
  kNoWait, // 55P03 at once
  kSkip,   // report "not granted"
};

enum class LockSpace : uint8_t { kRelation, kRow, kUniqueKey, kObject, kAdvisory, kTransaction };

// What is locked. `id` is the relation/index/object oid; `key` the row id (big-endian) or encoded unique key.
struct LockTag {
  LockSpace space;
  uint32_t database = 0;
  uint32_t id = 0;
  std::string key;
  auto operator<=>(const LockTag&) const = default;
};

}  // namespace vecino::storage

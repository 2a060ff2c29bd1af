#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/api/kv_run.h"
#include "storage/txn/key_filter.h"
#include "storage/txn/write_set.h"

namespace vecino::storage {

// A part of a transaction's writes that has left memory: of one family, of the commands [first, last], within one key prefix
// (table, index or large column). Of a key only the newest of these writes. Immutable, thread-safe.
struct SpilledRun {
  WriteSet::Command first = 0, last = 0;
  KvRunPtr puts;    // nullptr = none
  KvRunPtr erased;  // keys without values; nullptr = none
  std::string smallest, largest;
  KeyFilter filter;

  enum class Found { kNo, kPut, kErased };
  bool may_contain(std::string_view key, uint64_t hash) const {
    return key >= smallest && key <= largest && filter.may_contain(hash);
  }
  // `value` may be null: only whether.
  Result<Found> find(std::string_view key, PinnedValue* value) const;
  bool overlaps(const KeyRange& range) const {
    return largest >= range.lower && (range.upper.empty() || smallest < range.upper);
  }
};
using SpilledRunPtr = std::shared_ptr<const SpilledRun>;
using SpilledRuns = std::vector<SpilledRunPtr>;  // oldest first
using SpilledFamilies = std::array<SpilledRuns, kFamilyCount>;

// Moves a write set into runs, appended to `out`. Versions on different sides of a cut go to different runs: at the cuts views and
// savepoints may divide them. `cuts` ascend; the last one is past every command. On an error `out` is of no use.
Status spill(KvBulkEngine& engine, const WriteSet& writes, std::span<const WriteSet::Command> cuts, SpilledFamilies& out);

// The runs as ingest() wants them: no overlaps, the newest write of each key, erased keys erased. Runs that are so already are
// taken as they are.
Status arrange_for_ingest(KvBulkEngine& engine, Family family, const SpilledRuns& runs, std::vector<KvIngest>& out);

}  // namespace vecino::storage

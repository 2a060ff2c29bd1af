#pragma once

#include <algorithm>
#include <vector>

#include "storage/api/kv_engine.h"

namespace vecino::index {

// The snapshots that are in use, as far as it matters what they need: an old one needs what it sees, not all that came and went
// since.
class Snapshots {
 public:
  // Any snapshot from `oldest` on may be in use, and none before.
  Snapshots(storage::SequenceNumber oldest) : from_(oldest) {}  // NOLINT: a sequence number is a short list
  // Those of `used`, and any from `from` on.
  Snapshots(std::vector<storage::SequenceNumber> used, storage::SequenceNumber from) : used_(std::move(used)), from_(from) {
    std::sort(used_.begin(), used_.end());
  }
  // Does one of them see what is current in [begin, end)? end 0 = still current.
  bool need(storage::SequenceNumber begin, storage::SequenceNumber end) const {
    if (end == 0 || end > from_) return true;
    auto first = std::lower_bound(used_.begin(), used_.end(), begin);
    return first != used_.end() && *first < end;
  }

 private:
  std::vector<storage::SequenceNumber> used_;  // ascending
  storage::SequenceNumber from_;
};

}  // namespace vecino::index

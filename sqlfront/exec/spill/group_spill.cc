#include "sqlfront/exec/spill/group_spill.h"

namespace vecino::sql {

void GroupSpill::write(size_t set, uint64_t hash, const Datum* const* columns, size_t r) {
  if (tapes_.size() <= set) tapes_.resize(set + 1);
  if (tapes_[set] == nullptr) tapes_[set] = std::make_shared<PartitionTapes>(format_, space_, level_);
  for (size_t c = 0; c < row_.size(); ++c) row_[c] = columns[c][r];
  tapes_[set]->append(hash, row_.data());
}

uint64_t GroupSpill::take_parts(std::vector<Part>& parts) {
  uint64_t bytes = 0;
  for (size_t set = 0; set < tapes_.size(); ++set) {
    if (tapes_[set] == nullptr) continue;
    tapes_[set]->finish();
    bytes += tapes_[set]->disk_bytes();
    for (size_t i = 0; i < PartitionTapes::kCount; ++i) {
      if (tapes_[set]->tape(i).rows() > 0) parts.push_back({tapes_[set], i, set});
    }
  }
  tapes_.clear();
  return bytes;
}

}  // namespace vecino::sql

#include "sqlfront/exec/row_set.h"

namespace vecino::sql {

RowSet::RowSet(const std::vector<TypeId>& types) {
  for (size_t k = 0; k < types.size(); ++k) {
    types_.emplace_back(types[k]);
    columns_.push_back(static_cast<int>(k));
  }
}

RowSet::RowSet(const std::vector<TypeId>& types, std::vector<int> columns) : columns_(std::move(columns)) {
  for (TypeId type : types) types_.emplace_back(type);
}

uint64_t RowSet::hash(const Datum* row) const {
  uint64_t hash = 0;
  for (size_t k = 0; k < types_.size(); ++k) hash = combine_hash(hash, types_[k].hash(row[columns_[k]]));
  return hash;
}

size_t RowSet::find(const Datum* row, uint64_t hash) const {
  if (slots_.empty()) return kNone;
  size_t mask = slots_.size() - 1;
  for (size_t slot = hash & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    size_t number = slots_[slot] - 1;
    if (hashes_[number] != hash) continue;
    bool equal = true;
    for (size_t k = 0; k < types_.size() && equal; ++k) {
      equal = types_[k].equal(row[columns_[k]], rows_[number][columns_[k]]);
    }
    if (equal) return number;
  }
  return kNone;
}

size_t RowSet::insert(const Datum* row, uint64_t hash) {
  if (slots_.size() < (rows_.size() + 1) * 2) grow();
  size_t mask = slots_.size() - 1, slot = hash & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  rows_.push_back(row);
  hashes_.push_back(hash);
  slots_[slot] = static_cast<uint32_t>(rows_.size());
  return rows_.size() - 1;
}

void RowSet::clear() {
  if (slots_.size() > kKeptSlots) {
    rows_ = {};
    hashes_ = {};
    slots_ = {};
    return;
  }
  rows_.clear();
  hashes_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
}

void RowSet::grow() {
  size_t size = slots_.empty() ? 16 : slots_.size() * 2;
  slots_.assign(size, 0);
  for (size_t number = 0; number < rows_.size(); ++number) {
    size_t slot = hashes_[number] & (size - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
    slots_[slot] = static_cast<uint32_t>(number + 1);
  }
}

}  // namespace vecino::sql

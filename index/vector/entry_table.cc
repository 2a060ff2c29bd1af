#include "index/vector/entry_table.h"

#include <algorithm>

namespace vecino::index {

EntryTable::EntryTable() : primary_(sizeof(Entry), kMaxNodes), further_(sizeof(Entry), kMaxNodes) {}

EntryId* EntryTable::slot(RowId row) {
  auto& chunk = chunks_[row / kRowsPerChunk];
  if (chunk == nullptr) {
    chunk = std::make_unique<EntryId[]>(kRowsPerChunk);
    std::fill_n(chunk.get(), kRowsPerChunk, kNone);
  }
  return &chunk[row % kRowsPerChunk];
}

const EntryId* EntryTable::find_slot(RowId row) const {
  auto it = chunks_.find(row / kRowsPerChunk);
  if (it == chunks_.end()) return nullptr;
  const EntryId* found = &it->second[row % kRowsPerChunk];
  return *found == kNone ? nullptr : found;
}

Status EntryTable::add_first(NodeId node, RowId row, SequenceNumber begin) {
  RETURN_IF_ERROR(primary_.ensure(node + size_t{1}));
  std::lock_guard lock(mutex_);
  set_first(node, row, begin);
  return Status::ok();
}

Result<bool> EntryTable::restore(NodeId node, RowId row) {
  RETURN_IF_ERROR(primary_.ensure(node + size_t{1}));
  std::lock_guard lock(mutex_);
  if (find_slot(row) != nullptr) return false;
  set_first(node, row, 0);
  return true;
}

Status EntryTable::restore(NodeId first, std::span<const RowId> rows, std::span<const uint32_t> ends,
                           std::span<uint8_t> has_row) {
  RETURN_IF_ERROR(primary_.ensure(first + ends.size()));
  std::lock_guard lock(mutex_);
  uint32_t next = 0;
  for (size_t i = 0; i < ends.size(); ++i) {
    const NodeId node = first + static_cast<NodeId>(i);
    has_row[i] = 0;
    for (; next < ends[i]; ++next) {
      if (find_slot(rows[next]) != nullptr) continue;
      if (has_row[i] != 0) {
        RETURN_IF_ERROR(link_further(node, rows[next], 0));
      } else {
        set_first(node, rows[next], 0);
      }
      has_row[i] = 1;
    }
    if (has_row[i] == 0) set_none(node);
  }
  return Status::ok();
}

void EntryTable::set_none(NodeId node) {
  Entry& e = entry(node);
  e.next.store(kNone, std::memory_order_relaxed);
  e.node = node;
  e.begin.store(~SequenceNumber{0}, std::memory_order_release);
}

void EntryTable::set_first(NodeId node, RowId row, SequenceNumber begin) {
  Entry& e = entry(node);
  e.row.store(row, std::memory_order_relaxed);
  e.next.store(kNone, std::memory_order_relaxed);
  e.node = node;
  e.end.store(0, std::memory_order_relaxed);
  e.begin.store(begin, std::memory_order_release);
  *slot(row) = node;
  rows_.fetch_add(1, std::memory_order_relaxed);
}

Status EntryTable::link_further(NodeId node, RowId row, SequenceNumber begin) {
  EntryId id;
  if (!free_.empty()) {
    id = free_.back();
    free_.pop_back();
  } else {
    RETURN_IF_ERROR(further_.ensure(next_further_ + size_t{1}));
    id = kFurther | next_further_++;
  }
  Entry& e = entry(id);
  Entry& first = entry(node);
  e.row.store(row, std::memory_order_relaxed);
  e.node = node;
  e.end.store(0, std::memory_order_relaxed);
  e.begin.store(begin, std::memory_order_relaxed);
  e.next.store(first.next.load(std::memory_order_relaxed), std::memory_order_relaxed);
  first.next.store(id, std::memory_order_release);
  *slot(row) = id;
  rows_.fetch_add(1, std::memory_order_relaxed);
  return Status::ok();
}

bool EntryTable::end(RowId row, SequenceNumber end) {
  std::lock_guard lock(mutex_);
  const EntryId* found = find_slot(row);
  if (found == nullptr) return false;
  EntryId id = *found;
  entry(id).end.store(end, std::memory_order_release);
  ended_.push_back(id);
  *slot(row) = kNone;
  ended_total_.store(ended_.size(), std::memory_order_relaxed);
  rows_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

bool EntryTable::has(RowId row) const {
  std::lock_guard lock(mutex_);
  return find_slot(row) != nullptr;
}

NodeId EntryTable::node_of(RowId row) const {
  std::lock_guard lock(mutex_);
  const EntryId* found = find_slot(row);
  return found == nullptr ? kNoNode : entry(*found).node;
}

void EntryTable::current_rows(NodeId node, std::vector<RowId>& out) const {
  out.clear();
  std::lock_guard lock(mutex_);
  for (EntryId id = node; id != kNone; id = entry(id).next.load(std::memory_order_relaxed)) {
    const Entry& e = entry(id);
    if (e.end.load(std::memory_order_relaxed) == 0) out.push_back(e.row.load(std::memory_order_relaxed));
  }
}

bool EntryTable::none_needed(NodeId node, const Snapshots& snapshots) const {
  for (EntryId id = node; id != kNone; id = entry(id).next.load(std::memory_order_relaxed)) {
    if (is_needed(id, snapshots)) return false;
  }
  return true;
}

size_t EntryTable::count_dead(const Snapshots& snapshots) const {
  std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(ended_.begin(), ended_.end(), [&](EntryId id) { return !is_needed(id, snapshots); }));
}

void EntryTable::unchain(EntryId id) {
  Entry& gone = entry(id);
  for (EntryId at = gone.node; at != kNone;) {
    Entry& e = entry(at);
    EntryId next = e.next.load(std::memory_order_relaxed);
    if (next == id) {
      e.next.store(gone.next.load(std::memory_order_relaxed), std::memory_order_release);
      break;
    }
    at = next;
  }
  unchained_.push_back(id);
}

void EntryTable::forget(std::span<const NodeId> dead) {
  std::lock_guard lock(mutex_);
  for (NodeId node : dead) {
    dead_marks_.erase(node);
    for (EntryId id = entry(node).next.load(std::memory_order_relaxed); id != kNone;) {
      free_.push_back(id);
      id = entry(id).next.load(std::memory_order_relaxed);
    }
    entry(node).next.store(kNone, std::memory_order_relaxed);
  }
}

void EntryTable::reuse_unchained() {
  std::lock_guard lock(mutex_);
  free_.insert(free_.end(), unchained_.begin(), unchained_.end());
  unchained_.clear();
}

}  // namespace vecino::index

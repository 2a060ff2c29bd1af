#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "index/vector/chunked_arena.h"
#include "index/vector/snapshots.h"
#include "index/vector/vector_store.h"

namespace vecino::index {

using storage::SequenceNumber;
using EntryId = uint32_t;

// Which rows stand behind a node, and for which snapshots: an entry belongs to the snapshots with sequences in
// [begin, end); end 0 = still current. Rows with equal vectors share a node. A row has at most one current entry; older ones stay
// until no snapshot needs them.
//
// Threads: for_each() takes no lock and may run beside everything else as long as the caller holds an EpochGate pass; all
// others are serialised by a mutex.
class EntryTable {
 public:
  explicit EntryTable();

  Status ensure(size_t nodes) { return primary_.ensure(nodes); }
  // The first entry of a node that nobody can reach yet.
  Status add_first(NodeId node, RowId row, SequenceNumber begin);
  // add_first() from an image. False: the row has an entry already, because it moved while the image was written.
  Result<bool> restore(NodeId node, RowId row);
  // Likewise node after node from `first` on, each with any number of rows: rows[ends[i - 1]] .. rows[ends[i] - 1] stand behind node first + i.
  // has_row[i] = 1 where one of them is there now; the other nodes stand for nothing.
  Status restore(NodeId first, std::span<const RowId> rows, std::span<const uint32_t> ends, std::span<uint8_t> has_row);
  // Another row of a node with the same vector. False: the node is being removed (`doomed` says so); insert it anew.
  template <typename Doomed>
  Result<bool> add_further(NodeId node, RowId row, SequenceNumber begin, Doomed&& doomed) {
    std::lock_guard lock(mutex_);
    if (doomed(node)) return false;
    RETURN_IF_ERROR(link_further(node, row, begin));
    return true;
  }
  // The row's current entry ends. False when it has none.
  bool end(RowId row, SequenceNumber end);
  bool has(RowId row) const;
  NodeId node_of(RowId row) const;  // kNoNode when it has no current entry

  // Calls visit(row) for the node's entries that belong to `snapshot`.
  template <typename Visit>
  void for_each(NodeId node, SequenceNumber snapshot, Visit&& visit) const {
    for (EntryId id = node; id != kNone;) {
      const Entry& e = entry(id);
      SequenceNumber end = e.end.load(std::memory_order_acquire);
      if (e.begin.load(std::memory_order_acquire) <= snapshot && (end == 0 || end > snapshot)) {
        visit(e.row.load(std::memory_order_relaxed));
      }
      id = e.next.load(std::memory_order_acquire);
    }
  }
  // Does one of the node's entries belong to `snapshot` whose row is not `hidden`?
  template <typename Hidden>
  bool any(NodeId node, SequenceNumber snapshot, Hidden&& hidden) const {
    for (EntryId id = node; id != kNone;) {
      const Entry& e = entry(id);
      const SequenceNumber end = e.end.load(std::memory_order_acquire);
      if (e.begin.load(std::memory_order_acquire) <= snapshot && (end == 0 || end > snapshot) &&
          !hidden(e.row.load(std::memory_order_relaxed))) {
        return true;
      }
      id = e.next.load(std::memory_order_acquire);
    }
    return false;
  }
  // Current rows of a node, for the image.
  void current_rows(NodeId node, std::vector<RowId>& out) const;

  // Nodes none of whose entries is needed by a snapshot. `doom` is called for each under the lock, after which add_further() refuses
  // them.
  template <typename Doom>
  void collect_dead(const Snapshots& snapshots, Doom&& doom, std::vector<NodeId>& dead) {
    std::lock_guard lock(mutex_);
    std::vector<EntryId> later;
    for (EntryId id : ended_) {
      const NodeId node = entry(id).node;
      if (is_needed(id, snapshots)) {
        later.push_back(id);
      } else if (none_needed(node, snapshots)) {
        // Several entries of one node may have ended.
        if (dead_marks_.insert(node).second) {
          doom(node);
          dead.push_back(node);
        }
      } else if (id != node) {
        unchain(id);
      } else {
        later.push_back(id);  // the first entry cannot be taken out of the chain; waits for the rest
      }
    }
    ended_ = std::move(later);
    ended_total_.store(ended_.size(), std::memory_order_relaxed);
  }
  // Entries that collect_dead() would look at with success, more or less: others of their nodes may be needed.
  size_t count_dead(const Snapshots& snapshots) const;
  // After the dead nodes' slots are free for reuse.
  void forget(std::span<const NodeId> dead);
  // Entries taken out of chains may be reused: no reader is left that could stand on them.
  void reuse_unchained();

  size_t row_count() const { return rows_.load(std::memory_order_relaxed); }
  size_t ended_count() const { return ended_total_.load(std::memory_order_relaxed); }
  size_t memory_bytes(size_t nodes) const { return nodes * sizeof(Entry) + row_count() * sizeof(EntryId); }

 private:
  static constexpr EntryId kNone = 0xffffffff;
  static constexpr EntryId kFurther = 0x80000000;  // entries beyond the first of a node
  static constexpr size_t kRowsPerChunk = 4096;

  struct Entry {
    std::atomic<RowId> row;
    std::atomic<SequenceNumber> begin, end;
    std::atomic<EntryId> next;
    NodeId node;
  };
  Entry& entry(EntryId id) const {
    return *reinterpret_cast<Entry*>((id & kFurther) ? further_.at(id & ~kFurther) : primary_.at(id));
  }
  void set_none(NodeId node);
  void set_first(NodeId node, RowId row, SequenceNumber begin);
  Status link_further(NodeId node, RowId row, SequenceNumber begin);
  bool is_needed(EntryId id, const Snapshots& snapshots) const {
    const Entry& e = entry(id);
    return snapshots.need(e.begin.load(std::memory_order_relaxed), e.end.load(std::memory_order_relaxed));
  }
  bool none_needed(NodeId node, const Snapshots& snapshots) const;
  void unchain(EntryId id);
  EntryId* slot(RowId row);
  const EntryId* find_slot(RowId row) const;

  ChunkedArena primary_, further_;
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, std::unique_ptr<EntryId[]>> chunks_;  // row id -> current entry
  std::vector<EntryId> ended_, unchained_, free_;
  std::unordered_set<NodeId> dead_marks_;
  uint32_t next_further_ = 0;
  std::atomic<size_t> rows_{0};
  std::atomic<size_t> ended_total_{0};  // ended_.size(); written under mutex_
};

}  // namespace vecino::index

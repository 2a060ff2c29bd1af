#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "storage/api/kv_engine.h"

namespace vecino::storage {

// Snapshots of the whole database, shared while nothing is written: DB::GetSnapshot takes the DB mutex, a look at the
// latest sequence number does not. Thread-safe.
//
// A commit publishes its sequence number before write() returns; current() reads the latest one when called, so a
// snapshot includes every commit that returned before.
class SnapshotManager {
 public:
  explicit SnapshotManager(rocksdb::DB* db) : db_(db) {}
  KvSnapshotPtr current();
  // After a write: lets go of a shared snapshot that is now old, so that an idle server pins nothing.
  void drop_stale();
  // Sequences of all that somebody holds.
  std::vector<SequenceNumber> used() const { return live_->all(); }

  // Outlives the manager as long as there are snapshots.
  class Live {
   public:
    void add(SequenceNumber sequence) {
      std::lock_guard lock(mutex_);
      sequences_.insert(sequence);
    }
    void remove(SequenceNumber sequence) {
      std::lock_guard lock(mutex_);
      sequences_.erase(sequences_.find(sequence));
    }
    std::vector<SequenceNumber> all() const {
      std::lock_guard lock(mutex_);
      return {sequences_.begin(), sequences_.end()};
    }

   private:
    mutable std::mutex mutex_;
    std::multiset<SequenceNumber> sequences_;
  };

 private:
  rocksdb::DB* db_;
  const std::shared_ptr<Live> live_ = std::make_shared<Live>();
  std::mutex mutex_;
  KvSnapshotPtr newest_;
};

// REQUIRES: made by this manager's database.
const rocksdb::Snapshot* rocksdb_snapshot(const KvSnapshot* snapshot);

}  // namespace vecino::storage

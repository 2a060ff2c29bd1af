#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <mutex>

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

 private:
  rocksdb::DB* db_;
  std::mutex mutex_;
  KvSnapshotPtr newest_;
};

// REQUIRES: made by this manager's database.
const rocksdb::Snapshot* rocksdb_snapshot(const KvSnapshot* snapshot);

}  // namespace vecino::storage

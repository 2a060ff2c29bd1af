#include "storage/rocksdb/snapshot_manager.h"

namespace vecino::storage {
namespace {

class RocksdbSnapshot final : public KvSnapshot {
 public:
  RocksdbSnapshot(rocksdb::DB* db, const rocksdb::Snapshot* snapshot, std::shared_ptr<SnapshotManager::Live> live)
      : db_(db), snapshot_(snapshot), sequence_(snapshot->GetSequenceNumber()), live_(std::move(live)) {
    live_->add(sequence_);
  }
  ~RocksdbSnapshot() override {
    live_->remove(sequence_);
    db_->ReleaseSnapshot(snapshot_);
  }
  SequenceNumber sequence() const override { return sequence_; }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB* db_;
  const rocksdb::Snapshot* snapshot_;
  SequenceNumber sequence_;
  const std::shared_ptr<SnapshotManager::Live> live_;
};

}  // namespace

KvSnapshotPtr SnapshotManager::current() {
  KvSnapshotPtr stale;  // released after the mutex
  std::lock_guard lock(mutex_);
  if (newest_ != nullptr && newest_->sequence() == db_->GetLatestSequenceNumber()) return newest_;
  stale = std::move(newest_);
  newest_ = std::make_shared<RocksdbSnapshot>(db_, db_->GetSnapshot(), live_);
  return newest_;
}

void SnapshotManager::drop_stale() {
  KvSnapshotPtr stale;
  std::lock_guard lock(mutex_);
  if (newest_ != nullptr && newest_->sequence() != db_->GetLatestSequenceNumber()) stale = std::move(newest_);
}

const rocksdb::Snapshot* rocksdb_snapshot(const KvSnapshot* snapshot) {
  return snapshot == nullptr ? nullptr : static_cast<const RocksdbSnapshot*>(snapshot)->get();
}

}  // namespace vecino::storage

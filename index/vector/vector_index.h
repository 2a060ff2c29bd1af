#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "index/api/recovery.h"
#include "index/vector/core.h"
#include "index/vector/pending.h"

namespace vecino::index {

// A transactional, durable vector index around a VectorCore.
//
// Writing: insert() and erase() put a log record into the transaction (the same commit as the row's) and list its key in
// Pending. After the commit is durable and visible, but before commit() returns, the changes are made in memory with the
// commit's sequence number, so a vector can be found as soon as its commit has returned.
//
// Reading: every entry carries the sequences between which it is current, so a scan yields exactly what its snapshot sees,
// without looking at rows. What memory cannot know yet - the transaction's own changes, and commits that the snapshot sees while
// they are still on their way into memory - is taken from the log through the transaction and compared one by one.
//
// Life: closed -> loading (image and log are read in the background; can_answer() is false) -> ready. An index without a
// usable image is broken: it answers nothing until it is built again from the rows. One that found no memory answers nothing
// either, and is loaded when there is some. While it is being loaded, or built under
// writers (BuildMode::kConcurrent), commits wait in deferred_; take_over() brings them into memory.
class VectorIndex final : public Index, public std::enable_shared_from_this<VectorIndex> {
 public:
  VectorIndex(IndexDefinition definition, storage::KvEngine& engine, std::unique_ptr<const CoreFactory> factory);
  ~VectorIndex() override;

  const IndexDefinition& definition() const override { return definition_; }
  Result<InsertOutcome> insert(Transaction& txn, std::span<const Datum> key, RowId row, UniqueCheck check) override;
  Status erase(Transaction& txn, std::span<const Datum> key, RowId row) override;
  std::unique_ptr<IndexScan> begin_scan(Transaction& txn, const ScanSpec& spec) override;
  bool can_answer(Transaction& txn) override;
  IndexStatistics statistics() const override;
  Status build(Transaction& txn, BuildSource& source, const BuildContext& context, Arena& arena,
               std::vector<Datum>* conflict_key) override;
  void drop(Transaction& txn) override;
  uint64_t approximate_bytes() const override;

  // Starts loading unless the index is new.
  void open();
  // For tests and orderly shutdown: all background work that is due now, in this thread.
  Status run_maintenance();
  void wait_until_loaded();
  IndexHealth health() const;
  size_t dead_entries() const;  // that wait for a vacuum, for tests

 private:
  friend class VectorScan;
  enum class Phase : uint8_t { kNew, kLoading, kReady, kBroken, kNoMemory };
  struct Change {
    RowId row;
    SequenceNumber sequence;
    bool erased;
    std::vector<float> vector;
  };

  Status stage(Transaction& txn, RowId row, const Datum* vector);
  void register_hooks(Transaction& txn);
  void apply_commit(Transaction& txn);
  Status apply(std::span<const Change> changes);
  static Status apply_one(VectorCore& core, const Change& change);
  static Status apply_many(VectorCore& core, std::span<const Change> changes);
  Status take_over(std::shared_ptr<VectorCore> core, SequenceNumber included, SequenceNumber valid_from);

  // Background work; one thread, which exists while there is something to do.
  enum Work : unsigned { kLoad = 1, kVacuum = 2, kImage = 4, kLoadLater = 8 };
  void schedule(unsigned work);
  void start_worker_if_wanted();
  void start_worker();  // REQUIRES: work_mutex_ is held, there is none
  void work_loop();
  void do_work(unsigned work);
  void wait_for_others(std::unique_lock<std::mutex>& lock);
  size_t worth_a_vacuum(const VectorCore& core) const;
  bool image_is_due(const VectorCore& core) const;
  Snapshots used_snapshots() const;
  bool stopping() const { return stop_.load(std::memory_order_relaxed); }
  Status load();
  Status replay(VectorCore& core, const storage::KvSnapshotPtr& snapshot, uint32_t first_generation);
  Status vacuum();
  Status write_image();
  std::shared_ptr<VectorCore> core() const;
  void discard();
  void set_broken(const Status& why);
  Manifest current_manifest(uint32_t image, uint32_t first_generation) const;

  const IndexDefinition definition_;
  storage::KvEngine& engine_;
  const std::unique_ptr<const CoreFactory> factory_;
  Pending pending_;

  mutable std::shared_mutex state_mutex_;
  Phase phase_ = Phase::kNew;                // guarded by state_mutex_
  std::shared_ptr<VectorCore> core_;         // guarded by state_mutex_
  SequenceNumber valid_from_ = 0;            // guarded by state_mutex_: older snapshots are not answered
  storage::TransactionId builder_ = 0;       // guarded by state_mutex_: the transaction that built it, exempt from that
  std::vector<Change> deferred_;             // guarded by state_mutex_: commits during loading or building
  std::atomic<uint32_t> image_{0};           // number of the newest image; written by background thread and build() only

  std::atomic<uint64_t> log_bytes_{0};       // since the image
  std::atomic<size_t> vacuum_after_{64};     // ended entries that make a vacuum worth while
  // A snapshot needs so much that it makes a vacuum worth while when it has gone. The background thread's.
  bool waits_for_snapshots_ = false;
  bool waits_for_memory_ = false;            // the same, and the index is not there until then
  std::atomic<bool> told_no_memory_{false};  // once is enough
  std::atomic<bool> stop_{false};
  std::mutex maintenance_mutex_;             // vacuum and images: one at a time
  std::mutex work_mutex_;
  std::condition_variable work_done_, work_wanted_;
  unsigned work_ = 0;                        // guarded by work_mutex_
  bool working_ = false;                     // guarded by work_mutex_
  bool has_worker_ = false;                  // guarded by work_mutex_: worker_ will look at work_ again
  std::thread worker_;                       // guarded by work_mutex_
};

// For AccessMethod::open.
Result<std::shared_ptr<Index>> open_vector_index(const IndexDefinition& definition, storage::KvEngine& engine,
                                                 std::unique_ptr<const CoreFactory> factory);

}  // namespace vecino::index

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/statistics.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "storage/meta/data_directory.h"
#include "storage/rocksdb/forwarding_iterator.h"
#include "storage/rocksdb/load_hold.h"
#include "storage/rocksdb/options.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/rocksdb/snapshot_manager.h"
#include "storage/rocksdb/space_reclaimer.h"
#include "storage/rocksdb/sst_run.h"
#include "storage/rocksdb/status_map.h"
#include "storage/rocksdb/wal_extents.h"
#include "storage/util/bytes.h"
#include "storage/util/failpoint.h"

namespace vecino::storage {
namespace {

// RocksDB counts per thread by default, which shows in every step of an iterator.
void disable_perf_counters() {
  thread_local bool done = false;
  if (done) return;
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  done = true;
}

struct PinnedHolder final : PinnedValue::Holder {
  rocksdb::PinnableSlice slice;
};

class RocksdbIterator final : public ForwardingIterator {
 public:
  RocksdbIterator(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* handle, Family family, KvSnapshotPtr snapshot,
                  KeyRange range, Pinning pinning)
      : ForwardingIterator(std::move(range)), snapshot_(std::move(snapshot)) {
    rocksdb::ReadOptions options = this->options(pinning);
    options.snapshot = rocksdb_snapshot(snapshot_.get());
    // Scanned vectors would push everything else out of the cache; the system's page cache has them as they are.
    options.fill_cache = family != Family::kLarge;
    disable_perf_counters();
    iterator_.reset(db->NewIterator(options, handle));
  }
  ~RocksdbIterator() override { iterator_.reset(); }  // before the snapshot goes

 private:
  const KvSnapshotPtr snapshot_;
};

using Handles = std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount>;

class RocksdbBatch final : public KvWriteBatch {
 public:
  explicit RocksdbBatch(const Handles& handles) : handles_(handles) {}
  void put(Family family, std::string_view key, std::string_view value) override {
    note(batch_.Put(handle(family), slice(key), slice(value)));
  }
  void erase(Family family, std::string_view key) override {
    note(batch_.Delete(handle(family), slice(key)));
    if (family != Family::kMeta) count_erased(family, key);
  }
  void erase_range(Family family, std::string_view begin, std::string_view end) override {
    note(batch_.DeleteRange(handle(family), slice(begin), slice(end)));
  }
  size_t byte_size() const override { return batch_.GetDataSize(); }
  bool empty() const override { return batch_.Count() == 0; }
  rocksdb::WriteBatch& batch() { return batch_; }
  // Erased keys by storage; neighbours in the batch are mostly of one.
  struct Erased {
    Family family;
    std::string prefix;
    uint64_t count;
  };
  const std::vector<Erased>& erased() const { return erased_; }
  // The first failure of the calls above (a batch has at most 4 GiB).
  const rocksdb::Status& build_status() const { return status_; }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[static_cast<size_t>(family)]; }
  void note(rocksdb::Status status) {
    if (!status.ok() && status_.ok()) status_ = std::move(status);
  }
  void count_erased(Family family, std::string_view key) {
    const std::string_view prefix = key.substr(0, sizeof(uint32_t));
    if (erased_.empty() || erased_.back().family != family || erased_.back().prefix != prefix) {
      erased_.push_back({family, std::string(prefix), 0});
    }
    ++erased_.back().count;
  }
  const Handles& handles_;
  rocksdb::WriteBatch batch_;
  std::vector<Erased> erased_;
  rocksdb::Status status_;
};

// IngestExternalFiles() tells which sequence number it gave only here, on the calling thread, before it returns.
thread_local SequenceNumber ingested_sequence = 0;
class IngestListener final : public rocksdb::EventListener {
 public:
  void OnExternalFileIngested(rocksdb::DB*, const rocksdb::ExternalFileIngestionInfo& info) override {
    ingested_sequence = std::max<SequenceNumber>(ingested_sequence, info.global_seqno);
  }
};

// After "no space" RocksDB would look every five seconds whether there is room for all its write buffers, and refuse to be
// told meanwhile. The next write tells it (RocksdbEngine::resume), so that it goes on as soon as that one write fits.
class RecoveryListener final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }
};

Status lost_log_error(const std::vector<std::string>& lost) {
  std::string detail;
  for (const std::string& line : lost) detail += (detail.empty() ? "" : "\n") + line;
  return Status::error(sqlstate::kDataCorrupted, "the write-ahead log is not complete: committed transactions are lost", detail,
                       "Restore a backup. \"vecinod repair\" goes on without what is lost, after it has made a copy of the "
                       "damaged files.");
}

class RocksdbEngine final : public KvBulkEngine, public EngineMaintenance {
 public:
  static Result<std::unique_ptr<KvEngine>> open(const std::string& path, const RocksdbOptions& options) {
    RETURN_IF_ERROR(failpoint::configure_from_environment());
    std::unique_ptr<RocksdbEngine> engine(new RocksdbEngine);
    ASSIGN_OR_RETURN(engine->directory_, DataDirectory::open(path));
    const std::string files = engine->directory_->engine_path();
    ASSIGN_OR_RETURN(std::vector<std::string> lost, find_lost_log(files));
    if (!lost.empty()) return lost_log_error(lost);
    ASSIGN_OR_RETURN(std::shared_ptr<WalExtents> extents, WalExtents::open(files));
    extents->forget_absent();
    engine->env_ = make_wal_env(std::move(extents));
    // Compaction makes room, statements have somebody who waits. Above all RocksDB copies every ingested file once more, as soon as
    // no snapshot is older, only to clear its sequence numbers.
    (void)engine->env_->LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW, rocksdb::CpuPriority::kLow);
    engine->open_cache(options);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (int i = 0; i < kFamilyCount; ++i) {
      Family family = static_cast<Family>(i);
      families.emplace_back(family_name(family), family_options(family, options, engine->cache_));
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    rocksdb::DBOptions settings = db_options(options, engine->env_.get(), engine->buffers_);
    settings.listeners.push_back(std::make_shared<IngestListener>());
    settings.listeners.push_back(std::make_shared<RecoveryListener>());
    engine->statistics_ = settings.statistics;
    rocksdb::Status status = rocksdb::DB::Open(settings, engine->directory_->engine_path(), families, &handles, &db);
    if (!status.ok()) return from_rocksdb(status);
    engine->db_.reset(db);
    std::copy(handles.begin(), handles.end(), engine->handles_.begin());
    engine->snapshots_ = std::make_unique<SnapshotManager>(db);
    engine->load_hold_ = std::make_unique<LoadHold>(db);
    RETURN_IF_ERROR(engine->start_reclaimer(options));
    return std::unique_ptr<KvEngine>(std::move(engine));
  }

  ~RocksdbEngine() override {
    if (db_ == nullptr) return;
    reclaimer_.reset();
    load_hold_.reset();
    snapshots_.reset();
    rocksdb::Status synced = db_->SyncWAL();
    for (auto* handle : handles_) {
      if (handle != nullptr) (void)db_->DestroyColumnFamilyHandle(handle);
    }
    (void)db_->Close();
  }

  Result<bool> get(Family family, std::string_view key, const KvSnapshot* snapshot, PinnedValue& value) override {
    RETURN_IF_ERROR(failpoint::check("engine_get"));
    disable_perf_counters();
    auto holder = std::make_unique<PinnedHolder>();
    rocksdb::ReadOptions options;
    options.snapshot = rocksdb_snapshot(snapshot);
    if (family == Family::kImages) {  // read once, at start; pieces have checksums of their own
      options.fill_cache = false;
      options.verify_checksums = false;
    }
    rocksdb::Status status = db_->Get(options, handle(family), slice(key), &holder->slice);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return from_rocksdb(status);
    std::string_view bytes = view(holder->slice);
    value.set(bytes, std::move(holder));
    return true;
  }

  Status multi_get(Family family, std::span<const std::string_view> keys, const KvSnapshot* snapshot,
                   std::span<PinnedValue> values, std::span<bool> found) override {
    RETURN_IF_ERROR(failpoint::check("engine_get"));
    rocksdb::ReadOptions options;
    options.snapshot = rocksdb_snapshot(snapshot);
    // Bounds the arrays on the stack; also RocksDB's own batch size.
    constexpr size_t kBatch = 32;
    for (size_t begin = 0; begin < keys.size(); begin += kBatch) {
      size_t count = std::min(kBatch, keys.size() - begin);
      std::array<rocksdb::Slice, kBatch> slices;
      std::array<rocksdb::Status, kBatch> statuses;
      std::array<rocksdb::PinnableSlice, kBatch> results;
      for (size_t i = 0; i < count; ++i) slices[i] = slice(keys[begin + i]);
      db_->MultiGet(options, handle(family), count, slices.data(), results.data(), statuses.data());
      for (size_t i = 0; i < count; ++i) {
        found[begin + i] = statuses[i].ok();
        if (statuses[i].IsNotFound()) continue;
        if (!statuses[i].ok()) return from_rocksdb(statuses[i]);
        auto holder = std::make_unique<PinnedHolder>();
        holder->slice = std::move(results[i]);
        std::string_view bytes = view(holder->slice);
        values[begin + i].set(bytes, std::move(holder));
      }
    }
    return Status::ok();
  }

  std::unique_ptr<KvIterator> iterator(Family family, KvSnapshotPtr snapshot, KeyRange range,
                                       Pinning pinning) override {
    return std::make_unique<RocksdbIterator>(db_.get(), handle(family), family, std::move(snapshot), std::move(range),
                                             pinning);
  }
  KvSnapshotPtr snapshot() override { return snapshots_->current(); }
  SequenceNumber latest_sequence() const override { return db_->GetLatestSequenceNumber(); }
  SequenceNumber oldest_snapshot() const override {
    // In this order: a snapshot taken in between is not older than what was latest before.
    SequenceNumber latest = db_->GetLatestSequenceNumber();
    uint64_t oldest = 0;
    bool known = db_->GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest);
    return known && oldest != 0 && oldest < latest ? oldest : latest;
  }
  UsedSnapshots used_snapshots() const override {
    // In this order, as above.
    const SequenceNumber latest = db_->GetLatestSequenceNumber();
    return {snapshots_->used(), latest};
  }
  std::unique_ptr<KvWriteBatch> new_batch() override { return std::make_unique<RocksdbBatch>(handles_); }

  Status write(KvWriteBatch& batch, Durability durability, SequenceNumber* sequence) override {
    RETURN_IF_ERROR(failpoint::check("engine_write"));
    auto& own = static_cast<RocksdbBatch&>(batch);
    if (!own.build_status().ok()) return from_rocksdb(own.build_status());
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::kSync;
    rocksdb::Status status = db_->Write(options, &own.batch());
    if (!status.ok() && (is_no_space(status) || is_out_of_files(status)) && resume()) {
      status = db_->Write(options, &own.batch());
    }
    if (!status.ok()) return from_rocksdb(status);
    writes_.fetch_add(1, std::memory_order_relaxed);
    wal_bytes_.fetch_add(own.batch().GetDataSize(), std::memory_order_relaxed);
    if (options.sync) wal_syncs_.fetch_add(1, std::memory_order_relaxed);
    // A written batch starts with the sequence number of its first entry (write_batch.cc documents the header).
    const SequenceNumber written =
        load_le<uint64_t>(own.batch().Data().data()) + static_cast<uint64_t>(own.batch().Count()) - 1;
    if (sequence != nullptr) *sequence = written;
    for (const auto& erased : own.erased()) reclaimer_->note_erased(erased.family, erased.prefix, erased.count, written);
    snapshots_->drop_stale();
    return Status::ok();
  }

  std::string scratch_directory() const override { return directory_->bulk_path(); }

  Result<std::unique_ptr<KvRunWriter>> new_run(Family family) override {
    RETURN_IF_ERROR(failpoint::check("engine_new_run"));
    if (family != Family::kImages) load_hold_->prolong();
    return new_sst_run(*db_, handle(family),
                       directory_->bulk_path() + "/" + std::to_string(next_run_.fetch_add(1)) + ".sst");
  }

  Status ingest(std::span<const KvIngest> runs, SequenceNumber* sequence) override {
    RETURN_IF_ERROR(failpoint::check("engine_ingest"));
    // Row ids and sequences were reserved without a sync; that must be on disk before what was made with them.
    rocksdb::Status status = db_->SyncWAL();
    if (!status.ok()) return from_rocksdb(status);
    std::vector<rocksdb::IngestExternalFileArg> arguments;
    for (int i = 0; i < kFamilyCount; ++i) {
      rocksdb::IngestExternalFileArg argument;
      for (const KvIngest& ingest : runs) {
        if (static_cast<int>(ingest.family) != i) continue;
        RETURN_IF_ERROR(open_sst(*ingest.run));
        argument.external_files.push_back(sst_path(*ingest.run));
      }
      if (argument.external_files.empty()) continue;
      argument.column_family = handles_[static_cast<size_t>(i)];
      argument.options.move_files = true;
      argument.options.write_global_seqno = false;
      arguments.push_back(std::move(argument));
    }
    // Pieces of images are not copied, having no others beside them.
    if (std::any_of(runs.begin(), runs.end(), [](const KvIngest& run) { return run.family != Family::kImages; })) {
      load_hold_->begin();
    }
    // While a snapshot is held the files get sequence numbers of their own, whatever they overlap: a snapshot taken during
    // the ingestion does not see them, and latest_sequence() moves.
    const rocksdb::Snapshot* hold = db_->GetSnapshot();
    ingested_sequence = 0;
    status = db_->IngestExternalFiles(arguments);
    if (!status.ok() && (is_no_space(status) || is_out_of_files(status)) && resume()) {
      status = db_->IngestExternalFiles(arguments);
    }
    db_->ReleaseSnapshot(hold);
    if (!status.ok()) return from_rocksdb(status);
    if (sequence != nullptr) *sequence = ingested_sequence;
    for (const KvIngest& ingest : runs) {
      auto [first_key, erased] = erased_in_sst(*ingest.run);
      if (erased > 0) reclaimer_->note_erased(ingest.family, first_key, erased, ingested_sequence);
    }
    snapshots_->drop_stale();
    return Status::ok();
  }

  uint64_t approximate_size(Family family, const KeyRange& range) override {
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    std::string upper = range.upper.empty() ? std::string(64, '\xff') : range.upper;
    rocksdb::Range bounds(range.lower, upper);
    uint64_t size = 0;
    (void)db_->GetApproximateSizes(options, handle(family), &bounds, 1, &size);
    return size;
  }

  Status drop_range(Family family, const KeyRange& range) override {
    RETURN_IF_ERROR(failpoint::check("drop_range"));
    std::string upper = range.upper.empty() ? std::string(64, '\xff') : range.upper;
    // A range tombstone costs every later read a little; a small range is erased key by key.
    const int few_keys = family == Family::kImages ? 0 : 512;  // of images whole files go at once
    rocksdb::WriteBatch batch;
    int count = 0;
    {
      auto keys = iterator(family, nullptr, {range.lower, upper}, Pinning::kNone);
      for (keys->seek_to_first(); keys->valid() && count <= few_keys; keys->next(), ++count) {
        (void)batch.Delete(handle(family), slice(keys->key()));
      }
      RETURN_IF_ERROR(keys->status());
    }
    if (count == 0) return Status::ok();
    if (count > few_keys) {
      rocksdb::Slice begin(range.lower), end(upper);
      rocksdb::Status dropped = rocksdb::DeleteFilesInRange(db_.get(), handle(family), &begin, &end, false);
      if (!dropped.ok()) return from_rocksdb(dropped);
      auto left = iterator(family, nullptr, {range.lower, upper}, Pinning::kNone);
      left->seek_to_first();
      if (!left->valid()) return left->status();
      batch.Clear();
      (void)batch.DeleteRange(handle(family), begin, end);
    }
    rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch);
    if (status.ok() && count > few_keys) {
      rocksdb::Slice begin(range.lower), end(upper);
      (void)db_->SuggestCompactRange(handle(family), &begin, &end);
    }
    return from_rocksdb(status);
  }

  Status flush() override {
    std::vector<rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
    return from_rocksdb(db_->Flush(rocksdb::FlushOptions(), all));
  }

  EngineMaintenance* maintenance() override { return this; }

  Status checkpoint(const std::string& directory) override {
    rocksdb::Checkpoint* made = nullptr;
    RETURN_IF_ERROR(from_rocksdb(rocksdb::Checkpoint::Create(db_.get(), &made)));
    std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    return from_rocksdb(checkpoint->CreateCheckpoint(directory));
  }

  Metrics metrics() const override {
    using Properties = rocksdb::DB::Properties;
    auto sum = [this](const std::string& property) {
      uint64_t total = 0;
      for (auto* family : handles_) {
        uint64_t value = 0;
        if (db_->GetIntProperty(family, property, &value)) total += value;
      }
      return total;
    };
    auto whole = [this](const std::string& property) {
      uint64_t value = 0;
      return db_->GetIntProperty(property, &value) ? value : 0;
    };
    Metrics result;
    result.writes = writes_.load(std::memory_order_relaxed);
    result.wal_bytes = wal_bytes_.load(std::memory_order_relaxed);
    result.wal_syncs = wal_syncs_.load(std::memory_order_relaxed);
    result.block_cache_hits = statistics_->getTickerCount(rocksdb::BLOCK_CACHE_HIT);
    result.block_cache_misses = statistics_->getTickerCount(rocksdb::BLOCK_CACHE_MISS);
    const uint64_t buffers = buffers_->dummy_entries_in_cache_usage();  // memtables, which the cache is charged for
    result.block_cache_bytes = cache_->GetUsage() - std::min<uint64_t>(cache_->GetUsage(), buffers);
    result.block_cache_capacity = cache_->GetCapacity();
    result.memtable_bytes = sum(Properties::kSizeAllMemTables);
    result.table_bytes = sum(Properties::kTotalSstFilesSize);
    result.pending_compaction_bytes = sum(Properties::kEstimatePendingCompactionBytes);
    result.running_compactions = whole(Properties::kNumRunningCompactions);
    result.running_flushes = whole(Properties::kNumRunningFlushes);
    result.background_errors = whole(Properties::kBackgroundErrors);
    result.writes_stopped = whole(Properties::kIsWriteStopped) != 0;
    return result;
  }

 private:
  RocksdbEngine() = default;

  // Blocks and memtables share one cache's capacity, which shrinks when others need the memory: to the memtables and a little more.
  void open_cache(const RocksdbOptions& options) {
    MemoryBudget::ElasticCache elastic;
    elastic.part = MemoryPart::kBlockCache;
    elastic.most = options.block_cache_bytes + options.write_buffer_bytes;
    elastic.least = std::min(elastic.most, options.write_buffer_bytes + (uint64_t{8} << 20));
    cache_ = rocksdb::NewLRUCache(elastic.most, 6, false, 0.2);
    buffers_ = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes, cache_);
    elastic.resize = [cache = cache_](uint64_t capacity) { cache->SetCapacity(capacity); };
    elastic.used = [cache = cache_] { return cache->GetUsage(); };
    if (options.budget != nullptr) cache_share_ = options.budget->add_elastic(std::move(elastic));
  }
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[static_cast<size_t>(family)]; }

  Status start_reclaimer(const RocksdbOptions& options) {
    SpaceReclaimer::Engine engine;
    engine.db = db_.get();
    engine.handle = [this](Family family) { return handle(family); };
    engine.oldest_snapshot = [this] { return oldest_snapshot(); };
    engine.logged = [this] { return wal_bytes_.load(std::memory_order_relaxed); };
    engine.flush = [this] { (void)flush(); };
    reclaimer_ = std::make_unique<SpaceReclaimer>(std::move(engine), options.reclaim);
    return reclaimer_->start();
  }

  // After "no space" and the like RocksDB refuses writes until told to go on. At most one attempt per second.
  bool resume() {
    std::lock_guard lock(resume_mutex_);
    auto now = std::chrono::steady_clock::now();
    if (now < next_resume_) return false;
    next_resume_ = now + std::chrono::seconds(1);
    return db_->Resume().ok();
  }

  // Destroyed last to first: the database before what it uses.
  std::unique_ptr<DataDirectory> directory_;
  std::unique_ptr<rocksdb::Env> env_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers_;
  MemoryBudget::Registration cache_share_;
  std::shared_ptr<rocksdb::Statistics> statistics_;
  std::unique_ptr<rocksdb::DB> db_;
  std::unique_ptr<SnapshotManager> snapshots_;
  std::unique_ptr<LoadHold> load_hold_;
  std::unique_ptr<SpaceReclaimer> reclaimer_;
  Handles handles_{};
  std::atomic<uint64_t> writes_{0}, wal_bytes_{0}, wal_syncs_{0};
  std::atomic<uint64_t> next_run_{1};
  std::mutex resume_mutex_;
  std::chrono::steady_clock::time_point next_resume_{};
};

}  // namespace

Result<std::unique_ptr<KvEngine>> open_rocksdb_engine(const std::string& directory, const RocksdbOptions& options) {
  return RocksdbEngine::open(directory, options);
}

}  // namespace vecino::storage

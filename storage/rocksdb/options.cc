#include "storage/rocksdb/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "storage/rocksdb/status_map.h"
#include "storage/util/log.h"

namespace vecino::storage {
namespace {

// RocksDB would preallocate more than a whole memtable at once.
constexpr size_t kWalPreallocation = size_t{16} << 20;
// A block with its trailer then fits the allocator's class of that size; the next one is a quarter larger.
constexpr size_t kBlockSlack = 64;

// A log or manifest: tells `extents` how much of it was synced.
class WatchedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, WalExtents::File identity, std::shared_ptr<WalExtents> extents)
      : FSWritableFileOwnerWrapper(std::move(file)), identity_(identity), extents_(std::move(extents)) {}
  void SetPreallocationBlockSize(size_t size) override {
    if (identity_.kind == WalExtents::Kind::kLog) size = std::min(size, kWalPreallocation);
    FSWritableFileOwnerWrapper::SetPreallocationBlockSize(size);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    return appended(data.size(), FSWritableFileOwnerWrapper::Append(data, options, debug));
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification, rocksdb::IODebugContext* debug) override {
    return appended(data.size(), FSWritableFileOwnerWrapper::Append(data, options, verification, debug));
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    const uint64_t size = size_.load();
    return synced(size, FSWritableFileOwnerWrapper::Sync(options, debug));
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    const uint64_t size = size_.load();
    return synced(size, FSWritableFileOwnerWrapper::Fsync(options, debug));
  }

 private:
  rocksdb::IOStatus appended(size_t bytes, rocksdb::IOStatus status) {
    if (status.ok()) size_.fetch_add(bytes);
    return status;
  }
  rocksdb::IOStatus synced(uint64_t size, rocksdb::IOStatus status) {
    if (status.ok()) extents_->synced(identity_, size);
    return status;
  }
  const WalExtents::File identity_;
  const std::shared_ptr<WalExtents> extents_;
  std::atomic<uint64_t> size_{0};
};

class WalPreallocatingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  WalPreallocatingFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base, std::shared_ptr<WalExtents> extents)
      : FileSystemWrapper(base), extents_(std::move(extents)) {}
  const char* Name() const override { return "vecino"; }
  rocksdb::FileOptions OptimizeForLogWrite(const rocksdb::FileOptions& file_options,
                                           const rocksdb::DBOptions& db_options) const override {
    rocksdb::FileOptions result = FileSystemWrapper::OptimizeForLogWrite(file_options, db_options);
    result.fallocate_with_keep_size = false;
    return result;
  }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    return wrap(name, passing(FileSystemWrapper::NewWritableFile(name, options, file, debug)), file);
  }
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    forget(old_name);
    return wrap(name, passing(FileSystemWrapper::ReuseWritableFile(name, old_name, options, file, debug)), file);
  }
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    forget(name);
    return FileSystemWrapper::DeleteFile(name, options, debug);
  }
  rocksdb::IOStatus RenameFile(const std::string& name, const std::string& new_name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    forget(name);
    return FileSystemWrapper::RenameFile(name, new_name, options, debug);
  }
  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    return passing(FileSystemWrapper::NewSequentialFile(name, options, file, debug));
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    return passing(FileSystemWrapper::NewRandomAccessFile(name, options, file, debug));
  }
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override {
    return passing(FileSystemWrapper::NewDirectory(name, options, directory, debug));
  }

 private:
  // A flush that finds no file descriptor would stop RocksDB for good; an error that may pass, until it is told to go on.
  static rocksdb::IOStatus passing(rocksdb::IOStatus status) {
    if (is_out_of_files(status)) status.SetRetryable(true);
    return status;
  }
  void forget(const std::string& name) {
    const WalExtents::File file = extents_->file_of(name);
    if (file.kind != WalExtents::Kind::kNone) extents_->forget(file);
  }
  rocksdb::IOStatus wrap(const std::string& name, rocksdb::IOStatus status,
                         std::unique_ptr<rocksdb::FSWritableFile>* file) {
    const WalExtents::File identity = extents_->file_of(name);
    if (!status.ok() || identity.kind == WalExtents::Kind::kNone) return status;
    *file = std::make_unique<WatchedFile>(std::move(*file), identity, extents_);
    return status;
  }
  const std::shared_ptr<WalExtents> extents_;
};

// RocksDB's own messages: warnings and worse go to the server log.
class LogBridge final : public rocksdb::Logger {
 public:
  LogBridge() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL) return;
    // Said of every ingested file: none can have the identity of a database file.
    if (std::strstr(format, "opened without unique ID") != nullptr) return;
    char text[1024];
    std::vsnprintf(text, sizeof text, format, arguments);
    log::write(level >= rocksdb::InfoLogLevel::ERROR_LEVEL ? log::Level::kError : log::Level::kWarning,
               std::string("storage: ") + text);
  }
};

int open_files_limit(int wanted) {
  if (wanted > 0) return wanted;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
  // The others are for connections, which leave a few more (server/connection_auth.cc).
  return static_cast<int>(std::clamp<rlim_t>(limit.rlim_cur / 4, 20, 32768));
}

}  // namespace

std::unique_ptr<rocksdb::Env> make_wal_env(std::shared_ptr<WalExtents> extents) {
  auto files = std::make_shared<WalPreallocatingFileSystem>(rocksdb::FileSystem::Default(), std::move(extents));
  return rocksdb::NewCompositeEnv(files);
}

rocksdb::DBOptions db_options(const RocksdbOptions& options, rocksdb::Env* env,
                              std::shared_ptr<rocksdb::WriteBufferManager> buffers) {
  rocksdb::DBOptions result;
  result.env = env;
  result.create_if_missing = true;
  result.create_missing_column_families = true;
  result.info_log = std::make_shared<LogBridge>();
  result.max_background_jobs = options.background_jobs;
  result.max_open_files = open_files_limit(options.max_open_files);
  result.write_buffer_manager = std::move(buffers);
  result.max_total_wal_size = options.max_wal_bytes;
  // A torn record at the end of the log is a commit that never returned. Recycled and preallocated logs need this mode.
  result.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  result.recycle_log_file_num = 4;
  result.enable_pipelined_write = true;
  result.allow_concurrent_memtable_write = true;
  result.enable_write_thread_adaptive_yield = true;
  result.bytes_per_sync = 1 << 20;
  // Counters only: they are per core and do not show.
  result.statistics = rocksdb::CreateDBStatistics();
  result.statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  result.stats_dump_period_sec = 0;
  result.stats_persist_period_sec = 0;
  result.skip_stats_update_on_db_open = true;
  result.avoid_unnecessary_blocking_io = true;
  // Writers tell it to go on (RocksdbEngine::resume). Its own attempts can keep a database from being closed.
  result.max_bgerror_resume_count = 0;
  return result;
}

rocksdb::ColumnFamilyOptions family_options(Family family, const RocksdbOptions& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions result;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = true;
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  // Charged to the cache, but held: a point read then looks up one block, not three.
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  table.block_size = 8 * 1024 - kBlockSlack;
  result.level_compaction_dynamic_level_bytes = true;
  // Each run of a bulk commit that overlaps older entries is a file of level 0, and there may be hundreds at once. By default 36 stop
  // all writes until they are merged, for minutes after one large UPDATE; many files cost reads a little instead.
  result.level0_slowdown_writes_trigger = 256;
  result.level0_stop_writes_trigger = 1 << 20;
  result.compression = rocksdb::kLZ4Compression;
  result.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 4, 1 << 20);
  result.max_write_buffer_number = 4;
  // Most point reads are of keys that the memtables do not have.
  result.memtable_whole_key_filtering = true;
  result.memtable_prefix_bloom_size_ratio = 0.02;
  switch (family) {
    case Family::kMeta:
      result.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 8, 1 << 20);
      break;
    case Family::kGraph:
      result.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 8, 1 << 20);
      result.compression = rocksdb::kNoCompression;
      break;
    case Family::kImages:
      // Large pieces that do not compress and come as files of their own; nothing else is written here.
      result.write_buffer_size = 1 << 20;
      result.compression = rocksdb::kNoCompression;
      table.filter_policy.reset();
      break;
    case Family::kRows:
      table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
      table.data_block_hash_table_util_ratio = 0.75;
      break;
    case Family::kLarge:
      // Vectors do not compress, and are scanned: bigger, raw blocks, whose keys need not be put together again.
      result.compression = rocksdb::kNoCompression;
      table.block_size = 32 * 1024 - kBlockSlack;
      table.block_restart_interval = 4;
      result.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 2, 1 << 20);
      break;
    case Family::kOrdered:
      table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
      break;
  }
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

const char* family_name(Family family) {
  switch (family) {
    case Family::kMeta: return "default";
    case Family::kRows: return "rows";
    case Family::kLarge: return "large";
    case Family::kOrdered: return "ordered";
    case Family::kGraph: return "graph";
    case Family::kImages: return "images";
  }
  return "default";
}

}  // namespace vecino::storage

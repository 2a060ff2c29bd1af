#include "storage/rocksdb/sst_run.h"

#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <unistd.h>

#include <mutex>

#include "storage/api/failed_iterator.h"
#include "storage/rocksdb/forwarding_iterator.h"
#include "storage/rocksdb/status_map.h"

namespace vecino::storage {
namespace {

class SstIterator final : public ForwardingIterator {
 public:
  SstIterator(rocksdb::SstFileReader& reader, KeyRange range, Pinning pinning) : ForwardingIterator(std::move(range)) {
    iterator_.reset(reader.NewIterator(options(pinning)));
  }
};

class SstRun final : public KvRun {
 public:
  SstRun(std::string path, rocksdb::Options options, std::string first_erased, uint64_t erased)
      : path_(std::move(path)), options_(std::move(options)), first_erased_(std::move(first_erased)), erased_(erased) {}
  // An ingested file has moved away.
  ~SstRun() override { (void)::unlink(path_.c_str()); }

  std::unique_ptr<KvIterator> iterator(KeyRange range, Pinning pinning) const override {
    rocksdb::Status status = open();
    if (!status.ok()) return std::make_unique<FailedIterator>([status] { return from_rocksdb(status); });
    return std::make_unique<SstIterator>(*reader_, std::move(range), pinning);
  }
  const std::string& path() const { return path_; }
  std::pair<std::string_view, uint64_t> erased() const { return {first_erased_, erased_}; }
  // When first read, most runs never are; or before the file moves away.
  rocksdb::Status open() const {
    std::lock_guard lock(mutex_);
    if (reader_ != nullptr) return rocksdb::Status::OK();
    auto reader = std::make_unique<rocksdb::SstFileReader>(options_);
    rocksdb::Status status = reader->Open(path_);
    if (status.ok()) reader_ = std::move(reader);
    return status;
  }

 private:
  const std::string path_;
  const rocksdb::Options options_;
  const std::string first_erased_;
  const uint64_t erased_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<rocksdb::SstFileReader> reader_;  // set once
};

class SstRunWriter final : public KvRunWriter {
 public:
  SstRunWriter(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string path)
      : path_(std::move(path)),
        options_(db.GetOptions(family)),
        // Not dropped from the page cache: what was loaded is often read next.
        writer_(std::make_unique<rocksdb::SstFileWriter>(file_options(options_), options_, family, false)) {}
  ~SstRunWriter() override {
    writer_.reset();
    if (!finished_) (void)::unlink(path_.c_str());
  }
  Status open() { return from_rocksdb(writer_->Open(path_)); }
  Status put(std::string_view key, std::string_view value) override {
    return from_rocksdb(writer_->Put(slice(key), slice(value)));
  }
  Status erase(std::string_view key) override {
    if (erased_++ == 0) first_erased_ = key;
    return from_rocksdb(writer_->Delete(slice(key)));
  }
  uint64_t byte_size() const override { return writer_->FileSize(); }
  Result<KvRunPtr> finish() override {
    rocksdb::Status status = writer_->Finish();
    if (!status.ok()) return from_rocksdb(status);
    finished_ = true;
    return KvRunPtr(std::make_shared<SstRun>(path_, options_, first_erased_, erased_));
  }

 private:
  static rocksdb::EnvOptions file_options(const rocksdb::Options& options) {
    rocksdb::EnvOptions result(options);
    result.bytes_per_sync = 1 << 20;  // the file is synced at its end: let the disk begin early
    return result;
  }

  const std::string path_;
  const rocksdb::Options options_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::string first_erased_;
  uint64_t erased_ = 0;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<KvRunWriter>> new_sst_run(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string path) {
  auto writer = std::make_unique<SstRunWriter>(db, family, std::move(path));
  RETURN_IF_ERROR(writer->open());
  return std::unique_ptr<KvRunWriter>(std::move(writer));
}

Status open_sst(const KvRun& run) { return from_rocksdb(static_cast<const SstRun&>(run).open()); }

std::pair<std::string_view, uint64_t> erased_in_sst(const KvRun& run) { return static_cast<const SstRun&>(run).erased(); }

const std::string& sst_path(const KvRun& run) { return static_cast<const SstRun&>(run).path(); }

}  // namespace vecino::storage

#include "storage/rocksdb/sst_run.h"

#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <unistd.h>

#include <mutex>

#include "storage/rocksdb/status_map.h"

namespace vecino::storage {
namespace {

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

class SstIterator final : public KvIterator {
 public:
  SstIterator(rocksdb::SstFileReader& reader, KeyRange range, Pinning pinning)
      : range_(std::move(range)), lower_(range_.lower), upper_(range_.upper) {
    rocksdb::ReadOptions options;
    if (!range_.lower.empty()) options.iterate_lower_bound = &lower_;
    if (!range_.upper.empty()) options.iterate_upper_bound = &upper_;
    options.pin_data = pinning == Pinning::kValues;
    iterator_.reset(reader.NewIterator(options));
  }
  bool valid() const override { return iterator_->Valid(); }
  void seek(std::string_view target) override { iterator_->Seek(slice(target)); }
  void seek_for_prev(std::string_view target) override { iterator_->SeekForPrev(slice(target)); }
  void seek_to_first() override { iterator_->SeekToFirst(); }
  void seek_to_last() override { iterator_->SeekToLast(); }
  void next() override { iterator_->Next(); }
  void prev() override { iterator_->Prev(); }
  std::string_view key() const override { return view(iterator_->key()); }
  std::string_view value() const override { return view(iterator_->value()); }
  Status status() const override { return from_rocksdb(iterator_->status()); }

 private:
  KeyRange range_;
  rocksdb::Slice lower_, upper_;  // read by the iterator for its whole life
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

// An iterator over a file that cannot be opened.
class BrokenIterator final : public KvIterator {
 public:
  explicit BrokenIterator(const rocksdb::Status& status) : status_(status) {}
  bool valid() const override { return false; }
  void seek(std::string_view) override {}
  void seek_for_prev(std::string_view) override {}
  void seek_to_first() override {}
  void seek_to_last() override {}
  void next() override {}
  void prev() override {}
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  Status status() const override { return from_rocksdb(status_); }

 private:
  rocksdb::Status status_;
};

class SstRun final : public KvRun {
 public:
  SstRun(std::string path, rocksdb::Options options, const rocksdb::ExternalSstFileInfo& info)
      : path_(std::move(path)), options_(std::move(options)) {
    smallest_ = info.smallest_key;
    largest_ = info.largest_key;
  }
  // An ingested file has moved away.
  ~SstRun() override { (void)::unlink(path_.c_str()); }

  std::unique_ptr<KvIterator> iterator(KeyRange range, Pinning pinning) const override {
    rocksdb::Status status = open();
    if (!status.ok()) return std::make_unique<BrokenIterator>(status);
    return std::make_unique<SstIterator>(*reader_, std::move(range), pinning);
  }
  const std::string& path() const { return path_; }

 private:
  // When first read: most runs never are.
  rocksdb::Status open() const {
    std::lock_guard lock(mutex_);
    if (reader_ != nullptr) return rocksdb::Status::OK();
    auto reader = std::make_unique<rocksdb::SstFileReader>(options_);
    rocksdb::Status status = reader->Open(path_);
    if (status.ok()) reader_ = std::move(reader);
    return status;
  }

  const std::string path_;
  const rocksdb::Options options_;
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
  Status erase(std::string_view key) override { return from_rocksdb(writer_->Delete(slice(key))); }
  uint64_t byte_size() const override { return writer_->FileSize(); }
  Result<KvRunPtr> finish() override {
    rocksdb::ExternalSstFileInfo info;
    rocksdb::Status status = writer_->Finish(&info);
    if (!status.ok()) return from_rocksdb(status);
    finished_ = true;
    return KvRunPtr(std::make_shared<SstRun>(path_, options_, info));
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
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<KvRunWriter>> new_sst_run(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string path) {
  auto writer = std::make_unique<SstRunWriter>(db, family, std::move(path));
  RETURN_IF_ERROR(writer->open());
  return std::unique_ptr<KvRunWriter>(std::move(writer));
}

const std::string& sst_path(const KvRun& run) { return static_cast<const SstRun&>(run).path(); }

}  // namespace vecino::storage

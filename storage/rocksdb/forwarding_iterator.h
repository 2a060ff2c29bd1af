#pragma once

#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include <memory>
#include <string_view>
#include <utility>

#include "storage/api/kv_engine.h"
#include "storage/rocksdb/status_map.h"

namespace vecino::storage {

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// A KvIterator over one of RocksDB's, over a database or over a file alone. Derived classes make iterator_ with options().
class ForwardingIterator : public KvIterator {
 public:
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

 protected:
  explicit ForwardingIterator(KeyRange range) : range_(std::move(range)), lower_(range_.lower), upper_(range_.upper) {}
  rocksdb::ReadOptions options(Pinning pinning) const {
    rocksdb::ReadOptions result;
    if (!range_.lower.empty()) result.iterate_lower_bound = &lower_;
    if (!range_.upper.empty()) result.iterate_upper_bound = &upper_;
    result.pin_data = pinning == Pinning::kValues;
    return result;
  }

 private:
  const KeyRange range_;
  const rocksdb::Slice lower_, upper_;  // read by the iterator for its whole life

 protected:
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace vecino::storage

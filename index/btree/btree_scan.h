#pragma once

#include <memory>

#include "index/btree/key_encoding.h"

namespace vecino::index::btree {

class BtreeScan final : public IndexScan {
 public:
  // `definition` must outlive the scan.
  BtreeScan(Transaction& txn, const IndexDefinition& definition, const ScanSpec& spec);
  Result<size_t> next(std::span<Hit> hits) override;
  Status rescan(const ScanSpec& spec) override;
  uint64_t buffers() const override;

 private:
  void open(const ScanSpec& spec);
  Result<size_t> next_single(std::span<Hit> hits);

  Transaction& txn_;
  const IndexDefinition& definition_;
  const storage::TransactionView view_;
  std::unique_ptr<storage::KvIterator> entries_;
  // Equality on a whole unique key: read with one get, which costs a third of opening and seeking an iterator.
  EncodedKey single_key_;
  bool single_ = false;
  bool backward_ = false;
  bool positioned_ = false;
  uint64_t bytes_ = 0;
};

}  // namespace vecino::index::btree

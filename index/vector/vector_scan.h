#pragma once

#include <unordered_set>
#include <vector>

#include "index/vector/vector_index.h"

namespace vecino::index {

// A core's search seen through a transaction: visible rows only, with what memory does not have merged in by distance.
class VectorScan final : public IndexScan {
 public:
  VectorScan(VectorIndex& index, Transaction& txn, const ScanSpec& spec);
  Result<size_t> next(std::span<Hit> hits) override;
  Status rescan(const ScanSpec& spec) override;
  uint64_t buffers() const override { return buffers_before_ + (scan_ != nullptr ? scan_->buffers() : 0); }

 private:
  Status start();
  Status collect_overrides();
  Status add_override(std::string_view log_bytes, RowId row);
  // The next node's visible rows into waiting_.
  Result<bool> advance();
  bool is_overridden(RowId row) const { return !overridden_.empty() && overridden_.count(row) != 0; }

  VectorIndex& index_;
  Transaction& txn_;
  ScanSpec spec_;
  std::shared_ptr<VectorCore> core_;
  storage::TransactionView view_;
  std::unique_ptr<CoreScan> scan_;
  bool started_ = false, exhausted_ = false;
  uint64_t buffers_before_ = 0;

  std::unordered_set<RowId> overridden_;  // rows that the log decides on
  std::vector<std::pair<RowId, std::vector<float>>> extra_vectors_;
  struct Waiting {
    float distance;
    RowId row;
    double operator_distance;
  };
  std::vector<Waiting> extras_;  // descending, so that the nearest is last
  std::vector<RowId> rows_;      // of the current node
  size_t next_row_ = 0;
  float node_distance_ = 0;
  NodeId node_ = kNoNode;
};

}  // namespace vecino::index

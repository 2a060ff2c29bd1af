#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "index/ivfflat/kmeans.h"
#include "index/vector/core.h"
#include "index/vector/exact_order.h"

namespace vecino::index::ivfflat {

// Inverted lists. A list owns runs of consecutive node numbers, so that its vectors (and codes) are contiguous in the
// VectorStore's arenas and a probe streams through memory. Numbers of removed rows are used again by the same list.
// Threads: see VectorCore. A list's runs are read and changed under its mutex, held for a few instructions; vectors are read
// without it, since a number is listed only after its slot is complete.
class IvfCore final : public VectorCore {
 public:
  IvfCore(Metric metric, Centers centers, std::vector<float> mean);

  const VectorStore& vectors() const override { return vectors_; }
  Status add(const float* raw, RowId row, SequenceNumber begin) override;
  // Row-major vectors, one a row. For builds: cheaper than one by one.
  Status add_many(const float* raw, std::span<const RowId> rows, SequenceNumber begin);
  std::unique_ptr<CoreScan> scan(const ScanSpec& spec, const float* raw_query) const override;
  Status vacuum(SequenceNumber oldest, const std::function<bool()>& stop) override;
  Status save(ImageWriter& writer) override;
  Status load(ImageReader& reader) override;
  void describe(IndexStatistics& out) const override;
  uint64_t memory_bytes() const override;

  static constexpr uint32_t kRun = 32;

 private:
  friend class IvfScan;
  struct List {
    mutable std::mutex mutex;
    std::vector<NodeId> runs;  // first numbers
    uint32_t used = 0;         // numbers in use of the last run; the others are full
    std::vector<NodeId> free;  // of removed rows
  };
  uint32_t list_of(const float* raw) const;
  Status add_to(uint32_t list, const float* raw, RowId row, SequenceNumber begin);
  // Numbers of a list, removed ones included.
  void collect(uint32_t list, std::vector<NodeId>& out) const;
  void recycle_if_drained();

  const Centers centers_;
  VectorStore vectors_;
  std::vector<std::unique_ptr<List>> lists_;
  std::vector<uint32_t> list_of_run_;  // guarded by allocation_mutex_
  std::mutex allocation_mutex_;
  std::atomic<uint32_t> next_{0};
  mutable EpochGate scans_;
  std::vector<NodeId> retired_;  // vacuum only
  uint64_t ticket_ = 0;
  bool has_ticket_ = false;
};

}  // namespace vecino::index::ivfflat

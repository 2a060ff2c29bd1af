#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "index/ivfflat/center_panels.h"
#include "index/vector/build_block.h"
#include "index/vector/core.h"
#include "index/vector/exact_order.h"

namespace vecino::index::ivfflat {

// Inverted lists. A list owns runs of consecutive node numbers, so that its vectors (and codes) are contiguous in the
// VectorStore's arenas and a probe streams through memory. Numbers of removed rows are used again by the same list; a run without rows
// by any list, and until then its memory is the system's.
// Threads: see VectorCore. A list's runs are read and changed under its mutex, held for a few instructions; vectors are read
// without it, since a number is listed only after its slot is complete.
class IvfCore final : public VectorCore {
 public:
  IvfCore(Metric metric, Centers centers, std::vector<float> mean);

  const VectorStore& vectors() const override { return vectors_; }
  Status add(const float* raw, RowId row, SequenceNumber begin) override;
  // Row-major vectors, one a row, with the panels of centers(); `lists` receives where they went. For builds: cheaper than
  // one by one.
  Status add_many(const CenterPanels& panels, const float* raw, std::span<const RowId> rows, SequenceNumber begin,
                  uint32_t* lists);
  std::unique_ptr<CoreScan> scan(const ScanSpec& spec, const float* raw_query, NodeFilter visible) const override;
  Status vacuum(const Snapshots& snapshots, const std::function<bool()>& stop) override;
  Status save(ImageWriter& writer, const StopToken& stop) override;
  // For builds that write the vectors themselves (VectorPieces).
  Status save_header(ImageWriter& writer, size_t vectors) const;
  Status load(ImageReader& reader, size_t vectors, const StopToken& stop);
  void describe(IndexStatistics& out) const override;
  uint64_t memory_bytes() const override;
  bool has_retired() const override { return has_ticket_ && !retired_.empty(); }

  const Centers& centers() const { return centers_; }

  static constexpr uint32_t kRun = 32;

 private:
  friend class IvfScan;
  static constexpr uint32_t kFull = UINT32_MAX;
  struct Run {
    NodeId first;
    uint32_t used = 0;    // bit i: number first + i is taken, kRun bits
    uint32_t listed = 0;  // bit i: and scans shall look at it
  };
  struct List {
    mutable std::mutex mutex;
    std::vector<Run> runs;
    size_t open = 0;  // the runs before are full
  };
  struct RunHome {
    uint32_t list, position;  // lists_[list]->runs[position]
  };
  uint32_t list_of(const float* raw) const;
  Result<BuildBlock> block_of(std::span<const NodeId> ids, BlockMemory& memory) const;
  Status add_to(uint32_t list, const float* raw, RowId row, SequenceNumber begin);
  Status restore(uint32_t list, const float* raw, RowId row);
  // Puts a vector into a free slot; announce(number) says whether a row stands behind it, and then it is listed.
  template <typename Announce>
  Status place(uint32_t list, const float* raw, Announce&& announce);
  struct Slot {
    NodeId id;
    Run* run;
  };
  // A number that is not in use. REQUIRES: the list's mutex
  Result<Slot> next_slot(uint32_t list);
  Status add_run(uint32_t list);
  // Makes a complete number known to scans.
  static void list_slot(const Slot& slot);
  void collect(uint32_t list, std::vector<NodeId>& out) const;
  void recycle_if_drained();
  void free_run_if_empty(NodeId id);
  // Calls change(run, bit) for a number's place, under its list's mutex.
  template <typename Change>
  void at_home(NodeId id, Change&& change);

  const Centers centers_;
  VectorStore vectors_;
  std::vector<std::unique_ptr<List>> lists_;
  std::vector<RunHome> home_of_run_;  // by first / kRun; guarded by allocation_mutex_
  std::vector<NodeId> free_runs_;     // first numbers of runs that belong to no list; guarded by allocation_mutex_
  mutable std::mutex allocation_mutex_;
  std::atomic<uint32_t> next_{0};
  mutable EpochGate scans_;
  std::vector<NodeId> retired_;  // vacuum only
  uint64_t ticket_ = 0;
  bool has_ticket_ = false;
};

}  // namespace vecino::index::ivfflat

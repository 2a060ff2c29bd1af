#pragma once

#include <memory>
#include <vector>

#include "sqlfront/exec/operator.h"
#include "sqlfront/exec/spill/partition_tapes.h"

namespace vecino::sql {

// Rows of a hashed aggregation whose groups are not in memory once that is full, divided by the hash of the group so that each part can
// be aggregated on its own later (PostgreSQL's hash aggregation does the same). One for each pass over rows. Not thread-safe.
class GroupSpill {
 public:
  // Rows of one grouping set that wait for a pass of their own.
  struct Part {
    std::shared_ptr<const PartitionTapes> tapes;
    size_t partition, set;
    const RowTape& tape() const { return tapes->tape(partition); }
  };

  // The first pass: over the input, for all sets.
  GroupSpill(const RowFormat& format, TempSpace& space, size_t threshold)
      : format_(format), space_(space), threshold_(threshold), row_(format.width()) {}
  // Of a part.
  GroupSpill(const GroupSpill& first, const Part& part)
      : format_(first.format_), space_(first.space_), threshold_(first.threshold_), set_(part.set),
        level_(part.tapes->level() + 1), row_(format_.width()) {}

  bool takes(size_t set) const { return set_ == kAll || set_ == set; }
  // What the groups hold: from the threshold on no more are made.
  void note_memory(size_t bytes) { full_ = full_ || (bytes > threshold_ && level_ < PartitionTapes::kMostLevels); }
  bool is_full() const { return full_; }
  void write(size_t set, uint64_t hash, const Datum* const* columns, size_t r);
  // What was written, to the end of `parts`. At the end of the pass. Returns the bytes on disk.
  uint64_t take_parts(std::vector<Part>& parts);

 private:
  static constexpr size_t kAll = SIZE_MAX;
  const RowFormat& format_;
  TempSpace& space_;
  const size_t threshold_;
  const size_t set_ = kAll;
  const int level_ = 0;
  bool full_ = false;
  std::vector<std::shared_ptr<PartitionTapes>> tapes_;  // by set
  std::vector<Datum> row_;
};

// A part as the input of a pass.
class PartScan final : public Operator {
 public:
  PartScan(const PlanNode& node, RunState& run, const RowTape& tape, const RowFormat& format)
      : Operator(node, run), reader_(tape), format_(format) {
    counters_ = nullptr;  // the node's own operator has counted these rows
  }

 protected:
  bool do_next(Batch& out, size_t max) override { return read_tape(reader_, format_, out, max); }
  void do_rescan() override { reader_.rewind(); }

 private:
  RowTape::Reader reader_;
  const RowFormat& format_;
};

}  // namespace vecino::sql

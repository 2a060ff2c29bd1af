#pragma once

#include <vector>

#include "sqlfront/exec/expr/compile.h"

namespace vecino::sql {

// PostgreSQL's FRAMEOPTION_* bits (nodes/parsenodes.h), the ones that matter at run time.
namespace frame_option {
inline constexpr int kRange = 0x2, kRows = 0x4, kGroups = 0x8, kStartUnboundedPreceding = 0x20,
                     kEndUnboundedFollowing = 0x100, kStartCurrentRow = 0x200, kEndCurrentRow = 0x400,
                     kStartOffsetPreceding = 0x800, kEndOffsetPreceding = 0x1000, kStartOffsetFollowing = 0x2000,
                     kEndOffsetFollowing = 0x4000, kExcludeCurrentRow = 0x8000, kExcludeGroup = 0x10000,
                     kExcludeTies = 0x20000;
}

// Rows of a partition in order, with their peer groups.
struct WindowPartition {
  size_t rows = 0;
  const Datum* const* columns = nullptr;
  std::vector<uint32_t> group;        // number of each row's peer group
  std::vector<uint32_t> group_start;  // first row of each group, then `rows`
  size_t first_peer(size_t row) const { return group_start[group[row]]; }
  size_t end_of_peers(size_t row) const { return group_start[group[row] + 1]; }
};

// The window frame of each row (manual 4.2.8): [start, end) minus the exclusion.
class WindowFrame {
 public:
  WindowFrame(const WindowAggNode& node, RunState& run);
  // Evaluates the offsets; once per scan. 22013 for negative or NULL ones.
  void start_scan();
  // Frames of the rows of a partition.
  void compute(const WindowPartition& partition, std::vector<uint32_t>& start, std::vector<uint32_t>& end);
  bool excludes() const;
  // Whether the exclusion takes `candidate` out of the frame of `row`.
  bool is_excluded(const WindowPartition& partition, size_t row, size_t candidate) const;
  bool starts_at_partition() const { return (options_ & frame_option::kStartUnboundedPreceding) != 0; }

 private:
  uint32_t bound(const WindowPartition& partition, size_t row, bool is_start);
  uint32_t range_bound(const WindowPartition& partition, size_t row, bool is_start, bool preceding);
  void check_offset(const Datum& offset, TypeId type, bool is_start);

  const WindowAggNode& node_;
  RunState& run_;
  int options_;
  EvaluatorPtr start_expr_, end_expr_;
  Datum start_offset_ = Datum::null(), end_offset_ = Datum::null();
  Arena arena_;
};


}  // namespace vecino::sql

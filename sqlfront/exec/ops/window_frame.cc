#include "sqlfront/exec/ops/window_frame.h"

#include "sqlfront/exec/ops/range_limit.h"
#include "sqlfront/sql_error.h"

namespace vecino::sql {
namespace {

constexpr SqlState kInvalidPrecedingOrFollowingSize{"22013"};

}  // namespace

WindowFrame::WindowFrame(const WindowAggNode& node, RunState& run)
    : node_(node), run_(run), options_(node.frame_options) {
  if (node.start_offset) start_expr_ = compile(node.start_offset);
  if (node.end_offset) end_expr_ = compile(node.end_offset);
}

void WindowFrame::start_scan() {
  arena_.reset();
  if (start_expr_ != nullptr) {
    start_offset_ = evaluate_one(*start_expr_, run_, arena_);
    check_offset(start_offset_, node_.start_offset->type.id, true);
  }
  if (end_expr_ != nullptr) {
    end_offset_ = evaluate_one(*end_expr_, run_, arena_);
    check_offset(end_offset_, node_.end_offset->type.id, false);
  }
}

void WindowFrame::check_offset(const Datum& offset, TypeId type, bool is_start) {
  std::string which = is_start ? "frame starting offset" : "frame ending offset";
  if (offset.is_null) throw SqlError(sqlstate::kNullValueNotAllowed, which + " must not be null");
  if ((options_ & frame_option::kRange) == 0) {
    if (offset.i64 < 0) throw SqlError(kInvalidPrecedingOrFollowingSize, which + " must not be negative");
    return;
  }
  RangeLimit(node_.order_keys.at(0).type.id, type, run_, arena_).check_offset(offset);
}

bool WindowFrame::excludes() const {
  return (options_ & (frame_option::kExcludeCurrentRow | frame_option::kExcludeGroup | frame_option::kExcludeTies)) != 0;
}

bool WindowFrame::is_excluded(const WindowPartition& partition, size_t row, size_t candidate) const {
  bool peer = partition.group[row] == partition.group[candidate];
  if ((options_ & frame_option::kExcludeCurrentRow) != 0) return candidate == row;
  if ((options_ & frame_option::kExcludeGroup) != 0) return peer;
  if ((options_ & frame_option::kExcludeTies) != 0) return peer && candidate != row;
  return false;
}

void WindowFrame::compute(const WindowPartition& partition, std::vector<uint32_t>& start, std::vector<uint32_t>& end) {
  start.resize(partition.rows);
  end.resize(partition.rows);
  for (size_t row = 0; row < partition.rows; ++row) {
    start[row] = bound(partition, row, true);
    end[row] = std::max(start[row], bound(partition, row, false));
  }
}

// First row of the frame, or one past its last row.
uint32_t WindowFrame::bound(const WindowPartition& partition, size_t row, bool is_start) {
  using namespace frame_option;
  auto rows = static_cast<int64_t>(partition.rows);
  if (is_start && (options_ & kStartUnboundedPreceding) != 0) return 0;
  if (!is_start && (options_ & kEndUnboundedFollowing) != 0) return static_cast<uint32_t>(rows);
  if ((options_ & (is_start ? kStartCurrentRow : kEndCurrentRow)) != 0) {
    if ((options_ & kRows) != 0) return static_cast<uint32_t>(is_start ? row : row + 1);
    return static_cast<uint32_t>(is_start ? partition.first_peer(row) : partition.end_of_peers(row));
  }
  bool preceding = (options_ & (is_start ? kStartOffsetPreceding : kEndOffsetPreceding)) != 0;
  if ((options_ & kRange) != 0) return range_bound(partition, row, is_start, preceding);
  int64_t offset = (is_start ? start_offset_ : end_offset_).i64;
  offset = std::min(offset, rows + 1);
  if ((options_ & kGroups) != 0) {
    auto groups = static_cast<int64_t>(partition.group_start.size()) - 1;
    int64_t group = static_cast<int64_t>(partition.group[row]) + (preceding ? -offset : offset);
    if (!is_start) ++group;
    return partition.group_start[static_cast<size_t>(std::clamp<int64_t>(group, 0, groups))];
  }
  int64_t position = static_cast<int64_t>(row) + (preceding ? -offset : offset);
  if (!is_start) ++position;
  return static_cast<uint32_t>(std::clamp<int64_t>(position, 0, rows));
}

// RANGE with an offset: rows whose order value is within it. The order column is the only one (PostgreSQL requires it).
uint32_t WindowFrame::range_bound(const WindowPartition& partition, size_t row, bool is_start, bool preceding) {
  const SortKey& key = node_.order_keys.at(0);
  const Datum* column = partition.columns[key.column];
  const Datum& value = column[row];
  // A NULL's frame bound is its peers.
  if (value.is_null) {
    return static_cast<uint32_t>(is_start ? partition.first_peer(row) : partition.end_of_peers(row));
  }
  const TypeId offset_type = (is_start ? node_.start_offset : node_.end_offset)->type.id;
  RangeLimit limit(key.type.id, offset_type, run_, arena_);
  limit.set(value, is_start ? start_offset_ : end_offset_, preceding == key.descending);
  // Rows before the bound come first in the window's order.
  auto before = [&](size_t i) {
    if (column[i].is_null) return key.nulls_first;
    return is_start ? !limit.within(column[i], key.descending) : limit.within(column[i], !key.descending);
  };
  size_t low = 0, high = partition.rows;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    before(middle) ? low = middle + 1 : high = middle;
  }
  return static_cast<uint32_t>(low);
}

}  // namespace vecino::sql

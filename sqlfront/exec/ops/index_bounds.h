#pragma once

#include <optional>
#include <vector>

#include "sqlfront/exec/expr/evaluator.h"

namespace vecino::sql {

// Turns the conditions of an ordered index scan into key ranges, at the start of each scan. ANY lists of any length, on any
// number of columns: ranges are made one at a time, as the scan gets to them.
class IndexBounds {
 public:
  IndexBounds(const IndexScanNode& node);
  // Evaluates the conditions. Values live in `arena` until the next start.
  void start(RunState& run, Arena& arena);
  // The next range to scan, in index order (reversed for backward scans). False = that was all.
  bool next(index::ScanSpec& spec);
  // Entries within the ranges satisfy every condition, which need not be looked at again.
  bool is_exact() const { return is_exact_; }
  // There is one range at most, of one entry.
  bool is_single_entry() const { return is_single_entry_; }

 private:
  enum class ValueUse : uint8_t { kUsable, kUnusable, kNever };
  struct Compiled {
    const IndexScanNode::Condition* condition;
    EvaluatorPtr value;
    TypeId value_type, column_type;
  };
  struct ColumnPlan {
    std::vector<size_t> equal, lower, upper, any;  // positions in conditions_
    bool is_null = false, is_not_null = false;
  };
  // Equal values of one column, ascending in index order (descending for backward scans).
  struct FixedColumn {
    std::vector<Datum> values;
    size_t position = 0;
  };
  ValueUse convert(const Compiled& compiled, Strategy strategy, Datum& value) const;
  bool equal_values(RunState& run, Arena& arena, const ColumnPlan& column, std::vector<Datum>& out, bool& fixed);
  bool fix_columns(RunState& run, Arena& arena);
  void add_range(RunState& run, Arena& arena, size_t column, bool& never);
  void fill(index::ScanSpec& spec) const;
  void advance();

  const IndexScanNode& node_;
  std::vector<Compiled> conditions_;
  std::vector<ColumnPlan> columns_;
  // The running scan: an odometer over the values of the leading columns, and a range of the column that follows.
  std::vector<FixedColumn> fixed_;
  std::optional<index::KeyBound> lower_, upper_;  // one value each
  size_t conditions_used_ = 0;
  bool done_ = true, is_exact_ = false, is_single_entry_ = false;
};

}  // namespace vecino::sql

#pragma once

#include <vector>

#include "sqlfront/exec/expr/evaluator.h"

namespace vecino::sql {

// Turns the conditions of an ordered index scan into key ranges, at the start of each scan.
class IndexBounds {
 public:
  IndexBounds(const IndexScanNode& node);
  // Ranges to scan one after the other, in index order (reversed for backward scans); empty = no row can match.
  // Values live in `arena`.
  std::vector<index::ScanSpec> compute(RunState& run, Arena& arena);
  // Every key column is fixed by an equality: with a unique index at most one live row per range.
  bool is_point() const { return is_point_; }

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
  ValueUse convert(const Compiled& compiled, Strategy strategy, Datum& value) const;
  bool equal_values(RunState& run, Arena& arena, const ColumnPlan& column, std::vector<Datum>& out, bool& fixed);
  void add_range(RunState& run, Arena& arena, size_t column, std::vector<index::ScanSpec>& specs, bool& never);

  const IndexScanNode& node_;
  std::vector<Compiled> conditions_;
  std::vector<ColumnPlan> columns_;
  bool is_point_ = false;
};

}  // namespace vecino::sql

#pragma once

#include <vector>

#include "sqlfront/exec/expr/evaluator.h"

namespace vecino::sql {

// The targets of a node over a set of input rows.
class Projection {
 public:
  explicit Projection(const std::vector<TargetEntry>& targets);
  bool empty() const { return targets_.empty(); }
  // Writes frame.rows rows into out's columns (out was reset with capacity >= frame.rows) from row `at` on.
  void project(Frame& frame, Batch& out, size_t at = 0);

 private:
  void project_row_by_row(Frame& frame, Batch& out, size_t at);
  std::vector<EvaluatorPtr> targets_;
  std::vector<size_t> first_;  // targets that set slots other targets read (multi-column SET sub-selects)
  // Volatile calls in several targets must run row by row to interleave as SQL's row-at-a-time evaluation does
  // (nextval in two columns).
  bool row_by_row_ = false;
};

// filter, then targets, of a node: the tail of most operators. feed() takes a batch of input rows and finds those that
// pass; emit() projects them piece by piece, so that a node never yields more rows than it was asked for. The input must
// stay valid until everything was emitted and the output is no longer used.
class FilterProject {
 public:
  FilterProject(const PlanNode& node, RunState& run, NodeInstrumentation* counters);
  bool is_identity() const { return filter_.empty() && projection_.empty(); }
  bool has_filter() const { return !filter_.empty(); }
  void feed(const Datum* const* input, size_t rows, Arena& scratch);
  bool pending() const { return next_ < count_; }
  void discard() { next_ = count_ = 0; }
  // Up to `max` rows into `out`, which is reset. REQUIRES: pending()
  void emit(Batch& out, size_t max);

 private:
  RunState& run_;
  NodeInstrumentation* counters_;
  Filter filter_;
  Projection projection_;
  size_t width_;
  const Datum* const* input_ = nullptr;
  const uint32_t* selected_ = nullptr;  // rows that passed; null = all
  uint32_t* sequence_ = nullptr;        // 0, 1, 2 ...: made when a piece of an unfiltered batch is emitted
  size_t count_ = 0, next_ = 0;
  Arena* scratch_ = nullptr;
};

bool contains_volatile(const ExprPtr& expr);

}  // namespace vecino::sql

#pragma once

#include "sqlfront/exec/expr/compile.h"

namespace vecino::sql {

// The end of a RANGE frame with an offset: a row's value plus or minus it, and which values lie within. What operator classes
// know as in_range support functions (manual 38.16.3): sums that leave the type's range are beyond every value, not errors,
// and what infinitely precedes +infinity, or follows -infinity, takes in everything.
class RangeLimit {
 public:
  RangeLimit(TypeId column, TypeId offset_type, RunState& run, Arena& arena);

  // 22013 unless the offset, which is not NULL, is at least zero.
  void check_offset(const Datum& offset) const;
  // `base` is not NULL.
  void set(const Datum& base, const Datum& offset, bool add);
  // Whether the value, not NULL, is at most (`less`) or at least the limit.
  bool within(const Datum& value, bool less) const;

 private:
  Datum by_operator(const Datum& base, const Datum& offset, bool add);
  int compare(const Datum& value) const;  // with the limit

  TypeId column_, offset_type_;
  RunState& run_;
  Arena& arena_;
  bool everything_ = false;
  __int128 whole_ = 0;   // integers; date and time in microseconds
  double real_ = 0;      // floats
  Datum limit_ = Datum::null();
};

}  // namespace vecino::sql

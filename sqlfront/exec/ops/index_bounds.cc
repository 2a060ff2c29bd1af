#include "sqlfront/exec/ops/index_bounds.h"

#include <algorithm>

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

// Lists on several columns multiply. Beyond so many look-ups the later lists are left to the recheck.
constexpr size_t kMaxCombinations = 100'000;

bool integer_limits(TypeId type, int64_t& low, int64_t& high) {
  switch (type) {
    case type_id::kInt2: low = INT16_MIN; high = INT16_MAX; return true;
    case type_id::kInt4: low = INT32_MIN; high = INT32_MAX; return true;
    case type_id::kInt8: low = INT64_MIN; high = INT64_MAX; return true;
    default: return false;
  }
}

}  // namespace

IndexBounds::IndexBounds(const IndexScanNode& node) : node_(node) {
  const IndexDesc& desc = *node.index->index;
  columns_.resize(desc.columns.size());
  for (const auto& condition : node.conditions) {
    ColumnPlan& column = columns_[condition.column];
    if (condition.is_null_test) {
      column.is_null = true;
      continue;
    }
    if (condition.is_not_null_test) {
      column.is_not_null = true;
      continue;
    }
    TypeId type = condition.value->type.id;
    if (condition.is_any) type = type_info(type).element_id;
    size_t position = conditions_.size();
    conditions_.push_back({&condition, compile(condition.value), type, desc.columns[condition.column].type.id});
    if (condition.is_any) {
      if (condition.strategy == Strategy::kEqual) column.any.push_back(position);
      continue;
    }
    switch (condition.strategy) {
      case Strategy::kEqual: column.equal.push_back(position); break;
      case Strategy::kLess:
      case Strategy::kLessEqual: column.upper.push_back(position); break;
      case Strategy::kGreater:
      case Strategy::kGreaterEqual: column.lower.push_back(position); break;
    }
  }
}

// Whether the value's bytes mean the same in the column's key encoding. Integers of another width are checked against
// the column's range: beyond it a comparison is decided for every row.
IndexBounds::ValueUse IndexBounds::convert(const Compiled& compiled, Strategy strategy, Datum& value) const {
  if (value.is_null) return ValueUse::kNever;  // btree operators are strict
  if (compiled.value_type == compiled.column_type) return ValueUse::kUsable;
  int64_t low, high, ignored_low, ignored_high;
  if (integer_limits(compiled.column_type, low, high) && integer_limits(compiled.value_type, ignored_low, ignored_high)) {
    if (value.i64 >= low && value.i64 <= high) return ValueUse::kUsable;
    if (strategy == Strategy::kEqual) return ValueUse::kNever;
    bool asks_less = strategy == Strategy::kLess || strategy == Strategy::kLessEqual;
    bool is_big = value.i64 > high;
    return asks_less == is_big ? ValueUse::kUnusable : ValueUse::kNever;
  }
  auto encode = type_info(compiled.column_type).key_codec.encode;
  bool same = encode != nullptr && encode == type_info(compiled.value_type).key_codec.encode;
  return same ? ValueUse::kUsable : ValueUse::kUnusable;
}

// Values of an equality or ANY list on one column. False = no row can match; fixed = the column is bound.
bool IndexBounds::equal_values(RunState& run, Arena& arena, const ColumnPlan& column, std::vector<Datum>& out,
                               bool& fixed) {
  fixed = false;
  out.clear();
  if (column.is_null) {
    fixed = true;
    ++conditions_used_;
    out.push_back(Datum::null());
    return true;
  }
  if (!column.equal.empty()) {
    const Compiled& compiled = conditions_[column.equal[0]];
    Datum value = evaluate_one(*compiled.value, run, arena);
    ValueUse use = convert(compiled, Strategy::kEqual, value);
    if (use == ValueUse::kNever) return false;
    if (use == ValueUse::kUsable) {
      fixed = true;
      ++conditions_used_;
      out.push_back(value);
      return true;
    }
  }
  if (column.any.empty()) return true;
  const Compiled& compiled = conditions_[column.any[0]];
  Datum array = evaluate_one(*compiled.value, run, arena);
  if (array.is_null) return false;
  ArrayView view(array);
  for (size_t e = 0; e < view.size(); ++e) {
    Datum value = view.is_null(e) ? Datum::null() : view[e];
    ValueUse use = convert(compiled, Strategy::kEqual, value);
    if (use == ValueUse::kUnusable) return true;
    if (use == ValueUse::kUsable) out.push_back(value);
  }
  if (out.empty()) return false;
  fixed = true;
  ++conditions_used_;
  const TypeInfo& type = type_info(compiled.column_type);
  std::sort(out.begin(), out.end(), [&](const Datum& a, const Datum& b) { return compare_values(type, a, b) < 0; });
  out.erase(std::unique(out.begin(), out.end(),
                        [&](const Datum& a, const Datum& b) { return compare_values(type, a, b) == 0; }),
            out.end());
  return true;
}

// The range conditions on `column`, the first one after the equal ones. Bounds are in index order, so a descending column
// swaps them.
void IndexBounds::add_range(RunState& run, Arena& arena, size_t column, bool& never) {
  const ColumnPlan& plan = columns_[column];
  const IndexColumnDesc& desc = node_.index->index->columns[column];
  auto tighten = [&](const std::vector<size_t>& positions, std::optional<index::KeyBound>& bound, int sign) {
    for (size_t position : positions) {
      const Compiled& compiled = conditions_[position];
      Strategy strategy = compiled.condition->strategy;
      Datum value = evaluate_one(*compiled.value, run, arena);
      ValueUse use = convert(compiled, strategy, value);
      if (use == ValueUse::kNever) never = true;
      if (use != ValueUse::kUsable) continue;
      ++conditions_used_;
      bool inclusive = strategy == Strategy::kLessEqual || strategy == Strategy::kGreaterEqual;
      if (bound) {
        int order = sign * compare_values(type_info(compiled.column_type), value, bound->values[0]);
        if (order < 0 || (order == 0 && inclusive)) continue;
      }
      bound = index::KeyBound{{value}, inclusive};
    }
  };
  tighten(plan.lower, lower_, 1);
  tighten(plan.upper, upper_, -1);
  bool excludes_nulls = plan.is_not_null || lower_ || upper_;
  conditions_used_ += plan.is_not_null ? 1 : 0;
  if (desc.descending) std::swap(lower_, upper_);
  if (excludes_nulls) {
    // Btree comparisons are never true for NULL: leave the NULL end of the column out.
    auto& null_end = desc.nulls_first ? lower_ : upper_;
    if (!null_end) null_end = index::KeyBound{{Datum::null()}, false};
  }
}

// The leading columns with equal values. False = no row can match.
bool IndexBounds::fix_columns(RunState& run, Arena& arena) {
  size_t combinations = 1;
  std::vector<Datum> values;
  for (size_t column = 0; column < columns_.size(); ++column) {
    bool fixed;
    size_t used = conditions_used_;
    if (!equal_values(run, arena, columns_[column], values, fixed)) return false;
    if (!fixed) break;
    if (combinations > 1 && values.size() > 1 && values.size() > kMaxCombinations / combinations) {
      conditions_used_ = used;
      break;
    }
    combinations *= values.size();
    if (node_.index->index->columns[column].descending != node_.backward) std::reverse(values.begin(), values.end());
    fixed_.push_back({std::move(values), 0});
    values = {};
  }
  auto is_one_value = [](const FixedColumn& column) { return column.values.size() == 1 && !column.values[0].is_null; };
  is_single_entry_ = node_.index->index->unique && fixed_.size() == columns_.size() &&
                     std::all_of(fixed_.begin(), fixed_.end(), is_one_value);
  return true;
}

void IndexBounds::start(RunState& run, Arena& arena) {
  fixed_.clear();
  lower_.reset();
  upper_.reset();
  conditions_used_ = 0;
  is_single_entry_ = false;
  bool never = !fix_columns(run, arena);
  if (!never && fixed_.size() < columns_.size()) add_range(run, arena, fixed_.size(), never);
  done_ = never;
  is_exact_ = conditions_used_ == node_.conditions.size();
}

void IndexBounds::fill(index::ScanSpec& spec) const {
  spec.backward = node_.backward;
  auto set = [&](std::optional<index::KeyBound>& out, const std::optional<index::KeyBound>& range) {
    if (fixed_.empty() && !range) return out.reset();
    if (!out) out.emplace();
    out->inclusive = !range || range->inclusive;
    out->values.clear();
    for (const FixedColumn& column : fixed_) out->values.push_back(column.values[column.position]);
    if (range) out->values.push_back(range->values[0]);
  };
  set(spec.lower, lower_);
  set(spec.upper, upper_);
}

// To the next combination; the last column changes first.
void IndexBounds::advance() {
  for (size_t i = fixed_.size(); i-- > 0;) {
    if (++fixed_[i].position < fixed_[i].values.size()) return;
    fixed_[i].position = 0;
  }
  done_ = true;
}

bool IndexBounds::next(index::ScanSpec& spec) {
  if (done_) return false;
  fill(spec);
  advance();
  return true;
}

}  // namespace vecino::sql

#include "sqlfront/exec/ops/index_bounds.h"

#include <algorithm>

#include "sqlfront/exec/expr/compile.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

constexpr size_t kMaxRanges = 10'000;  // beyond, further ANY lists are left to the recheck

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
  is_point_ = std::all_of(columns_.begin(), columns_.end(), [](const ColumnPlan& column) {
    return !column.equal.empty() || !column.any.empty();
  });
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
  const TypeInfo& type = type_info(compiled.column_type);
  std::sort(out.begin(), out.end(), [&](const Datum& a, const Datum& b) { return compare_values(type, a, b) < 0; });
  out.erase(std::unique(out.begin(), out.end(),
                        [&](const Datum& a, const Datum& b) { return compare_values(type, a, b) == 0; }),
            out.end());
  return true;
}

// Narrows every spec by the range conditions on `column`, the first one after the equal prefix. Bounds are in index
// order, so a descending column swaps them.
void IndexBounds::add_range(RunState& run, Arena& arena, size_t column, std::vector<index::ScanSpec>& specs,
                            bool& never) {
  const ColumnPlan& plan = columns_[column];
  const IndexColumnDesc& desc = node_.index->index->columns[column];
  std::optional<index::KeyBound> lower, upper;  // in value order, one value each
  auto tighten = [&](const std::vector<size_t>& positions, std::optional<index::KeyBound>& bound, int sign) {
    for (size_t position : positions) {
      const Compiled& compiled = conditions_[position];
      Strategy strategy = compiled.condition->strategy;
      Datum value = evaluate_one(*compiled.value, run, arena);
      ValueUse use = convert(compiled, strategy, value);
      if (use == ValueUse::kNever) never = true;
      if (use != ValueUse::kUsable) continue;
      bool inclusive = strategy == Strategy::kLessEqual || strategy == Strategy::kGreaterEqual;
      if (bound) {
        int order = sign * compare_values(type_info(compiled.column_type), value, bound->values[0]);
        if (order < 0 || (order == 0 && inclusive)) continue;
      }
      bound = index::KeyBound{{value}, inclusive};
    }
  };
  tighten(plan.lower, lower, 1);
  tighten(plan.upper, upper, -1);
  bool excludes_nulls = plan.is_not_null || lower || upper;
  if (desc.descending) std::swap(lower, upper);
  if (excludes_nulls) {
    // Btree comparisons are never true for NULL: leave the NULL end of the column out.
    auto& null_end = desc.nulls_first ? lower : upper;
    if (!null_end) null_end = index::KeyBound{{Datum::null()}, false};
  }
  for (index::ScanSpec& spec : specs) {
    std::vector<Datum> prefix = spec.lower ? spec.lower->values : std::vector<Datum>{};
    auto extend = [&](const std::optional<index::KeyBound>& bound, std::optional<index::KeyBound>& target) {
      if (!bound) return;
      index::KeyBound extended{prefix, bound->inclusive};
      extended.values.push_back(bound->values[0]);
      target = std::move(extended);
    };
    extend(lower, spec.lower);
    extend(upper, spec.upper);
  }
}

std::vector<index::ScanSpec> IndexBounds::compute(RunState& run, Arena& arena) {
  std::vector<std::vector<Datum>> prefixes(1);
  size_t column = 0;
  std::vector<Datum> values;
  for (; column < columns_.size(); ++column) {
    bool fixed;
    if (!equal_values(run, arena, columns_[column], values, fixed)) return {};
    if (!fixed || prefixes.size() * values.size() > kMaxRanges) break;
    if (node_.index->index->columns[column].descending) std::reverse(values.begin(), values.end());
    std::vector<std::vector<Datum>> next;
    next.reserve(prefixes.size() * values.size());
    for (const auto& prefix : prefixes) {
      for (const Datum& value : values) {
        next.push_back(prefix);
        next.back().push_back(value);
      }
    }
    prefixes = std::move(next);
  }
  std::vector<index::ScanSpec> specs;
  specs.reserve(prefixes.size());
  for (auto& prefix : prefixes) {
    index::ScanSpec spec;
    spec.backward = node_.backward;
    if (!prefix.empty()) {
      spec.lower = index::KeyBound{prefix, true};
      spec.upper = index::KeyBound{std::move(prefix), true};
    }
    specs.push_back(std::move(spec));
  }
  bool never = false;
  if (column < columns_.size()) add_range(run, arena, column, specs, never);
  if (never) return {};
  if (node_.backward) std::reverse(specs.begin(), specs.end());
  return specs;
}

}  // namespace vecino::sql

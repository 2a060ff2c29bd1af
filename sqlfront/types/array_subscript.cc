// Subscripts, slices and their assignment (manual 8.15.3, 8.15.4).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sqlfront/sql_error.h"
#include "sqlfront/types/array.h"

namespace vecino::sql {
namespace {

using Bounds = std::array<int, kMaxArrayDimensions>;

[[noreturn]] void subscript_error(const char* message) { throw SqlError(sqlstate::kArraySubscriptError, message); }

void check_dimensions(size_t count) {
  if (count > kMaxArrayDimensions) {
    throw SqlError(sqlstate::kProgramLimitExceeded,
                   fmt::format("number of array dimensions ({}) exceeds the maximum allowed ({})", count,
                               kMaxArrayDimensions));
  }
}

// Calls visit(flat position) for each cell of the box lower..upper, in row-major order.
template <typename Visit>
void for_each_cell(const ArrayView& array, const Bounds& lower, const Bounds& upper, Visit visit) {
  Bounds at = lower;
  int ndim = array.ndim();
  for (;;) {
    visit(static_cast<size_t>(array.position({at.data(), static_cast<size_t>(ndim)})));
    int d = ndim - 1;
    while (d >= 0 && at[static_cast<size_t>(d)] == upper[static_cast<size_t>(d)]) {
      at[static_cast<size_t>(d)] = lower[static_cast<size_t>(d)];
      --d;
    }
    if (d < 0) return;
    ++at[static_cast<size_t>(d)];
  }
}

// A 1-D array with its element range replaced/extended: [first, first + count) taken from `source(i)`.
template <typename Source>
Datum overwrite_1d(Arena& arena, const ArrayView& array, int64_t first, int64_t count, Source source) {
  int64_t old_lower = array.lower(0), old_upper = array.upper(0);
  int64_t lower = std::min<int64_t>(old_lower, first), upper = std::max<int64_t>(old_upper, first + count - 1);
  int length = 0;
  if (upper - lower + 1 > 134217727) checked_element_count(std::array<int, 1>{-1});
  length = static_cast<int>(upper - lower + 1);
  ArrayBuilder builder(array.element_type());
  for (int64_t i = lower; i <= upper; ++i) {
    if (i >= first && i < first + count) {
      builder.add(source(static_cast<size_t>(i - first)));
    } else if (i >= old_lower && i <= old_upper) {
      builder.add(array[static_cast<size_t>(i - old_lower)]);
    } else {
      builder.add_null();
    }
  }
  int new_lower = static_cast<int>(lower);
  return builder.finish(arena, {&length, 1}, {&new_lower, 1});
}

}  // namespace

Datum array_get_element(const Datum& array, std::span<const int> subscripts) {
  if (array.is_null) return Datum::null();
  ArrayView view(array);
  int64_t at = view.position(subscripts);
  return at < 0 ? Datum::null() : view[static_cast<size_t>(at)];
}

Datum array_get_slice(Arena& arena, const Datum& array, std::span<const SliceBound> lower,
                      std::span<const SliceBound> upper) {
  ArrayView view(array);
  if (view.ndim() == 0 || static_cast<int>(upper.size()) > view.ndim()) {
    return empty_array(arena, view.element_type());
  }
  Bounds from, to, lengths, ones;
  for (int d = 0; d < view.ndim(); ++d) {
    size_t i = static_cast<size_t>(d);
    from[i] = view.lower(d);
    to[i] = view.upper(d);
    if (i < lower.size() && lower[i].given) from[i] = std::max(from[i], lower[i].value);
    if (i < upper.size() && upper[i].given) to[i] = std::min(to[i], upper[i].value);
    if (from[i] > to[i]) return empty_array(arena, view.element_type());
    lengths[i] = to[i] - from[i] + 1;
    ones[i] = 1;
  }
  ArrayBuilder builder(view.element_type());
  for_each_cell(view, from, to, [&](size_t at) { builder.add(view[at]); });
  size_t ndim = static_cast<size_t>(view.ndim());
  return builder.finish(arena, {lengths.data(), ndim}, {ones.data(), ndim});
}

Datum array_set_element(Arena& arena, const Datum& array, Oid element_type, std::span<const int> subscripts,
                        const Datum& value) {
  if (subscripts.empty()) subscript_error("wrong number of array subscripts");
  check_dimensions(subscripts.size());
  if (array.is_null || ArrayView(array).ndim() == 0) {
    ArrayBuilder builder(element_type);
    builder.add(value);
    Bounds ones;
    ones.fill(1);
    return builder.finish(arena, {ones.data(), subscripts.size()}, subscripts);
  }
  ArrayView view(array);
  if (static_cast<int>(subscripts.size()) != view.ndim()) subscript_error("wrong number of array subscripts");
  if (view.ndim() == 1) {
    return overwrite_1d(arena, view, subscripts[0], 1, [&](size_t) { return value; });
  }
  int64_t target = view.position(subscripts);
  if (target < 0) subscript_error("array subscript out of range");
  ArrayBuilder builder(view.element_type());
  for (size_t i = 0; i < view.size(); ++i) builder.add(static_cast<int64_t>(i) == target ? value : view[i]);
  return builder.finish(arena, view.lengths(), view.lowers());
}

Datum array_set_slice(Arena& arena, const Datum& array, Oid element_type, std::span<const SliceBound> lower,
                      std::span<const SliceBound> upper, const Datum& source) {
  if (source.is_null) return array;
  check_dimensions(upper.size());
  ArrayView values(source);
  size_t given = upper.size();
  if (array.is_null || ArrayView(array).ndim() == 0) {
    Bounds lengths, lowers;
    for (size_t i = 0; i < given; ++i) {
      if (!upper[i].given || i >= lower.size() || !lower[i].given) {
        throw SqlError(sqlstate::kArraySubscriptError, "array slice subscript must provide both boundaries")
            .detail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.");
      }
      if (upper[i].value < lower[i].value) subscript_error("upper bound cannot be less than lower bound");
      lengths[i] = static_cast<int>(static_cast<int64_t>(upper[i].value) - lower[i].value + 1);
      lowers[i] = lower[i].value;
    }
    size_t wanted = checked_element_count({lengths.data(), given});
    if (values.size() < wanted) subscript_error("source array too small");
    ArrayBuilder builder(element_type);
    for (size_t i = 0; i < wanted; ++i) builder.add(values[i]);
    return builder.finish(arena, {lengths.data(), given}, {lowers.data(), given});
  }
  ArrayView view(array);
  if (static_cast<int>(given) > view.ndim()) subscript_error("wrong number of array subscripts");
  Bounds from, to;
  size_t wanted = 1;
  for (int d = 0; d < view.ndim(); ++d) {
    size_t i = static_cast<size_t>(d);
    from[i] = i < lower.size() && lower[i].given ? lower[i].value : view.lower(d);
    to[i] = i < given && upper[i].given ? upper[i].value : view.upper(d);
    if (from[i] > to[i]) subscript_error("upper bound cannot be less than lower bound");
    if (view.ndim() > 1 && (from[i] < view.lower(d) || to[i] > view.upper(d))) {
      subscript_error("array subscript out of range");
    }
    wanted *= static_cast<size_t>(static_cast<int64_t>(to[i]) - from[i] + 1);
  }
  if (values.size() < wanted) subscript_error("source array too small");
  if (view.ndim() == 1) {
    return overwrite_1d(arena, view, from[0], static_cast<int64_t>(wanted), [&](size_t i) { return values[i]; });
  }
  std::vector<int64_t> replacement(view.size(), -1);
  int64_t next = 0;
  for_each_cell(view, from, to, [&](size_t at) { replacement[at] = next++; });
  ArrayBuilder builder(view.element_type());
  for (size_t i = 0; i < view.size(); ++i) {
    builder.add(replacement[i] >= 0 ? values[static_cast<size_t>(replacement[i])] : view[i]);
  }
  return builder.finish(arena, view.lengths(), view.lowers());
}

Datum array_from_subarrays(Arena& arena, Oid element_type, std::span<const Datum> subarrays) {
  std::vector<int> lengths, lowers;
  bool any_empty = false;
  ArrayBuilder builder(element_type);
  for (const Datum& item : subarrays) {
    if (item.is_null || ArrayView(item).ndim() == 0) {
      any_empty = true;
      continue;
    }
    ArrayView view(item);
    if (lengths.empty()) {
      check_dimensions(static_cast<size_t>(view.ndim()) + 1);
      lengths.push_back(static_cast<int>(subarrays.size()));
      lowers.push_back(1);
      lengths.insert(lengths.end(), view.lengths().begin(), view.lengths().end());
      lowers.insert(lowers.end(), view.lowers().begin(), view.lowers().end());
    } else if (!std::equal(lengths.begin() + 1, lengths.end(), view.lengths().begin(), view.lengths().end()) ||
               !std::equal(lowers.begin() + 1, lowers.end(), view.lowers().begin(), view.lowers().end())) {
      subscript_error("multidimensional arrays must have array expressions with matching dimensions");
    }
    for (size_t i = 0; i < view.size(); ++i) builder.add(view[i]);
  }
  if (lengths.empty()) return empty_array(arena, element_type);
  if (any_empty) subscript_error("multidimensional arrays must have array expressions with matching dimensions");
  return builder.finish(arena, lengths, lowers);
}

}  // namespace vecino::sql

#include "sqlfront/plan/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "conf/session_settings.h"
#include "sqlfront/plan/stored_size.h"
#include "sqlfront/sql_error.h"

// The estimators are PostgreSQL's (analyze.c): reservoir sample, Haas and Stokes' distinct count, most common values that stand
// out from the average, equal-depth histogram of the rest.

namespace vecino::sql {

namespace {

constexpr int kRowsPerTarget = 300;
constexpr size_t kWideValue = 1024;      // longer values are counted, not sorted
constexpr size_t kFetchChunk = 512;

struct Sample {
  std::vector<storage::RowId> rows;  // ascending
  double total = 0;
};

void check_cancel(ExecContext& context) {
  if (context.cancel) throw_if_error(context.cancel->check());
}

// Algorithm R over row ids only: no column is read for rows that are not drawn.
Sample draw_sample(const RelationDesc& table, ExecContext& context, size_t wanted) {
  Sample sample;
  storage::ScanOptions options;
  auto scan = context.tables->scan(*context.txn, table.layout, options);
  std::vector<storage::RowId> ids(kBatchRows);
  Arena arena;
  for (;;) {
    check_cancel(context);
    arena.reset();
    size_t count = value_or_throw(scan->next(ids.size(), ids.data(), nullptr, arena));
    if (count == 0) break;
    for (size_t i = 0; i < count; ++i) {
      sample.total += 1;
      if (sample.rows.size() < wanted) {
        sample.rows.push_back(ids[i]);
        continue;
      }
      double at = context.env->random() * sample.total;
      if (at < static_cast<double>(wanted)) sample.rows[static_cast<size_t>(at)] = ids[i];
    }
  }
  std::sort(sample.rows.begin(), sample.rows.end());
  return sample;
}

class ColumnAnalyzer {
 public:
  ColumnAnalyzer(const ColumnDesc& column, ExecContext& context, double total_rows, int target)
      : column_(column), type_(type_info(column.type.id)), context_(context), total_rows_(total_rows), target_(target) {}

  void add(const Datum& value) {
    ++sampled_;
    if (value.is_null) {
      ++nulls_;
      return;
    }
    width_sum_ += width(value);
    if (!type_.compare || !type_.output) return;
    if (type_.kind == PhysicalKind::kBytes && value.len > kWideValue) {
      ++too_wide_;
      return;
    }
    Datum copy = value;
    if (type_.kind == PhysicalKind::kBytes) copy = Datum::from_bytes(arena_.copy(value.bytes()));
    values_.push_back({copy, static_cast<int64_t>(values_.size())});
  }

  ColumnStatistics finish() {
    ColumnStatistics stats;
    if (sampled_ == 0) return stats;
    double nonnull = static_cast<double>(sampled_ - nulls_);
    stats.null_fraction = static_cast<double>(nulls_) / static_cast<double>(sampled_);
    stats.average_width = nonnull > 0 ? width_sum_ / nonnull : (type_.length > 0 ? type_.length : 0);
    if (nonnull == 0 || !type_.compare || !type_.output) return stats;
    sort_groups();
    stats.distinct = distinct_estimate(stats.null_fraction);
    if (values_.empty()) return stats;
    std::vector<Group> common = most_common(stats);
    for (const auto& group : common) {
      stats.most_common_values.push_back(text(values_[group.first].value));
      stats.most_common_freqs.push_back(static_cast<double>(group.count) / static_cast<double>(sampled_));
    }
    fill_histogram(stats, common);
    stats.correlation = correlation();
    return stats;
  }

 private:
  struct Value {
    Datum value;
    int64_t position;
  };
  struct Group {  // equal values: values_[first, first + count)
    size_t first, count;
  };

  double width(const Datum& value) const {
    if (type_.length > 0) return type_.length;
    if (type_.id == type_id::kVector) return value.len + 8.0;
    return value.len + (value.len < 127 ? 1.0 : 4.0);
  }

  std::string text(const Datum& value) {
    Arena scratch;
    CallContext call;
    call.arena = &scratch;
    call.env = context_.env;
    call.result_type = type_.id;
    std::string out;
    type_.output(call, value, out);
    return out;
  }

  void sort_groups() {
    std::stable_sort(values_.begin(), values_.end(),
                     [this](const Value& a, const Value& b) { return type_.compare(a.value, b.value) < 0; });
    for (size_t i = 0; i < values_.size();) {
      size_t end = i + 1;
      while (end < values_.size() && type_.compare(values_[i].value, values_[end].value) == 0) ++end;
      groups_.push_back({i, end - i});
      i = end;
    }
  }

  double distinct_estimate(double null_fraction) const {
    double distinct = static_cast<double>(groups_.size()), multiple = 0;
    for (const auto& group : groups_) multiple += group.count > 1 ? 1 : 0;
    double result = 0;
    if (multiple == 0) {
      result = -1 * (1 - null_fraction);
    } else if (too_wide_ == 0 && multiple == distinct) {
      result = distinct;
    } else {
      double n = static_cast<double>(values_.size() + too_wide_), f1 = distinct - multiple + static_cast<double>(too_wide_);
      double d = f1 + multiple, population = total_rows_ * (1 - null_fraction);
      result = population > 0 ? n * d / ((n - f1) + f1 * n / population) : 0;
      result = std::floor(std::clamp(result, d, std::max(d, population)) + 0.5);
    }
    if (result > 0.1 * total_rows_) result = -(result / total_rows_);
    return result;
  }

  std::vector<Group> most_common(const ColumnStatistics& stats) const {
    std::vector<Group> repeated;
    for (const auto& group : groups_)
      if (group.count > 1) repeated.push_back(group);
    std::stable_sort(repeated.begin(), repeated.end(), [](const Group& a, const Group& b) { return a.count > b.count; });
    size_t limit = static_cast<size_t>(target_);
    bool complete = too_wide_ == 0 && stats.distinct > 0 && groups_.size() <= limit;
    if (complete) {
      std::vector<Group> all = groups_;
      std::stable_sort(all.begin(), all.end(), [](const Group& a, const Group& b) { return a.count > b.count; });
      return all;
    }
    if (repeated.size() > limit) repeated.resize(limit);
    repeated.resize(significant(repeated, stats));
    return repeated;
  }

  // How many of the candidates are clearly more common than an average value.
  size_t significant(const std::vector<Group>& candidates, const ColumnStatistics& stats) const {
    size_t count = candidates.size();
    double n = static_cast<double>(sampled_), N = total_rows_;
    if (n >= N || N <= 1 || count == 0) return count;
    double distinct = stats.distinct < 0 ? -stats.distinct * N : stats.distinct;
    double sum = 0;
    for (size_t i = 0; i + 1 < count; ++i) sum += static_cast<double>(candidates[i].count);
    while (count > 0) {
      double selectivity = std::clamp(1 - sum / n - stats.null_fraction, 0.0, 1.0);
      double others = distinct - (static_cast<double>(count) - 1);
      if (others > 1) selectivity /= others;
      double own = static_cast<double>(candidates[count - 1].count), K = N * own / n;
      double variance = n * K * (N - K) * (N - n) / (N * N * (N - 1));
      if (own > selectivity * n + 2 * std::sqrt(std::max(0.0, variance)) + 0.5) break;
      if (--count == 0) break;
      sum -= static_cast<double>(candidates[count - 1].count);
    }
    return count;
  }

  void fill_histogram(ColumnStatistics& stats, const std::vector<Group>& common) {
    size_t bounds = std::min(groups_.size() - common.size(), static_cast<size_t>(target_) + 1);
    if (bounds < 2) return;
    std::vector<size_t> rest;
    std::vector<size_t> skipped;
    for (const auto& group : common) skipped.push_back(group.first);
    std::sort(skipped.begin(), skipped.end());
    for (const auto& group : groups_) {
      if (std::binary_search(skipped.begin(), skipped.end(), group.first)) continue;
      for (size_t i = 0; i < group.count; ++i) rest.push_back(group.first + i);
    }
    for (size_t i = 0; i < bounds; ++i)
      stats.histogram_bounds.push_back(text(values_[rest[i * (rest.size() - 1) / (bounds - 1)]].value));
  }

  double correlation() const {
    double n = static_cast<double>(values_.size());
    if (n < 2) return 0;
    double products = 0;
    for (size_t i = 0; i < values_.size(); ++i) products += static_cast<double>(i) * static_cast<double>(values_[i].position);
    double sum = n * (n - 1) / 2, squares = (n - 1) * n * (2 * n - 1) / 6;
    return (n * products - sum * sum) / (n * squares - sum * sum);
  }

  const ColumnDesc& column_;
  const TypeInfo& type_;
  ExecContext& context_;
  double total_rows_;
  int target_;
  int64_t sampled_ = 0, nulls_ = 0, too_wide_ = 0;
  double width_sum_ = 0;
  std::vector<Value> values_;
  std::vector<Group> groups_;
  Arena arena_;
};

void analyze_column(const RelationDesc& table, AttrNumber attno, const Sample& sample, int target, ExecContext& context,
                    TableStatistics& result) {
  const ColumnDesc& column = table.columns[attno - 1];
  ColumnAnalyzer analyzer(column, context, sample.total, target);
  std::vector<Datum> values(kFetchChunk);
  auto found = std::make_unique<bool[]>(kFetchChunk);
  int index = attno - 1;
  bool ordered = type_info(column.type.id).compare != nullptr && column.type.id != type_id::kVector;
  size_t limit = ordered ? sample.rows.size() : std::min<size_t>(sample.rows.size(), 1000);  // nulls and width only
  for (size_t begin = 0; begin < limit; begin += kFetchChunk) {
    check_cancel(context);
    size_t count = std::min(kFetchChunk, limit - begin);
    Arena arena;
    Datum* out = values.data();
    throw_if_error(context.tables->fetch(*context.txn, table.layout, std::span(sample.rows).subspan(begin, count),
                                         std::span(&index, 1), storage::ReadMode::kSnapshot, found.get(), &out, arena));
    for (size_t i = 0; i < count; ++i)
      if (found[i]) analyzer.add(values[i]);
  }
  result.columns[attno] = analyzer.finish();
  if (column.type.id == type_id::kVector) {
    ColumnStatistics& stats = result.columns[attno];
    ColumnStatistics narrow;
    narrow.null_fraction = stats.null_fraction;
    narrow.average_width = stats.average_width;
    stats = std::move(narrow);
  }
}

}  // namespace

TableStatistics collect_statistics(const RelationDesc& table, ExecContext& context) {
  int default_target = static_cast<int>(context.env->settings().get_int(conf::SettingId::default_statistics_target));
  int largest = default_target;
  for (const auto& column : table.columns) largest = std::max(largest, column.statistics_target);
  Sample sample = draw_sample(table, context, static_cast<size_t>(largest) * kRowsPerTarget);
  TableStatistics result;
  result.row_count = sample.total;
  result.columns[kRowIdsSeen].distinct = static_cast<double>(context.tables->max_row_id(table.layout));
  std::vector<StoredColumn> stored;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnDesc& column = table.columns[i];
    int target = column.statistics_target >= 0 ? column.statistics_target : default_target;
    if (column.dropped || target == 0) continue;
    AttrNumber attno = static_cast<AttrNumber>(i + 1);
    analyze_column(table, attno, sample, target, context, result);
    const ColumnStatistics& own = result.columns[attno];
    if (own.null_fraction < 1) stored.push_back({&type_info(column.type.id), own.average_width * (1 - own.null_fraction)});
  }
  result.pages = static_cast<int64_t>(std::ceil(sample.total / rows_per_page(stored)));
  return result;
}

}  // namespace vecino::sql

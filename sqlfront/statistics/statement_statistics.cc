#include "sqlfront/statistics/statement_statistics.h"

#include <algorithm>

#include "sqlfront/parse/fingerprint.h"

namespace vecino::sql {
namespace {

// Longer texts are parsed each time: they are rare, and what they cost does not show beside their execution.
constexpr size_t kLongestCachedText = 4096;
constexpr size_t kCachedTexts = 8192;

}  // namespace

QueryIdentityPtr StatementStatistics::identify(std::string_view text) {
  const bool cached = text.size() <= kLongestCachedText;
  std::string key(cached ? text : std::string_view());
  if (cached) {
    std::lock_guard lock(texts_mutex_);
    auto found = texts_.find(key);
    if (found != texts_.end()) return found->second;
  }
  QueryIdentityPtr identity;
  if (auto fingerprint = fingerprint_query(std::string(text))) {
    auto made = std::make_shared<QueryIdentity>();
    made->id = static_cast<int64_t>(*fingerprint);
    made->text = normalize_query(std::string(text));
    identity = std::move(made);
  }
  if (cached) {
    std::lock_guard lock(texts_mutex_);
    // Statements with constants in them fill it without ever coming back: begun anew, the others are back at once.
    if (texts_.size() >= kCachedTexts) texts_.clear();
    texts_[std::move(key)] = identity;
  }
  return identity;
}

void StatementStatistics::add(const Key& key, const QueryIdentityPtr& identity, double ms, uint64_t rows,
                              size_t limit) {
  std::lock_guard lock(mutex_);
  auto [found, inserted] = rows_.try_emplace(key);
  Row& row = found->second;
  if (inserted) {
    row.key = key;
    row.identity = identity;
    row.min_ms = row.max_ms = ms;
  }
  ++row.calls;
  row.rows += rows;
  row.total_ms += ms;
  row.min_ms = std::min(row.min_ms, ms);
  row.max_ms = std::max(row.max_ms, ms);
  const double before = row.mean_ms;
  row.mean_ms += (ms - before) / static_cast<double>(row.calls);
  row.variance_sum += (ms - before) * (ms - row.mean_ms);
  row.last_use = ++clock_;
  if (rows_.size() > limit) evict();
}

// A twentieth at a time, so that it is rare.
void StatementStatistics::evict() {
  std::vector<std::pair<uint64_t, Key>> ages;
  ages.reserve(rows_.size());
  for (const auto& [key, row] : rows_) ages.emplace_back(row.last_use, key);
  const size_t count = std::max<size_t>(1, ages.size() / 20);
  std::nth_element(ages.begin(), ages.begin() + static_cast<ptrdiff_t>(count), ages.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < count; ++i) rows_.erase(ages[i].second);
  ++evictions_;
}

std::vector<StatementStatistics::Row> StatementStatistics::rows() const {
  std::lock_guard lock(mutex_);
  std::vector<Row> result;
  result.reserve(rows_.size());
  for (const auto& [key, row] : rows_) result.push_back(row);
  return result;
}

void StatementStatistics::reset(Oid user, Oid database, int64_t query, int64_t now_us) {
  std::lock_guard lock(mutex_);
  if (user == 0 && database == 0 && query == 0) {
    evictions_ = 0;
    reset_us_ = now_us;
  }
  std::erase_if(rows_, [&](const auto& entry) {
    const Key& key = entry.first;
    return (user == 0 || key.user == user) && (database == 0 || key.database == database) &&
           (query == 0 || key.query == query);
  });
}

uint64_t StatementStatistics::evictions() const {
  std::lock_guard lock(mutex_);
  return evictions_;
}

int64_t StatementStatistics::reset_time() const {
  std::lock_guard lock(mutex_);
  return reset_us_;
}

}  // namespace vecino::sql

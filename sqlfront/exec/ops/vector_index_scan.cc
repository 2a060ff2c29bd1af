#include <algorithm>
#include <chrono>
#include <cmath>

#include "index/api/recovery.h"
#include "index/distance/distance.h"
#include "sqlfront/catalog/catalog.h"
#include "sqlfront/exec/input.h"
#include "sqlfront/exec/modify/index_source.h"
#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/scan_columns.h"
#include "sqlfront/statistics/relation_counts.h"

namespace vecino::sql {
namespace {

using conf::SettingId;

// What the operator gives for two vectors of equal length (functions/vector_distance.cc).
double operator_distance(index::Metric metric, const void* a, const void* b, size_t n) {
  const index::KernelTable& k = index::kernels();
  switch (metric) {
    case index::Metric::kInnerProduct: return -double{k.inner_product(a, b, n)};
    case index::Metric::kL1: return k.l1(a, b, n);
    case index::Metric::kCosine: {
      index::CosineParts parts = k.cosine_parts(a, b, n);
      double similarity = parts.dot / std::sqrt(double{parts.norm_a} * parts.norm_b);
      return 1 - std::clamp(similarity, -1.0, 1.0);
    }
    default: return std::sqrt(double{k.l2_squared(a, b, n)});
  }
}

// Rows nearest first, by an HNSW or IVFFlat index. The index yields rows of the statement's view only, so a fetched row needs no
// second look at its vector, which mostly is not read at all: the distance comes with the hit. While the index cannot answer
// (it is being loaded, or the snapshot is older than it) the same rows come from the table, all of them in exact order. So they do
// where the query wants every row (IndexScanNode::complete) and the index has no more to give: one search gives as many as the
// candidate list is long.
class VectorIndexScan final : public Operator {
 public:
  VectorIndexScan(const IndexScanNode& node, RunState& run)
      : Operator(node, run), scan_node_(node), query_(compile(node.order_by_query)),
        columns_(*node.relation, node.fetch), tail_(node, run, counters_) {
    index_ = run.context.catalogs->open_index(*node.index, *node.relation);
    if (node.rows_wanted) rows_wanted_ = compile(node.rows_wanted);
    if (run.context.counter != nullptr) counts_ = &run.context.counter->of(node.index->oid);
  }

 protected:
  bool do_next(Batch& out, size_t max) override {
    if (!started_) start();
    while (!tail_.pending()) {
      if (!fetch(size_.next(max, tail_.has_filter()))) return false;
    }
    tail_.emit(out, max);
    return true;
  }
  void do_rescan() override {
    started_ = false;
    tail_.discard();
    size_.restart();
  }

 private:
  void start() {
    started_ = true;
    exact_ = false;
    given_.clear();
    if (counts_ != nullptr) ++counts_->scans;
    query_arena_.reset();
    index::ScanSpec spec;
    spec.query = evaluate_one(*query_, run_, query_arena_);
    query_is_null_ = spec.query->is_null;
    check_dimensions(*spec.query);
    conf::SessionSettings& settings = run_.context.env->settings();
    bool is_hnsw = scan_node_.index->index->access_method == "hnsw";
    spec.ef_search = static_cast<int>(settings.get_int(SettingId::hnsw_ef_search));
    spec.probes = static_cast<int>(settings.get_int(SettingId::ivfflat_probes));
    spec.max_probes = static_cast<int>(settings.get_int(SettingId::ivfflat_max_probes));
    spec.max_scan_tuples = settings.get_int(SettingId::hnsw_max_scan_tuples);
    spec.memory_limit = static_cast<size_t>(static_cast<double>(run_.context.work_mem) *
                                            settings.get_real(SettingId::hnsw_scan_mem_multiplier));
    // The settings' values stand in the order of IterativeScan.
    spec.iterative = static_cast<index::IterativeScan>(
        settings.get_enum(is_hnsw ? SettingId::hnsw_iterative_scan : SettingId::ivfflat_iterative_scan));
    spec.cancel = run_.context.cancel;
    const int64_t wanted = is_hnsw && spec.iterative == index::IterativeScan::kOff ? rows_wanted() : 0;
    if (is_hnsw) spec.ef_search = static_cast<int>(std::clamp<int64_t>(wanted, spec.ef_search, kHnswMaxEfSearch));
    // A scan of the table would compete with the load and take longer than what is left of it.
    constexpr std::chrono::milliseconds kPatience{1500};
    (void)index::wait_while_loading(*index_, kPatience, run_.context.cancel);
    run_.check_cancel();
    if (!index_->can_answer(*run_.context.txn) || wanted > kHnswMaxEfSearch) return search_table(*spec.query);
    if (scan_ == nullptr) {
      scan_ = index_->begin_scan(*run_.context.txn, spec);
    } else {
      throw_if_error(scan_->rescan(spec));
    }
  }

  // 0 = not known.
  int64_t rows_wanted() {
    if (rows_wanted_ == nullptr) return 0;
    Datum value = evaluate_one(*rows_wanted_, run_, query_arena_);
    return value.is_null ? 0 : value.i64;
  }

  // As the access methods word it: HNSW compares the query with elements, IVFFlat centers with the query.
  void check_dimensions(const Datum& query) const {
    const size_t of_index = static_cast<size_t>(index_->definition().dimensions), given = query.len / sizeof(float);
    if (query.is_null || given == of_index) return;
    bool is_hnsw = scan_node_.index->index->access_method == "hnsw";
    throw SqlError(sqlstate::kDataException, "different vector dimensions " + std::to_string(is_hnsw ? given : of_index) +
                                                 " and " + std::to_string(is_hnsw ? of_index : given));
  }

  // As pgvector: vectors of zeros have no direction.
  static bool is_indexed(index::Metric metric, const Datum& vector) {
    auto is_zero = [](float value) { return value == 0; };
    const auto* values = reinterpret_cast<const float*>(vector.ptr);
    return metric != index::Metric::kCosine || !std::all_of(values, values + vector.len / sizeof(float), is_zero);
  }

  // All rows that belong into the index, without those in `given_`.
  void search_table(const Datum& query) {
    exact_ = true;
    exact_hits_.clear();
    next_exact_ = 0;
    std::sort(given_.begin(), given_.end());
    auto source = make_index_source(*scan_node_.relation, *scan_node_.index, run_);
    const index::Metric metric = index_->definition().metric;
    const size_t dimensions = static_cast<size_t>(index_->definition().dimensions);
    std::vector<storage::RowId> rows(kBatchRows);
    std::vector<Datum> keys(kBatchRows);
    Datum* targets[] = {keys.data()};
    Arena arena;
    while (size_t count = value_or_throw(source->next(kBatchRows, rows.data(), targets, arena))) {
      run_.check_cancel();
      for (size_t i = 0; i < count; ++i) {
        if (std::binary_search(given_.begin(), given_.end(), rows[i])) continue;
        if (keys[i].is_null || !is_indexed(metric, keys[i])) continue;
        double distance = 0;
        if (!query.is_null) {
          distance = operator_distance(metric, query.ptr, keys[i].ptr, dimensions);
        }
        exact_hits_.push_back({rows[i], distance});
      }
      arena.reset();
    }
    // NaN (a query of zeros under the cosine) is last, as in a sort.
    std::stable_sort(exact_hits_.begin(), exact_hits_.end(), [](const index::Hit& a, const index::Hit& b) {
      if (std::isnan(a.distance) || std::isnan(b.distance)) return !std::isnan(a.distance) && std::isnan(b.distance);
      return a.distance < b.distance;
    });
  }

  size_t next_exact_hits(size_t max) {
    size_t count = std::min(max, exact_hits_.size() - next_exact_);
    std::copy_n(exact_hits_.begin() + static_cast<std::ptrdiff_t>(next_exact_), count, hits_.begin());
    next_exact_ += count;
    return count;
  }
  size_t next_hits(size_t max) {
    hits_.resize(max);
    if (exact_) return next_exact_hits(max);
    uint64_t before = counters_ != nullptr ? scan_->buffers() : 0;
    size_t count = value_or_throw(scan_->next({hits_.data(), max}));
    if (counters_ != nullptr) counters_->buffers_hit += scan_->buffers() - before;
    if (!scan_node_.complete) return count;
    for (size_t i = 0; i < count; ++i) given_.push_back(hits_[i].row);
    if (count > 0) return count;
    search_table(evaluate_one(*query_, run_, query_arena_));
    return next_exact_hits(max);
  }

  bool fetch(size_t max) {
    run_.check_cancel();
    size_t count = next_hits(max);
    if (count == 0) return false;
    raw_.reset(columns_.width(), count);
    columns_.targets(raw_, targets_);
    ids_.clear();
    for (size_t i = 0; i < count; ++i) ids_.push_back(hits_[i].row);
    found_.resize(count);
    throw_if_error(run_.context.tables->fetch(*run_.context.txn, scan_node_.relation->layout, ids_, columns_.stored(),
                                              storage::ReadMode::kSnapshot, reinterpret_cast<bool*>(found_.data()),
                                              targets_.data(), raw_.arena));
    if (counters_ != nullptr) counters_->buffers_hit += count;
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!found_[i]) continue;  // only a row that this very transaction has deleted since
      if (kept != i) {
        ids_[kept] = ids_[i];
        hits_[kept] = hits_[i];
        for (Datum* column : targets_) column[kept] = column[i];
      }
      ++kept;
    }
    raw_.rows = kept;
    if (counts_ != nullptr) counts_->rows_read += count, counts_->rows_fetched += kept;
    if (kept == 0) return true;
    columns_.finish(raw_, ids_.data(), kept);
    for (size_t position : columns_.distances()) {
      Datum* out = raw_.column(position);
      for (size_t i = 0; i < kept; ++i) out[i] = query_is_null_ ? Datum::null() : Datum::from_float(hits_[i].distance);
    }
    tail_.feed(pointers_.of(raw_), kept, raw_.arena);
    return true;
  }

  const IndexScanNode& scan_node_;
  std::shared_ptr<index::Index> index_;
  EvaluatorPtr query_, rows_wanted_;
  ScanColumns columns_;
  FilterProject tail_;
  Arena query_arena_;
  std::unique_ptr<index::IndexScan> scan_;
  bool started_ = false, exact_ = false, query_is_null_ = false;
  std::vector<index::Hit> hits_, exact_hits_;
  size_t next_exact_ = 0;
  std::vector<storage::RowId> ids_, given_;
  std::vector<unsigned char> found_;
  Batch raw_;
  ColumnPointers pointers_;
  std::vector<Datum*> targets_;
  FetchSize size_;
  RelationCounts* counts_ = nullptr;
};

}  // namespace

OperatorPtr make_vector_index_scan(const PlanNode& node, RunState& run) {
  return std::make_unique<VectorIndexScan>(static_cast<const IndexScanNode&>(node), run);
}

}  // namespace vecino::sql

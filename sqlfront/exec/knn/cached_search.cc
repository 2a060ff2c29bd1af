#include "sqlfront/exec/knn/cached_search.h"

#include <atomic>
#include <cassert>
#include <cmath>
#include <condition_variable>
#include <new>
#include <thread>

#include "index/distance/distance.h"
#include "sqlfront/exec/expr/evaluator.h"
#include "sqlfront/exec/knn/vector_cache.h"
#include "sqlfront/statistics/relation_counts.h"
#include "storage/util/thread_pool.h"

namespace vecino::sql {
namespace {

using storage::RowId;

enum class Kernel : uint8_t { kNone, kL2, kL2Squared, kNegativeInnerProduct, kInnerProduct, kCosine, kL1 };

// What the node asks for: kernel(column, query).
struct Request {
  Kernel kernel = Kernel::kNone;
  int column = -1;  // 0-based table column
  ExprPtr query;
};

Kernel kernel_of(const FunctionDef& function) {
  if (function.schema != "public" || function.arg_types.size() != 2 ||
      *function.arg_types.begin() != type_id::kVector || function.arg_types.begin()[1] != type_id::kVector) {
    return Kernel::kNone;
  }
  static constexpr std::pair<std::string_view, Kernel> kKernels[] = {
      {"l2_distance", Kernel::kL2},
      {"vector_l2_squared_distance", Kernel::kL2Squared},
      {"vector_negative_inner_product", Kernel::kNegativeInnerProduct},
      {"inner_product", Kernel::kInnerProduct},
      {"cosine_distance", Kernel::kCosine},
      {"l1_distance", Kernel::kL1},
  };
  for (const auto& [name, kernel] : kKernels) {
    if (function.name == name) return kernel;
  }
  return Kernel::kNone;
}

bool has_input(const ExprPtr& expr) {
  if (expr->kind == ExprKind::kInput) return true;
  if (expr->kind == ExprKind::kParam) return false;
  bool found = false;
  for_each_child(*expr, [&](const ExprPtr& child) { found = found || (child && has_input(child)); });
  return found;
}

Request parse_request(const KnnScanNode& node) {
  const FunctionDef* function = nullptr;
  const std::vector<ExprPtr>* args = nullptr;
  if (const auto* op = try_as<OperatorExpr>(node.distance)) {
    function = op->function != nullptr ? op->function : find_function(op->op->function);
    args = &op->args;
  } else if (const auto* call = try_as<FunctionExpr>(node.distance)) {
    function = call->function;
    args = &call->args;
  }
  Request request;
  if (function == nullptr || args->size() != 2) return request;
  Kernel kernel = kernel_of(*function);
  if (kernel == Kernel::kNone) return request;
  // All these distances are symmetric, bit for bit.
  for (int side = 0; side < 2; ++side) {
    const auto* input = try_as<InputExpr>((*args)[side]);
    if (input == nullptr || has_input((*args)[1 - side])) continue;
    AttrNumber attno = node.fetch[input->index];
    if (attno <= 0) return request;
    request.kernel = kernel;
    request.column = attno - 1;
    request.query = (*args)[1 - side];
    return request;
  }
  return request;
}

// Distances as the SQL functions compute them (functions/vector_distance.cc).
double cosine(const index::CosineParts& parts) {
  double similarity = parts.dot / std::sqrt(static_cast<double>(parts.norm_a) * static_cast<double>(parts.norm_b));
  if (std::isnan(similarity)) return std::numeric_limits<double>::quiet_NaN();
  return 1.0 - std::clamp(similarity, -1.0, 1.0);
}

class BlockScorer {
 public:
  BlockScorer(Kernel kernel, std::string_view query)
      : table_(index::kernels()), kernel_(kernel), query_(query), dimensions_(query.size() / sizeof(float)) {}

  static constexpr size_t kChunk = 256;
  // out[i] for `count` <= kChunk vectors, one after the other.
  void rows(const float* vectors, size_t count, double* out) {
    size_t stride = dimensions_ * sizeof(float);
    if (kernel_ == Kernel::kCosine) {
      table_.cosine_parts_rows(query_.data(), vectors, stride, count, dimensions_, parts_);
    } else {
      auto kernel = kernel_ == Kernel::kL1                ? table_.l1_rows
                    : is_inner_product()                  ? table_.inner_product_rows
                                                          : table_.l2_squared_rows;
      kernel(query_.data(), vectors, stride, count, dimensions_, raw_);
    }
    finish(count, out);
  }
  void pointers(const void* const* vectors, size_t count, double* out) {
    if (kernel_ == Kernel::kCosine) {
      table_.cosine_parts_many(query_.data(), vectors, count, dimensions_, parts_);
    } else {
      auto kernel = kernel_ == Kernel::kL1                ? table_.l1_many
                    : is_inner_product()                  ? table_.inner_product_many
                                                          : table_.l2_squared_many;
      kernel(query_.data(), vectors, count, dimensions_, raw_);
    }
    finish(count, out);
  }

 private:
  bool is_inner_product() const { return kernel_ == Kernel::kInnerProduct || kernel_ == Kernel::kNegativeInnerProduct; }
  void finish(size_t count, double* out) {
    switch (kernel_) {
      case Kernel::kL2:
        for (size_t i = 0; i < count; ++i) out[i] = std::sqrt(static_cast<double>(raw_[i]));
        return;
      case Kernel::kNegativeInnerProduct:
        for (size_t i = 0; i < count; ++i) out[i] = -static_cast<double>(raw_[i]);
        return;
      case Kernel::kCosine:
        for (size_t i = 0; i < count; ++i) out[i] = cosine(parts_[i]);
        return;
      default:
        for (size_t i = 0; i < count; ++i) out[i] = raw_[i];
    }
  }
  const index::KernelTable& table_;
  Kernel kernel_;
  std::string_view query_;
  size_t dimensions_;
  float raw_[kChunk];
  index::CosineParts parts_[kChunk];
};

// Work shared by the threads of one search. Blocks are handed out by a counter; a helper that starts late finds none left.
// Kept alive by the tasks, which touch nothing else.
struct SharedSearch {
  VectorCache::View view;
  Kernel kernel;
  std::string query;
  std::vector<RowId> passing;
  bool has_filter = false;
  size_t k;
  NeighbourOrder order;
  const CancelState* cancel;

  std::atomic<size_t> next_block{0};
  std::atomic<bool> out_of_memory{false};
  std::mutex mutex;
  std::condition_variable idle;
  size_t running = 0;
  bool closed = false;  // the owner has left: no helper may start
  std::vector<TopK> results;

  void score_block(const VectorBlock& block, BlockScorer& scorer, TopK& best) const;
  void offer(const double* distances, const RowId* rows, size_t count, TopK& best) const;
  void work();
  void search_blocks();
};

void SharedSearch::offer(const double* distances, const RowId* rows, size_t count, TopK& best) const {
  for (size_t i = 0; i < count; ++i) {
    // Cheap test first; NaN falls through to the full order.
    if (best.full() && (order.descending ? distances[i] < best.worst().distance
                                         : distances[i] > best.worst().distance)) {
      if (!best.worst().is_null) continue;
    }
    best.offer({distances[i], false, rows[i]});
  }
}

void SharedSearch::score_block(const VectorBlock& block, BlockScorer& scorer, TopK& best) const {
  const std::vector<RowId>& rows = block.rows;
  size_t dimensions = view.set->dimensions, count = rows.size();
  double distances[BlockScorer::kChunk];
  const auto& dirty = view.dirty;
  auto dirty_first = std::lower_bound(dirty.begin(), dirty.end(), rows.front());
  bool is_clean = dirty_first == dirty.end() || *dirty_first > rows.back();
  if (is_clean && !has_filter) {
    for (size_t at = 0; at < count; at += BlockScorer::kChunk) {
      size_t n = std::min(BlockScorer::kChunk, count - at);
      scorer.rows(block.values.get() + at * dimensions, n, distances);
      offer(distances, rows.data() + at, n, best);
    }
    return;
  }
  auto allowed = std::lower_bound(passing.begin(), passing.end(), rows.front());
  const void* vectors[BlockScorer::kChunk];
  RowId ids[BlockScorer::kChunk];
  size_t n = 0;
  auto flush = [&] {
    if (n == 0) return;
    scorer.pointers(vectors, n, distances);
    offer(distances, ids, n, best);
    n = 0;
  };
  for (size_t i = 0; i < count; ++i) {
    while (dirty_first != dirty.end() && *dirty_first < rows[i]) ++dirty_first;
    if (dirty_first != dirty.end() && *dirty_first == rows[i]) continue;
    if (has_filter) {
      while (allowed != passing.end() && *allowed < rows[i]) ++allowed;
      if (allowed == passing.end()) break;
      if (*allowed != rows[i]) continue;
    }
    vectors[n] = block.values.get() + i * dimensions;
    ids[n++] = rows[i];
    if (n == BlockScorer::kChunk) flush();
  }
  flush();
}

void SharedSearch::work() {
  try {
    search_blocks();
  } catch (const std::bad_alloc&) {  // nobody catches on a helper
    next_block.store(view.set->blocks.size());
    out_of_memory.store(true);
  }
}

void SharedSearch::search_blocks() {
  BlockScorer scorer(kernel, query);
  TopK best(k, order);
  const auto& blocks = view.set->blocks;
  for (size_t b; (b = next_block.fetch_add(1)) < blocks.size();) {
    if (cancel != nullptr && cancel->requested()) break;
    score_block(*blocks[b], scorer, best);
  }
  std::lock_guard lock(mutex);
  results.push_back(std::move(best));
}

void help(void* argument) {
  std::unique_ptr<std::shared_ptr<SharedSearch>> handle(static_cast<std::shared_ptr<SharedSearch>*>(argument));
  SharedSearch& search = **handle;
  {
    std::lock_guard lock(search.mutex);
    if (search.closed || search.next_block.load() >= search.view.set->blocks.size()) return;
    ++search.running;
  }
  search.work();
  std::lock_guard lock(search.mutex);
  if (--search.running == 0) search.idle.notify_all();
}

void run_parallel(const std::shared_ptr<SharedSearch>& search, ThreadPool* pool) {
  size_t blocks = search->view.set->blocks.size();
  size_t threads = std::min<size_t>(std::max(1u, std::thread::hardware_concurrency()), blocks);
  if (pool != nullptr) {
    for (size_t t = 1; t < threads; ++t) pool->submit(help, new std::shared_ptr<SharedSearch>(search));
  }
  search->work();
  std::unique_lock lock(search->mutex);
  search->closed = true;
  search->idle.wait(lock, [&] { return search->running == 0; });
}

// Rows that the copy does not speak for: NULL vectors, and rows written since, which are read under the statement's view.
// False when their dimensions differ from the query's (the general search then reports it).
bool offer_rest(const KnnScanNode& node, RunState& run, const Request& request, SharedSearch& search, TopK& best) {
  auto allowed = [&](RowId row) {
    return !search.has_filter || std::binary_search(search.passing.begin(), search.passing.end(), row);
  };
  const auto& dirty = search.view.dirty;
  BlockScorer scorer(search.kernel, search.query);
  std::vector<RowId> ids;
  for (RowId row : dirty) {
    if (allowed(row)) ids.push_back(row);
  }
  std::vector<Datum> vectors(kBatchRows);
  auto found = std::make_unique<bool[]>(kBatchRows);
  Arena arena;
  for (size_t at = 0; at < ids.size(); at += kBatchRows) {
    run.check_cancel();
    size_t count = std::min(kBatchRows, ids.size() - at);
    arena.reset();
    Datum* columns[1] = {vectors.data()};
    throw_if_error(run.context.tables->fetch(*run.context.txn, node.relation->layout, {ids.data() + at, count},
                                             {&request.column, 1}, storage::ReadMode::kSnapshot, found.get(), columns,
                                             arena));
    for (size_t i = 0; i < count; ++i) {
      if (!found[i]) continue;
      if (vectors[i].is_null) {
        best.offer({0, true, ids[at + i]});
        continue;
      }
      if (vectors[i].len != search.query.size()) return false;
      const void* vector = vectors[i].ptr;
      double distance;
      scorer.pointers(&vector, 1, &distance);
      best.offer({distance, false, ids[at + i]});
    }
  }
  for (RowId row : search.view.set->null_rows) {
    if (allowed(row) && !std::binary_search(dirty.begin(), dirty.end(), row)) best.offer({0, true, row});
  }
  return true;
}

#ifndef NDEBUG
// Some rows of the view, others each time, compared with the table: a row that the view takes for unchanged is the copy's, and
// rows behind the last one of the copy are listed.
bool agrees_with_table(const KnnScanNode& node, RunState& run, int column, const VectorCache::View& view) {
  static std::atomic<size_t> next_sample{0};
  constexpr size_t kRows = 8;
  const auto& dirty = view.dirty;
  auto is_listed = [&](RowId row) { return std::binary_search(dirty.begin(), dirty.end(), row); };
  Arena arena;
  Datum value;
  Datum* columns[1] = {&value};
  RowId last = 0;
  if (!view.set->blocks.empty()) last = view.set->blocks.back()->rows.back();
  for (size_t i = 0; i < kRows && !view.set->blocks.empty(); ++i) {
    size_t sample = next_sample.fetch_add(0x9E3779B97F4A7C15u) >> 7;
    const VectorBlock& block = *view.set->blocks[sample % view.set->blocks.size()];
    size_t at = sample / view.set->blocks.size() % block.rows.size();
    RowId row = block.rows[at];
    if (is_listed(row)) continue;
    bool found = false;
    throw_if_error(run.context.tables->fetch(*run.context.txn, node.relation->layout, {&row, 1}, {&column, 1},
                                             storage::ReadMode::kSnapshot, &found, columns, arena));
    std::string_view copy(reinterpret_cast<const char*>(block.values.get() + at * view.set->dimensions),
                          view.set->dimensions * sizeof(float));
    if (!found || value.is_null || value.bytes() != copy) return false;
  }
  if (!view.set->null_rows.empty()) last = std::max(last, view.set->null_rows.back());
  storage::ScanOptions options;
  options.begin = view.set->row_count + view.set->null_rows.size() == 0 ? 0 : last + 1;
  auto scan = run.context.tables->scan(*run.context.txn, node.relation->layout, options);
  RowId ids[kRows];
  size_t count = value_or_throw(scan->next(kRows, ids, nullptr, arena));
  return std::all_of(ids, ids + count, is_listed);
}
#endif

}  // namespace

bool is_cacheable_search(const KnnScanNode& node, RunState& run) {
  return run.context.vectors != nullptr && parse_request(node).kernel != Kernel::kNone;
}

bool cached_search(const KnnScanNode& node, RunState& run, const std::vector<RowId>* passing, TopK& best) {
  if (run.context.vectors == nullptr) return false;
  Request request = parse_request(node);
  if (request.kernel == Kernel::kNone) return false;
  Arena arena;
  Datum query = evaluate_one(*compile(request.query), run, arena);
  if (query.is_null) return false;
  auto snapshot = run.context.txn->view().snapshot;
  if (snapshot == nullptr) snapshot = run.context.txn->snapshot();
  auto view = value_or_throw(
      run.context.vectors->acquire(node.relation->layout, request.column, *snapshot, run.context.cancel));
  if (!view || (view->set->row_count > 0 && view->set->dimensions * sizeof(float) != query.len)) return false;
  assert(agrees_with_table(node, run, request.column, *view) && "a write was not reported to the copy");
  auto search = std::make_shared<SharedSearch>();
  search->view = std::move(*view);
  search->kernel = request.kernel;
  search->query = query.bytes();
  if (passing != nullptr) {
    search->has_filter = true;
    search->passing = *passing;
  }
  search->k = best.k();
  search->order = best.order();
  search->cancel = run.context.cancel;
  TopK rest(best.k(), best.order());
  if (!offer_rest(node, run, request, *search, rest)) return false;
  run_parallel(search, run.context.pool);
  run.check_cancel();
  if (search->out_of_memory) throw std::bad_alloc();
  for (const TopK& result : search->results) best.merge(result);
  best.merge(rest);
  if (run.context.counter != nullptr) {
    run.context.counter->of(node.relation->oid).rows_read += passing != nullptr ? passing->size() : search->view.set->row_count;
  }
  return true;
}

}  // namespace vecino::sql

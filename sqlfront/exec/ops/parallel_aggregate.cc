#include "sqlfront/exec/ops/parallel_aggregate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "sqlfront/exec/ops/ops.h"
#include "sqlfront/exec/spill/spilling_store.h"
#include "sqlfront/interrupts.h"
#include "sqlfront/plan/planner.h"
#include "sqlfront/statistics/relation_counts.h"
#include "storage/util/thread_pool.h"

namespace vecino::sql {
namespace {

constexpr storage::RowId kRowsThatPay = 60'000;  // of a thread: some ten milliseconds
// More than one for each thread, because rows are not spread evenly over their ids.
constexpr size_t kRangesPerThread = 4;
// Every range has groups of its own, which are combined.
constexpr double kRowsPerGroup = 50;
// PostgreSQL's parallel_setup_cost. What costs less may run on an I/O thread, which must not wait for others.
constexpr double kCostThatPays = 1000;

// The order of the rows does not show in the result (but in the last digits of floats). array_agg and the like are not here.
bool is_order_free(const FunctionDef& function) {
  static constexpr std::string_view kNames[] = {
      "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor", "stddev",
      "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", "corr", "covar_pop", "covar_samp", "regr_avgx",
      "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy"};
  return std::find(std::begin(kNames), std::end(kNames), function.name) != std::end(kNames);
}

// Other threads have neither the session nor the slots of this execution.
bool needs_session(const ExprPtr& expr) {
  if (expr->kind == ExprKind::kSubPlan || expr->kind == ExprKind::kSubLink || expr->kind == ExprKind::kSqlValue) return true;
  if (const auto* param = try_as<ParamExpr>(expr)) return param->source == ParamSource::kExec;
  bool found = false;
  for_each_child(*expr, [&](const ExprPtr& child) { found = found || (child && needs_session(child)); });
  return found;
}

bool is_portable(const PlanNode& node) {
  bool portable = node.init_plans.empty() && node.sub_plans.empty();
  for_each_expr(node, [&](const ExprPtr& expr) { portable = portable && !plan::contains_mutable(expr) && !needs_session(expr); });
  return portable;
}

bool can_combine(const AggregateExpr& call) {
  return call.function->aggregate != nullptr && call.function->aggregate->combine != nullptr && !call.distinct &&
         !call.within_group && call.order_by.empty() && is_order_free(*call.function);
}

size_t thread_count(const RunState& run, storage::RowId rows) {
  const auto& settings = run.context.env->settings();
  const auto workers = std::min(settings.get_int(conf::SettingId::max_parallel_workers_per_gather),
                                settings.get_int(conf::SettingId::max_parallel_workers));
  return std::min<size_t>({static_cast<size_t>(workers) + 1, std::max(1u, std::thread::hardware_concurrency()),
                           static_cast<size_t>(rows / kRowsThatPay)});
}

// What one thread makes of one range.
struct Part {
  Part(const AggregateNode& node, const RunState& shared) : run(shared.plan, context_of(shared)), groups(node, run) {}
  ExecContext context_of(const RunState& shared) {
    ExecContext context = shared.context;
    context.counter = &counter;
    context.pool = nullptr;
    context.foreign_keys = nullptr;
    return context;
  }
  RelationCounter counter;
  RunState run;
  Groups groups;
};

// Work shared by the threads. Ranges are handed out by a counter; a helper that starts late finds none left. Kept alive by the
// tasks, which touch nothing else once `closed`.
struct SharedAggregate {
  SharedAggregate(const AggregateNode& node_in, const RunState& run_in, std::vector<RowRange> ranges_in, Groups& total_in)
      : node(node_in), run(run_in), ranges(std::move(ranges_in)), total(total_in), parts(ranges.size()) {}

  const SeqScanNode& scan() const { return static_cast<const SeqScanNode&>(*node.children[0]); }
  void work();
  void take(size_t range);
  void combine(size_t range, std::unique_ptr<Part> part);

  const AggregateNode& node;
  const RunState& run;
  const std::vector<RowRange> ranges;
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::condition_variable idle;
  // Under the mutex:
  Groups& total;
  std::vector<std::unique_ptr<Part>> parts;  // ready, but an earlier one is not
  size_t combined = 0;
  NodeInstrumentation scanned;
  uint64_t rows_read = 0;
  size_t running = 0;
  bool closed = false;  // the owner has left
  std::exception_ptr error;
};

void SharedAggregate::take(size_t range) {
  auto part = std::make_unique<Part>(node, run);
  Input input;
  input.op = make_partial_seq_scan(scan(), part->run, ranges[range]);
  part->groups.consume(input);
  input.op.reset();
  combine(range, std::move(part));
}

void SharedAggregate::combine(size_t range, std::unique_ptr<Part> part) {
  std::lock_guard lock(mutex);
  rows_read += part->counter.of(scan().relation->oid).rows_read;
  if (const NodeInstrumentation* counters = part->run.counters(scan())) {
    scanned.rows += counters->rows;
    scanned.filtered += counters->filtered;
    scanned.buffers_hit += counters->buffers_hit;
  }
  parts[range] = std::move(part);
  // So that few parts are in memory at once.
  for (; combined < parts.size() && parts[combined] != nullptr; ++combined) {
    total.combine(parts[combined]->groups);
    parts[combined].reset();
  }
}

void SharedAggregate::work() {
  for (size_t range; (range = next.fetch_add(1)) < ranges.size();) {
    try {
      take(range);
    } catch (...) {
      next.store(ranges.size());
      std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      return;
    }
  }
}

void help(void* argument) {
  std::unique_ptr<std::shared_ptr<SharedAggregate>> handle(static_cast<std::shared_ptr<SharedAggregate>*>(argument));
  SharedAggregate& shared = **handle;
  {
    std::lock_guard lock(shared.mutex);
    if (shared.closed || shared.next.load() >= shared.ranges.size()) return;
    ++shared.running;
  }
  {
    InterruptScope interrupts(shared.run.context.cancel);
    shared.work();
  }
  std::lock_guard lock(shared.mutex);
  if (--shared.running == 0) shared.idle.notify_all();
}

void run_on_threads(const std::shared_ptr<SharedAggregate>& shared, size_t threads) {
  for (size_t t = 1; t < threads; ++t) {
    shared->run.context.pool->submit(help, new std::shared_ptr<SharedAggregate>(shared));
  }
  shared->work();
  ThreadPool::BlockingScope waiting;
  std::unique_lock lock(shared->mutex);
  shared->closed = true;
  shared->idle.wait(lock, [&] { return shared->running == 0; });
  if (!shared->error) return;
  shared->parts.clear();  // a helper that comes late must not be the one that destroys them
  std::rethrow_exception(shared->error);
}

// As if one scan had read everything.
void add_counts(const SharedAggregate& shared, RunState& run, double elapsed_ms) {
  if (run.context.counter != nullptr) {
    RelationCounts& counts = run.context.counter->of(shared.scan().relation->oid);
    ++counts.scans;
    counts.rows_read += shared.rows_read;
  }
  NodeInstrumentation* total = run.counters(shared.scan());
  if (total == nullptr) return;
  ++total->loops;
  if (run.context.instrument_timing) total->total_ms += elapsed_ms;
  total->rows += shared.scanned.rows;
  total->filtered += shared.scanned.filtered;
  total->buffers_hit += shared.scanned.buffers_hit;
}

}  // namespace

bool consume_in_parallel(const AggregateNode& node, RunState& run, Groups& groups) {
  if (run.context.pool == nullptr || run.context.env == nullptr || run.plan == nullptr) return false;
  if (node.children.size() != 1 || node.children[0]->kind != PlanKind::kSeqScan) return false;
  const auto& scan = static_cast<const SeqScanNode&>(*node.children[0]);
  if (scan.cost.total < kCostThatPays) return false;
  const storage::RowId end = run.context.tables->max_row_id(scan.relation->layout);
  if (end == storage::kInvalidRowId) return false;
  const size_t threads = thread_count(run, end);
  // Threads do not write groups to disk.
  if (node.cost.rows * (node.cost.width + 64) > static_cast<double>(hash_spill_threshold(run))) return false;
  if (threads < 2 || (!node.group_keys.empty() && node.cost.rows * kRowsPerGroup > scan.cost.rows)) return false;
  for (const auto& call : node.aggregates) {
    if (!can_combine(*call) || plan::contains_mutable(call) || needs_session(call)) return false;
  }
  if (!is_portable(scan)) return false;

  std::vector<RowRange> ranges(threads * kRangesPerThread);
  for (size_t i = 0; i < ranges.size(); ++i) {
    ranges[i].begin = i == 0 ? 0 : ranges[i - 1].end;
    // Rows may have been added meanwhile that the snapshot, which may be taken later, shows.
    if (i + 1 < ranges.size()) ranges[i].end = end / ranges.size() * (i + 1);
  }
  (void)run.context.txn->view();  // before there are several threads
  const auto started = std::chrono::steady_clock::now();
  auto shared = std::make_shared<SharedAggregate>(node, run, std::move(ranges), groups);
  run_on_threads(shared, threads);
  add_counts(*shared, run, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count());
  return true;
}

}  // namespace vecino::sql

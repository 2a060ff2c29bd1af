#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "index/api/access_method.h"
#include "sqlfront/plan/physical.h"
#include "storage/api/table_store.h"

namespace vecino {
class TempSpace;
class ThreadPool;
}

namespace vecino::sql {

inline constexpr size_t kBatchRows = 1024;

// Columnar rows: columns[c][r]. Bytes live in `arena` or in something that outlives the batch.
// `rows` may be 0 with more to come; only next() == false ends. Not thread-safe.
class Batch {
 public:
  void reset(size_t column_count, size_t capacity);  // clears, keeps memory
  size_t rows = 0;
  size_t capacity() const { return capacity_; }
  size_t column_count() const { return column_count_; }
  Datum* column(size_t c) { return data_.get() + c * capacity_; }
  const Datum* column(size_t c) const { return data_.get() + c * capacity_; }
  Arena arena;

 private:
  size_t capacity_ = 0, column_count_ = 0, allocated_ = 0;
  std::unique_ptr<Datum[]> data_;  // column after column, `capacity_` apart; one allocation
};

// What a running statement may touch. One per execution.
struct ExecContext {
  EvalEnvironment* env = nullptr;
  storage::Transaction* txn = nullptr;
  storage::TableStore* tables = nullptr;
  CatalogManager* catalogs = nullptr;
  const Catalog* catalog = nullptr;
  std::span<const Datum> parameters;  // $1.. ; bytes outlive the execution
  const CancelState* cancel = nullptr;
  class ForeignKeyEvents* foreign_keys = nullptr;  // what statements leave to be checked; null = nothing is (DDL)
  ThreadPool* pool = nullptr;   // null = no parallel workers
  class VectorCache* vectors = nullptr;  // in-memory copies of vector columns (knn/vector_cache.h); null = none
  class RelationCounter* counter = nullptr;  // of scans and changed rows; null = nobody counts
  bool instrument = false;            // EXPLAIN ANALYZE
  bool instrument_timing = true;
  size_t work_mem = 4 << 20;          // bytes
  double hash_mem_multiplier = 2;     // of work_mem, for hash tables
  TempSpace* temp = nullptr;          // where what is larger goes; null = nowhere, everything stays in memory
};

// Run-time counters of one plan node (EXPLAIN ANALYZE).
struct NodeInstrumentation {
  double startup_ms = 0, total_ms = 0, rows = 0, loops = 0;
  double filtered = 0;          // Rows Removed by Filter
  double join_filtered = 0, recheck_removed = 0;
  double rows_scanned = 0;      // KnnScan: rows read from the table (its Seq Scan line)
  uint64_t buffers_hit = 0, buffers_read = 0;
  std::string sort_method;      // "quicksort", "top-N heapsort"
  uint64_t memory_kb = 0, disk_kb = 0;
  int64_t hash_buckets = 0, hash_batches = 0;
};

// One execution of a plan. Pull: next() computes up to `max` rows. Suspending = not calling next(). Not thread-safe.
// Throws SqlError. Destroying it releases everything.
class Execution {
 public:
  virtual ~Execution() = default;
  // False when exhausted; then rows_affected() is final. INSERT/UPDATE/DELETE without RETURNING do all their work in the
  // first call, which returns false.
  virtual bool next(Batch& out, size_t max) = 0;
  virtual uint64_t rows_affected() const = 0;
  virtual void rewind() = 0;  // scroll cursors: restart from the beginning
  virtual const NodeInstrumentation* instrumentation(const PlanNode& node) const = 0;
};
std::unique_ptr<Execution> start_execution(PhysicalPlanPtr plan, ExecContext context);

// Evaluates a bound expression without input columns (defaults, SET values, LIMIT, check expressions in DDL).
Datum evaluate_constant(const ExprPtr& expr, ExecContext& context, Arena& arena);

// A compiled expression over input columns, reusable for many batches (COPY defaults, index keys, CHECK).
class CompiledExpr {
 public:
  virtual ~CompiledExpr() = default;
  // out[i] for i < rows. `input[c]` are column arrays addressed by InputExpr::index.
  virtual void evaluate(ExecContext& context, const Datum* const* input, size_t rows, Datum* out,
                        Arena& arena) = 0;
};
std::unique_ptr<CompiledExpr> compile_expr(const ExprPtr& expr);

// Row modifications with constraints and index maintenance, shared by ModifyTable, COPY FROM and ALTER TABLE.
class TableWriter {
 public:
  virtual ~TableWriter() = default;
  // columns[a][r]: table columns in attnum order, defaults already applied. Checks NOT NULL, CHECK, generated columns, unique.
  virtual void insert(const Datum* const* columns, size_t rows) = 0;
  virtual uint64_t rows_inserted() const = 0;
  // After the last row: checks what can be judged only then (foreign keys).
  virtual void finish() = 0;
};
std::unique_ptr<TableWriter> make_table_writer(RelationPtr table, std::vector<IndexMaintenance> indexes,
                                               std::vector<ModifyTableNode::Check> checks,
                                               ExecContext context);
// Binds index expressions, predicates and checks of a table. Throws SqlError.
std::vector<IndexMaintenance> index_maintenance(const RelationDesc& table, const Catalog& catalog,
                                                conf::SessionSettings& settings, EvalEnvironment* env);
std::vector<ModifyTableNode::Check> bound_checks(const RelationDesc& table, const Catalog& catalog,
                                                 conf::SessionSettings& settings, EvalEnvironment* env);
// The foreign keys of a table and those that refer to it.
ForeignKeyLinks foreign_key_links(const RelationPtr& table, const Catalog& catalog);
struct IndexBuildOptions {
  index::BuildMode mode = index::BuildMode::kExclusive;
  std::string_view command = "CREATE INDEX";  // as pg_stat_progress_create_index names it; a literal
};
// CREATE INDEX: fills `index` (whose relation row exists in this transaction) from the table.
void build_index(const RelationDesc& table, const RelationDesc& index, const IndexBuildOptions& options,
                 ExecContext& context);

}  // namespace vecino::sql

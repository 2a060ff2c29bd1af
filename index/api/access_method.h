#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/api/table_store.h"
#include "storage/api/transaction.h"
#include "storage/util/cancel.h"
#include "storage/util/datum.h"
#include "storage/util/status.h"

namespace vecino::index {

using storage::RowId;
using storage::Transaction;

// How values of one SQL type become bytes whose bytewise order is the type's btree order. Given by sqlfront, so
// that index/ knows nothing of SQL types. Must be prefix-free per value (a following column may be appended).
struct KeyCodec {
  void (*encode)(const Datum& value, std::string& out) = nullptr;  // REQUIRES: !value.is_null
};

struct KeyColumn {
  KeyCodec codec;
  bool descending = false;
  bool nulls_first = false;  // resolved default: NULLS LAST for ASC, NULLS FIRST for DESC
};

enum class Metric : uint8_t { kNone, kL2, kInnerProduct, kCosine, kL1, kHamming, kJaccard };

struct OptionSpec {  // a WITH (...) option, for validation with PostgreSQL's messages
  std::string_view name;
  int default_value, min, max;
};

// An index as its access method sees it. Immutable once opened.
struct IndexDefinition {
  uint32_t storage_id = 0;
  std::string name;
  bool unique = false;
  bool nulls_not_distinct = false;
  std::vector<KeyColumn> columns;  // ordered indexes
  Metric metric = Metric::kNone;   // vector indexes
  int dimensions = 0;              // vector indexes: typmod of the key
  std::vector<std::pair<std::string, int>> options;
};

// One boundary of an ordered scan: a prefix of the key columns. Encoded by btree, in index order.
struct KeyBound {
  std::vector<Datum> values;  // values for the leading columns
  bool inclusive = true;
};

// What a vector scan does when the first search is used up (pgvector's hnsw.iterative_scan, ivfflat.iterative_scan).
enum class IterativeScan : uint8_t {
  kOff,      // it ends
  kRelaxed,  // it goes on; a later batch may hold nearer rows than an earlier one
  kStrict,   // it goes on; rows nearer than the last one given are left out
};

struct ScanSpec {
  // Ordered scans. Unset = open end. Bounds are in *index order* (for DESC columns the planner swaps them).
  std::optional<KeyBound> lower, upper;
  bool backward = false;
  // Vector scans.
  std::optional<Datum> query;  // vector bytes
  int ef_search = 0, probes = 0;
  IterativeScan iterative = IterativeScan::kOff;
  int64_t max_scan_tuples = 0;       // iterative: visited vectors after which the search does not go on
  size_t memory_limit = SIZE_MAX;    // iterative: bytes of candidates after which the search does not go on
  int max_probes = 0;
  const CancelState* cancel = nullptr;  // checked by long searches; may be null
};

struct Hit {
  RowId row;
  double distance;  // vector scans; exact operator distance is computed by the executor
};

// A running scan. Resumable: yields until exhausted (vector scans: as far as ScanSpec::iterative says).
// Ordered scans: hits may be dead, uncommitted or stale; the caller fetches the row under its snapshot and re-checks the
// index condition. Vector scans yield exactly entries that belong to the view of the transaction (at begin_scan). Not
// thread-safe.
class IndexScan {
 public:
  virtual ~IndexScan() = default;
  // Fills up to hits.size() entries in scan order; 0 = end.
  virtual Result<size_t> next(std::span<Hit> hits) = 0;
  virtual Status rescan(const ScanSpec& spec) = 0;
  // Pages touched so far (EXPLAIN BUFFERS).
  virtual uint64_t buffers() const = 0;
};

// Yields (row, key columns) of every row to index at build time.
class BuildSource {
 public:
  virtual ~BuildSource() = default;
  // Up to max rows; keys[c][i]. 0 = end.
  virtual Result<size_t> next(size_t max, RowId* rows, Datum* const* keys, Arena& arena) = 0;
};

enum class BuildMode : uint8_t {
  kExclusive,   // nobody writes to the table until the build has committed
  kConcurrent,  // every writer that the build's snapshot does not see maintains the index already
};

// How far a build is; 0 = not known. Phases as pg_stat_progress_create_index names them.
struct BuildProgress {
  std::string_view phase;  // a literal
  uint64_t tuples_done = 0, tuples_total = 0;
};

// What a build may use, and whom it tells.
struct BuildContext {
  BuildMode mode = BuildMode::kExclusive;
  const CancelState* cancel = nullptr;
  int workers = 0;                  // helper threads beside the caller
  size_t memory_limit = SIZE_MAX;   // maintenance_work_mem, bytes
  std::function<void(const ErrorInfo& notice)> notice;
  std::function<void(const BuildProgress& progress)> progress;  // may be called from any thread; may be empty
};

// For cost estimates.
struct IndexStatistics {
  double tuples = 0;
  double pages = 0;     // of 8 kB
  int entry_level = 0;  // HNSW
  int m = 0;            // HNSW
  int lists = 0;        // IVFFlat
  int dimensions = 0;
};

enum class UniqueCheck : uint8_t {
  kNone,      // entry is added without looking
  kImmediate, // lock the key, wait for concurrent inserters, then 23505 by returning the conflicting row
};

struct InsertOutcome {
  // Set when a live row already has the key (the entry was not added). The executor makes the 23505 error or takes
  // the ON CONFLICT path.
  std::optional<RowId> conflict;
};

// One open index. insert/erase write through the transaction (same commit as the row). Thread-safe: many sessions
// use one Index, each with its own transaction.
class Index {
 public:
  virtual ~Index() = default;
  virtual const IndexDefinition& definition() const = 0;
  virtual Result<InsertOutcome> insert(Transaction& txn, std::span<const Datum> key, RowId row,
                                       UniqueCheck check) = 0;
  virtual Status erase(Transaction& txn, std::span<const Datum> key, RowId row) = 0;
  virtual std::unique_ptr<IndexScan> begin_scan(Transaction& txn, const ScanSpec& spec) = 0;
  // Can a scan answer for the transaction's view now? False while the index is being loaded, and for snapshots older
  // than its build: the caller then reads the table.
  virtual bool can_answer(Transaction& txn) { return true; }
  virtual IndexStatistics statistics() const { return {}; }
  // Fills a new index from existing rows. Unique violation: `conflict_key` is set to the duplicate's key columns
  // (bytes in `arena`) and 23505 is returned with an empty message for the caller to word.
  virtual Status build(Transaction& txn, BuildSource& source, const BuildContext& context, Arena& arena,
                       std::vector<Datum>* conflict_key) = 0;
  virtual void drop(Transaction& txn) = 0;
  virtual uint64_t approximate_bytes() const = 0;
};

struct AccessMethod {
  std::string_view name;
  Oid oid, handler_oid;
  bool ordered, order_by_operator, unique, multicolumn, nulls_and_bounds;
  std::span<const OptionSpec> options;
  Result<std::shared_ptr<Index>> (*open)(const IndexDefinition& definition,
                                         storage::KvEngine& engine);
};

// The table of access methods (index/registry.cc). nullptr = unknown name.
const AccessMethod* find_access_method(std::string_view name);
std::span<const AccessMethod> access_methods();

}  // namespace vecino::index

#include "server/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "index/vector/search_totals.h"
#include "server/server.h"
#include "sqlfront/sql_error.h"
#include "sqlfront/statement/session.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/util/memory_budget.h"

namespace vecino::server {
namespace {

class Exposition {
 public:
  // A metric's heading; samples follow.
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void sample(double value, std::string_view labels = {}, std::string_view suffix = {}) {
    out_ += name_;
    out_ += suffix;
    if (!labels.empty()) out_ += fmt::format("{{{}}}", labels);
    out_ += fmt::format(" {}\n", value);
  }
  void counter(std::string_view name, std::string_view help, uint64_t value) {
    begin(name, "counter", help);
    sample(static_cast<double>(value));
  }
  void gauge(std::string_view name, std::string_view help, uint64_t value) {
    begin(name, "gauge", help);
    sample(static_cast<double>(value));
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::string name_;
};

std::string label(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + "=\"";
  for (char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

constexpr const char* kKinds[sql::kStatementKinds] = {"select", "insert", "update", "delete", "copy", "other"};

void add_statements(Exposition& out, const sql::Statistics& statistics) {
  out.begin("vecino_statement_duration_seconds", "histogram", "Execution time of statements that succeeded.");
  for (int k = 0; k < sql::kStatementKinds; ++k) {
    const sql::Histogram& histogram = statistics.histogram(static_cast<sql::StatementKind>(k));
    const std::string kind = label("kind", kKinds[k]);
    uint64_t count = 0;
    for (size_t b = 0; b < histogram.buckets.size(); ++b) {
      count += histogram.buckets[b].load(std::memory_order_relaxed);
      const bool last = b == sql::Histogram::kBounds.size();
      std::string bound = last ? "+Inf" : fmt::format("{}", static_cast<double>(sql::Histogram::kBounds[b]) / 1e6);
      out.sample(static_cast<double>(count), kind + "," + label("le", bound), "_bucket");
    }
    out.sample(static_cast<double>(histogram.sum_us.load(std::memory_order_relaxed)) / 1e6, kind, "_sum");
    out.sample(static_cast<double>(count), kind, "_count");
  }
  out.counter("vecino_statement_errors_total", "Statements that failed.", statistics.failed_statements());
}

void add_databases(Exposition& out, const sql::Statistics& statistics) {
  sql::Statistics::Database all = statistics.all_databases();
  out.counter("vecino_transactions_committed_total", "Transactions that were committed.", all.commits);
  out.counter("vecino_transactions_rolled_back_total", "Transactions that were rolled back.", all.rollbacks);
  out.counter("vecino_deadlocks_total", "Deadlocks.", all.deadlocks);
  out.counter("vecino_rows_returned_total", "Rows read by scans of tables and indexes.", all.rows_returned);
  out.counter("vecino_rows_inserted_total", "Rows inserted.", all.inserted);
  out.counter("vecino_rows_updated_total", "Rows updated.", all.updated);
  out.counter("vecino_rows_deleted_total", "Rows deleted.", all.deleted);
  out.counter("vecino_sessions_total", "Sessions that were opened.", all.sessions);
}

void add_connections(Exposition& out, sql::Instance& instance, Server& server) {
  size_t active = 0, idle = 0, in_transaction = 0;
  server.for_each_session([&](int32_t, const sql::Session& session) {
    std::string state = session.activity().state;
    if (state == "active") {
      ++active;
    } else if (state == "idle") {
      ++idle;
    } else {
      ++in_transaction;
    }
  });
  out.begin("vecino_connections", "gauge", "Open sessions by state.");
  out.sample(static_cast<double>(active), label("state", "active"));
  out.sample(static_cast<double>(idle), label("state", "idle"));
  out.sample(static_cast<double>(in_transaction), label("state", "idle in transaction"));
  out.gauge("vecino_max_connections", "The setting max_connections.",
            static_cast<uint64_t>(instance.settings.get()->get_int(conf::SettingId::max_connections)));
}

void add_searches(Exposition& out) {
  const index::SearchTotals& totals = index::search_totals;
  out.counter("vecino_knn_searches_total", "Searches of vector indexes.", totals.searches.load());
  out.counter("vecino_knn_distances_total", "Vectors compared by them.", totals.distances.load());
  out.counter("vecino_knn_hops_total", "Graph nodes and lists visited by them.", totals.hops.load());
}

// Vector indexes live in memory.
void add_indexes(Exposition& out, sql::Instance& instance) {
  out.begin("vecino_vector_index_bytes", "gauge", "Memory of vector indexes.");
  sql::DatabasePtr first = instance.catalogs->find_database("template1");
  if (!first) first = instance.catalogs->find_database("postgres");
  if (!first) return;
  for (const sql::DatabasePtr& database : instance.catalogs->committed(first->oid)->databases()) {
    std::shared_ptr<const sql::Catalog> catalog = instance.catalogs->committed(database->oid);
    for (const sql::RelationPtr& relation : catalog->relations()) {
      if (!relation->index) continue;
      const auto* method = index::find_access_method(relation->index->access_method);
      if (method == nullptr || !method->order_by_operator) continue;
      sql::RelationPtr table = catalog->find_relation(relation->index->table);
      if (!table) continue;
      sql::SchemaPtr schema = catalog->find_schema(relation->schema);
      uint64_t bytes = instance.catalogs->open_index(*relation, *table)->approximate_bytes();
      out.sample(static_cast<double>(bytes), label("database", database->name) + "," + label("schema", schema ? schema->name : std::string()) + "," +
                                                 label("index", relation->name));
    }
  }
}

void add_storage(Exposition& out, sql::Instance& instance) {
  const storage::EngineMaintenance* engine = instance.engine->maintenance();
  if (engine == nullptr) return;
  storage::EngineMaintenance::Metrics m = engine->metrics();
  out.counter("vecino_wal_bytes_total", "Bytes written to the write-ahead log.", m.wal_bytes);
  out.counter("vecino_wal_writes_total", "Batches written to the write-ahead log.", m.writes);
  out.counter("vecino_wal_syncs_total", "Batches that waited for the write-ahead log to be on disk.", m.wal_syncs);
  out.counter("vecino_block_cache_hits_total", "Blocks found in the block cache.", m.block_cache_hits);
  out.counter("vecino_block_cache_misses_total", "Blocks read because the block cache did not have them.",
              m.block_cache_misses);
  out.gauge("vecino_block_cache_bytes", "Memory of the block cache.", m.block_cache_bytes);
  out.gauge("vecino_block_cache_capacity_bytes", "Largest size of the block cache.", m.block_cache_capacity);
  out.gauge("vecino_memtable_bytes", "Memory of changes that are not in table files yet.", m.memtable_bytes);
  out.gauge("vecino_table_files_bytes", "Size of the table files.", m.table_bytes);
  out.gauge("vecino_pending_compaction_bytes", "Estimated bytes that compaction has to rewrite.",
            m.pending_compaction_bytes);
  out.gauge("vecino_running_compactions", "Compactions that run now.", m.running_compactions);
  out.counter("vecino_background_errors_total", "Errors of background writes.", m.background_errors);
  out.gauge("vecino_writes_stopped", "1 while writes wait for flushes or compactions.", m.writes_stopped);
}

void add_memory(Exposition& out) {
  const MemoryBudget::Usage usage = process_memory().usage();
  out.gauge("vecino_memory_limit_bytes", "The setting vecino.memory_limit, or what it comes to.", usage.limit);
  out.begin("vecino_memory_bytes", "gauge", "Memory of the server by part.");
  for (size_t i = 0; i < kMemoryParts; ++i) {
    out.sample(static_cast<double>(usage.parts[i]), label("part", std::string(memory_part_name(static_cast<MemoryPart>(i)))));
  }
  out.sample(static_cast<double>(usage.other), label("part", "other"));
}

void add_process(Exposition& out, const sql::Instance& instance) {
  constexpr int64_t kPostgresEpoch = 946684800;
  out.begin("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.");
  out.sample(static_cast<double>(instance.start_time_us) / 1e6 + static_cast<double>(kPostgresEpoch));
  if (FILE* file = std::fopen("/proc/self/statm", "r")) {
    unsigned long size = 0, resident = 0;
    if (std::fscanf(file, "%lu %lu", &size, &resident) == 2) {
      out.gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
                resident * static_cast<unsigned long>(sysconf(_SC_PAGESIZE)));
    }
    std::fclose(file);
  }
  out.begin("vecino_info", "gauge", "Version of the server.");
  out.sample(1, label("version", VECINO_VERSION));
}

}  // namespace

std::string metrics_text(sql::Instance& instance, Server& server) {
  Exposition out;
  add_statements(out, instance.statistics);
  add_databases(out, instance.statistics);
  add_connections(out, instance, server);
  add_searches(out);
  try {
    add_indexes(out, instance);
  } catch (const SqlError&) {
    // An index that cannot be opened says so elsewhere.
  }
  add_storage(out, instance);
  add_memory(out);
  add_process(out, instance);
  return out.take();
}

}  // namespace vecino::server

// Nanoseconds per row of a table scan over (id int8, embedding vector(dim)) with and without the vectors, from the block
// cache and from the page cache, and of fetching ten rows by id.
//   bench_scan DIRECTORY [rows] [dimensions] [block cache MB] [rounds]

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/api/table_store.h"
#include "storage/api/transaction.h"
#include "storage/rocksdb/rocksdb_engine.h"

namespace {

using namespace vecino;
using namespace vecino::storage;
// CPU time of this thread: the machine may be busy with other things.
struct Clock {
  using time_point = double;
  static double now() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
};

void die(const Status& status) {
  if (status.is_ok()) return;
  std::fprintf(stderr, "%s\n", status.info().message.c_str());
  std::exit(1);
}

double seconds_since(double start) { return Clock::now() - start; }

float sum(const char* bytes, size_t length) {
  float parts[8] = {};
  const float* values = reinterpret_cast<const float*>(bytes);
  for (size_t i = 0; i + 8 <= length / 4; i += 8) {
    for (size_t j = 0; j < 8; ++j) parts[j] += values[i + j] * values[i + j];
  }
  return parts[0] + parts[1] + parts[2] + parts[3] + parts[4] + parts[5] + parts[6] + parts[7];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  int rows = argc > 2 ? std::atoi(argv[2]) : 200'000;
  size_t dimensions = argc > 3 ? static_cast<size_t>(std::atoi(argv[3])) : 128;
  RocksdbOptions options;
  if (argc > 4) options.block_cache_bytes = static_cast<size_t>(std::atoi(argv[4])) << 20;
  int rounds = argc > 5 ? std::atoi(argv[5]) : 3;
  auto opened = open_rocksdb_engine(argv[1], options);
  if (!opened.is_ok()) die(opened.status());
  KvEngine& engine = **opened;
  auto manager = make_transaction_manager(engine, size_t{4} << 30);
  auto tables = make_table_store(engine);
  TableLayout layout;
  layout.storage_id = *tables->allocate_storage_id();
  layout.columns.resize(2);
  layout.columns[0].kind = PhysicalKind::kInt;
  layout.columns[1].large = true;

  CancelState cancel;
  auto start = Clock::now();
  for (int done = 0; done < rows;) {
    auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, 1);
    txn->begin_command();
    std::vector<float> vector(dimensions);
    for (int i = 0; i < 10'000 && done < rows; ++i, ++done) {
      for (float& value : vector) value = static_cast<float>(std::rand()) / RAND_MAX;
      Datum row[] = {Datum::from_int(done),
                     Datum::from_bytes({reinterpret_cast<const char*>(vector.data()), 4 * dimensions})};
      auto id = tables->insert(*txn, layout, row);
      if (!id.is_ok()) die(id.status());
    }
    die(txn->commit(Durability::kNoSync));
  }
  std::printf("insert                 %8.0f ns/row\n", seconds_since(start) * 1e9 / rows);
  die(engine.flush());

  auto scan = [&](const char* name, std::vector<int> columns, size_t batch) {
    for (int round = 0; round < rounds; ++round) {
      auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, 1);
      txn->begin_command();
      auto running = tables->scan(*txn, layout, {columns});
      std::vector<RowId> ids(batch);
      std::vector<std::vector<Datum>> values(columns.size(), std::vector<Datum>(batch));
      std::vector<Datum*> targets;
      for (auto& column : values) targets.push_back(column.data());
      Arena arena;
      float total = 0;
      size_t seen = 0;
      auto begin = Clock::now();
      while (true) {
        arena.reset();
        auto count = running->next(batch, ids.data(), targets.data(), arena);
        if (!count.is_ok()) die(count.status());
        if (*count == 0) break;
        seen += *count;
        for (size_t c = 0; c < columns.size(); ++c) {
          if (columns[c] != 1) continue;
          for (size_t i = 0; i < *count; ++i) total += sum(values[c][i].ptr, values[c][i].len);
        }
      }
      double elapsed = seconds_since(begin);
      std::printf("%-22s %8.0f ns/row  (%zu rows, %g)\n", name, elapsed * 1e9 / static_cast<double>(seen), seen,
                  static_cast<double>(total));
    }
  };
  scan("scan: nothing", {}, 1024);
  scan("scan: id", {0}, 1024);
  scan("scan: id, vector", {0, 1}, 1024);
  scan("scan: vector", {1}, 1024);

  auto txn = manager->begin(IsolationLevel::kReadCommitted, cancel, 1);
  txn->begin_command();
  constexpr int kFetches = 20'000;
  for (std::vector<int> columns : {std::vector<int>{0}, std::vector<int>{0, 1}}) {
    auto begin = Clock::now();
    Datum a[10], b[10];
    Datum* out[] = {a, b};
    bool found[10];
    Arena arena;
    for (int i = 0; i < kFetches; ++i) {
      arena.reset();
      RowId ids[10];
      for (RowId& id : ids) id = 1 + static_cast<RowId>(std::rand()) % static_cast<RowId>(rows);
      die(tables->fetch(*txn, layout, ids, columns, ReadMode::kSnapshot, found, out, arena));
    }
    std::printf("fetch 10 rows, %zu column(s) %8.2f us\n", columns.size(), seconds_since(begin) * 1e6 / kFetches);
  }
  return 0;
}

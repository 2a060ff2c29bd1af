#include <cstring>
#include <random>

#include "sqlfront/exec/knn/vector_cache.h"
#include "storage/util/thread_pool.h"
#include "tests/unit/sqlfront/exec/exec_harness.h"

namespace vecino::sql::test {
namespace {

constexpr TypeId kInt4 = type_id::kInt4, kVector = type_id::kVector;

std::string random_vector(std::mt19937& random) {
  float values[4];
  for (float& value : values) value = static_cast<float>(random() % 8);  // few values: many ties
  return {reinterpret_cast<const char*>(values), sizeof(values)};
}

struct Fixture {
  TestDatabase db;
  VectorCache cache{*db.transactions, *db.tables, {.memory_limit = 64 << 20, .min_table_bytes = 0, .refresh_after = 8}};
  std::unique_ptr<storage::TableStore> tables = make_tracking_store(*db.tables, cache);
  std::shared_ptr<RelationDesc> table = db.make_table("v", {{"id", kInt4}, {"embedding", kVector}});
  ThreadPool pool{{.threads = 2}};
  std::mt19937 random{42};

  Fixture() { cache.track(table->layout.storage_id); }
  PlanPtr knn(const std::string& query, int64_t limit, std::string_view distance, ExprPtr filter) {
    auto node = std::make_shared<KnnScanNode>();
    node->relation = table;
    node->fetch = {1, 2};
    node->distance = op(distance, input(1, kVector), make_const({kVector, -1}, Datum::from_bytes(query)));
    node->limit = constant(limit, type_id::kInt8);
    node->filter = std::move(filter);
    node->targets = targets({input(0, kInt4), node->distance});
    node->output_types = {{kInt4, -1}, {type_id::kFloat8, -1}};
    return node;
  }
  std::vector<std::pair<int64_t, std::string>> run(const PlanPtr& root, storage::Transaction& txn, bool cached) {
    auto plan = std::make_shared<PhysicalPlan>();
    plan->root = root;
    ExecContext context = db.context();
    context.txn = &txn;
    context.tables = tables.get();
    context.vectors = cached ? &cache : nullptr;
    context.pool = &pool;
    auto execution = start_execution(plan, context);
    std::vector<std::pair<int64_t, std::string>> rows;
    Batch batch;
    while (execution->next(batch, kBatchRows)) {
      for (size_t r = 0; r < batch.rows; ++r) {
        const Datum& distance = batch.column(1)[r];
        rows.emplace_back(batch.column(0)[r].i64, distance.is_null ? "~" : std::to_string(distance.f64));
      }
    }
    return rows;
  }
};

}  // namespace

// Several transactions of both isolation levels insert, update and delete, roll back to savepoints, commit and abort in
// random order; after each step some transaction searches with and without the copy and must see the same.
TEST_CASE("exec: the vector cache answers as the table does, for every snapshot") {
  Fixture f;
  struct Open {
    std::unique_ptr<storage::Transaction> txn;
    std::optional<storage::SavepointId> savepoint;
  };
  std::vector<Open> open(4);
  std::vector<storage::RowId> known;
  int next_id = 1;
  auto begin = [&](Open& slot) {
    bool repeatable = f.random() % 2 == 0;
    slot.txn = f.db.transactions->begin(
        repeatable ? storage::IsolationLevel::kRepeatableRead : storage::IsolationLevel::kReadCommitted, f.db.cancel, 0);
    slot.txn->begin_command();
    slot.savepoint.reset();
  };
  auto write = [&](Open& slot) {
    std::string bytes = random_vector(f.random);
    Datum row[2] = {Datum::from_int(next_id++), f.random() % 10 == 0 ? Datum::null() : Datum::from_bytes(bytes)};
    if (known.size() < 30 || f.random() % 3 == 0) {
      known.push_back(value_or_throw(f.tables->insert(*slot.txn, f.table->layout, row)));
      return;
    }
    storage::RowId id = known[f.random() % known.size()];
    bool visible = false;  // a statement only locks rows that it found
    Arena arena;
    throw_if_error(f.tables->fetch(*slot.txn, f.table->layout, {&id, 1}, {}, storage::ReadMode::kSnapshot, &visible,
                                   nullptr, arena));
    if (!visible) return;
    auto locked = f.tables->lock_row(*slot.txn, f.table->layout, id, storage::RowLockStrength::kForUpdate,
                                     storage::LockWait::kSkip);
    if (!locked.is_ok() || *locked != storage::RowLockResult::kLocked) return;
    bool changed[2] = {true, true};
    if (f.random() % 3 == 0) {
      throw_if_error(f.tables->erase(*slot.txn, f.table->layout, id));
    } else {
      throw_if_error(f.tables->update(*slot.txn, f.table->layout, id, row, changed));
    }
  };
  size_t compared = 0, from_copy = 0;
  const std::string_view distances[] = {"<->", "<#>", "<=>", "<+>"};
  for (int step = 0; step < 3000; ++step) {
    Open& slot = open[f.random() % open.size()];
    if (slot.txn == nullptr) begin(slot);
    slot.txn->begin_command();
    switch (f.random() % 12) {
      case 0: throw_if_error(slot.txn->commit(storage::Durability::kNoSync)); slot.txn.reset(); continue;
      case 1: slot.txn->rollback(); slot.txn.reset(); continue;
      case 2: slot.savepoint = slot.txn->savepoint(); break;
      case 3:
        if (slot.savepoint) {
          slot.txn->rollback_to(*slot.savepoint);
          slot.txn->release(*slot.savepoint);
          slot.savepoint.reset();
        }
        break;
      default: write(slot); break;
    }
    slot.txn->begin_command();
    ExprPtr filter = f.random() % 4 == 0 ? op("<", input(0, kInt4), constant(next_id / 2)) : nullptr;
    auto plan = f.knn(random_vector(f.random), 1 + f.random() % 20, distances[f.random() % 4], filter);
    auto expected = f.run(plan, *slot.txn, false);
    auto actual = f.run(plan, *slot.txn, true);
    REQUIRE(actual == expected);
    ++compared;
    auto view = value_or_throw(
        f.cache.acquire(f.table->layout, 1, *slot.txn->view().snapshot, nullptr));
    from_copy += view.has_value();
  }
  CHECK(compared > 1000);
  CHECK(from_copy > compared / 4);  // the test means something only when the copy was used
}

}  // namespace vecino::sql::test

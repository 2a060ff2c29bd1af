#pragma once

#include <cstring>
#include <map>
#include <stdexcept>

#include "index/vector/vector_index.h"
#include "storage/memory/memory_engine.h"
#include "tests/unit/catch.h"
#include "tests/unit/index/vector/vectors.h"

// A vector index as SQL uses it: transactions over an engine in memory.

namespace vecino::index {
namespace {

using storage::Durability;
using storage::IsolationLevel;
using Vectors = std::vector<std::vector<float>>;

Datum datum(const std::vector<float>& vector) {
  return Datum::from_bytes({reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)});
}

class Rows final : public BuildSource {
 public:
  explicit Rows(const Vectors& vectors) : vectors_(vectors) {}
  Result<size_t> next(size_t max, RowId* rows, Datum* const* keys, Arena&) override {
    size_t count = std::min(max, vectors_.size() - next_);
    for (size_t i = 0; i < count; ++i, ++next_) {
      rows[i] = next_;
      keys[0][i] = vectors_[next_].empty() ? Datum::null() : datum(vectors_[next_]);
    }
    return count;
  }

 private:
  const Vectors& vectors_;
  size_t next_ = 0;
};

// REQUIRE for what threads do: Catch2's own is for one thread.
void must(bool ok) {
  if (!ok) throw std::logic_error("a call failed");
}

struct Fixture {
  Fixture(std::string method, Metric metric, int dimensions) : method_name(std::move(method)) {
    definition.storage_id = 7;
    definition.name = "i";
    definition.metric = metric;
    definition.dimensions = dimensions;
    if (method_name == "ivfflat") definition.options = {{"lists", 10}};
    open();
  }
  void open() {
    index.reset();
    auto opened = find_access_method(method_name)->open(definition, *engine);
    REQUIRE(opened.is_ok());
    index = *opened;
    vector_index().wait_until_loaded();
  }
  VectorIndex& vector_index() { return static_cast<VectorIndex&>(*index); }
  std::unique_ptr<Transaction> begin(IsolationLevel level = IsolationLevel::kReadCommitted) {
    auto txn = manager->begin(level, cancel, 0);
    txn->begin_command();
    return txn;
  }
  void build(const Vectors& vectors) {
    auto txn = begin();
    Rows rows(vectors);
    Arena arena;
    BuildContext context;
    context.workers = 1;
    REQUIRE(index->build(*txn, rows, context, arena, nullptr).is_ok());
    REQUIRE(txn->commit(Durability::kNoSync).is_ok());
  }
  void put(Transaction& txn, RowId row, const std::vector<float>& vector) {
    Datum key[] = {datum(vector)};
    must(index->insert(txn, key, row, UniqueCheck::kNone).is_ok());
  }
  void erase(Transaction& txn, RowId row, const std::vector<float>& vector) {
    Datum key[] = {datum(vector)};
    must(index->erase(txn, key, row).is_ok());
  }
  std::vector<RowId> nearest(Transaction& txn, const std::vector<float>& query, size_t k, ScanSpec spec = {}) {
    spec.query = datum(query);
    if (spec.ef_search == 0) spec.ef_search = 200;
    if (spec.probes == 0) spec.probes = 10;
    auto scan = index->begin_scan(txn, spec);
    std::vector<RowId> rows;
    Hit hit;
    while (rows.size() < k) {
      auto count = scan->next({&hit, 1});
      must(count.is_ok());
      if (*count == 0) break;
      rows.push_back(hit.row);
    }
    return rows;
  }
  std::vector<RowId> nearest(const std::vector<float>& query, size_t k) { return nearest(*begin(), query, k); }

  std::string method_name;
  std::unique_ptr<storage::KvEngine> engine = storage::make_memory_engine();
  std::unique_ptr<storage::TransactionManager> manager = storage::make_transaction_manager(*engine, 256 << 20);
  CancelState cancel;
  IndexDefinition definition;
  std::shared_ptr<Index> index;
};

}  // namespace
}  // namespace vecino::index

// Turnover of every kind leaves a graph as good as a new one: recall is measured against the exact order, beside a fresh build of the
// same rows, for new snapshots and for one that was there before.
//
// VECINO_TURNOVER_SEEDS, _ROWS, _DIMENSIONS, _VERBOSE: more of it (default one seed, 250 rows, 12 dimensions).
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>

#include "index/hnsw/hnsw_core.h"
#include "tests/unit/catch.h"
#include "tests/unit/index/recall/kinds.h"

namespace vecino::index::hnsw {
namespace {

using testing::Vectors;

constexpr size_t kNearest = 10, kQueries = 60;

bool never() { return false; }

size_t setting(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoul(text, nullptr, 10) : otherwise;
}

// Rows and their index as commits see them.
class Model {
 public:
  Model(Metric metric, size_t dimensions) : metric_(metric) {
    GraphOptions options;
    options.metric = metric;
    options.dimensions = static_cast<int>(dimensions);
    options_ = options;
    core_ = std::make_unique<HnswCore>(options);
  }
  void insert(const std::vector<float>& vector) {
    rows_.push_back(vector);
    REQUIRE(core_->add(vector.data(), rows_.size() - 1, sequence_).is_ok());
  }
  void begin_commit() { ++sequence_; }
  void update(RowId row, std::vector<float> vector) {
    core_->entries().end(row, sequence_);
    REQUIRE(core_->add(vector.data(), row, sequence_).is_ok());
    rows_[row] = std::move(vector);
  }
  void erase(RowId row) {
    core_->entries().end(row, sequence_);
    rows_[row].clear();
  }
  void take_snapshot() {
    snapshot_rows_ = rows_;
    snapshot_ = sequence_;
  }
  void drop_snapshot() { snapshot_rows_ = {}, snapshot_ = 0; }
  bool has_snapshot() const { return snapshot_ != 0; }
  void vacuum() {
    std::vector<storage::SequenceNumber> used;
    if (has_snapshot()) used.push_back(snapshot_);
    REQUIRE(core_->vacuum({std::move(used), sequence_}, never).is_ok());
  }
  size_t nodes() const { return core_->memory_bytes(); }
  const Vectors& rows() const { return rows_; }
  size_t row_count() const { return core_->entries().row_count(); }

  double recall(const Vectors& queries) const { return recall_of(*core_, rows_, sequence_, queries); }
  double snapshot_recall(const Vectors& queries) const { return recall_of(*core_, snapshot_rows_, snapshot_, queries); }
  double recall_when_fresh(const Vectors& queries) const {
    HnswCore fresh(options_);
    for (size_t row = 0; row < rows_.size(); ++row) {
      if (!rows_[row].empty()) REQUIRE(fresh.add(rows_[row].data(), row, 0).is_ok());
    }
    fresh.connect(never);
    return recall_of(fresh, rows_, sequence_, queries);
  }
  // Rows that a scan comes to which goes along links only.
  size_t reachable() const {
    SearchContext context;
    const std::vector<float> query(static_cast<size_t>(options_.dimensions), 0.5f);
    core_->graph().search(query.data(), 1 << 20, context, false);
    size_t rows = 0;
    for (const Candidate& found : context.pool) core_->entries().for_each(found.id, sequence_, [&](RowId) { ++rows; });
    return rows;
  }

 private:
  static void scan(const HnswCore& core, const ScanSpec& spec, const std::vector<float>& query, storage::SequenceNumber at,
                   size_t most, std::set<RowId>& out) {
    auto scan = core.scan(spec, query.data(), [&](NodeId node) {
      return core.entries().any(node, at, [](RowId) { return false; });
    });
    NodeHit hit;
    while (out.size() < most) {
      auto more = scan->next(hit);
      REQUIRE(more.is_ok());
      if (!*more) return;
      core.entries().for_each(hit.node, at, [&](RowId row) { out.insert(row); });
    }
  }
  double recall_of(const HnswCore& core, const Vectors& rows, storage::SequenceNumber at, const Vectors& queries) const {
    size_t hits = 0, wanted = 0;
    Vectors present;
    std::vector<RowId> ids;
    for (size_t row = 0; row < rows.size(); ++row) {
      if (rows[row].empty()) continue;
      present.push_back(rows[row]);
      ids.push_back(row);
    }
    ScanSpec spec;
    spec.ef_search = 40;
    for (const auto& query : queries) {
      std::vector<double> all = testing::distances_to_all(metric_, present, query);
      std::vector<double> sorted = all;
      const size_t k = std::min(kNearest, sorted.size());
      std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(k - 1), sorted.end());
      const double limit = sorted[k - 1] + 1e-6 * std::fabs(sorted[k - 1]);
      std::set<RowId> found;
      scan(core, spec, query, at, k, found);
      for (RowId row : found) {
        const size_t place = static_cast<size_t>(std::lower_bound(ids.begin(), ids.end(), row) - ids.begin());
        REQUIRE((place < ids.size() && ids[place] == row));
        if (all[place] <= limit) ++hits;
      }
      wanted += k;
    }
    return static_cast<double>(std::min(hits, wanted)) / static_cast<double>(wanted);
  }

  const Metric metric_;
  GraphOptions options_;
  std::unique_ptr<HnswCore> core_;
  Vectors rows_, snapshot_rows_;
  storage::SequenceNumber sequence_ = 1, snapshot_ = 0;
};

// One turnover: all rows, in some way.
using Turnover = void (*)(Model& model, size_t round, uint32_t seed, size_t dimensions);

void shrink(Model& model, size_t, uint32_t, size_t) {
  model.begin_commit();
  for (RowId row = 0; row < model.rows().size(); ++row) {
    std::vector<float> vector = model.rows()[row];
    for (float& x : vector) x *= 0.97f;
    model.update(row, std::move(vector));
  }
}

void replace_in_small_steps(Model& model, size_t round, uint32_t seed, size_t dimensions) {
  const size_t rows = model.rows().size(), step = rows / 8 + 1;
  const Vectors fresh = testing::make_vectors(testing::Kind::kClustered, rows, dimensions, seed + static_cast<uint32_t>(round) + 100);
  for (size_t begin = 0; begin < rows; begin += step) {
    model.begin_commit();
    for (RowId row = begin; row < std::min(rows, begin + step); ++row) model.update(row, fresh[row]);
    model.vacuum();
  }
}

void move_to_other_clusters(Model& model, size_t round, uint32_t seed, size_t dimensions) {
  model.begin_commit();
  const uint32_t centres = seed + 7 + static_cast<uint32_t>(round);
  const Vectors fresh = testing::make_vectors(testing::Kind::kClustered, model.rows().size(), dimensions, centres, centres);
  for (RowId row = 0; row < model.rows().size(); ++row) model.update(row, fresh[row]);
}

void delete_and_insert(Model& model, size_t round, uint32_t seed, size_t dimensions) {
  const size_t rows = model.rows().size(), count = model.row_count();
  model.begin_commit();
  size_t kept = 0;
  for (RowId row = 0; row < rows; ++row) {
    if (!model.rows()[row].empty() && kept++ % 10 != 0) model.erase(row);
  }
  model.vacuum();
  const Vectors fresh =
      testing::make_vectors(testing::Kind::kClustered, count - model.row_count(), dimensions, seed + static_cast<uint32_t>(round) + 50);
  model.begin_commit();
  for (const auto& vector : fresh) model.insert(vector);
}

void only_delete(Model& model, size_t round, uint32_t, size_t) {
  model.begin_commit();
  size_t seen = 0;
  for (RowId row = 0; row < model.rows().size(); ++row) {
    if (!model.rows()[row].empty() && (seen++ + round) % 5 == 0) model.erase(row);
  }
}

struct Way {
  const char* name;
  Turnover turn;
};
constexpr Way kWays[] = {{"shrink", shrink},
                         {"replace in small steps", replace_in_small_steps},
                         {"move to other clusters", move_to_other_clusters},
                         {"delete and insert", delete_and_insert},
                         {"delete", only_delete}};

void run(const Way& way, Metric metric, bool with_snapshot, uint32_t seed, size_t rows, size_t dimensions) {
  constexpr size_t kRounds = 10;
  INFO(way.name << " metric " << static_cast<int>(metric) << (with_snapshot ? " with an old snapshot" : "") << " seed " << seed);
  Model model(metric, dimensions);
  for (const auto& vector : testing::make_vectors(testing::Kind::kClustered, rows, dimensions, seed)) model.insert(vector);
  const Vectors queries = testing::make_vectors(testing::Kind::kClustered, kQueries, dimensions, seed + 1);
  if (with_snapshot) model.take_snapshot();
  const double before = with_snapshot ? model.snapshot_recall(queries) : 0;
  for (size_t round = 0; round < kRounds; ++round) {
    way.turn(model, round, seed, dimensions);
    if (with_snapshot && round % 4 == 3) {
      CHECK(model.recall(queries) > model.recall_when_fresh(queries) - 0.02);  // before any vacuum
      CHECK(model.snapshot_recall(queries) > before - 0.02);
    }
    model.vacuum();
    if (with_snapshot && round % 4 == 3) {
      CHECK(model.recall(queries) > model.recall_when_fresh(queries) - 0.02);
      CHECK(model.snapshot_recall(queries) > before - 0.02);
    }
  }
  model.drop_snapshot();
  model.vacuum();
  const double after = model.recall(queries), fresh = model.recall_when_fresh(queries);
  if (std::getenv("VECINO_TURNOVER_VERBOSE") != nullptr) {
    std::fprintf(stderr, "%-24s metric %d snapshot %d seed %u: %.3f fresh %.3f reachable %zu of %zu\n", way.name, static_cast<int>(metric),
                with_snapshot, seed, after, fresh, model.reachable(), model.row_count());
  }
  CHECK(after > fresh - 0.02);
  CHECK(model.reachable() == model.row_count());
}

}  // namespace

TEST_CASE("HNSW turnover: as good as a fresh build") {
  const size_t seeds = setting("VECINO_TURNOVER_SEEDS", 1), rows = setting("VECINO_TURNOVER_ROWS", 250);
  const size_t dimensions = setting("VECINO_TURNOVER_DIMENSIONS", 12);
  for (uint32_t seed = 1; seed <= seeds; ++seed) {
    for (const Way& way : kWays) {
      for (bool with_snapshot : {false, true}) run(way, Metric::kL2, with_snapshot, seed, rows, dimensions);
    }
  }
}

}  // namespace vecino::index::hnsw

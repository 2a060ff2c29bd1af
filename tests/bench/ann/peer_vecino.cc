#include <atomic>
#include <thread>
#include <vector>

#include "index/hnsw/graph.h"
#include "index/vector/exact_order.h"
#include "tests/bench/ann/peer.h"

namespace {

using vecino::index::ExactOrder;
using vecino::index::Metric;
namespace hnsw = vecino::index::hnsw;

class Vecino final : public AnnPeer {
 public:
  Vecino(AnnMetric metric, int dimensions, int m, int ef_construction) {
    options_.metric = metric == AnnMetric::kL2 ? Metric::kL2 : Metric::kCosine;
    options_.dimensions = dimensions;
    options_.m = m;
    options_.ef_construction = ef_construction;
  }

  void build(const float* base, size_t rows, int threads) override {
    // As CREATE INDEX does: codes are centred on the mean of a sample.
    const size_t n = static_cast<size_t>(options_.dimensions);
    if (options_.metric == Metric::kL2) {
      std::vector<double> sum(n);
      size_t step = rows / 10'000 + 1, taken = 0;
      for (size_t i = 0; i < rows; i += step, ++taken) {
        for (size_t d = 0; d < n; ++d) sum[d] += base[i * n + d];
      }
      for (double s : sum) options_.mean.push_back(static_cast<float>(s / static_cast<double>(taken)));
    }
    graph_ = std::make_unique<hnsw::Graph>(options_);
    rows_.resize(rows);
    std::atomic<size_t> next{0};
    auto work = [&] {
      hnsw::SearchContext context;
      for (size_t i; (i = next.fetch_add(1)) < rows;) {
        auto inserted = graph_->insert(base + i * n, context, [&](vecino::index::NodeId id) {
          rows_[id] = static_cast<uint32_t>(i);
          return vecino::Status::ok();
        });
        if (!inserted.is_ok()) std::abort();
      }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(work);
    work();
    for (auto& other : others) other.join();
  }

  void search(const float* query, size_t ef, size_t k, uint32_t* ids) override {
    thread_local hnsw::SearchContext context;
    thread_local ExactOrder order;
    graph_->search(query, ef, context, false);
    order.start<hnsw::Candidate>(graph_->vectors(), context.query, context.pool);
    ExactOrder::Entry entry{};
    for (size_t i = 0; i < k && order.next(entry); ++i) ids[i] = rows_[entry.id];
  }

  size_t memory_bytes() override { return graph_->memory_bytes() + rows_.size() * 32; }

 private:
  hnsw::GraphOptions options_;
  std::unique_ptr<hnsw::Graph> graph_;
  std::vector<uint32_t> rows_;
};

}  // namespace

std::unique_ptr<AnnPeer> make_vecino(AnnMetric metric, int dimensions, int m, int ef_construction) {
  return std::make_unique<Vecino>(metric, dimensions, m, ef_construction);
}

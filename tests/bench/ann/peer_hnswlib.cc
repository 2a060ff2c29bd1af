// hnswlib as Debian ships it, compiled with -O3 -march=native. The cosine is its inner product over unit vectors.
#include <hnswlib/hnswlib.h>

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "tests/bench/ann/peer.h"

namespace {

class Hnswlib final : public AnnPeer {
 public:
  Hnswlib(AnnMetric metric, int dimensions, int m, int ef_construction)
      : metric_(metric), dimensions_(dimensions), m_(m), ef_construction_(ef_construction) {}

  void build(const float* base, size_t rows, int threads) override {
    if (metric_ == AnnMetric::kL2) {
      space_ = std::make_unique<hnswlib::L2Space>(dimensions_);
    } else {
      space_ = std::make_unique<hnswlib::InnerProductSpace>(dimensions_);
    }
    index_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(space_.get(), rows, m_, ef_construction_);
    std::atomic<size_t> next{0};
    auto work = [&] {
      std::vector<float> unit(dimensions_);
      for (size_t i; (i = next.fetch_add(1)) < rows;) index_->addPoint(scaled(base + i * dimensions_, unit), i);
    };
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(work);
    work();
    for (auto& other : others) other.join();
  }

  void search(const float* query, size_t ef, size_t k, uint32_t* ids) override {
    thread_local std::vector<float> unit;
    unit.resize(dimensions_);
    index_->setEf(ef);
    auto found = index_->searchKnn(scaled(query, unit), k);
    for (size_t i = found.size(); i-- > 0; found.pop()) ids[i] = static_cast<uint32_t>(found.top().second);
  }

  size_t memory_bytes() override {
    return index_->cur_element_count * (index_->size_data_per_element_ + sizeof(void*) + sizeof(std::mutex) + 16);
  }

 private:
  const float* scaled(const float* vector, std::vector<float>& unit) const {
    if (metric_ == AnnMetric::kL2) return vector;
    float norm = 0;
    for (int i = 0; i < dimensions_; ++i) norm += vector[i] * vector[i];
    norm = norm > 0 ? 1 / std::sqrt(norm) : 0;
    for (int i = 0; i < dimensions_; ++i) unit[i] = vector[i] * norm;
    return unit.data();
  }
  AnnMetric metric_;
  int dimensions_, m_, ef_construction_;
  std::unique_ptr<hnswlib::SpaceInterface<float>> space_;
  std::unique_ptr<hnswlib::HierarchicalNSW<float>> index_;
};

}  // namespace

std::unique_ptr<AnnPeer> make_hnswlib(AnnMetric metric, int dimensions, int m, int ef_construction) {
  return std::make_unique<Hnswlib>(metric, dimensions, m, ef_construction);
}

#include "index/ivfflat/kmeans.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <random>
#include <thread>

#include "index/distance/distance.h"

namespace vecino::index::ivfflat {
namespace {

constexpr int kMostIterations = 20;
constexpr size_t kTogether = 256;         // samples that pass one block of centres
constexpr size_t kBlockBytes = 96 << 10;  // of centres: a part of a core's second-level cache
constexpr double kSettled = 0.002;  // share of samples that still change their cluster

void in_slices(size_t count, int threads, const std::function<void(size_t begin, size_t end, int thread)>& work) {
  std::vector<std::thread> others;
  size_t parts = static_cast<size_t>(std::max(1, threads));
  for (size_t t = 1; t < parts; ++t) {
    others.emplace_back(work, count * t / parts, count * (t + 1) / parts, static_cast<int>(t));
  }
  work(0, count / parts, 0);
  for (auto& other : others) other.join();
}

void to_unit(float* vector, size_t n) {
  double norm = 0;
  for (size_t i = 0; i < n; ++i) norm += double{vector[i]} * vector[i];
  if (norm == 0) return;
  float factor = static_cast<float>(1 / std::sqrt(norm));
  for (size_t i = 0; i < n; ++i) vector[i] *= factor;
}

class Kmeans {
 public:
  Kmeans(const std::vector<float>& samples, size_t dimensions, const KmeansOptions& options)
      : samples_(samples), n_(samples.size() / dimensions), d_(dimensions), options_(options), random_(options.seed) {
    centers_.dimensions = dimensions;
    centers_.spherical = options.spherical;
  }

  Result<Centers> run() {
    RETURN_IF_ERROR(choose_starts());
    centers_.count = options_.lists;
    assigned_.assign(n_, UINT32_MAX);
    if (n_ > options_.lists) {
      for (int i = 0; i < kMostIterations; ++i) {
        RETURN_IF_ERROR(check());
        size_t moved = assign();
        update();
        if (static_cast<double>(moved) <= kSettled * static_cast<double>(n_)) break;
      }
    }
    return std::move(centers_);
  }

 private:
  Status check() const { return options_.cancel != nullptr ? options_.cancel->check() : Status::ok(); }
  const float* sample(size_t i) const { return samples_.data() + i * d_; }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  void add_random_center() {
    std::vector<float> center(d_);
    for (float& x : center) x = static_cast<float>(uniform());
    if (options_.spherical) to_unit(center.data(), d_);
    centers_.values.insert(centers_.values.end(), center.begin(), center.end());
  }
  void add_center(size_t i) { centers_.values.insert(centers_.values.end(), sample(i), sample(i) + d_); }

  // k-means++: each further centre is a sample drawn by its squared distance to the nearest centre so far.
  Status choose_starts() {
    centers_.values.reserve(options_.lists * d_);
    if (n_ > 0) add_center(std::min(n_ - 1, static_cast<size_t>(uniform() * static_cast<double>(n_))));
    const KernelTable& k = kernels();
    std::vector<float> nearest(n_, INFINITY);
    std::vector<double> slice_sums(static_cast<size_t>(std::max(1, options_.threads)));
    for (size_t c = 1; c < std::min(options_.lists, n_); ++c) {
      if (c % 16 == 0) RETURN_IF_ERROR(check());
      const float* last = centers_.values.data() + (c - 1) * d_;
      in_slices(n_, options_.threads, [&](size_t begin, size_t end, int thread) {
        float distances[256];
        double sum = 0;
        for (size_t i = begin; i < end; i += 256) {
          size_t count = std::min<size_t>(256, end - i);
          k.l2_squared_rows(last, sample(i), d_ * sizeof(float), count, d_, distances);
          for (size_t j = 0; j < count; ++j) {
            nearest[i + j] = std::min(nearest[i + j], distances[j]);
            sum += nearest[i + j];
          }
        }
        slice_sums[static_cast<size_t>(thread)] = sum;
      });
      double total = 0;
      for (double s : slice_sums) total += s;
      double target = uniform() * total;
      size_t chosen = 0;
      while (chosen + 1 < n_ && (target -= nearest[chosen]) > 0) ++chosen;
      add_center(chosen);
    }
    while (centers_.values.size() < options_.lists * d_) add_random_center();
    return Status::ok();
  }

  size_t assign() {
    std::atomic<size_t> moved{0};
    in_slices(n_, options_.threads, [&](size_t begin, size_t end, int) {
      size_t here = 0;
      uint32_t nearest[kTogether];
      for (size_t i = begin; i < end; i += kTogether) {
        size_t count = std::min(kTogether, end - i);
        centers_.nearest_many(sample(i), count, nearest);
        for (size_t j = 0; j < count; ++j) {
          here += nearest[j] != assigned_[i + j];
          assigned_[i + j] = nearest[j];
        }
      }
      moved += here;
    });
    return moved;
  }

  void update() {
    std::vector<double> sums(options_.lists * d_);
    std::vector<size_t> counts(options_.lists);
    for (size_t i = 0; i < n_; ++i) {
      double* sum = sums.data() + assigned_[i] * d_;
      const float* x = sample(i);
      for (size_t j = 0; j < d_; ++j) sum[j] += x[j];
      ++counts[assigned_[i]];
    }
    for (size_t c = 0; c < options_.lists; ++c) {
      float* center = centers_.values.data() + c * d_;
      if (counts[c] == 0) {
        // Beside the centre of a cluster drawn by size: the next round shares its samples.
        size_t from = assigned_[static_cast<size_t>(uniform() * static_cast<double>(n_ - 1))];
        for (size_t j = 0; j < d_; ++j) {
          center[j] = centers_.at(from)[j] * (j % 2 == 0 ? 1.0009765f : 0.9990234f);
        }
      } else {
        for (size_t j = 0; j < d_; ++j) center[j] = static_cast<float>(sums[c * d_ + j] / static_cast<double>(counts[c]));
      }
      if (options_.spherical) to_unit(center, d_);
    }
  }

  const std::vector<float>& samples_;
  const size_t n_, d_;
  const KmeansOptions& options_;
  std::mt19937_64 random_;
  Centers centers_;
  std::vector<uint32_t> assigned_;
};

}  // namespace

void Centers::distances(const float* vector, size_t first, size_t n, float* out) const {
  const KernelTable& k = kernels();
  const float* rows = values.data() + first * dimensions;
  if (!spherical) return k.l2_squared_rows(vector, rows, dimensions * sizeof(float), n, dimensions, out);
  k.inner_product_rows(vector, rows, dimensions * sizeof(float), n, dimensions, out);
  for (size_t i = 0; i < n; ++i) out[i] = -out[i];
}

void Centers::nearest_many(const float* vectors, size_t n, uint32_t* out) const {
  thread_local std::vector<float> best, distance;
  const size_t block = std::clamp<size_t>(kBlockBytes / (dimensions * sizeof(float)), 8, count);
  best.assign(n, INFINITY);
  distance.resize(block);
  std::fill_n(out, n, 0u);
  for (size_t first = 0; first < count; first += block) {
    const size_t centers = std::min(block, count - first);
    for (size_t i = 0; i < n; ++i) {
      distances(vectors + i * dimensions, first, centers, distance.data());
      const auto nearest = std::min_element(distance.begin(), distance.begin() + static_cast<std::ptrdiff_t>(centers));
      if (!(*nearest < best[i])) continue;
      best[i] = *nearest;
      out[i] = static_cast<uint32_t>(first + static_cast<size_t>(nearest - distance.begin()));
    }
  }
}

uint32_t Centers::nearest(const float* vector) const {
  thread_local std::vector<float> out;
  out.resize(count);
  distances(vector, out.data());
  return static_cast<uint32_t>(std::min_element(out.begin(), out.end()) - out.begin());
}

Result<Centers> kmeans(const std::vector<float>& samples, size_t dimensions, const KmeansOptions& options) {
  return Kmeans(samples, dimensions, options).run();
}

}  // namespace vecino::index::ivfflat

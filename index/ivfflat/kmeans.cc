#include "index/ivfflat/kmeans.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <thread>

#include "index/distance/distance.h"
#include "index/ivfflat/center_panels.h"
#include "index/vector/mean_of_rows.h"
#include "storage/util/thread_start.h"

namespace vecino::index::ivfflat {
namespace {

// Centres find their places with a part of the samples; further iterations are not seen in the recall.
constexpr size_t kShareOfFirst = 4, kEnoughPerList = 10;
constexpr int kFirstIterations = 5, kIterations = 3;
constexpr size_t kPiece = 480;       // samples a thread takes at once
constexpr double kSettled = 0.002;  // share of samples that still change their cluster

// Calls work() for pieces of [0, count) on `threads` threads, the caller's included. Pieces are handed out one by one: a thread
// that has to share its core takes fewer.
void in_pieces(size_t count, int threads, const std::function<void(size_t begin, size_t end)>& work) {
  std::atomic<size_t> next{0};
  auto run = [&] {
    for (size_t begin; (begin = next.fetch_add(kPiece)) < count;) work(begin, std::min(count, begin + kPiece));
  };
  HelperThreads others;
  for (int t = 1; t < threads && others.start(run); ++t) {
  }
  run();
}

class Kmeans {
 public:
  Kmeans(std::vector<float> samples, size_t dimensions, const KmeansOptions& options)
      : samples_(std::move(samples)), n_(samples_.size() / dimensions), d_(dimensions), options_(options),
        random_(options.seed) {
    centers_.dimensions = dimensions;
    centers_.spherical = options.spherical;
  }

  Result<Centers> run() {
    move_to_mean();
    const size_t all = n_, few = all / kShareOfFirst;
    if (few >= kEnoughPerList * options_.lists) {
      shuffle();
      n_ = few;
    }
    RETURN_IF_ERROR(choose_starts());
    sums_.assign(options_.lists * d_, 0.0);
    counts_.assign(options_.lists, 0);
    if (n_ < all) {
      RETURN_IF_ERROR(iterate(kFirstIterations));
      n_ = all;
    }
    RETURN_IF_ERROR(iterate(kIterations));
    for (size_t i = 0; i < centers_.values.size() && !mean_.empty(); ++i) centers_.values[i] += mean_[i % d_];
    return std::move(centers_);
  }

 private:
  Status check() const { return options_.cancel != nullptr ? options_.cancel->check() : Status::ok(); }
  const float* sample(size_t i) const { return samples_.data() + i * d_; }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  // Distances stay the same, but float32 has more digits for them (center_panels.h).
  void move_to_mean() {
    if (options_.spherical) return;
    MeanOfRows mean(d_);
    mean.add(samples_.data(), n_);
    mean_ = mean.value();
    for (size_t i = 0; i < n_; ++i) {
      for (size_t j = 0; j < d_; ++j) samples_[i * d_ + j] -= mean_[j];
    }
  }

  // The first samples shall stand for all, whatever order the table has.
  void shuffle() {
    std::vector<uint32_t> order(n_);
    std::iota(order.begin(), order.end(), 0u);
    std::shuffle(order.begin(), order.end(), random_);
    std::vector<float> shuffled;
    shuffled.reserve(samples_.size());
    for (uint32_t i : order) shuffled.insert(shuffled.end(), sample(i), sample(i) + d_);
    samples_ = std::move(shuffled);
  }

  Status iterate(int most) {
    assigned_.resize(n_, UINT32_MAX);
    if (n_ <= options_.lists) return Status::ok();
    for (int i = 0; i < most; ++i) {
      RETURN_IF_ERROR(check());
      size_t moved = assign();
      update();
      if (static_cast<double>(moved) <= kSettled * static_cast<double>(n_)) break;
    }
    return Status::ok();
  }

  void add_random_center() {
    std::vector<float> center(d_);
    for (float& x : center) x = static_cast<float>(uniform());
    if (options_.spherical) to_unit(center.data(), d_);
    centers_.values.insert(centers_.values.end(), center.begin(), center.end());
    ++centers_.count;
  }
  void add_center(size_t i) {
    centers_.values.insert(centers_.values.end(), sample(i), sample(i) + d_);
    ++centers_.count;
  }

  // Each round's centres are samples drawn by their squared distance to the nearest centre of earlier rounds.
  Status choose_starts() {
    centers_.values.reserve(options_.lists * d_);
    const size_t wanted = std::min(options_.lists, n_);
    if (n_ > 0) add_center(std::min(n_ - 1, static_cast<size_t>(uniform() * static_cast<double>(n_))));
    std::vector<float> nearest(n_, INFINITY), norms(n_);
    for (size_t i = 0; i < n_; ++i) norms[i] = kernels().norm_squared(sample(i), d_);
    for (size_t round_begin = 0; centers_.count < wanted;) {
      RETURN_IF_ERROR(check());
      const double total = approach(round_begin, norms, nearest);
      round_begin = centers_.count;
      draw(std::min({kPanelColumns, 1 + centers_.count / 8, wanted - centers_.count}), total, nearest);
    }
    while (centers_.count < options_.lists) add_random_center();
    return Status::ok();
  }

  // Lets the centres from `first` on lower the samples' `nearest` squared distances; their sum.
  double approach(size_t first, const std::vector<float>& norms, std::vector<float>& nearest) {
    const CenterPanels panels(centers_, first, centers_.count - first);
    in_pieces(n_, options_.threads, [&](size_t begin, size_t end) {
      uint32_t numbers[kPiece];
      float least[kPiece];
      panels.nearest(sample(begin), end - begin, numbers, least);
      for (size_t i = begin; i < end; ++i) {
        const float squared = options_.spherical ? 2 + 2 * least[i - begin] : norms[i] + least[i - begin];
        nearest[i] = std::min(nearest[i], std::max(0.0f, squared));
      }
    });
    return std::accumulate(nearest.begin(), nearest.end(), 0.0);
  }

  void draw(size_t count, double total, const std::vector<float>& nearest) {
    std::vector<double> targets(count);
    for (double& target : targets) target = uniform() * total;
    std::sort(targets.begin(), targets.end());
    size_t chosen = 0;
    double passed = nearest[0];
    for (double target : targets) {
      while (chosen + 1 < n_ && passed <= target) passed += nearest[++chosen];
      add_center(chosen);
    }
  }

  // Sends every sample to its nearest centre, and the clusters' sums with it. Samples that changed their cluster.
  size_t assign() {
    const CenterPanels panels(centers_, 0, centers_.count);
    std::vector<uint32_t> now(n_);
    in_pieces(n_, options_.threads, [&](size_t begin, size_t end) {
      panels.nearest(sample(begin), end - begin, now.data() + begin);
    });
    size_t moved = 0;
    for (size_t i = 0; i < n_; ++i) {
      if (now[i] == assigned_[i]) continue;
      ++moved;
      if (assigned_[i] != UINT32_MAX) add_to_cluster(assigned_[i], sample(i), -1);
      add_to_cluster(now[i], sample(i), 1);
    }
    assigned_.swap(now);
    return moved;
  }

  void add_to_cluster(size_t cluster, const float* x, int sign) {
    double* sum = sums_.data() + cluster * d_;
    for (size_t j = 0; j < d_; ++j) sum[j] += sign * x[j];
    counts_[cluster] += static_cast<size_t>(sign);
  }

  void update() {
    for (size_t c = 0; c < options_.lists; ++c) {
      float* center = centers_.values.data() + c * d_;
      if (counts_[c] == 0) {
        // Beside the centre of a cluster drawn by size: the next round shares its samples.
        size_t from = assigned_[static_cast<size_t>(uniform() * static_cast<double>(n_ - 1))];
        for (size_t j = 0; j < d_; ++j) {
          center[j] = centers_.at(from)[j] * (j % 2 == 0 ? 1.0009765f : 0.9990234f);
        }
      } else {
        for (size_t j = 0; j < d_; ++j) center[j] = static_cast<float>(sums_[c * d_ + j] / static_cast<double>(counts_[c]));
      }
      if (options_.spherical) to_unit(center, d_);
    }
  }

  std::vector<float> samples_;
  size_t n_;  // samples in use, the first ones
  const size_t d_;
  const KmeansOptions& options_;
  std::mt19937_64 random_;
  Centers centers_;
  std::vector<float> mean_;         // that samples_ have lost; empty: none
  std::vector<uint32_t> assigned_;  // sample -> cluster
  std::vector<double> sums_;        // of each cluster's samples
  std::vector<size_t> counts_;
};

}  // namespace

void to_unit(float* vector, size_t n) {
  double norm = 0;
  for (size_t i = 0; i < n; ++i) norm += double{vector[i]} * vector[i];
  if (norm == 0) return;
  float factor = static_cast<float>(1 / std::sqrt(norm));
  for (size_t i = 0; i < n; ++i) vector[i] *= factor;
}

void Centers::distances(const float* vector, float* out) const {
  const KernelTable& k = kernels();
  if (!spherical) return k.l2_squared_rows(vector, values.data(), dimensions * sizeof(float), count, dimensions, out);
  k.inner_product_rows(vector, values.data(), dimensions * sizeof(float), count, dimensions, out);
  for (size_t i = 0; i < count; ++i) out[i] = -out[i];
}

uint32_t Centers::nearest(const float* vector) const {
  thread_local std::vector<float> out;
  out.resize(count);
  distances(vector, out.data());
  return static_cast<uint32_t>(std::min_element(out.begin(), out.end()) - out.begin());
}

Result<Centers> kmeans(std::vector<float> samples, size_t dimensions, const KmeansOptions& options) {
  return Kmeans(std::move(samples), dimensions, options).run();
}

}  // namespace vecino::index::ivfflat

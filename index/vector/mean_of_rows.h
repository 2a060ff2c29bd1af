#pragma once

#include <cstddef>
#include <vector>

namespace vecino::index {

// The mean of row-major vectors that come in parts. Sums in double. Not thread-safe.
class MeanOfRows {
 public:
  explicit MeanOfRows(size_t dimensions) : sum_(dimensions) {}
  void add(const float* rows, size_t count) {
    for (size_t r = 0; r < count; ++r) {
      for (size_t d = 0; d < sum_.size(); ++d) sum_[d] += rows[r * sum_.size() + d];
    }
    count_ += count;
  }
  // Empty when there were no rows.
  std::vector<float> value() const {
    std::vector<float> mean;
    if (count_ == 0) return mean;
    for (double s : sum_) mean.push_back(static_cast<float>(s / static_cast<double>(count_)));
    return mean;
  }

 private:
  std::vector<double> sum_;
  size_t count_ = 0;
};

}  // namespace vecino::index

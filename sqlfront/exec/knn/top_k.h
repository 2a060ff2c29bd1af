#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "storage/api/table_store.h"

namespace vecino::sql {

struct Neighbour {
  double distance;
  bool is_null;
  storage::RowId row;
};

// Order of ORDER BY distance [DESC]: NaN is greater than every number, NULLs come last (DESC: first), equal distances by
// row id, so that the result does not depend on how the table was split.
struct NeighbourOrder {
  bool descending = false;
  bool operator()(const Neighbour& a, const Neighbour& b) const {
    if (a.is_null != b.is_null) return b.is_null != descending;
    if (!a.is_null) {
      int order = compare(a.distance, b.distance);
      if (order != 0) return descending ? order > 0 : order < 0;
    }
    return a.row < b.row;
  }
  static int compare(double a, double b) {
    if (a < b) return -1;
    if (a > b) return 1;
    if (a == b) return 0;
    return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  }
};

// The k first neighbours of those offered: a heap whose top is the worst one kept. Not thread-safe.
class TopK {
 public:
  TopK(size_t k, NeighbourOrder order) : k_(k), order_(order) {}
  void offer(const Neighbour& candidate) {
    if (heap_.size() < k_) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end(), order_);
    } else if (k_ > 0 && order_(candidate, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), order_);
      heap_.back() = candidate;
      std::push_heap(heap_.begin(), heap_.end(), order_);
    }
  }
  bool full() const { return heap_.size() >= k_; }
  // REQUIRES: full() && k > 0
  const Neighbour& worst() const { return heap_.front(); }
  void merge(const TopK& other) {
    for (const Neighbour& neighbour : other.heap_) offer(neighbour);
  }
  std::vector<Neighbour> take_sorted() {
    std::sort_heap(heap_.begin(), heap_.end(), order_);
    return std::move(heap_);
  }
  size_t k() const { return k_; }
  NeighbourOrder order() const { return order_; }

 private:
  size_t k_;
  NeighbourOrder order_;
  std::vector<Neighbour> heap_;
};

}  // namespace vecino::sql

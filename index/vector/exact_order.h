#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "index/vector/vector_store.h"

namespace vecino::index {

// Candidates with estimated distances, given back in exact order. Exact distances are computed as far as needed: a
// candidate is certain when no estimate still to come can stand for a smaller distance (VectorStore::lower_bound).
class ExactOrder {
 public:
  struct Entry {
    float distance;
    NodeId id;
  };
  // Element has `float distance; NodeId id`; ascending. `store` and `query` must outlive the use.
  template <typename Element>
  void start(const VectorStore& store, const PreparedQuery& query, std::span<const Element> candidates) {
    pending_.clear();
    for (const Element& element : candidates) pending_.push_back({element.distance, element.id});
    begin(store, query, pending_.size());
  }
  // In any order; `candidates` gives its buffer away and gets an old one. Sorted piece by piece, as far as needed.
  void start_unsorted(const VectorStore& store, const PreparedQuery& query, std::vector<Entry>& candidates) {
    pending_.swap(candidates);
    candidates.clear();
    begin(store, query, 0);
  }
  // More of them, ascending; none of those before is nearer than what was given back already.
  template <typename Element>
  void add(const VectorStore& store, const PreparedQuery& query, std::span<const Element> candidates) {
    if (store_ == nullptr) return start(store, query, candidates);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
    const auto old = static_cast<std::ptrdiff_t>(pending_.size());
    for (const Element& element : candidates) pending_.push_back({element.distance, element.id});
    std::inplace_merge(pending_.begin(), pending_.begin() + old, pending_.end(),
                       [](const Entry& a, const Entry& b) { return a.distance < b.distance; });
    sorted_ = pending_.size();
  }
  // What waits to be given back.
  size_t left() const { return heap_.size() + pending_.size() - next_; }
  // False = no more.
  bool next(Entry& out) {
    if (store_ == nullptr) return false;
    while (has_pending() &&
           (heap_.empty() || store_->lower_bound(*query_, pending_[next_].distance) < heap_.front().distance)) {
      if (next_ + kAhead < sorted_) store_->prefetch_exact(pending_[next_ + kAhead].id);
      Entry entry = pending_[next_++];
      if (query_->by_codes) {
        entry.distance = store_->exact(*query_, entry.id);
        ++computed_;
      }
      heap_.push_back(entry);
      std::push_heap(heap_.begin(), heap_.end(), farther);
    }
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end(), farther);
    out = heap_.back();
    heap_.pop_back();
    return true;
  }
  uint64_t computed() const { return computed_; }

 private:
  static constexpr size_t kAhead = 4, kPiece = 64;
  void begin(const VectorStore& store, const PreparedQuery& query, size_t sorted) {
    store_ = &store;
    query_ = &query;
    next_ = 0;
    sorted_ = sorted;
    heap_.clear();
    computed_ = 0;
    for (size_t i = 0; i < std::min<size_t>(kAhead, sorted_); ++i) store.prefetch_exact(pending_[i].id);
  }
  bool has_pending() {
    if (next_ < sorted_) return true;
    if (next_ >= pending_.size()) return false;
    size_t piece = std::min(pending_.size() - sorted_, std::max(kPiece, sorted_));
    auto from = pending_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    std::partial_sort(from, from + static_cast<std::ptrdiff_t>(piece), pending_.end(),
                      [](const Entry& a, const Entry& b) { return a.distance < b.distance; });
    sorted_ += piece;
    return true;
  }
  static bool farther(const Entry& a, const Entry& b) {
    return a.distance != b.distance ? b.distance < a.distance : b.id < a.id;
  }
  const VectorStore* store_ = nullptr;
  const PreparedQuery* query_ = nullptr;
  std::vector<Entry> pending_, heap_;
  size_t next_ = 0, sorted_ = 0;
  uint64_t computed_ = 0;
};

}  // namespace vecino::index

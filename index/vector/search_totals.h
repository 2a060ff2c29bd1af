#pragma once

#include <atomic>
#include <cstdint>

namespace vecino::index {

// What all vector searches of this process have done, for the metrics: vectors compared, and steps on the way to them (nodes
// of a graph, lists of an IVF). One addition per search, when it ends.
struct SearchTotals {
  std::atomic<uint64_t> searches{0}, distances{0}, hops{0};
  void add(uint64_t search_distances, uint64_t search_hops) {
    searches.fetch_add(1, std::memory_order_relaxed);
    distances.fetch_add(search_distances, std::memory_order_relaxed);
    hops.fetch_add(search_hops, std::memory_order_relaxed);
  }
};
inline SearchTotals search_totals;

}  // namespace vecino::index

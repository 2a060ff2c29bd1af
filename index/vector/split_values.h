#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "index/distance/split_floats.h"
#include "index/vector/chunked_arena.h"
#include "index/vector/node_id.h"

namespace vecino::index {

// What a vector's int8 code stands for: component i is about (values[i] * scale + mean[i]) * length.
struct CodedVector {
  const int8_t* values;
  float scale, length;
};

// Float32 vectors by node number, beside their codes: three bytes a component, since the code tells the fourth (sign and upper 7
// bits of the exponent). get() gives back the very bits put() was given, whatever the code; components whose upper byte the code does
// not tell, which are those near zero, are listed one by one.
//
// Threads: get() and same() take no locks; a slot is written by one thread before its number is known.
class SplitValues {
 public:
  // `mean`: of every component; outlives this.
  explicit SplitValues(const std::vector<float>& mean);

  Status ensure(size_t count) { return rests_.ensure(count); }
  // 53200 when there is no memory for what is listed.
  void discard(NodeId begin, NodeId end);
  Status put(NodeId id, const float* values, const CodedVector& code);
  void get(NodeId id, const CodedVector& code, float* out) const;
  // Equal values, given that the codes are equal.
  bool same(NodeId a, NodeId b) const;
  void prefetch(NodeId id) const {
    const char* address = rests_.at(id);
    for (size_t line = 0; line < prefetch_bytes_; line += 64) __builtin_prefetch(address + line);
  }
  size_t bytes_per_node() const { return rests_.stride(); }
  size_t listed_bytes() const { return next_cell_.load(std::memory_order_relaxed) * sizeof(uint32_t); }

 private:
  // A rest is low[dimensions], middle[dimensions], and where the list of corrections is: cells, the first of them the number of
  // those that follow, each a dimension and its upper byte. Place 0 = no list.
  SplitRow row(NodeId id, const CodedVector& code) const;
  uint32_t* list_of(NodeId id) const { return reinterpret_cast<uint32_t*>(rests_.at(id) + list_offset_); }
  uint32_t* cell(uint32_t place) const { return reinterpret_cast<uint32_t*>(cells_.at(place)); }
  Result<uint32_t> allocate(uint32_t length);
  void free_list(uint32_t place);

  const size_t dimensions_, list_offset_, prefetch_bytes_;
  const std::vector<float>& mean_;
  const SplitKernels& kernels_;
  ChunkedArena rests_, cells_;
  std::mutex mutex_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> free_;  // by length of the list; guarded by mutex_
  std::atomic<uint32_t> next_cell_{1};                        // written under mutex_
};

}  // namespace vecino::index

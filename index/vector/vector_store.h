#pragma once

#include <atomic>
#include <cmath>
#include <span>
#include <vector>

#include "index/api/access_method.h"
#include "index/distance/distance.h"
#include "index/distance/sq8.h"
#include "index/vector/chunked_arena.h"
#include "index/vector/node_id.h"
#include "index/vector/split_values.h"

namespace vecino::index {

// A query in the forms the kernels want. Buffers are kept between uses.
struct PreparedQuery {
  std::vector<float> values;    // as given
  std::vector<int16_t> fine;    // (values - mean) / step, for the codes; of unit length for the cosine
  float base = 0, weight = 0;   // estimate = base + norm_weight * norm(x) + weight * scale(x) * dot
  float length = 0;             // of what `fine` stands for
  bool by_codes = false;        // estimates come from the codes
};

// The vectors of one index by node number: int8 codes for searches that read much, and what gives, with them, the float32 values as the
// rows have them (SplitValues); few dimensions and L1 have no codes and plain values. Every distance in here is "internal": squared for L2, negative for the inner product, squared L2 of unit vectors for the cosine;
// all ascend with the operator's. Readers take no locks; a node's slot is written by one thread before its number is known.
//
// Codes are x - mean scaled by each vector's own largest component, so that no training is needed and an index may start
// empty. Stored with a code is the norm of what it stands for, not of the vector: the error of an estimated distance then
// shrinks with the distance, which is where the order matters.
class VectorStore {
 public:
  // `mean`: centre of the data, empty = 0. Kept for life.
  VectorStore(Metric metric, int dimensions, std::vector<float> mean);

  Status ensure(size_t count);
  Status put(NodeId id, const float* raw);
  // The memory of nodes [begin, end), which nobody looks at until they are put again, goes back to the system.
  void discard(NodeId begin, NodeId end);
  void read(NodeId id, float* out) const;  // the values put
  bool same_values(NodeId id, const float* raw) const;
  bool same_values(NodeId a, NodeId b) const;

  void prepare(const float* raw, PreparedQuery& out) const;
  void prepare_values(NodeId id, PreparedQuery& out) const;
  void prepare_node(NodeId id, PreparedQuery& out) const;  // from its code where there are codes

  // Distances as searches use them: estimates where there are codes.
  void estimate(const PreparedQuery& query, const NodeId* ids, size_t count, float* out) const;
  float estimate_pair(NodeId a, NodeId b) const;
  void prefetch(NodeId id) const {
    const char* address = quantized_ ? codes_.at(id) : values_.at(id);
    for (size_t line = 0; line < prefetch_bytes_; line += 64) __builtin_prefetch(address + line);
  }
  // What exact() needs beside what estimate() has read. Nothing where there are no codes.
  void prefetch_exact(NodeId id) const {
    if (quantized_) split_.prefetch(id);
  }
  float exact(const PreparedQuery& query, NodeId id) const;
  float exact(const PreparedQuery& query, const float* raw) const;
  // Tells what a search found, by estimates: `nearest` and the farthest of its pool. Where the codes' error is not small beside what
  // lies between them - data far from the mean they are made around, as after much has moved - searches use exact distances from
  // then on, at some of their speed. The next start makes the codes around a new mean.
  void judge_codes(const PreparedQuery& query, float nearest, float farthest);
  // No vector whose estimate is `estimate` or more has a smaller exact distance than this.
  float lower_bound(const PreparedQuery& query, float estimate) const;
  // What SQL's operator gives, to the last bit.
  double operator_distance(const PreparedQuery& query, const float* raw) const;
  double operator_distance(const PreparedQuery& query, NodeId id) const;

  Metric metric() const { return metric_; }
  int dimensions() const { return dimensions_; }
  const std::vector<float>& mean() const { return mean_; }
  bool quantized() const { return quantized_; }
  bool estimates_by_codes() const { return quantized_ && !coarse_.load(std::memory_order_relaxed); }
  size_t bytes_per_node() const { return quantized_ ? codes_.stride() + split_.bytes_per_node() : values_.stride(); }
  size_t memory_bytes(size_t nodes) const { return nodes * bytes_per_node() + (quantized_ ? split_.listed_bytes() : 0); }

 private:
  struct CodeTail {
    float scale, norm;
  };
  // For the cosine, whose codes are of unit vectors.
  struct CosineTail : CodeTail {
    float length;
  };
  const int8_t* code(NodeId id) const { return reinterpret_cast<const int8_t*>(codes_.at(id)); }
  CodeTail tail(const int8_t* code) const { return *reinterpret_cast<const CodeTail*>(code + padded_); }
  const float* plain(NodeId id) const { return reinterpret_cast<const float*>(values_.at(id)); }
  // The values, in place or in `scratch`, which must have room.
  const float* values(NodeId id, float* scratch) const {
    if (!quantized_) return plain(id);
    split_.get(id, coded(id), scratch);
    return scratch;
  }
  CodedVector coded(NodeId id) const;
  size_t tail_bytes() const { return metric_ == Metric::kCosine ? sizeof(CosineTail) : sizeof(CodeTail); }
  void write_code(NodeId id, const float* raw);
  float exact_between(const float* a, const float* b) const;
  float unit_factor(const float* raw) const;  // 1 unless the cosine
  float combine(float base, float weight, CodeTail tail, int32_t dot) const {
    return base + norm_weight_ * tail.norm + weight * tail.scale * static_cast<float>(dot);
  }

  const Metric metric_;
  const int dimensions_;
  const size_t padded_;
  const bool quantized_;
  const std::vector<float> mean_, center_;  // center_: the mean, or zeros
  float mean_norm_ = 0;
  float norm_weight_ = 1, dot_weight_ = -2;
  int query_limit_ = 8191;
  size_t prefetch_bytes_;
  const KernelTable& kernels_;
  const Sq8Kernels& sq8_;
  ChunkedArena values_;  // where there are no codes
  ChunkedArena codes_;
  SplitValues split_;
  std::atomic<float> largest_error_{0};  // of |x - decoded(x)| over all vectors put
  std::atomic<float> largest_norm_{0};
  std::atomic<float> usual_error_{0};     // of |x - decoded(x)|, lately
  std::atomic<float> coarseness_{0};      // of the codes, lately: see judge_codes()
  std::atomic<uint32_t> judged_{0};
  std::atomic<bool> coarse_{false};
};

// float32 bytes of a vector Datum.
inline const float* vector_values(const Datum& datum) { return reinterpret_cast<const float*>(datum.ptr); }

}  // namespace vecino::index

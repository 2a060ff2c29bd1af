#pragma once

#include <atomic>
#include <cmath>
#include <span>
#include <vector>

#include "index/api/access_method.h"
#include "index/distance/distance.h"
#include "index/distance/sq8.h"
#include "index/vector/chunked_arena.h"

namespace vecino::index {

using NodeId = uint32_t;
inline constexpr NodeId kNoNode = 0x7fffffff;
inline constexpr size_t kMaxNodes = size_t{1} << 30;

// A query in the forms the kernels want. Buffers are kept between uses.
struct PreparedQuery {
  std::vector<float> values;    // as given
  std::vector<int16_t> fine;    // (values - mean) / step, for the codes; of unit length for the cosine
  float base = 0, weight = 0;   // estimate = base + norm_weight * norm(x) + weight * scale(x) * dot
  float length = 0;             // of what `fine` stands for
};

// The vectors of one index by node number: float32 values as the rows have them, and int8 codes beside them for searches that read much. Every
// distance in here is "internal": squared for L2, negative for the inner product, squared L2 of unit vectors for the cosine;
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
  void put(NodeId id, const float* raw) {
    put_values(id, raw);
    encode(id);
  }
  // In two steps: without its code a vector has exact distances only.
  void put_values(NodeId id, const void* raw);
  void encode(NodeId id);
  const float* values(NodeId id) const { return reinterpret_cast<const float*>(values_.at(id)); }
  bool same_values(NodeId id, const float* raw) const;

  void prepare(const float* raw, PreparedQuery& out) const;
  void prepare_node(NodeId id, PreparedQuery& out) const;                     // from its code where there are codes

  // Distances as searches use them: estimates where there are codes.
  void estimate(const PreparedQuery& query, const NodeId* ids, size_t count, float* out) const;
  float estimate_pair(NodeId a, NodeId b) const;
  void prefetch(NodeId id) const {
    const char* address = quantized_ ? codes_.at(id) : values_.at(id);
    for (size_t line = 0; line < prefetch_bytes_; line += 64) __builtin_prefetch(address + line);
  }
  void prefetch_exact(NodeId id) const {
    const char* address = values_.at(id);
    for (size_t line = 0; line < exact_prefetch_bytes_; line += 64) __builtin_prefetch(address + line);
  }
  float exact(const PreparedQuery& query, NodeId id) const { return exact(query, values(id)); }
  float exact(const PreparedQuery& query, const float* raw) const;
  // No vector whose estimate is `estimate` or more has a smaller exact distance than this.
  float lower_bound(const PreparedQuery& query, float estimate) const;
  // What SQL's operator gives, to the last bit.
  double operator_distance(const PreparedQuery& query, const float* raw) const;

  Metric metric() const { return metric_; }
  int dimensions() const { return dimensions_; }
  const std::vector<float>& mean() const { return mean_; }
  bool quantized() const { return quantized_; }
  size_t bytes_per_node() const { return values_.stride() + (quantized_ ? codes_.stride() : 0); }

 private:
  struct CodeTail {
    float scale, norm;
  };
  const int8_t* code(NodeId id) const { return reinterpret_cast<const int8_t*>(codes_.at(id)); }
  CodeTail tail(const int8_t* code) const { return *reinterpret_cast<const CodeTail*>(code + padded_); }
  void write_code(NodeId id, const float* raw);
  float unit_factor(const float* raw) const;  // 1 unless the cosine
  float combine(float base, float weight, CodeTail tail, int32_t dot) const {
    return base + norm_weight_ * tail.norm + weight * tail.scale * static_cast<float>(dot);
  }

  const Metric metric_;
  const int dimensions_;
  const size_t padded_;
  const bool quantized_;
  const std::vector<float> mean_;
  float mean_norm_ = 0;
  float norm_weight_ = 1, dot_weight_ = -2;
  int query_limit_ = 8191;
  size_t prefetch_bytes_, exact_prefetch_bytes_;
  const KernelTable& kernels_;
  const Sq8Kernels& sq8_;
  ChunkedArena values_, codes_;
  std::atomic<float> largest_error_{0};  // of |x - decoded(x)| over all vectors put
  std::atomic<float> largest_norm_{0};
};

// float32 bytes of a vector Datum.
inline const float* vector_values(const Datum& datum) { return reinterpret_cast<const float*>(datum.ptr); }

}  // namespace vecino::index
